"""Which octets of a side came, which were given up, and when its end is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_history import scaled_history
    from netanatomy.flows.tcp_status import *


def all_acknowledged_is_syn(own: LongsView) -> cython.bint:
    """Whether nothing but perhaps the SYN of a side was acknowledged."""
    return own[S_ACKED] - own[S_START] <= 1


def acknowledged(
    table: Connections,
    packet: Packet,
    record: LongsView,
    own: LongsView,
    peer: LongsView,
    side: cython.int,
    relative: cython.longlong,
) -> cython.int:
    """What a side sent is acknowledged up to a relative number: what did not come before was missed.

    `own` is the line of that side, here as everywhere in this file.
    """
    status: cython.longlong = record[STATUS]
    fin: cython.longlong = own[S_FIN]
    start: cython.longlong
    if (own[S_COUNTS] >> 16) & 0xFFFF and relative >= fin:
        relative = fin - 1
    if relative <= own[S_TRIM]:
        return 0
    if relative > own[S_NEXT] and not (relative <= 2 and status & IS_PARTIAL):
        if not (status >> (SKIPS_SHIFT + side)) & 1:
            while own[S_BLOCKS] > 0:
                start = own[S_BLOCK] >> BLOCK_LENGTH_BITS
                if start >= relative:
                    break
                gap(table, packet, record, own, side, start - own[S_NEXT])
                own[S_NEXT] = start
                take_blocks(own)
            if relative > own[S_NEXT]:
                gap(table, packet, record, own, side, relative - own[S_NEXT])
        if relative > own[S_NEXT]:
            own[S_NEXT] = relative
            take_blocks(own)
    own[S_TRIM] = relative
    check_end(record, own, peer, side)
    return 0


def gap(
    table: Connections,
    packet: Packet,
    record: LongsView,
    own: LongsView,
    side: cython.int,
    octets: cython.longlong,
) -> cython.int:
    """Octets were acknowledged that never came: count them where both sides were established."""
    status: cython.longlong = record[STATUS]
    one: cython.int
    state: cython.int
    for one in range(2):
        state = state_of(status, one)
        if state != ESTABLISHED and not (state == CLOSED and previous_of(status, one) == ESTABLISHED):
            return 0
    own[S_MISSED] += octets
    scaled_history(table, packet, S_SCALED, 32, 71, side)  # "G"
    return 0


def take_blocks(own: LongsView) -> cython.int:
    """Move S_NEXT over the blocks that it reaches, and drop them."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    first: cython.longlong
    start: cython.longlong
    end: cython.longlong
    number: cython.Py_ssize_t
    while own[S_BLOCKS] > 0:
        first = own[S_BLOCK]
        start = first >> BLOCK_LENGTH_BITS
        if start > own[S_NEXT]:
            break
        end = start + (first & mask)
        if end > own[S_NEXT]:
            own[S_NEXT] = end
        for number in range(own[S_BLOCKS] - 1):
            own[S_BLOCK + number] = own[S_BLOCK + number + 1]
        own[S_BLOCKS] -= 1
    return 0


def data_sent(
    packet: Packet,
    record: LongsView,
    own: LongsView,
    relative: cython.longlong,
    length: cython.longlong,
) -> cython.int:
    """Data came: move S_NEXT on, or remember a block above a hole."""
    side: cython.int = packet.side
    end: cython.longlong = relative + length
    one: cython.longlong = 1
    acked: cython.longlong = own[S_ACKED] - own[S_START]
    if (record[STATUS] >> (SKIPS_SHIFT + side)) & 1:
        return 0
    if relative < acked:
        if end <= acked:
            return 0
        relative = acked
    if end <= own[S_TRIM]:
        return 0
    if relative <= own[S_NEXT]:
        if end > own[S_NEXT]:
            own[S_NEXT] = end
            if own[S_BLOCKS] > 0:
                take_blocks(own)
    else:
        add_block(own, relative, end)
        if all_acknowledged_is_syn(own) and highest_block(own) - own[S_NEXT] > UNACKNOWLEDGED_ABOVE_HOLE:
            record[STATUS] |= one << (SKIPS_SHIFT + side)
            own[S_BLOCKS] = 0
    return 0


