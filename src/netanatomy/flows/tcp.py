"""TCP connections as Zeek sees them: the states of both endpoints, the history, sizes, and missed octets.

What is told here has Zeek's meaning to the letter, so that `conn_state` and `history` say the same
in both; the sharper look at every segment is `tcp_analysis`. Where Zeek believes a number that a
forger could have made up, this does not: a SYN, a jump of the sequence number or an acknowledgment
far away from all that was seen needs a second one that bears it out.
"""

from __future__ import annotations

import cython

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


def wrong_checksum(table: Connections, packet: Packet) -> cython.int:
    """Note a segment that a receiver would have dropped."""
    return scaled_history(table, packet, S_REPEATED, 0, 67, packet.side)  # "C"


def takes_place(table: Connections, packet: Packet) -> cython.bint:
    """Move both endpoints on by the next segment of an established connection; False for all else.

    Most segments bring the octets that were to come, or acknowledge some that came. Of those this does
    what `update` does, which looks at everything, and nothing that it would not. Call it for segments
    with ACK and without SYN, FIN and RST.
    """
    record: cython.p_longlong = table.record_line(packet.slot)
    own: cython.p_longlong = table.side_line(packet.detail, packet.side)
    peer: cython.p_longlong = table.side_line(packet.detail, 1 - packet.side)
    one: cython.longlong = 1
    wanted: cython.longlong = (one << (FIRST_SEEN_SHIFT + packet.side)) | ESTABLISHED | (ESTABLISHED << 3)
    looked_at: cython.longlong = 63 | (3 << DID_CLOSE_SHIFT) | wanted | (one << (SKIPS_SHIFT + packet.side))
    letter: cython.longlong = one << (16 + (SEEN_DATA if packet.payload else SEEN_ACK) + 8 * packet.side)
    length: cython.longlong = packet.payload
    last: cython.longlong = own[S_LAST]
    start: cython.longlong = own[S_START]
    relative: cython.longlong = last - start
    acked: cython.longlong = unwrapped(packet.acknowledgment, peer[S_ACKED])
    to: cython.longlong = acked - peer[S_START]
    whole: cython.bint = length > 0 and packet.captured >= length
    if (
        (record[STATUS] & looked_at) != wanted
        or not record[HISTORY_SEEN] & letter
        or packet.sequence != low32(last)
        or packet.window == 0
        or packet.acknowledgment == 0
        or length > UNBELIEVED_JUMP
        # what this side sent: all came, and no more was acknowledged
        or own[S_COUNTS] != 0
        or own[S_ACKED] > last
        or (whole and (own[S_BLOCKS] != 0 or own[S_NEXT] != relative or own[S_TRIM] > relative))
        # what it acknowledges
        or peer[S_COUNTS] != 0
        or peer[S_JUMP] > peer[S_LAST]
        or acked > peer[S_LAST]
        or to < 0
        or to > peer[S_NEXT]
    ):
        return False
    if packet.time >= record[FIRST_TIME]:
        record[LAST_TIME] = packet.time
    own[S_LAST] = last + length
    if whole:
        own[S_NEXT] = relative + length
    if acked > peer[S_ACKED]:
        peer[S_ACKED] = acked
    if to > peer[S_TRIM]:
        peer[S_TRIM] = to
    return True


