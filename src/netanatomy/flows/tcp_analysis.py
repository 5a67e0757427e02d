"""A sharp look at every TCP segment: does it fit what both sides said before, and if not, how?

`analyse` is called for each segment whose checksum is believed. Most segments of an established
connection are exactly what was to come; `is_plain` finds that out at once and writes down what has
changed. Everything else is examined: first the header alone, then SYN and RST (tcp_handshake), the
sequence number (tcp_sequence), and what it acknowledges (tcp_acknowledgment). What a receiver would
drop is told, but moves nothing, so that forged numbers do no harm.

Nobody is blamed for what was not captured: a side that was not heard of is not expected to have
sent anything, and a connection whose SYNs were not seen has no handshake to complain of.
"""

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
    from netanatomy.flows.tcp_acknowledgment import (
        acknowledge,
        empty_segment,
        is_acceptable,
        look_at_window,
        look_for_storm,
    )
    from netanatomy.flows.tcp_anomalies import *
    from netanatomy.flows.tcp_handshake import reset, syn, syn_ack
    from netanatomy.flows.tcp_header import (
        look_at_flags,
        look_at_options,
        look_at_path,
        look_at_stamps,
        look_at_urgent,
        seen_twice,
    )
    from netanatomy.flows.tcp_sequence import end_of_side, number_of_segment
    from netanatomy.flows.tcp_words import *

DATA_FLAGS = 0xE37
"""What must be ACK alone in an ordinary segment: all flags but PSH and those of congestion."""

CONGESTION_EXPERIENCED = 3
"""RFC 3168 §5."""


def analyse(table: Connections, packet: Packet, events: Events) -> cython.bint:
    """Compare a segment with what both sides said before, note what is odd, and remember it.

    Returns whether it was plain.
    """
    own: cython.p_longlong = table.analysis_line(packet.detail, packet.side)
    plain: cython.bint
    if packet.payload > 0:
        own[T_PAYLOADS] += 1
    if packet.ecn == CONGESTION_EXPERIENCED:
        own[T_RESETS] += 1
    plain = is_plain(packet, own, table.analysis_line(packet.detail, 1 - packet.side))
    if not plain:
        examine(
            table,
            packet,
            events,
            DETAIL_SIDES + packet.side * SIDE_WORDS + S_ANALYSIS,
            DETAIL_SIDES + (1 - packet.side) * SIDE_WORDS + S_ANALYSIS,
        )
    own[T_TIME] = packet.time
    own[T_FRAME] = packet.frame
    return plain


def is_plain(packet: Packet, own: LongsView, peer: LongsView) -> cython.bint:
    """Take up the next data or a new acknowledgment of an established connection; False for all else."""
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    if (packet.flags & DATA_FLAGS) != FLAG_ACK or not state & other & PLAIN:
        return False
    numbers: cython.longlong = own[T_NUMBERS]
    theirs: cython.longlong = peer[T_NUMBERS]
    misc: cython.longlong = own[T_STAMP]
    window: cython.longlong = packet.window
    payload: cython.longlong = packet.payload
    step: cython.longlong = difference(packet.acknowledgment, lower(numbers))
    end: cython.uint = wrapped(packet.sequence + payload)
    field: cython.longlong = window
    before: cython.longlong = own[T_WINDOW]
    ids: cython.longlong = own[T_IDS]
    steady: cython.longlong = misc & STEADY_MASK
    stamp: cython.uint = upper(misc)
    counter: cython.int
    mask: cython.longlong = STEADY_MASK
    if (
        packet.sequence != upper(numbers)
        or step < 0
        or (step == 0 and payload == 0)
        or difference(upper(theirs), packet.acknowledgment) < 0
        or field == 0
        or own[T_PATH] != path_of(packet)
        or packet.urgent != 0
        or packet.sack_count != 0
        or packet.bad_options
    ):
        return False
    if state & SCALE_KNOWN:
        # What the receiver takes back is told; less than one unit of the scale is rounding (RFC 7323 §2.4).
        window = field << ((misc >> SHIFT_SHIFT) & 15)
        if window + step + (1 << ((misc >> SHIFT_SHIFT) & 15)) <= upper(before):
            return False
    else:
        window = UNLIMITED
    if payload and difference(end, lower(theirs)) >= upper(peer[T_WINDOW]):
        return False
    if packet.has_timestamps:
        if not state & STAMPS_SEEN or difference(packet.timestamp_value, stamp) < 0:
            return False
        if difference(packet.timestamp_echo, upper(peer[T_STAMP])) > 0:
            return False
        stamp = packet.timestamp_value
    elif state & STAMPS_SEEN:
        return False
    if packet.identification > 0:
        counter = (packet.identification - ids) & 0xFFFF
        if 0 < counter <= SMALL_STEP:
            if steady < STEADY_MASK:
                steady += 1
        elif steady >= STEADY_STEPS:
            return False
        else:
            steady = 0
            if counter == 0:
                misc |= ID_CONSTANT
        own[T_IDS] = joined(
            (upper(ids) << 16) | (lower(ids) >> 16), (lower(ids) << 16) | packet.identification
        )
    own[T_NUMBERS] = joined(end, packet.acknowledgment)
    own[T_WINDOW] = joined(window, (field << 16) | (0 if step > 0 else lower(before) & 0xFFFF))
    own[T_STAMP] = joined(stamp, (lower(misc) & ~mask) | steady)
    if payload:
        own[T_NEXT_TIME] = packet.time
    return True


