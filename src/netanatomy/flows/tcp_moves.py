"""How a segment moves the state of the endpoint that sent it on, as Zeek has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_roles import flip
    from netanatomy.flows.tcp_status import *
    from netanatomy.flows.tcp_words import PLAIN, RST_SEEN, T_STATE


def move_inactive(
    table: Connections, packet: Packet, record: LongsView, own: LongsView, length: cython.longlong
) -> cython.int:
    """The first segment of a side; whether it closes the side."""
    side: cython.int = packet.side
    flags: cython.int = packet.flags
    status: cython.longlong = record[STATUS]
    peer: cython.int = state_of(status, 1 - side)
    one: cython.longlong = 1
    closes: cython.int = 0
    if flags & SYN:
        if side == ORIGINATOR:
            status = with_state(status, side, SYN_ACK_SENT if flags & ACK else SYN_SENT)
        else:
            if not flags & ACK and peer == SYN_ACK_SENT and low32(own[S_START]) == packet.sequence:
                # The SYN-ACK came before its SYN, as when two interfaces are read.
                record[STATUS] = status
                flip(table, packet)
                side = packet.side
                status = without(record[STATUS], IS_PARTIAL)
                status = with_state(status, 1 - side, ESTABLISHED) | (one << FIRST_SEEN_SHIFT)
                record[PROTOCOL] = without(record[PROTOCOL], 0xFF0000) | 0x70000
            if state_of(status, 1 - side) == SYN_SENT:
                status = with_state(status, 1 - side, ESTABLISHED)
            status = with_state(status, side, ESTABLISHED)
    if flags & FIN:
        status = with_state(status, side, CLOSED)
        closes = 1
    if flags & RST:
        status = with_state(status, side, RESET)
        closes = 1
    if state_of(status, side) == INACTIVE:
        peer = state_of(status, 1 - side)
        if side == RESPONDER and length == 0 and peer == SYN_SENT:
            pass  # some acknowledge a SYN before they send their own
        elif flags & ACK and peer == ESTABLISHED:
            # SYN-ACK and now its ACK: the SYN was missed.
            status = without(with_state(status, side, ESTABLISHED), IS_PARTIAL)
            status |= one << (FIRST_SEEN_SHIFT + side)
        else:
            status = with_state(status, side, PARTIAL)
    record[STATUS] = status
    return closes


def move_syn_sent(packet: Packet, record: LongsView) -> cython.int:
    """A segment of a side that has sent a SYN and is not established."""
    status: cython.longlong = record[STATUS]
    closes: cython.int = 0
    if packet.flags & FIN:
        status = with_state(status, packet.side, CLOSED)
        closes = 1
    if packet.flags & RST:
        status = with_state(status, packet.side, RESET)
        closes = 1
    record[STATUS] = status
    return closes


def move_established(packet: Packet, record: LongsView) -> cython.int:
    """A segment of a side that is established, or was met in the middle."""
    side: cython.int = packet.side
    status: cython.longlong = record[STATUS]
    peer: cython.int = state_of(status, 1 - side)
    closes: cython.int = 0
    if packet.flags & (SYN | ACK) == SYN and state_of(status, side) == PARTIAL and peer == INACTIVE:
        status = with_state(status, side, SYN_SENT)
    if packet.flags & FIN and not packet.flags & RST:
        status = with_state(status, side, CLOSED)
        if peer == RESET and previous_of(status, 1 - side) == CLOSED:
            # It sent a FIN and then a RST: with our FIN this was an ordinary end.
            status = with_state(status, 1 - side, CLOSED)
        closes = 1
    if packet.flags & RST:
        status = with_state(status, side, RESET)
        closes = 1
    record[STATUS] = status
    return closes


def is_absurd_reset(own: LongsView, peer: LongsView) -> cython.bint:
    """Whether the receiver would drop this RST: both sides are known, and none of the sender's fitted."""
    state: cython.longlong = own[S_ANALYSIS + T_STATE]
    other: cython.longlong = peer[S_ANALYSIS + T_STATE]
    absurd: cython.bint = not state & RST_SEEN and (state & other & PLAIN) != 0
    return absurd


def move_closed(packet: Packet, record: LongsView) -> cython.int:
    """A segment of a side that has sent its FIN."""
    side: cython.int = packet.side
    status: cython.longlong = record[STATUS]
    closes: cython.int = 0
    if packet.flags & RST and state_of(status, 1 - side) != CLOSED:
        status = with_state(status, side, RESET)
        if (status >> (DID_CLOSE_SHIFT + side)) & 1:
            status |= ENDING  # its FIN came before: with the RST nothing is left to wait for
        else:
            closes = 1
    record[STATUS] = status
    return closes
