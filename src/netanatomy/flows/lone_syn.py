"""A SYN that nothing followed yet: all there is of it fits into the record, and is read again from there."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.events import Events
    from netanatomy.flows.identity import as_signed
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp import update
    from netanatomy.flows.tcp_analysis import analyse
    from netanatomy.flows.tcp_history import add_history, seen_before
    from netanatomy.flows.tcp_status import *

    PROTOCOL_TCP = 6


def is_lone_syn(packet: Packet) -> cython.bint:
    """Whether a new connection's first packet is a bare SYN, of which the record keeps all there is."""
    return (
        packet.flags & 0x3F == SYN
        and packet.payload == 0
        and packet.acknowledgment == 0
        and packet.urgent == 0
        and packet.timestamp_echo == 0
        and packet.fast_open < 0
        and packet.window_scale < 0xFF
        and not packet.bad_options
        and packet.transport_offset < 0x10000
    )


def keep_lone_syn(packet: Packet, table: Connections) -> cython.int:
    """Note what reading the SYN again will need."""
    slot: cython.Py_ssize_t = packet.slot
    number: cython.ulonglong = packet.sequence
    word: cython.longlong = packet.identification & 0xFFFF
    part: cython.longlong
    table.record[slot, FIRST_NUMBERS] = as_signed((number << 32) | packet.timestamp_value)
    if packet.identification >= 0:
        word |= 1 << 16
    part = packet.transport_offset
    word |= part << 17
    part = packet.header_length
    word |= part << 33
    part = packet.depth
    word |= part << 41
    part = packet.flags >> 6
    word |= part << 46
    part = packet.ecn
    word |= part << 52
    table.record[slot, FIRST_OPTIONS] = word
    table.record[slot, STATUS] |= SYN_SENT
    seen_before(table, slot, -1, SEEN_SYN, 83, ORIGINATOR)
    if packet.window == 0:
        add_history(table, slot, -1, 87, ORIGINATOR)  # "W"
    return 0


def read_again(table: Connections, packet: Packet, earlier: Packet, events: Events) -> cython.int:
    """Take the lone SYN up once more, now that the second packet has a detail to write in.

    `earlier` is filled with it: who looks at segments sees every one, in order.
    """
    slot: cython.Py_ssize_t = packet.slot
    word: cython.longlong = table.record[slot, FIRST_OPTIONS]
    facts: cython.longlong = table.record[slot, FACTS_ORIG]
    numbers: cython.longlong = table.record[slot, FIRST_NUMBERS]
    earlier.row = -1
    earlier.frame = table.record[slot, FIRST_FRAME]
    earlier.depth = (word >> 41) & 31
    earlier.time = table.record[slot, FIRST_TIME]
    earlier.protocol = PROTOCOL_TCP
    earlier.ip_version = (table.record[slot, PROTOCOL] >> 8) & 0xFF
    earlier.source_high = table.record[slot, ORIG_HIGH]
    earlier.source_low = table.record[slot, ORIG_LOW]
    earlier.destination_high = table.record[slot, RESP_HIGH]
    earlier.destination_low = table.record[slot, RESP_LOW]
    earlier.source_port = (table.record[slot, PORTS] >> 16) & 0xFFFF
    earlier.destination_port = table.record[slot, PORTS] & 0xFFFF
    earlier.mac_source = table.record[slot, MAC_ORIG]
    earlier.mac_destination = -1
    earlier.scope = table.record[slot, SCOPE_ORIG]
    earlier.ttl = facts & 0xFF
    earlier.ecn = (word >> 52) & 3
    earlier.identification = word & 0xFFFF if word & (1 << 16) else -1
    earlier.checksum = 1
    earlier.ip_length = table.record[slot, IP_BYTES_ORIG]
    earlier.transport_offset = (word >> 17) & 0xFFFF
    earlier.header_length = (word >> 33) & 0xFF
    earlier.network_offset = earlier.transport_offset
    earlier.payload_offset = earlier.transport_offset + earlier.header_length
    earlier.payload = 0
    earlier.captured = 0
    earlier.reassembled = False
    earlier.flags = SYN | (((word >> 46) & 63) << 6)
    earlier.sequence = low32(numbers >> 32)
    earlier.acknowledgment = 0
    earlier.window = (facts >> 8) & 0xFFFF
    earlier.urgent = 0
    earlier.has_timestamps = (facts >> 49) & 1 != 0
    earlier.timestamp_value = low32(numbers)
    earlier.timestamp_echo = 0
    earlier.mss = (facts >> 24) & 0xFFFF
    earlier.window_scale = ((facts >> 40) & 0xFF) - 1
    earlier.sack_permitted = (facts >> 48) & 1 != 0
    earlier.sack_count = 0
    earlier.fast_open = -1
    earlier.bad_options = False
    earlier.at = -1
    earlier.side = ORIGINATOR
    earlier.slot = slot
    earlier.detail = packet.detail
    earlier.uid_high = table.record[slot, UID_HIGH]
    earlier.uid_low = table.record[slot, UID_LOW]
    table.record[slot, FIRST_OPTIONS] = 0
    table.record[slot, HISTORY] = 0
    table.record[slot, HISTORY_SEEN] = 0
    table.record[slot, STATUS] = 0
    analyse(table, earlier, events)
    update(table, earlier)
    return 0