def examine(
    table: Connections,
    packet: Packet,
    events: Events,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
) -> cython.int:
    """Everything that is not plain."""
    line: cython.Py_ssize_t = packet.detail
    limit: cython.Py_ssize_t = events.count + MAXIMUM_TOLD
    flags: cython.int = packet.flags
    known: cython.bint = (table.detail[line, own + T_STATE] & KNOWN) != 0
    expected: cython.bint = packet.sequence == upper(table.detail[line, own + T_NUMBERS])
    if seen_twice(table, packet, own):
        tell_numbers(
            events,
            packet,
            limit,
            A_DUPLICATE_PACKET,
            packet.network_offset - packet.transport_offset + 4,  # the identification, RFC 791 §3.1
            2,
            packet.identification,
            packet.identification,
            table.detail[line, own + T_FRAME],
        )
        count_high(table, line, own + T_DUPLICATES)
        return 0
    look_at_path(table, packet, events, limit, own, expected or not known)
    look_at_flags(packet, events, limit)
    if packet.urgent or flags & FLAG_URG:
        look_at_urgent(packet, events, limit)
    look_at_options(table, packet, events, limit, own, peer)
    if flags & FLAG_RST:
        reset(table, packet, events, limit, own, peer)
    elif flags & FLAG_SYN:
        drop(table, line, own, KEEP_ALIVE_SENT | PROBE_SENT | CHALLENGED)
        if flags & FLAG_ACK:
            syn_ack(table, packet, events, limit, own, peer)
        else:
            syn(table, packet, events, limit, own, peer)
        look_at_stamps(table, packet, events, limit, own, peer, False)
    elif flags & FLAG_ACK:
        ordinary(table, packet, events, limit, own, peer)
    else:  # the receiver drops it (RFC 9293 §3.10.7.4 fifth)
        too_early(table, packet, events, limit, own, peer)
    settle(table, line, own)
    settle(table, line, peer)
    return 0