def update(table: Connections, packet: Packet) -> cython.int:
    """Move both endpoints on by a segment of a connection that has a detail."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    peer: cython.Py_ssize_t = DETAIL_SIDES + (1 - side) * SIDE_WORDS
    flags: cython.int = packet.flags
    length: cython.longlong = packet.payload
    segment: cython.longlong = 0 if flags & RST else length
    one_past: cython.longlong
    number: cython.longlong
    relative: cython.longlong
    acknowledged_to: cython.longlong = 0
    status: cython.longlong = table.record[slot, STATUS]
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
        table.record[slot, STATUS] = status
    state = state_of(status, side)
    if state == INACTIVE:
        number = (one << 32) + packet.sequence
    else:
        number = unwrapped(packet.sequence, table.detail[line, own + S_LAST])
    one_past = number + segment
    init_side(table, packet, own, state)
    if flags & SYN or state == INACTIVE:
        number = unwrapped(packet.sequence, table.detail[line, own + S_LAST])
        one_past = number + segment
    relative = number - table.detail[line, own + S_START]
    observe_flags(table, packet, length, relative)
    if packet.window == 0 and not flags & RST and state_of(status, 1 - side) != CLOSED and state != RESET:
        scaled_history(table, packet, S_SCALED, 0, 87, side)  # "W"
    if (status >> DID_CLOSE_SHIFT) & 3 != 3 and packet.time >= table.record[slot, FIRST_TIME]:
        table.record[slot, LAST_TIME] = packet.time
    if flags & FIN:
        table.detail[line, own + S_COUNTS] += one << 16
        table.detail[line, own + S_FIN] = relative + segment
    if flags & RST:
        table.detail[line, own + S_COUNTS] += one << 32
    if flags & ACK:
        acknowledged_to = acknowledge(table, packet, peer)
    if state == ESTABLISHED or state == PARTIAL:
        believed = not (
            (flags & RST and is_absurd_reset(table, line, own, peer))
            or (flags & SYN and low32(table.detail[line, own + S_START]) != packet.sequence)
        )
    if believed:
        last_number(table, packet, own, state, one_past, length)
    if state == INACTIVE:
        closes = move_inactive(table, packet, length)
        if packet.side != side:  # the roles were turned round
            side = packet.side
            own = DETAIL_SIDES + side * SIDE_WORDS
            peer = DETAIL_SIDES + (1 - side) * SIDE_WORDS
    elif state == SYN_SENT or state == SYN_ACK_SENT:
        closes = move_syn_sent(table, packet)
    elif state == ESTABLISHED or state == PARTIAL:
        closes = move_established(table, packet) if believed or not flags & RST else 0
    elif state == CLOSED:
        closes = move_closed(table, packet)
    else:
        closes = 0
    if flags & ACK:
        acknowledged(table, packet, 1 - side, acknowledged_to)
    table.record[slot, STATUS] |= one << (FIRST_SEEN_SHIFT + side)
    if (
        length > 0
        and packet.captured >= length
        and not flags & RST
        and relative >= 0
        and number <= table.detail[line, own + S_LAST]  # else it is not believed
    ):
        data_sent(table, packet, relative + 1 if flags & SYN else relative, length)
    check_end(table, packet, side)
    if closes:
        side_closed(table, packet, side)
    return 0


def init_side(
    table: Connections,
    packet: Packet,
    own: cython.Py_ssize_t,
    state: cython.int,
) -> cython.int:
    """Set where a side's numbers begin: at its SYN, or as if a SYN had come before its first segment."""
    line: cython.Py_ssize_t = packet.detail
    one: cython.longlong = 1
    start: cython.longlong = (one << 32) + packet.sequence
    begins: cython.bint = False
    if state == INACTIVE:
        if packet.flags & SYN:
            begins = True
        else:
            table.detail[line, own + S_START] = start - 1
            table.detail[line, own + S_ACKED] = start - 1
            table.detail[line, own + S_LAST] = start
            table.detail[line, own + S_NEXT] = 1
            table.detail[line, own + S_TRIM] = 1
            return 0
    elif packet.flags & SYN:
        if low32(table.detail[line, own + S_START]) == packet.sequence:
            return 0
        if state == SYN_SENT or state == SYN_ACK_SENT:
            begins = True
        elif state == ESTABLISHED or state == PARTIAL:
            # Perhaps this is the SYN that sets the connection up; not so once its own was acknowledged
            # or data came: then it is a stray, or forged.
            begins = (
                table.detail[line, own + S_ACKED] - table.detail[line, own + S_START] < 1
                and table.detail[line, own + S_LAST] - table.detail[line, own + S_START] <= 1
            )
        elif state == RESET:
            begins = previous_of(table.record[packet.slot, STATUS], packet.side) == INACTIVE
    if begins:
        table.detail[line, own + S_START] = start
        table.detail[line, own + S_ACKED] = start
        table.detail[line, own + S_LAST] = start + 1 + (0 if packet.flags & RST else packet.payload)
        table.detail[line, own + S_NEXT] = 1
        table.detail[line, own + S_TRIM] = 1
        table.detail[line, own + S_BLOCKS] = 0
    return 0


