"""Acknowledgments and windows: what a segment says about the other direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.events import Events
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_anomalies import *
    from netanatomy.flows.tcp_words import *

STORM = 20
"""ACKs in a row that answer one another."""

STORM_WITHIN = 1_000_000_000
"""ns for all of them: keep-alives come more slowly."""


def is_acceptable(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.bint:
    """Judge the acknowledgment number; False where the receiver drops the segment for it."""
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    given: cython.uint = lower(own[T_NUMBERS])
    sent: cython.uint = upper(peer[T_NUMBERS])
    first: cython.uint = wrapped(upper(peer[T_START]) + 1)
    number: cython.uint = packet.acknowledgment
    back: cython.longlong = difference(given, number)
    if not other & KNOWN or other & RST_SEEN:
        return True
    if difference(number, sent) > 0:
        return beyond(packet, events, limit, own, peer)
    if state & ACK_KNOWN:
        # Older than any window (RFC 5961 §5.2), or than the connection.
        if back <= reach(own) and not (back > 0 and other & SYN_SEEN and back > difference(given, first)):
            return True
    elif not other & SYN_SEEN or difference(number, first) >= 0:
        return True
    tell_numbers(events, packet, limit, A_INVALID_ACK, AT_ACKNOWLEDGMENT, 4, number, sent, 0)
    return False


def acknowledge(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """Take up the acknowledgment number of a segment that is acceptable, and what it moves."""
    numbers: cython.longlong = own[T_NUMBERS]
    if not own[T_STATE] & ACK_KNOWN or difference(packet.acknowledgment, lower(numbers)) > 0:
        own[T_NUMBERS] = joined(upper(numbers), packet.acknowledgment)
        put(own, ACK_KNOWN)
    look_for_unseen(packet, events, limit, peer)
    return acknowledged(table, packet, events, limit, own, peer)


def beyond(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.bint:
    """It acknowledges more than was seen: the capture lost it, or nobody sent it (then False)."""
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    numbers: cython.longlong = own[T_NUMBERS]
    sent: cython.longlong = peer[T_NUMBERS]
    number: cython.uint = packet.acknowledgment
    ahead: cython.longlong = difference(number, upper(sent))
    off: cython.int = difference(number, upper(peer[T_OTHER]))
    following: cython.uint = wrapped(upper(peer[T_START]) + 1)
    if other & CANDIDATE and 0 <= off <= 1:
        # The other side's number that did not fit is the one that is believed.
        if not other & SYN_ACKED and other & SYN_SEEN:
            peer[T_START] = joined(wrapped(number - 1), 0)
        peer[T_NUMBERS] = joined(number, lower(sent))
        drop(peer, CANDIDATE)
        return True
    if ahead == 1 and other & PROBE_SENT:  # there was room for the octet of the probe
        peer[T_NUMBERS] = joined(number, lower(sent))
        return True
    if ahead > reach(own) or (
        # Nothing but its SYN can have been sent before that was acknowledged.
        other & SYN_SEEN and not other & (SYN_ACKED | FAST_OPENED) and upper(sent) == following
    ):
        tell_numbers(events, packet, limit, A_INVALID_ACK, AT_ACKNOWLEDGMENT, 4, number, upper(sent), 0)
        return False
    if not state & ACK_KNOWN or difference(number, lower(numbers)) > 0:
        tell_numbers(
            events, packet, limit, A_ACK_OF_UNSEEN_SEGMENT, AT_ACKNOWLEDGMENT, 4, number, upper(sent), 0
        )
        peer[T_STAMP] |= LOSSY
    return True


def look_for_unseen(packet: Packet, events: Events, limit: cython.Py_ssize_t, peer: LongsView) -> cython.int:
    """Whether it acknowledges octets of a hole: then they did arrive, and the capture lost them."""
    place: cython.Py_ssize_t
    hole: cython.longlong
    missing: cython.longlong = -1
    for place in range(T_HOLES, T_HOLES + HOLES):
        hole = peer[place]
        if hole != 0 and difference(packet.acknowledgment, upper(hole)) > 0:
            missing = upper(hole)
            peer[place] = 0
            if difference(lower(hole), packet.acknowledgment) > 0:
                peer[place] = joined(packet.acknowledgment, lower(hole))
    if missing >= 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_ACK_OF_UNSEEN_SEGMENT,
            AT_ACKNOWLEDGMENT,
            4,
            packet.acknowledgment,
            missing,
            0,
        )
    return 0


def acknowledged(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """Whether the other side's SYN or FIN is acknowledged for the first time, and what that moves."""
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    number: cython.uint = packet.acknowledgment
    theirs: cython.longlong = peer[T_START]
    waited: cython.longlong
    if other & SYN_SEEN and not other & SYN_ACKED and difference(number, upper(theirs)) > 0:
        put(peer, SYN_ACKED)
        move(peer, SYN_ACKNOWLEDGED)
        if packet.side == ORIGINATOR and table.detail[line, D_SYN_ACK_TIME] != 0:
            waited = packet.time - table.detail[line, D_SYN_ACK_TIME]
            table.detail[line, D_RTT_ORIG] = waited if waited >= 0 else -1
        if other & SYN_ACK_SEEN and not state & SYN_ACK_SEEN and own[T_STAMP] & peer[T_STAMP] & BARE_SYN:
            tell_numbers(
                events,
                packet,
                limit,
                A_FOUR_WAY_HANDSHAKE,
                AT_FLAGS,
                2,
                0,
                0,
                own[T_START_FRAME],
            )
    if other & FIN_SEEN and not other & FIN_ACKED and difference(number, lower(theirs)) > 0:
        put(peer, FIN_ACKED)
        move(peer, FIN_ACKNOWLEDGED)
    if packet.flags & FLAG_FIN:
        move(peer, RECEIVES_FIN)
    return 0


