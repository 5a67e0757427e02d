"""Sequence numbers: is the segment the next one, ahead of it, or was it sent before?"""

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

FAST_WITHIN = 20_000_000
"""ns after the last duplicate ACK within which a retransmission is a fast one (Wireshark)."""

OVERTAKEN_WITHIN = 3_000_000
"""ns after the newest segment within which a late one was overtaken; where no round trip is known
(Wireshark)."""

DUPLICATE_ACKS = 2
"""A third may be missing in the capture (Wireshark; RFC 5681 §3.2 has three)."""

SHORT_CONNECTION = 1 << 30
"""Octets that a side has sent while a number before its SYN can be told from one that wrapped."""


def number_of_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.bint:
    """Judge the sequence number of a segment; False where the receiver drops it."""
    length: cython.longlong = packet.payload
    ahead: cython.int = difference(packet.sequence, upper(own[T_NUMBERS]))
    if packet.flags & FLAG_FIN:
        length += 1
    end: cython.uint = wrapped(packet.sequence + length)
    if ahead == 0:
        return next_segment(packet, events, limit, own, peer, end)
    if ahead > 0:
        return early_segment(packet, events, limit, own, peer, end)
    return late_segment(table, packet, events, limit, own, peer, end)


def next_segment(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
    end: cython.uint,
) -> cython.bint:
    """The number that was to come."""
    other: cython.longlong = peer[T_STATE]
    window: cython.longlong = peer[T_WINDOW]
    misc: cython.longlong = own[T_STAMP]
    room: cython.longlong
    clear: cython.longlong = EXCEEDED
    if packet.payload > 0 and other & KNOWN and other & ACK_KNOWN:
        if packet.payload == 1 and (window >> 16) & 0xFFFF == 0:
            tell_numbers(
                events,
                packet,
                limit,
                A_ZERO_WINDOW_PROBE,
                AT_SEQUENCE,
                4,
                packet.sequence,
                packet.sequence,
                0,
            )
            put(own, PROBE_SENT)
            return True  # it is sent again until there is room, so the next number stays
        room = upper(window)
        room -= difference(wrapped(packet.sequence + packet.payload), lower(peer[T_NUMBERS]))
        if room > 0:
            own[T_STAMP] = misc & ~clear
        elif room == 0:
            tell_numbers(events, packet, limit, A_WINDOW_FULL, AT_SEQUENCE, 4, end, end, 0)
            own[T_STAMP] = misc & ~clear
        elif not misc & EXCEEDED:
            tell_numbers(events, packet, limit, A_WINDOW_EXCEEDED, AT_SEQUENCE, 4, end, end + room, 0)
            own[T_STAMP] = misc | EXCEEDED
    if end != packet.sequence:
        advance(packet, own, end)
    return True


def early_segment(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
    end: cython.uint,
) -> cython.bint:
    """A number ahead: something is missing, unless it is so far ahead that the receiver drops it."""
    state: cython.longlong = own[T_STATE]
    following: cython.uint = upper(own[T_NUMBERS])
    base: cython.uint = following
    confirmed: cython.bint = (state & CANDIDATE) != 0 and packet.sequence == upper(own[T_OTHER])
    if peer[T_STATE] & ACK_KNOWN:
        base = lower(peer[T_NUMBERS])
    if not confirmed and difference(packet.sequence, base) > reach(peer):
        tell_numbers(
            events, packet, limit, A_SEGMENT_OUT_OF_WINDOW, AT_SEQUENCE, 4, packet.sequence, following, 0
        )
        # Where the capture lost much of both directions, the next segment goes on from here.
        own[T_OTHER] = joined(end, 0)
        put(own, CANDIDATE)
        return False
    tell_numbers(events, packet, limit, A_UNSEEN_SEGMENT, AT_SEQUENCE, 4, packet.sequence, following, 0)
    drop(own, CANDIDATE)
    add_hole(own, following, packet.sequence)
    own[T_STAMP] |= LOSSY
    advance(packet, own, end)
    return True


