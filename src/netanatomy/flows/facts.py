"""What the first packet of a side tells of its sender."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_status import ECN_AGREED, SYN

    PROTOCOL_TCP = 6


def first_of_side(packet: Packet, table: Connections) -> cython.int:
    """Note what the first packet of a side tells of its sender."""
    slot: cython.Py_ssize_t = packet.slot
    side: cython.int = packet.side
    facts: cython.longlong = packet.ttl
    part: cython.longlong
    one: cython.longlong = 1
    table.record[slot, SCOPE_ORIG + side] = packet.scope
    table.record[slot, MAC_ORIG + side] = packet.mac_source
    if table.record[slot, MAC_RESP - side] == -1:
        table.record[slot, MAC_RESP - side] = packet.mac_destination
    facts |= one << 52
    frame: cython.longlong = packet.frame
    if table.record[slot, PACKETS_RESP - side] == 0:
        # not so where the very first packet was dropped for its checksum
        if frame == table.record[slot, FIRST_FRAME]:
            facts |= one << 54
    elif packet.detail >= 0:
        table.detail[packet.detail, D_SECOND_TIME] = packet.time
    elif packet.protocol != PROTOCOL_TCP:
        table.record[slot, FIRST_NUMBERS] = packet.time
    if packet.protocol == PROTOCOL_TCP:
        part = packet.window
        facts |= part << 8
        part = packet.mss
        facts |= part << 24
        part = packet.window_scale + 1
        if part > 0xFF:  # no scale: 14 is the largest (RFC 7323 section 2.3)
            part = 0xFF
        facts |= part << 40
        if packet.sack_permitted:
            facts |= one << 48
        if packet.has_timestamps:
            facts |= one << 49
        part = (packet.flags >> 6) & 3
        facts |= part << 50
        if packet.flags & SYN:
            facts |= one << 53
    table.record[slot, FACTS_ORIG + side] = facts
    if (
        # ECE and CWR of the SYN ask, ECE alone agrees (RFC 3168 section 6.1.1)
        (table.record[slot, FACTS_ORIG] >> 50) & 15 == 15
        and (table.record[slot, FACTS_RESP] >> 50) & 15 == 13
    ):
        table.record[slot, STATUS] |= ECN_AGREED
    return 0