def look_at_window(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    state: cython.longlong,
    given: cython.uint,
) -> cython.int:
    """The window that the segment gives: none, or less than before.

    `state` and `given` are T_STATE and the highest acknowledgment number before this segment.
    """
    before: cython.longlong = own[T_WINDOW]
    misc: cython.longlong = own[T_STAMP]
    scale: cython.int = (misc >> SHIFT_SHIFT) & 15
    field: cython.longlong = packet.window
    window: cython.longlong = field << scale
    step: cython.longlong = difference(packet.acknowledgment, given)
    count: cython.longlong = before & 0xFFFF
    unit: cython.longlong = 1
    clear: cython.longlong = SYN_WINDOW
    unit <<= scale
    if field == 0 and not packet.flags & FLAG_FIN:
        tell(events, packet, limit, A_ZERO_WINDOW, AT_WINDOW, 2)
        own[T_DUPLICATE_ACKS] += 1
    if not state & ACK_KNOWN:
        step = 0
        count = 0
    elif step < 0:
        return 0  # an older one: what it says of the window is outdated (RFC 9293 §3.10.7.4 fifth)
    elif step > 0:
        count = 0
    if not state & SCALE_KNOWN:
        window = UNLIMITED if field else 0
    elif state & ACK_KNOWN and not misc & SYN_WINDOW and window + step + unit <= upper(before):
        # Less than one unit of the scale is rounding (RFC 7323 §2.4).
        tell_numbers(
            events,
            packet,
            limit,
            A_WINDOW_SHRINK,
            AT_WINDOW,
            2,
            wrapped(packet.acknowledgment + window),
            wrapped(given + upper(before)),
            0,
        )
    own[T_STAMP] = misc & ~clear
    own[T_WINDOW] = joined(window, (field << 16) | count)
    return 0


def empty_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
    state: cython.longlong,
    numbers: cython.longlong,
    before: cython.longlong,
) -> cython.int:
    """A segment without data that says nothing new: a duplicate ACK, or an answer to a question.

    `state`, `numbers` and `before` are T_STATE, T_NUMBERS and T_WINDOW before this segment.
    """
    other: cython.longlong = peer[T_STATE]
    field: cython.int = packet.window
    window: cython.longlong = own[T_WINDOW]
    kind: cython.int = -1
    value: cython.longlong = packet.acknowledgment
    if (
        not state & ACK_KNOWN
        or packet.sequence != upper(numbers)
        or packet.acknowledgment != lower(numbers)
        or field != (before >> 16) & 0xFFFF
    ):
        return 0
    if other & PROBE_SENT and field == 0:
        kind = A_ZERO_WINDOW_PROBE_ACK
    elif field == 0:
        return 0
    elif other & KEEP_ALIVE_SENT:
        kind = A_KEEP_ALIVE_ACK
    elif state & CHALLENGED:
        kind = A_CHALLENGE_ACK
    else:
        kind = A_DUPLICATE_ACK
        value = (window & 0xFFFF) + 1
        if value <= 0xFFFF:
            own[T_WINDOW] = window + 1
        count_high(own, T_DUPLICATE_ACKS)
    tell_numbers(events, packet, limit, kind, AT_ACKNOWLEDGMENT, 4, value, packet.acknowledgment, 0)
    if not (other & KEEP_ALIVE_SENT or other & PROBE_SENT):
        look_for_storm(table, packet, events, limit)
    return 0


def look_for_storm(
    table: Connections, packet: Packet, events: Events, limit: cython.Py_ssize_t
) -> cython.int:
    """Count segments without data that answer one another while nothing moves."""
    originator: cython.p_longlong = table.analysis_line(packet.detail, ORIGINATOR)
    responder: cython.p_longlong = table.analysis_line(packet.detail, RESPONDER)
    theirs: cython.longlong = responder[T_NUMBERS]
    mark: cython.longlong = originator[T_NUMBERS] ^ joined(lower(theirs), upper(theirs))
    count: cython.longlong = originator[T_STORM] >> 1
    last: cython.int = originator[T_STORM] & 1
    since: cython.longlong = packet.time - responder[T_STORM]
    if count == 0 or mark != originator[T_MARK] or since > STORM_WITHIN or since < 0:
        count = 1
        originator[T_MARK] = mark
        responder[T_STORM] = packet.time
    elif last != packet.side:
        count += 1
    if count >= STORM:
        tell_numbers(events, packet, limit, A_ACK_STORM, AT_ACKNOWLEDGMENT, 4, count, 0, 0)
        count = 0
    originator[T_STORM] = (count << 1) | packet.side
    return 0