def late_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
    end: cython.uint,
) -> cython.bint:
    """A number that was passed already: asked again, sent again, or overtaken."""
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    following: cython.uint = upper(own[T_NUMBERS])
    acked: cython.uint = lower(peer[T_NUMBERS])
    first: cython.uint = wrapped(upper(own[T_START]) + 1)
    window: cython.longlong = peer[T_WINDOW]
    since: cython.longlong = packet.time - own[T_NEXT_TIME]
    asked: cython.longlong = packet.time - peer[T_TIME]
    sent: cython.longlong = difference(following, first)
    kind: cython.int = A_RETRANSMISSION
    value: cython.longlong = following
    heard: cython.bint = (other & ACK_KNOWN) != 0
    missing: cython.bint
    if (
        packet.payload <= 1
        and not packet.flags & FLAG_FIN
        and difference(packet.sequence, following) == -1
        and (not heard or acked == following)
    ):
        if heard and (window >> 16) & 0xFFFF == 0:
            tell_numbers(
                events, packet, limit, A_ZERO_WINDOW_PROBE, AT_SEQUENCE, 4, packet.sequence, following, 0
            )
            put(own, PROBE_SENT)
        else:
            tell_numbers(events, packet, limit, A_KEEP_ALIVE, AT_SEQUENCE, 4, packet.sequence, following, 0)
            put(own, KEEP_ALIVE_SENT)
        return True
    if state & SYN_SEEN and 0 <= sent < SHORT_CONNECTION and difference(packet.sequence, first) < 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_SEQUENCE_UNDERFLOW,
            AT_SEQUENCE,
            4,
            packet.sequence,
            first,
            own[T_START_FRAME],
        )
        return False
    if end == packet.sequence:
        return True
    missing = fill_hole(own, packet.sequence, end)
    if heard and difference(acked, end) >= 0 and not missing:
        kind = A_SPURIOUS_RETRANSMISSION
        value = acked
    elif (
        heard
        and (peer[T_WINDOW] & 0xFFFF) >= DUPLICATE_ACKS
        and packet.sequence == acked
        and asked < FAST_WITHIN
    ):
        kind = A_FAST_RETRANSMISSION
    elif missing and since < overtaking_time(table, line):
        kind = A_OUT_OF_ORDER
    tell_numbers(events, packet, limit, kind, AT_SEQUENCE, 4, packet.sequence, value, 0)
    if kind == A_OUT_OF_ORDER:
        own[T_DUPLICATES] += 1
    else:
        count_high(own, T_RETRANSMISSIONS)
        if kind == A_FAST_RETRANSMISSION:
            own[T_RETRANSMISSIONS] += 1
    if difference(end, following) > 0:
        advance(packet, own, end)
    return True


def advance(packet: Packet, own: LongsView, end: cython.uint) -> cython.int:
    """The next number grows."""
    own[T_NUMBERS] = joined(end, lower(own[T_NUMBERS]))
    own[T_NEXT_TIME] = packet.time
    return 0


def add_hole(
    own: LongsView,
    start: cython.uint,
    end: cython.uint,
) -> cython.int:
    """Remember octets that are missing; the oldest of three holes is given up for a fourth."""
    place: cython.Py_ssize_t
    for place in range(T_HOLES + HOLES - 1, T_HOLES, -1):
        own[place] = own[place - 1]
    own[T_HOLES] = joined(start, end)
    return 0


def fill_hole(
    own: LongsView,
    start: cython.uint,
    end: cython.uint,
) -> cython.bint:
    """Whether all of a segment was missing; if so it is not any more."""
    place: cython.Py_ssize_t
    hole: cython.longlong
    for place in range(T_HOLES, T_HOLES + HOLES):
        hole = own[place]
        if hole == 0 or difference(start, upper(hole)) < 0 or difference(lower(hole), end) < 0:
            continue
        if start == upper(hole):
            own[place] = 0 if end == lower(hole) else joined(end, lower(hole))
        else:
            own[place] = joined(upper(hole), start)
            if end != lower(hole):
                add_hole(own, end, lower(hole))
        return True
    return False


def overtaking_time(table: Connections, line: cython.Py_ssize_t) -> cython.longlong:
    """How long after the newest segment a late one counts as overtaken: a round trip, as Wireshark has it."""
    there: cython.longlong = table.detail[line, D_RTT_RESP]
    back: cython.longlong = table.detail[line, D_RTT_ORIG]
    if there < 0 or back < 0 or there + back == 0:
        return OVERTAKEN_WITHIN
    return there + back


def end_of_side(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
) -> cython.int:
    """A FIN, or what comes after one."""
    state: cython.longlong = own[T_STATE]
    start: cython.longlong = own[T_START]
    number: cython.uint = wrapped(packet.sequence + packet.payload)
    if not state & FIN_SEEN:
        put(own, FIN_SEEN)
        own[T_START] = joined(upper(start), number)
        move(own, SENDS_FIN)
        return 0
    if (packet.payload > 1 or (packet.payload == 1 and packet.sequence != lower(start))) and difference(
        number, lower(start)
    ) > 0:  # one octet in the FIN's place is a keep-alive
        tell_numbers(
            events,
            packet,
            limit,
            A_DATA_AFTER_FIN,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            number,
            lower(start),
            0,
        )
        return 0
    if packet.flags & FLAG_FIN and number != lower(start):
        tell_numbers(events, packet, limit, A_FIN_DIFFERENT_NUMBER, AT_SEQUENCE, 4, number, lower(start), 0)
    return 0