def highest_block(own: LongsView) -> cython.longlong:
    """One past the highest octet above the hole."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    count: cython.Py_ssize_t = own[S_BLOCKS]
    last: cython.longlong
    if count == 0:
        return own[S_NEXT]
    last = own[S_BLOCK + count - 1]
    return (last >> BLOCK_LENGTH_BITS) + (last & mask)


def add_block(
    own: LongsView,
    start: cython.longlong,
    end: cython.longlong,
) -> cython.int:
    """Put a block among those above the hole, in order, joined with those that it touches."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    count: cython.Py_ssize_t = own[S_BLOCKS]
    kept: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = 0
    number: cython.Py_ssize_t
    block: cython.longlong
    other_start: cython.longlong
    other_end: cython.longlong
    for number in range(count):
        block = own[S_BLOCK + number]
        other_start = block >> BLOCK_LENGTH_BITS
        other_end = other_start + (block & mask)
        if other_end < start:
            own[S_BLOCK + kept] = block
            kept += 1
            place = kept
        elif other_start > end:
            own[S_BLOCK + kept] = block
            kept += 1
        else:
            start = other_start if other_start < start else start
            end = other_end if other_end > end else end
    if end - start > mask:
        end = start + mask
    if kept >= MAXIMUM_BLOCKS:  # the highest is given up: missed, unless it is sent again
        kept = MAXIMUM_BLOCKS - 1
        if place > kept:
            own[S_BLOCKS] = kept
            return 0
    number = kept
    while number > place:
        own[S_BLOCK + number] = own[S_BLOCK + number - 1]
        number -= 1
    own[S_BLOCK + place] = (start << BLOCK_LENGTH_BITS) | (end - start)
    own[S_BLOCKS] = kept + 1
    return 0


def data_pending(record: LongsView, own: LongsView, peer: LongsView, side: cython.int) -> cython.bint:
    """Whether octets of a side are still to come before its end is reached."""
    status: cython.longlong = record[STATUS]
    delivered: cython.longlong
    last: cython.longlong
    if (status >> (SKIPS_SHIFT + side)) & 1:
        return False
    delivered = own[S_START] + own[S_NEXT]
    last = own[S_LAST]
    if last < delivered:
        return False
    if delivered != last - 1 and delivered != last:
        return True
    return state_of(status, side) != RESET and peer[S_BLOCKS] > 0


def check_end(record: LongsView, own: LongsView, peer: LongsView, side: cython.int) -> cython.int:
    """Note that a side's last octet came, once; a close that waited for it happens now."""
    status: cython.longlong = record[STATUS]
    one: cython.longlong = 1
    state: cython.int = state_of(status, side)
    if (status >> (AT_END_SHIFT + side)) & 1:
        return 0
    if state != CLOSED and state != RESET and not (own[S_COUNTS] >> 16) & 0xFFFF:
        return 0
    if data_pending(record, own, peer, side):
        return 0
    status |= one << (AT_END_SHIFT + side)
    record[STATUS] = status
    if status & CLOSE_DEFERRED:
        side_closed(record, own, peer, side)
        record[STATUS] = without(record[STATUS], CLOSE_DEFERRED)
    return 0


def side_closed(record: LongsView, own: LongsView, peer: LongsView, side: cython.int) -> cython.int:
    """A side closed; with ENDING set where the connection is over by that."""
    status: cython.longlong = record[STATUS]
    one: cython.longlong = 1
    if data_pending(record, own, peer, side):
        record[STATUS] = status | CLOSE_DEFERRED
        return 0
    status = without(status, CLOSE_DEFERRED)
    if not (status >> (DID_CLOSE_SHIFT + side)) & 1:
        status |= one << (DID_CLOSE_SHIFT + side)
        if (
            state_of(status, side) == RESET
            or (status >> (DID_CLOSE_SHIFT + 1 - side)) & 1
            or state_of(status, 1 - side) == INACTIVE
        ):
            status |= ENDING
    record[STATUS] = status
    return 0
