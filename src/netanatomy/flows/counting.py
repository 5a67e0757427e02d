"""What is counted of every packet with its connection and its side: number, octets, times, sizes, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, RealsView

if not cython.compiled:
    from netanatomy.flows.facts import first_of_side
    from netanatomy.flows.identity import Entropy
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_status import ACTIVE_SHIFT

    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    LARGEST_SIZE = 0x7FFFFFFF  # octets; sizes are kept in 31 bits, and a jumbogram may be larger


def count(packet: Packet, table: Connections, record: LongsView, entropy: Entropy) -> cython.int:
    """Count the packet at hand with its connection, whose record is given, and its side."""
    side: cython.int = packet.side
    frame: cython.longlong = packet.frame
    time: cython.longlong = packet.time
    one: cython.longlong = 1
    record[PACKETS_ORIG + side] += 1
    record[IP_BYTES_ORIG + side] += packet.ip_length
    if frame > record[LAST_FRAME]:
        record[LAST_FRAME] = packet.frame
    if time > record[LATEST_TIME]:
        record[LATEST_TIME] = time
    if packet.protocol != PROTOCOL_TCP:
        record[STATUS] |= one << (ACTIVE_SHIFT + side)
        if time > record[LAST_TIME]:
            record[LAST_TIME] = time
    if packet.protocol == PROTOCOL_TCP or packet.protocol == PROTOCOL_UDP or packet.payload > 0:
        record[BYTES_ORIG + side] += packet.payload
    if record[SCOPE_ORIG + side] == -1:
        first_of_side(packet, table)
    if packet.captured > 0 and not (record[EXTRA] >> (32 + side)) & 1 and packet.at >= 0:
        first_payload(packet, record, entropy)
    if packet.detail >= 0:
        count_in_detail(
            packet,
            table.side_line(packet.detail, side),
            table.side_reals(packet.detail, side),
            record[PACKETS_ORIG + side],
        )
    return 0


def first_payload(packet: Packet, record: LongsView, entropy: Entropy) -> cython.int:
    """Note how mixed the first payload of a side is."""
    one: cython.longlong = 1
    thousandths: cython.longlong = entropy.of(packet.octets, packet.at, packet.captured)
    record[EXTRA] |= (thousandths << (16 * packet.side)) | (one << (32 + packet.side))
    return 0


def count_in_detail(packet: Packet, own: LongsView, reals: RealsView, packets: cython.longlong) -> cython.int:
    """Sizes and gaps between packets of the side, of which this is the `packets`th.

    Its words are given twice, as whole numbers and as floating-point numbers.
    """
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
        gap_time = packet.time - own[S_SEEN_TIME]
        if gap_time < 0:
            gap_time = 0
        if packets == 2 or gap_time < own[S_GAP_LEAST]:
            own[S_GAP_LEAST] = gap_time
        if gap_time > own[S_GAP_MOST]:
            own[S_GAP_MOST] = gap_time
        seconds = gap_time * 1e-9
        reals[S_GAP_SQUARES] += seconds * seconds
    own[S_SEEN_TIME] = packet.time
    return 0
