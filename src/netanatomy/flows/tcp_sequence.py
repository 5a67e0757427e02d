"""Sequence numbers: is the segment the next one, ahead of it, or was it sent before?"""

from __future__ import annotations

import cython

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
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
) -> cython.bint:
    """Judge the sequence number of a segment; False where the receiver drops it."""
    line: cython.Py_ssize_t = packet.detail
    length: cython.longlong = packet.payload
    ahead: cython.int = difference(packet.sequence, upper(table.detail[line, own + T_NUMBERS]))
    if packet.flags & FLAG_FIN:
        length += 1
    end: cython.uint = wrapped(packet.sequence + length)
    if ahead == 0:
        return next_segment(table, packet, events, limit, own, peer, end)
    if ahead > 0:
        return early_segment(table, packet, events, limit, own, peer, end)
    return late_segment(table, packet, events, limit, own, peer, end)


def next_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
    end: cython.uint,
) -> cython.bint:
    """The number that was to come."""
    line: cython.Py_ssize_t = packet.detail
    other: cython.longlong = table.detail[line, peer + T_STATE]
    window: cython.longlong = table.detail[line, peer + T_WINDOW]
    misc: cython.longlong = table.detail[line, own + T_STAMP]
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
            put(table, line, own, PROBE_SENT)
            return True  # it is sent again until there is room, so the next number stays
        room = upper(window)
        room -= difference(
            wrapped(packet.sequence + packet.payload), lower(table.detail[line, peer + T_NUMBERS])
        )
        if room > 0:
            table.detail[line, own + T_STAMP] = misc & ~clear
        elif room == 0:
            tell_numbers(events, packet, limit, A_WINDOW_FULL, AT_SEQUENCE, 4, end, end, 0)
            table.detail[line, own + T_STAMP] = misc & ~clear
        elif not misc & EXCEEDED:
            tell_numbers(events, packet, limit, A_WINDOW_EXCEEDED, AT_SEQUENCE, 4, end, end + room, 0)
            table.detail[line, own + T_STAMP] = misc | EXCEEDED
    if end != packet.sequence:
        advance(table, packet, own, end)
    return True


def early_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
    end: cython.uint,
) -> cython.bint:
    """A number ahead: something is missing, unless it is so far ahead that the receiver drops it."""
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = table.detail[line, own + T_STATE]
    following: cython.uint = upper(table.detail[line, own + T_NUMBERS])
    base: cython.uint = following
    confirmed: cython.bint = (state & CANDIDATE) != 0 and packet.sequence == upper(
        table.detail[line, own + T_OTHER]
    )
    if table.detail[line, peer + T_STATE] & ACK_KNOWN:
        base = lower(table.detail[line, peer + T_NUMBERS])
    if not confirmed and difference(packet.sequence, base) > reach(table, line, peer):
        tell_numbers(
            events, packet, limit, A_SEGMENT_OUT_OF_WINDOW, AT_SEQUENCE, 4, packet.sequence, following, 0
        )
        # Where the capture lost much of both directions, the next segment goes on from here.
        table.detail[line, own + T_OTHER] = joined(end, 0)
        put(table, line, own, CANDIDATE)
        return False
    tell_numbers(events, packet, limit, A_UNSEEN_SEGMENT, AT_SEQUENCE, 4, packet.sequence, following, 0)
    drop(table, line, own, CANDIDATE)
    add_hole(table, line, own, following, packet.sequence)
    table.detail[line, own + T_STAMP] |= LOSSY
    advance(table, packet, own, end)
    return True


