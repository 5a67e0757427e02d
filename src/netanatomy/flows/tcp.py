"""TCP connections as Zeek sees them: the states of both endpoints, the history, sizes, and missed octets.

What is told here has Zeek's meaning to the letter, so that `conn_state` and `history` say the same
in both; the sharper look at every segment is `tcp_analysis`. Where Zeek believes a number that a
forger could have made up, this does not: a SYN, a jump of the sequence number or an acknowledgment
far away from all that was seen needs a second one that bears it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_gaps import acknowledged, check_end, data_sent, side_closed
    from netanatomy.flows.tcp_history import observe_flags, scaled_history
    from netanatomy.flows.tcp_moves import (
        is_absurd_reset,
        move_closed,
        move_established,
        move_inactive,
        move_syn_sent,
    )
    from netanatomy.flows.tcp_status import *

    def side_of(detail: LongsView, side: int) -> LongsView:
        """The words of a side in a detail."""
        first = DETAIL_SIDES + side * SIDE_WORDS
        return detail[first : first + SIDE_WORDS]


def wrong_checksum(table: Connections, packet: Packet) -> cython.int:
    """Note a segment that a receiver would have dropped."""
    return scaled_history(table, packet, S_REPEATED, 0, 67, packet.side)  # "C"


def update(table: Connections, packet: Packet) -> cython.int:
    """Move both endpoints on by a segment of a connection that has a detail."""
    side: cython.int = packet.side
    record: cython.p_longlong = table.record_line(packet.slot)
    detail: cython.p_longlong = table.detail_line(packet.detail)
    own: cython.p_longlong = side_of(detail, side)
    peer: cython.p_longlong = side_of(detail, 1 - side)
    flags: cython.int = packet.flags
    length: cython.longlong = packet.payload
    segment: cython.longlong = 0 if flags & RST else length
    one_past: cython.longlong
    number: cython.longlong
    relative: cython.longlong
    acknowledged_to: cython.longlong = 0
    status: cython.longlong = record[STATUS]
    one: cython.longlong = 1
    state: cython.int
    closes: cython.int
    believed: cython.bint = True
    if flags & SYN:
        segment += 1
    if flags & FIN:
        segment += 1
    if not (status >> (FIRST_SEEN_SHIFT + side)) & 1:
        if side == ORIGINATOR:
            status = without(status, IS_PARTIAL)
            if not flags & SYN or flags & ACK:
                status |= IS_PARTIAL
        elif not status & IS_PARTIAL and not flags & SYN:
            status |= IS_PARTIAL
        record[STATUS] = status
    state = state_of(status, side)
    number = (one << 32) + packet.sequence if state == INACTIVE else unwrapped(packet.sequence, own[S_LAST])
    one_past = number + segment
    if flags & SYN or state == INACTIVE:
        init_side(packet, record, own, state)
        number = unwrapped(packet.sequence, own[S_LAST])
        one_past = number + segment
    relative = number - own[S_START]
    observe_flags(table, packet, own, length, relative)
    if packet.window == 0 and not flags & RST and state_of(status, 1 - side) != CLOSED and state != RESET:
        scaled_history(table, packet, S_SCALED, 0, 87, side)  # "W"
    if (status >> DID_CLOSE_SHIFT) & 3 != 3 and packet.time >= record[FIRST_TIME]:
        record[LAST_TIME] = packet.time
    if flags & FIN:
        own[S_COUNTS] += one << 16
        own[S_FIN] = relative + segment
    if flags & RST:
        own[S_COUNTS] += one << 32
    if flags & ACK:
        acknowledged_to = acknowledge(packet, record, peer)
    if state == ESTABLISHED or state == PARTIAL:
        believed = not (
            (flags & RST and is_absurd_reset(own, peer))
            or (flags & SYN and low32(own[S_START]) != packet.sequence)
        )
    if believed:
        last_number(table, packet, own, state, one_past, length)
    if state == INACTIVE:
        closes = move_inactive(table, packet, record, own, length)
        if packet.side != side:  # the roles were turned round
            side = packet.side
            own = side_of(detail, side)
            peer = side_of(detail, 1 - side)
    elif state == SYN_SENT or state == SYN_ACK_SENT:
        closes = move_syn_sent(packet, record)
    elif state == ESTABLISHED or state == PARTIAL:
        closes = move_established(packet, record) if believed or not flags & RST else 0
    elif state == CLOSED:
        closes = move_closed(packet, record)
    else:
        closes = 0
    if flags & ACK:
        acknowledged(table, packet, record, peer, own, 1 - side, acknowledged_to)
    record[STATUS] |= one << (FIRST_SEEN_SHIFT + side)
    if (
        length > 0
        and packet.captured >= length
        and not flags & RST
        and relative >= 0
        and number <= own[S_LAST]  # else it is not believed
    ):
        data_sent(packet, record, own, relative + 1 if flags & SYN else relative, length)
    check_end(record, own, peer, side)
    if closes:
        side_closed(record, own, peer, side)
    return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def init_side(
    packet: Packet,
    record: cython.p_longlong,
    own: cython.p_longlong,
    state: cython.int,
) -> cython.int:
    """Set where a side's numbers begin: at its SYN, or as if a SYN had come before its first segment."""
    one: cython.longlong = 1
    start: cython.longlong = (one << 32) + packet.sequence
    begins: cython.bint = False
    if state == INACTIVE:
        if packet.flags & SYN:
            begins = True
        else:
            own[S_START] = start - 1
            own[S_ACKED] = start - 1
            own[S_LAST] = start
            own[S_NEXT] = 1
            own[S_TRIM] = 1
            return 0
    elif packet.flags & SYN:
        if low32(own[S_START]) == packet.sequence:
            return 0
        if state == SYN_SENT or state == SYN_ACK_SENT:
            begins = True
        elif state == ESTABLISHED or state == PARTIAL:
            # Perhaps this is the SYN that sets the connection up; not so once its own was acknowledged
            # or data came: then it is a stray, or forged.
            begins = own[S_ACKED] - own[S_START] < 1 and own[S_LAST] - own[S_START] <= 1
        elif state == RESET:
            begins = previous_of(record[STATUS], packet.side) == INACTIVE
    if begins:
        own[S_START] = start
        own[S_ACKED] = start
        own[S_LAST] = start + 1 + (0 if packet.flags & RST else packet.payload)
        own[S_NEXT] = 1
        own[S_TRIM] = 1
        own[S_BLOCKS] = 0
    return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def acknowledge(packet: Packet, record: cython.p_longlong, peer: cython.p_longlong) -> cython.longlong:
    """Take up an acknowledgment; the relative number of the other side that it reaches."""
    one: cython.longlong = 1
    number: cython.longlong
    ahead: cython.longlong
    furthest: cython.longlong
    if state_of(record[STATUS], 1 - packet.side) == INACTIVE:
        number = (one << 32) + packet.acknowledgment - 1
        peer[S_START] = number
        peer[S_ACKED] = number
        peer[S_LAST] = number
        peer[S_NEXT] = 1
        peer[S_TRIM] = 1
        return 1
    number = unwrapped(packet.acknowledgment, peer[S_ACKED])
    furthest = peer[S_JUMP]
    if (
        furthest > peer[S_LAST]
        and packet.acknowledgment == low32(furthest)
        and (peer[S_COUNTS] >> 16) & 0xFFFF
        and not packet.flags & RST
    ):
        # A FIN far ahead that was not believed is borne out.
        peer[S_LAST] = furthest
        number = furthest
    if number < peer[S_START]:
        return 0
    if not packet.flags & RST:
        ahead = number - peer[S_ACKED]
        furthest = peer[S_LAST]
        if (
            ahead > 0
            and number - furthest > UNBELIEVED_JUMP
            and abs_of(number - peer[S_ACK_JUMP]) > LARGE_JUMP
        ):
            peer[S_ACK_JUMP] = number
            return 0
        if ahead > 0 and not (packet.acknowledgment == 0 and ahead > LARGE_JUMP):
            peer[S_ACKED] = number
    number -= peer[S_START]
    return number


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-1)
def last_number(
    table: Connections,
    packet: Packet,
    own: cython.p_longlong,
    state: cython.int,
    one_past: cython.longlong,
    length: cython.longlong,
) -> cython.int:
    """Move the highest number of a side on, or count a repetition."""
    last: cython.longlong = own[S_LAST]
    ahead: cython.longlong = one_past - last
    acked: cython.longlong = own[S_ACKED]
    one: cython.longlong = 1
    if packet.flags & (SYN | RST) and (ahead > LARGE_JUMP or ahead < -LARGE_JUMP):
        return 0
    if packet.flags & FIN and last == own[S_START] + 1:
        # Of a connection of more than 2 GiB perhaps only SYN and FIN were captured.
        if ahead < 0:
            ahead += one << 32
        if ahead > UNBELIEVED_JUMP and acked < last + ahead:
            own[S_JUMP] = last + ahead  # unless the other side acknowledges it
        else:
            own[S_LAST] = last + ahead
        return 0
    if state == RESET:
        return 0
    if ahead > 0:
        if (
            ahead > UNBELIEVED_JUMP
            and one_past - acked > UNBELIEVED_JUMP
            and abs_of(one_past - own[S_JUMP]) > LARGE_JUMP
        ):
            own[S_JUMP] = one_past
            return 0
        own[S_LAST] = one_past
    elif length > 0:
        scaled_history(table, packet, S_REPEATED, 32, 84, packet.side)  # "T"
    return 0
