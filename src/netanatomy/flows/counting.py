"""What is counted of every packet with its connection and its side: number, octets, times, sizes, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, RealsView

if not cython.compiled:
    from netanatomy.flows.identity import Entropy
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.tcp_status import ACTIVE_SHIFT

    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    LARGEST_SIZE = 0x7FFFFFFF  # octets; sizes are kept in 31 bits, and a jumbogram may be larger


def count(packet: Packet, record: LongsView) -> cython.int:
    """Count the packet at hand with its connection, whose record is given.

    What only a side's first packets bring is told by `first_of_side` and `first_payload`.
    """
    side: cython.Py_ssize_t = packet.side
    frame: cython.longlong = packet.frame
    time: cython.longlong = packet.time
    one: cython.longlong = 1
    record[PACKETS_ORIG + side] += 1
    record[IP_BYTES_ORIG + side] += packet.ip_length
    if frame > record[LAST_FRAME]:
        record[LAST_FRAME] = frame
    if time > record[LATEST_TIME]:
        record[LATEST_TIME] = time
    if packet.protocol == PROTOCOL_TCP:
        record[BYTES_ORIG + side] += packet.payload
        return 0
    record[STATUS] |= one << (ACTIVE_SHIFT + side)
    if time > record[LAST_TIME]:
        record[LAST_TIME] = time
    if packet.protocol == PROTOCOL_UDP or packet.payload > 0:
        record[BYTES_ORIG + side] += packet.payload
    return 0


def first_payload(packet: Packet, record: LongsView, entropy: Entropy) -> cython.int:
    """Note how mixed the first payload of a side is."""
    one: cython.longlong = 1
    thousandths: cython.longlong = entropy.of(packet.octets, packet.at, packet.captured)
    record[EXTRA] |= (thousandths << (16 * packet.side)) | (one << (32 + packet.side))
    return 0


def count_in_detail(packet: Packet, record: LongsView, own: LongsView, reals: RealsView) -> cython.int:
    """Count the packet at hand with a connection that has a detail: sizes and gaps of its side as well.

    The side's words are given twice, as whole numbers and as floating-point numbers.
    """
    count(packet, record)
    packets: cython.longlong = record[PACKETS_ORIG + packet.side]
    time: cython.longlong = packet.time
    size: cython.longlong = packet.ip_length
    least: cython.longlong
    most: cython.longlong
    gap_time: cython.longlong
    seconds: cython.double
    mask: cython.longlong = 0xFFFFFFFF
    if size > LARGEST_SIZE:
        size = LARGEST_SIZE
    if own[S_SIZES] == 0:
        own[S_SIZES] = (size << 32) | size
    else:
        least = own[S_SIZES] >> 32
        most = own[S_SIZES] & mask
        if size < least or size > most:
            least = size if size < least else least
            most = size if size > most else most
            own[S_SIZES] = (least << 32) | most
    seconds = size
    reals[S_SIZE_SQUARES] += seconds * seconds
    if packets > 1:
        gap_time = time - own[S_SEEN_TIME]
        if gap_time < 0:
            gap_time = 0
        if packets == 2 or gap_time < own[S_GAP_LEAST]:
            own[S_GAP_LEAST] = gap_time
        if gap_time > own[S_GAP_MOST]:
            own[S_GAP_MOST] = gap_time
        seconds = gap_time * 1e-9
        reals[S_GAP_SQUARES] += seconds * seconds
    own[S_SEEN_TIME] = time
    return 0
