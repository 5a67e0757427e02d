"""Segments that begin a connection or break it off: SYN, SYN-ACK, RST."""

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


def syn(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """A SYN without ACK."""
    line: cython.Py_ssize_t = packet.detail
    start: cython.uint = packet.sequence
    following: cython.uint = wrapped(start + 1)
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    likely: cython.int
    if packet.payload > 0:
        if packet.fast_open > 0:
            tell_numbers(
                events,
                packet,
                limit,
                A_FAST_OPEN,
                packet.payload_offset - packet.transport_offset,
                packet.captured,
                packet.payload,
                0,
                0,
            )
            following = wrapped(following + packet.payload)
            put(own, FAST_OPENED)
        else:
            tell_numbers(
                events,
                packet,
                limit,
                A_SYN_WITH_DATA,
                packet.payload_offset - packet.transport_offset,
                packet.captured,
                packet.payload,
                0,
                0,
            )
    if state & SYN_SEEN and start == upper(own[T_START]):
        return again(packet, events, limit, own)
    if is_over(own, peer):
        if state & SYN_SEEN:
            tell_numbers(
                events,
                packet,
                limit,
                A_PORT_REUSE,
                AT_SEQUENCE,
                4,
                start,
                upper(own[T_START]),
                own[T_START_FRAME],
            )
        begin_anew(own)
        begin_anew(peer)
        table.detail[line, D_SYN_TIME] = packet.time
        table.detail[line, D_SYN_ACK_TIME] = 0
        state = own[T_STATE]
        other = peer[T_STATE]
    likely = state_in(state)
    if state & KNOWN and (likely >= IN_ESTABLISHED or other & SYN_ACK_SEEN):
        # RFC 5961 §4: the other side answers with a challenge ACK, whatever the number.
        tell_numbers(
            events,
            packet,
            limit,
            A_SYN_AFTER_ESTABLISHED if likely >= IN_ESTABLISHED else A_SYN_DIFFERENT_NUMBER,
            AT_SEQUENCE,
            4,
            start,
            upper(own[T_START]) if likely < IN_ESTABLISHED else upper(own[T_NUMBERS]),
            own[T_START_FRAME],
        )
        put(peer, CHALLENGED)
        return 0
    if state & SYN_SEEN:
        tell_numbers(
            events,
            packet,
            limit,
            A_SYN_DIFFERENT_NUMBER,
            AT_SEQUENCE,
            4,
            start,
            upper(own[T_START]),
            own[T_START_FRAME],
        )
        if other & KNOWN:
            return 0
    begin_side(packet, own, following)
    own[T_STAMP] |= BARE_SYN
    if packet.payload > 0 and packet.fast_open <= 0:  # the other side may keep them all the same
        own[T_OTHER] = joined(wrapped(following + packet.payload), 0)
        put(own, CANDIDATE)
    if table.detail[line, D_SYN_TIME] == 0:
        table.detail[line, D_SYN_TIME] = packet.time
    if likely == 0 or likely == IN_CLOSED or likely == IN_LISTEN:
        enter(own, IN_SYN_SENT)
    if state_in(other) == 0:
        enter(peer, IN_LISTEN)
    move(peer, RECEIVES_SYN)
    return 0


def syn_ack(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """A SYN that acknowledges the other side's."""
    line: cython.Py_ssize_t = packet.detail
    start: cython.uint = packet.sequence
    following: cython.uint = wrapped(start + 1 + packet.payload)
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    first: cython.uint = wrapped(upper(peer[T_START]) + 1)
    ahead: cython.int
    likely: cython.int
    waited: cython.longlong
    if packet.payload > 0 and not other & FAST_OPENED:
        tell_numbers(
            events,
            packet,
            limit,
            A_SYN_WITH_DATA,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            packet.payload,
            0,
            0,
        )
    if other & CANDIDATE and packet.acknowledgment == upper(peer[T_OTHER]):
        peer[T_NUMBERS] = joined(packet.acknowledgment, lower(peer[T_NUMBERS]))
    if other & SYN_SEEN:
        ahead = difference(packet.acknowledgment, first)
        if ahead < 0 or difference(packet.acknowledgment, upper(peer[T_NUMBERS])) > 0:
            tell_numbers(
                events,
                packet,
                limit,
                A_SYN_ACK_WRONG_ACK,
                AT_ACKNOWLEDGMENT,
                4,
                packet.acknowledgment,
                first,
                peer[T_START_FRAME],
            )
            return 0
    if state & SYN_SEEN and other & RST_SEEN and start != upper(own[T_START]):
        # The client gave up, and sent its SYN again: to the server that is a new connection.
        drop(own, SYN_SEEN | SYN_ACK_SEEN)
        state = own[T_STATE]
    if state & SYN_SEEN and start != upper(own[T_START]):
        tell_numbers(
            events,
            packet,
            limit,
            A_SYN_ACK_DIFFERENT_NUMBER,
            AT_SEQUENCE,
            4,
            start,
            upper(own[T_START]),
            own[T_START_FRAME],
        )
        own[T_OTHER] = joined(start, 0)
        put(own, CANDIDATE)
        return 0
    if state & SYN_ACK_SEEN:
        return again(packet, events, limit, own)
    if not other & SYN_SEEN and not (state & KNOWN and other & KNOWN):
        tell(events, packet, limit, A_SYN_ACK_WITHOUT_SYN, AT_FLAGS, 2)
    if not state & SYN_SEEN:
        drop(own, RST_SEEN)
        begin_side(packet, own, following)
        if state_in(other) == 0:
            enter(peer, IN_SYN_SENT)
        likely = state_in(state)
        if likely == 0 or likely == IN_CLOSED or likely == IN_LISTEN:
            enter(own, IN_SYN_RECEIVED)
    elif other & SYN_ACK_SEEN:  # each sent a SYN alone, and now each its SYN-ACK
        tell_numbers(
            events,
            packet,
            limit,
            A_SIMULTANEOUS_OPEN,
            AT_FLAGS,
            2,
            0,
            0,
            own[T_START_FRAME],
        )
    put(own, SYN_ACK_SEEN | ACK_KNOWN)
    own[T_NUMBERS] = joined(upper(own[T_NUMBERS]), packet.acknowledgment)
    move(own, SENDS_SYN_ACK)
    move(peer, RECEIVES_SYN_ACK)
    put(peer, SYN_ACKED)
    drop(peer, CANDIDATE)
    if other & SYN_SEEN:
        agree(own, peer)
    if other & FAST_OPENED and difference(packet.acknowledgment, first) > 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_FAST_OPEN,
            AT_ACKNOWLEDGMENT,
            4,
            difference(packet.acknowledgment, first),
            0,
            peer[T_START_FRAME],
        )
    if packet.side == RESPONDER and table.detail[line, D_SYN_ACK_TIME] == 0:
        table.detail[line, D_SYN_ACK_TIME] = packet.time
        if other & SYN_SEEN:
            waited = packet.time - table.detail[line, D_SYN_TIME]
            table.detail[line, D_RTT_RESP] = waited if waited >= 0 else -1
    return 0


def reset(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """A RST: it counts only where the receiver would believe it (RFC 9293 §3.10.7, RFC 5961 §3.2)."""
    number: cython.uint = packet.sequence
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    numbers: cython.longlong = own[T_NUMBERS]
    theirs: cython.longlong = peer[T_NUMBERS]
    awaited: cython.uint = lower(theirs)
    window: cython.longlong
    ahead: cython.longlong
    count_high(own, T_RESETS)
    if packet.payload > 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_RESET_WITH_PAYLOAD,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            packet.payload,
            0,
            0,
        )
    if state & RST_SEEN:
        # Each late segment is answered with a RST at the number that it acknowledges: never one ahead.
        if number != upper(own[T_RESET]) and difference(number, upper(numbers)) > 0:
            tell_numbers(
                events,
                packet,
                limit,
                A_RESET_DIFFERENT_NUMBER,
                AT_SEQUENCE,
                4,
                number,
                upper(own[T_RESET]),
                own[T_RESET_FRAME],
            )
        return 0
    if state_in(other) == IN_SYN_SENT or (not state & KNOWN and other & SYN_SEEN and not other & ACK_KNOWN):
        # The answer to a SYN is believed by what it acknowledges (RFC 9293 §3.10.7.3).
        if not packet.flags & FLAG_ACK:
            return 0
        if (other & SYN_SEEN and difference(packet.acknowledgment, upper(peer[T_START])) <= 0) or difference(
            packet.acknowledgment, upper(theirs)
        ) > packet.payload + 1:
            tell_numbers(
                events,
                packet,
                limit,
                A_RESET_OUT_OF_WINDOW,
                AT_ACKNOWLEDGMENT,
                4,
                packet.acknowledgment,
                upper(theirs),
                peer[T_START_FRAME],
            )
            return 0
        return accept_reset(packet, own, peer)
    if not state & KNOWN or not other & ACK_KNOWN or number == awaited or number == upper(numbers):
        return accept_reset(packet, own, peer)
    ahead = difference(number, awaited)
    window = upper(peer[T_WINDOW])
    if not other & SCALE_KNOWN:
        window = UNLIMITED
    if ahead < 0 and not packet.flags & FLAG_ACK and state_in(state) > IN_ESTABLISHED:
        return 0  # the endpoint is gone and answers late segments, each at the number that it acknowledges
    if 0 <= ahead < window:
        tell_numbers(events, packet, limit, A_RESET_IN_WINDOW, AT_SEQUENCE, 4, number, awaited, 0)
        put(peer, CHALLENGED)
    else:
        tell_numbers(events, packet, limit, A_RESET_OUT_OF_WINDOW, AT_SEQUENCE, 4, number, awaited, 0)
    return 0


def accept_reset(packet: Packet, own: LongsView, peer: LongsView) -> cython.int:
    """The RST ends the connection."""
    if not own[T_STATE] & KNOWN:
        own[T_NUMBERS] = joined(packet.sequence, packet.acknowledgment)
    put(own, RST_SEEN | KNOWN)
    own[T_RESET] = joined(packet.sequence, 0)
    own[T_RESET_FRAME] = packet.frame
    enter(own, IN_CLOSED)
    move(peer, RECEIVES_RST)
    return 0


def new_attempt(table: Connections, packet: Packet, events: Events) -> cython.int:
    """A SYN begins a new connection between the ports of one that is still in the table: say so.

    For whoever keeps the table, to be called while `packet.slot` and `packet.detail` are the old
    connection's. After the end of that, the ports are used again; before it was established, only
    one of the two numbers can be answered.
    """
    line: cython.Py_ssize_t = packet.detail
    own: cython.p_longlong
    peer: cython.p_longlong
    limit: cython.Py_ssize_t = events.count + 1
    kind: cython.int = A_SYN_DIFFERENT_NUMBER
    start: cython.uint
    frame: cython.longlong
    if packet.flags & FLAG_ACK:
        return 0
    if line < 0:
        start = upper(table.record[packet.slot, FIRST_NUMBERS])
        frame = table.record[packet.slot, FIRST_FRAME]
    else:
        own = table.analysis_line(line, packet.side)
        peer = table.analysis_line(line, 1 - packet.side)
        if not own[T_STATE] & SYN_SEEN:
            return 0
        start = upper(own[T_START])
        frame = own[T_START_FRAME]
        if state_in(own[T_STATE]) >= IN_ESTABLISHED or is_over(own, peer):
            kind = A_PORT_REUSE
    tell_numbers(events, packet, limit, kind, AT_SEQUENCE, 4, packet.sequence, start, frame)
    return 0


def is_over(own: LongsView, peer: LongsView) -> cython.bint:
    """Whether the connection ended, so that a SYN begins a new one."""
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    return ((state | other) & RST_SEEN) != 0 or (state & other & FIN_SEEN) != 0


def begin_anew(base: LongsView) -> cython.int:
    """Forget what was known of a side, but for its counts and the way it takes."""
    place: cython.Py_ssize_t
    base[T_STATE] = 0
    base[T_NUMBERS] = 0
    base[T_WINDOW] = 0
    base[T_STAMP] &= STEADY_MASK | ID_CONSTANT
    for place in range(T_START, T_STORM + 1):
        base[place] = 0
    return 0


def begin_side(packet: Packet, own: LongsView, following: cython.uint) -> cython.int:
    """Take up where a side's numbers begin, and what its SYN offers."""
    field: cython.longlong = packet.window
    misc: cython.longlong = own[T_STAMP]
    mask: cython.longlong = 15
    scale: cython.longlong = packet.window_scale
    offers: cython.longlong = KNOWN | SYN_SEEN
    clear: cython.longlong = SCALE_OFFERED | STAMPS_OFFERED | SACK_OFFERED | SCALE_KNOWN | CANDIDATE
    drop(own, clear)
    if scale >= 0:
        offers |= SCALE_OFFERED
        scale = 14 if scale > 14 else scale  # RFC 7323 §2.3
        misc = (misc & ~(mask << SHIFT_SHIFT)) | (scale << SHIFT_SHIFT)
        own[T_STAMP] = misc
    if packet.has_timestamps:
        offers |= STAMPS_OFFERED
    if packet.sack_permitted:
        offers |= SACK_OFFERED
    put(own, offers)
    own[T_START] = joined(packet.sequence, 0)
    own[T_START_FRAME] = packet.frame
    own[T_NUMBERS] = joined(following, lower(own[T_NUMBERS]))
    own[T_NEXT_TIME] = packet.time
    # The window of a SYN is never scaled (RFC 7323 §2.2).
    own[T_STAMP] |= SYN_WINDOW
    own[T_WINDOW] = joined(packet.window, wrapped(field << 16))
    return 0


def agree(own: LongsView, peer: LongsView) -> cython.int:
    """Both SYNs were seen: windows are scaled where both offered it, else by nothing (RFC 7323 §2.2)."""
    both: cython.longlong = own[T_STATE] & peer[T_STATE]
    clear: cython.longlong = 15
    clear = ~(clear << SHIFT_SHIFT)
    if not both & SCALE_OFFERED:
        own[T_STAMP] &= clear
        peer[T_STAMP] &= clear
    put(own, SCALE_KNOWN)
    put(peer, SCALE_KNOWN)
    return 0


def again(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
) -> cython.int:
    """A SYN that was sent before."""
    tell_numbers(
        events,
        packet,
        limit,
        A_RETRANSMISSION,
        AT_SEQUENCE,
        4,
        packet.sequence,
        upper(own[T_NUMBERS]),
        own[T_START_FRAME],
    )
    count_high(own, T_RETRANSMISSIONS)
    return 0