def ordinary(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
) -> cython.int:
    """A segment with ACK and without SYN and RST: its number, its acknowledgment, its window, its end."""
    line: cython.Py_ssize_t = packet.detail
    known: cython.bint = (table.detail[line, own + T_STATE] & KNOWN) != 0
    in_order: cython.bint
    state: cython.longlong
    numbers: cython.longlong
    window: cython.longlong
    if too_early(table, packet, events, limit, own, peer):
        return 0
    if not known:
        first_of_side(table, packet, own, peer)
    state = table.detail[line, own + T_STATE]
    numbers = table.detail[line, own + T_NUMBERS]
    window = table.detail[line, own + T_WINDOW]
    in_order = (
        known
        and packet.sequence == upper(numbers)
        and (not state & ACK_KNOWN or difference(packet.acknowledgment, lower(numbers)) >= 0)
    )
    drop(table, line, own, KEEP_ALIVE_SENT | PROBE_SENT | CHALLENGED)
    if state & RST_SEEN:
        return after_reset(table, packet, events, limit, own)
    if not is_acceptable(table, packet, events, limit, own, peer) or (
        known and not number_of_segment(table, packet, events, limit, own, peer)
    ):
        if packet.payload == 0:
            look_for_storm(table, packet, events, limit)
        return 0
    look_at_stamps(table, packet, events, limit, own, peer, in_order)
    acknowledge(table, packet, events, limit, own, peer)
    look_at_window(table, packet, events, limit, own, state, lower(numbers))
    if packet.flags & FLAG_FIN or state & FIN_SEEN:
        end_of_side(table, packet, events, limit, own)
    if packet.payload == 0 and not packet.flags & FLAG_FIN and known:
        empty_segment(table, packet, events, limit, own, peer, state, numbers, window)
    return 0


def after_reset(
    table: Connections, packet: Packet, events: Events, limit: cython.Py_ssize_t, own: cython.Py_ssize_t
) -> cython.int:
    """The side had sent a RST: what it sent before that may have been overtaken, new data may not."""
    line: cython.Py_ssize_t = packet.detail
    end: cython.uint = wrapped(packet.sequence + packet.payload)
    if packet.payload > 0 and difference(end, upper(table.detail[line, own + T_RESET])) > 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_DATA_AFTER_RESET,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            packet.payload,
            0,
            table.detail[line, own + T_RESET_FRAME],
        )
    return 0


def first_of_side(
    table: Connections, packet: Packet, own: cython.Py_ssize_t, peer: cython.Py_ssize_t
) -> cython.int:
    """The first segment of a side whose SYN was not seen: its numbers begin here."""
    line: cython.Py_ssize_t = packet.detail
    length: cython.longlong = packet.payload
    likely: cython.int = state_in(table.detail[line, own + T_STATE])
    if packet.flags & FLAG_FIN:
        length += 1
    put(table, line, own, KNOWN)
    table.detail[line, own + T_NUMBERS] = joined(wrapped(packet.sequence + length), packet.acknowledgment)
    table.detail[line, own + T_NEXT_TIME] = packet.time
    if likely <= IN_SYN_RECEIVED:
        enter(table, line, own, IN_ESTABLISHED)
    if state_in(table.detail[line, peer + T_STATE]) == 0:
        enter(table, line, peer, IN_ESTABLISHED)
    return 0


def too_early(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    peer: cython.Py_ssize_t,
) -> cython.bint:
    """Data or a FIN before the handshake is over; True where the receiver drops the segment for that.

    A side whose answer was not captured is given away by what it acknowledges: without the SYN-ACK
    it could not know the number.
    """
    line: cython.Py_ssize_t = packet.detail
    state: cython.longlong = table.detail[line, own + T_STATE]
    other: cython.longlong = table.detail[line, peer + T_STATE]
    likely: cython.int = state_in(state)
    blind: cython.bint = not packet.flags & FLAG_ACK or packet.acknowledgment == 0
    if not state & SYN_SEEN or (state | other) & FAST_OPENED:
        return False
    if likely == IN_SYN_SENT:
        if not blind and not other & KNOWN:  # the other direction is not captured
            enter(table, line, own, IN_ESTABLISHED)
            enter(table, line, peer, IN_ESTABLISHED)
            return False
        if packet.flags & FLAG_FIN:
            tell_numbers(
                events,
                packet,
                limit,
                A_FIN_WITHOUT_HANDSHAKE,
                AT_FLAGS,
                2,
                0,
                0,
                table.detail[line, own + T_START_FRAME],
            )
    elif likely != IN_SYN_RECEIVED or state & SYN_ACKED or not other & KNOWN:
        return False
    if packet.payload > 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_DATA_BEFORE_HANDSHAKE,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            packet.payload,
            0,
            table.detail[line, own + T_START_FRAME],
        )
    return likely == IN_SYN_SENT
