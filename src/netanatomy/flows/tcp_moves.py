"""How a segment moves the state of the endpoint that sent it on, as Zeek has it."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_roles import flip
    from netanatomy.flows.tcp_status import *
    from netanatomy.flows.tcp_words import PLAIN, RST_SEEN, T_STATE


def move_inactive(table: Connections, packet: Packet, length: cython.longlong) -> cython.int:
    """The first segment of a side; whether it closes the side."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    flags: cython.int = packet.flags
    status: cython.longlong = table.record[slot, STATUS]
    peer: cython.int = state_of(status, 1 - side)
    one: cython.longlong = 1
    closes: cython.int = 0
    own: cython.Py_ssize_t
    if flags & SYN:
        if side == ORIGINATOR:
            status = with_state(status, side, SYN_ACK_SENT if flags & ACK else SYN_SENT)
        else:
            own = DETAIL_SIDES + side * SIDE_WORDS
            if (
                not flags & ACK
                and peer == SYN_ACK_SENT
                and low32(table.detail[line, own + S_START]) == packet.sequence
            ):
                # The SYN-ACK came before its SYN, as when two interfaces are read.
                table.record[slot, STATUS] = status
                flip(table, packet)
                side = packet.side
                status = without(table.record[slot, STATUS], IS_PARTIAL)
                status = with_state(status, 1 - side, ESTABLISHED) | (one << FIRST_SEEN_SHIFT)
                table.record[slot, PROTOCOL] = without(table.record[slot, PROTOCOL], 0xFF0000) | 0x70000
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
    table.record[slot, STATUS] = status
    return closes


def move_syn_sent(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that has sent a SYN and is not established."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    closes: cython.int = 0
    if packet.flags & FIN:
        status = with_state(status, packet.side, CLOSED)
        closes = 1
    if packet.flags & RST:
        status = with_state(status, packet.side, RESET)
        closes = 1
    table.record[packet.slot, STATUS] = status
    return closes


def move_established(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that is established, or was met in the middle."""
    side: cython.int = packet.side
    status: cython.longlong = table.record[packet.slot, STATUS]
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
    table.record[packet.slot, STATUS] = status
    return closes


def is_absurd_reset(
    table: Connections, line: cython.Py_ssize_t, own: cython.Py_ssize_t, peer: cython.Py_ssize_t
) -> cython.bint:
    """Whether the receiver would drop this RST: both sides are known, and none of the sender's fitted."""
    state: cython.longlong = table.detail[line, own + S_ANALYSIS + T_STATE]
    other: cython.longlong = table.detail[line, peer + S_ANALYSIS + T_STATE]
    absurd: cython.bint = not state & RST_SEEN and (state & other & PLAIN) != 0
    return absurd


def move_closed(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that has sent its FIN."""
    side: cython.int = packet.side
    status: cython.longlong = table.record[packet.slot, STATUS]
    closes: cython.int = 0
    if packet.flags & RST and state_of(status, 1 - side) != CLOSED:
        status = with_state(status, side, RESET)
        if (status >> (DID_CLOSE_SHIFT + side)) & 1:
            status |= ENDING  # its FIN came before: with the RST nothing is left to wait for
        else:
            closes = 1
    table.record[packet.slot, STATUS] = status
    return closes