def late_segment(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
    end: cython.uint,
) -> cython.bint:
    """A number that was passed already: asked again, sent again, or overtaken."""
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = table.detail[line, own + T_STATE]
    other: cython.longlong = table.detail[line, peer + T_STATE]
    following: cython.uint = upper(table.detail[line, own + T_NUMBERS])
    acked: cython.uint = lower(table.detail[line, peer + T_NUMBERS])
    first: cython.uint = wrapped(upper(table.detail[line, own + T_START]) + 1)
    window: cython.longlong = table.detail[line, peer + T_WINDOW]
    since: cython.longlong = packet.time - table.detail[line, own + T_NEXT_TIME]
    asked: cython.longlong = packet.time - table.detail[line, peer + T_TIME]
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
            put(table, line, own, PROBE_SENT)
        else:
            tell_numbers(events, packet, limit, A_KEEP_ALIVE, AT_SEQUENCE, 4, packet.sequence, following, 0)
            put(table, line, own, KEEP_ALIVE_SENT)
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
            table.detail[line, own + T_START_FRAME],
        )
        return False
    if end == packet.sequence:
        return True
    missing = fill_hole(table, line, own, packet.sequence, end)
    if heard and difference(acked, end) >= 0 and not missing:
        kind = A_SPURIOUS_RETRANSMISSION
        value = acked
    elif (
        heard
        and (table.detail[line, peer + T_WINDOW] & 0xFFFF) >= DUPLICATE_ACKS
        and packet.sequence == acked
        and asked < FAST_WITHIN
    ):
        kind = A_FAST_RETRANSMISSION
    elif missing and since < overtaking_time(table, line):
        kind = A_OUT_OF_ORDER
    tell_numbers(events, packet, limit, kind, AT_SEQUENCE, 4, packet.sequence, value, 0)
    if kind == A_OUT_OF_ORDER:
        count_low(table, line, own + T_DUPLICATES)
    else:
        count_high(table, line, own + T_RETRANSMISSIONS)
        if kind == A_FAST_RETRANSMISSION:
            count_low(table, line, own + T_RETRANSMISSIONS)
    if difference(end, following) > 0:
        advance(table, packet, own, end)
    return True


def advance(table: Connections, packet: Packet, own: cython.Py_ssize_t, end: cython.uint) -> cython.int:
    """The next number grows."""
    line: cython.Py_ssize_t = packet.detail
    table.detail[line, own + T_NUMBERS] = joined(end, lower(table.detail[line, own + T_NUMBERS]))
    table.detail[line, own + T_NEXT_TIME] = packet.time
    return 0


def add_hole(
    table: Connections,
    line: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    start: cython.uint,
    end: cython.uint,
) -> cython.int:
    """Remember octets that are missing; the oldest of three holes is given up for a fourth."""
    place: cython.Py_ssize_t
    for place in range(T_HOLES + HOLES - 1, T_HOLES, -1):
        table.detail[line, own + place] = table.detail[line, own + place - 1]
    table.detail[line, own + T_HOLES] = joined(start, end)
    return 0


def fill_hole(
    table: Connections,
    line: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    start: cython.uint,
    end: cython.uint,
) -> cython.bint:
    """Whether all of a segment was missing; if so it is not any more."""
    place: cython.Py_ssize_t
    hole: cython.longlong
    for place in range(T_HOLES, T_HOLES + HOLES):
        hole = table.detail[line, own + place]
        if hole == 0 or difference(start, upper(hole)) < 0 or difference(lower(hole), end) < 0:
            continue
        if start == upper(hole):
            table.detail[line, own + place] = 0 if end == lower(hole) else joined(end, lower(hole))
        else:
            table.detail[line, own + place] = joined(upper(hole), start)
            if end != lower(hole):
                add_hole(table, line, own, end, lower(hole))
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
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
) -> cython.int:
    """A FIN, or what comes after one."""
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = table.detail[line, own + T_STATE]
    start: cython.longlong = table.detail[line, own + T_START]
    number: cython.uint = wrapped(packet.sequence + packet.payload)
    if not state & FIN_SEEN:
        put(table, line, own, FIN_SEEN)
        table.detail[line, own + T_START] = joined(upper(start), number)
        move(table, line, own, SENDS_FIN)
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
