"""A sharp look at every TCP segment: does it fit what both sides said before, and if not, how?

`analyse` is called for each segment whose checksum is believed, but for most of them `tcp_plain` has
done its work. What is not plain is examined: first the header alone, then SYN and RST (tcp_handshake),
the sequence number (tcp_sequence), and what it acknowledges (tcp_acknowledgment). What a receiver would
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
    from netanatomy.flows.tcp_plain import CONGESTION_EXPERIENCED, is_plain, may_be_plain
    from netanatomy.flows.tcp_sequence import end_of_side, number_of_segment
    from netanatomy.flows.tcp_words import *


def analyse(table: Connections, packet: Packet, events: Events) -> cython.int:
    """Compare a segment with what both sides said before, note what is odd, and remember it."""
    own: cython.p_longlong = table.analysis_line(packet.detail, packet.side)
    peer: cython.p_longlong = table.analysis_line(packet.detail, 1 - packet.side)
    if packet.payload > 0:
        own[T_PAYLOADS] += 1
    if packet.ecn == CONGESTION_EXPERIENCED:
        own[T_RESETS] += 1
    if not may_be_plain(packet, own, peer) or not is_plain(packet, own, peer):
        examine(table, packet, events, own, peer)
    own[T_TIME] = packet.time
    own[T_FRAME] = packet.frame
    return 0


def examine(
    table: Connections,
    packet: Packet,
    events: Events,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """Everything that is not plain."""
    limit: cython.Py_ssize_t = events.count + MAXIMUM_TOLD
    flags: cython.int = packet.flags
    known: cython.bint = (own[T_STATE] & KNOWN) != 0
    expected: cython.bint = packet.sequence == upper(own[T_NUMBERS])
    if seen_twice(packet, own):
        tell_numbers(
            events,
            packet,
            limit,
            A_DUPLICATE_PACKET,
            packet.network_offset - packet.transport_offset + 4,  # the identification, RFC 791 §3.1
            2,
            packet.identification,
            packet.identification,
            own[T_FRAME],
        )
        count_high(own, T_DUPLICATES)
        return 0
    look_at_path(packet, events, limit, own, expected or not known)
    look_at_flags(packet, events, limit)
    if packet.urgent or flags & FLAG_URG:
        look_at_urgent(packet, events, limit)
    look_at_options(packet, events, limit, own, peer)
    if flags & FLAG_RST:
        reset(packet, events, limit, own, peer)
    elif flags & FLAG_SYN:
        drop(own, KEEP_ALIVE_SENT | PROBE_SENT | CHALLENGED)
        if flags & FLAG_ACK:
            syn_ack(table, packet, events, limit, own, peer)
        else:
            syn(table, packet, events, limit, own, peer)
        look_at_stamps(packet, events, limit, own, peer, False)
    elif flags & FLAG_ACK:
        ordinary(table, packet, events, limit, own, peer)
    else:  # the receiver drops it (RFC 9293 §3.10.7.4 fifth)
        too_early(packet, events, limit, own, peer)
    settle(own)
    settle(peer)
    return 0


def ordinary(
    table: Connections,
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """A segment with ACK and without SYN and RST: its number, its acknowledgment, its window, its end."""
    known: cython.bint = (own[T_STATE] & KNOWN) != 0
    in_order: cython.bint
    state: cython.longlong
    numbers: cython.longlong
    window: cython.longlong
    if too_early(packet, events, limit, own, peer):
        return 0
    if not known:
        first_of_side(packet, own, peer)
    state = own[T_STATE]
    numbers = own[T_NUMBERS]
    window = own[T_WINDOW]
    in_order = (
        known
        and packet.sequence == upper(numbers)
        and (not state & ACK_KNOWN or difference(packet.acknowledgment, lower(numbers)) >= 0)
    )
    drop(own, KEEP_ALIVE_SENT | PROBE_SENT | CHALLENGED)
    if state & RST_SEEN:
        return after_reset(packet, events, limit, own)
    if not is_acceptable(packet, events, limit, own, peer) or (
        known and not number_of_segment(table, packet, events, limit, own, peer)
    ):
        if packet.payload == 0:
            look_for_storm(table, packet, events, limit)
        return 0
    look_at_stamps(packet, events, limit, own, peer, in_order)
    acknowledge(table, packet, events, limit, own, peer)
    look_at_window(packet, events, limit, own, state, lower(numbers))
    if packet.flags & FLAG_FIN or state & FIN_SEEN:
        end_of_side(packet, events, limit, own)
    if packet.payload == 0 and not packet.flags & FLAG_FIN and known:
        empty_segment(table, packet, events, limit, own, peer, state, numbers, window)
    return 0


def after_reset(packet: Packet, events: Events, limit: cython.Py_ssize_t, own: LongsView) -> cython.int:
    """The side had sent a RST: what it sent before that may have been overtaken, new data may not."""
    end: cython.uint = wrapped(packet.sequence + packet.payload)
    if packet.payload > 0 and difference(end, upper(own[T_RESET])) > 0:
        tell_numbers(
            events,
            packet,
            limit,
            A_DATA_AFTER_RESET,
            packet.payload_offset - packet.transport_offset,
            packet.captured,
            packet.payload,
            0,
            own[T_RESET_FRAME],
        )
    return 0


def first_of_side(packet: Packet, own: LongsView, peer: LongsView) -> cython.int:
    """The first segment of a side whose SYN was not seen: its numbers begin here."""
    length: cython.longlong = packet.payload
    likely: cython.int = state_in(own[T_STATE])
    if packet.flags & FLAG_FIN:
        length += 1
    put(own, KNOWN)
    own[T_NUMBERS] = joined(wrapped(packet.sequence + length), packet.acknowledgment)
    own[T_NEXT_TIME] = packet.time
    if likely <= IN_SYN_RECEIVED:
        enter(own, IN_ESTABLISHED)
    if state_in(peer[T_STATE]) == 0:
        enter(peer, IN_ESTABLISHED)
    return 0


def too_early(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.bint:
    """Data or a FIN before the handshake is over; True where the receiver drops the segment for that.

    A side whose answer was not captured is given away by what it acknowledges: without the SYN-ACK
    it could not know the number.
    """
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    likely: cython.int = state_in(state)
    blind: cython.bint = not packet.flags & FLAG_ACK or packet.acknowledgment == 0
    if not state & SYN_SEEN or (state | other) & FAST_OPENED:
        return False
    if likely == IN_SYN_SENT:
        if not blind and not other & KNOWN:  # the other direction is not captured
            enter(own, IN_ESTABLISHED)
            enter(peer, IN_ESTABLISHED)
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
                own[T_START_FRAME],
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
            own[T_START_FRAME],
        )
    return likely == IN_SYN_SENT