def acknowledge(table: Connections, packet: Packet, peer: cython.Py_ssize_t) -> cython.longlong:
    """Take up an acknowledgment; the relative number of the other side that it reaches."""
    line: cython.Py_ssize_t = packet.detail
    one: cython.longlong = 1
    number: cython.longlong
    ahead: cython.longlong
    furthest: cython.longlong
    if state_of(table.record[packet.slot, STATUS], 1 - packet.side) == INACTIVE:
        number = (one << 32) + packet.acknowledgment - 1
        table.detail[line, peer + S_START] = number
        table.detail[line, peer + S_ACKED] = number
        table.detail[line, peer + S_LAST] = number
        table.detail[line, peer + S_NEXT] = 1
        table.detail[line, peer + S_TRIM] = 1
        return 1
    number = unwrapped(packet.acknowledgment, table.detail[line, peer + S_ACKED])
    furthest = table.detail[line, peer + S_JUMP]
    if (
        furthest > table.detail[line, peer + S_LAST]
        and packet.acknowledgment == low32(furthest)
        and (table.detail[line, peer + S_COUNTS] >> 16) & 0xFFFF
        and not packet.flags & RST
    ):
        # A FIN far ahead that was not believed is borne out.
        table.detail[line, peer + S_LAST] = furthest
        number = furthest
    if number < table.detail[line, peer + S_START]:
        return 0
    if not packet.flags & RST:
        ahead = number - table.detail[line, peer + S_ACKED]
        furthest = table.detail[line, peer + S_LAST]
        if (
            ahead > 0
            and number - furthest > UNBELIEVED_JUMP
            and abs_of(number - table.detail[line, peer + S_ACK_JUMP]) > LARGE_JUMP
        ):
            table.detail[line, peer + S_ACK_JUMP] = number
            return 0
        if ahead > 0 and not (packet.acknowledgment == 0 and ahead > LARGE_JUMP):
            table.detail[line, peer + S_ACKED] = number
    number -= table.detail[line, peer + S_START]
    return number


def last_number(
    table: Connections,
    packet: Packet,
    own: cython.Py_ssize_t,
    state: cython.int,
    one_past: cython.longlong,
    length: cython.longlong,
) -> cython.int:
    """Move the highest number of a side on, or count a repetition."""
    line: cython.Py_ssize_t = packet.detail
    last: cython.longlong = table.detail[line, own + S_LAST]
    ahead: cython.longlong = one_past - last
    acked: cython.longlong = table.detail[line, own + S_ACKED]
    one: cython.longlong = 1
    if packet.flags & (SYN | RST) and (ahead > LARGE_JUMP or ahead < -LARGE_JUMP):
        return 0
    if packet.flags & FIN and last == table.detail[line, own + S_START] + 1:
        # Of a connection of more than 2 GiB perhaps only SYN and FIN were captured.
        if ahead < 0:
            ahead += one << 32
        if ahead > UNBELIEVED_JUMP and acked < last + ahead:
            table.detail[line, own + S_JUMP] = last + ahead  # unless the other side acknowledges it
        else:
            table.detail[line, own + S_LAST] = last + ahead
        return 0
    if state == RESET:
        return 0
    if ahead > 0:
        if (
            ahead > UNBELIEVED_JUMP
            and one_past - acked > UNBELIEVED_JUMP
            and abs_of(one_past - table.detail[line, own + S_JUMP]) > LARGE_JUMP
        ):
            table.detail[line, own + S_JUMP] = one_past
            return 0
        table.detail[line, own + S_LAST] = one_past
    elif length > 0:
        scaled_history(table, packet, S_REPEATED, 32, 84, packet.side)  # "T"
    return 0
