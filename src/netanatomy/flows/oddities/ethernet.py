"""Addresses and lengths of Ethernet frames that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import UNKNOWN, Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows
from netanatomy.flows.oddities.screen import S_BROADCAST, S_GROUP_SOURCE, S_SAME_MAC

COLUMNS = (
    "original_length",
    "eth_source",
    "eth_destination",
    "eth_type",
    "eth_length",
    "vlan_count",
    "ip_version",
    "ip_destination",
)

HEADER = 14  # octets, IEEE 802.3 section 3.1.1
TAG = 4  # octets, IEEE 802.1Q section 9.3
LOOPBACK_TEST = 0x9000  # EtherType of the configuration testing protocol: sent to oneself on purpose


def check(packets: PacketColumns) -> Iterator[Hits]:
    """Source, both addresses, and the address of a packet for one in a frame for all."""
    source, destination = packets.octets("eth_source"), packets.octets("eth_destination")
    rows = packets.screened(S_GROUP_SOURCE)
    if len(rows):
        yield hits("ethernet-group-source", rows, _field(packets, rows, 6), 6)
    rows = packets.screened(S_SAME_MAC)
    if len(rows):
        rows = rows[(source[rows] == destination[rows]).all(axis=1) & source[rows].any(axis=1)]
        rows = rows[packets.numbers("eth_type")[rows] != LOOPBACK_TEST]
        yield hits("ethernet-same-addresses", rows, _field(packets, rows, 0), 12)
    rows = packets.screened(S_BROADCAST)
    if len(rows):
        yield _for_one(packets, rows)
    if packets.has("eth_length"):
        yield _past_end(packets)


def _for_one(packets: PacketColumns, rows: Rows) -> Hits:
    """Only IPv4, and no address that some network, whose size is unknown, may broadcast to."""
    rows = rows[(packets.octets("eth_destination")[rows] == 0xFF).all(axis=1)]
    first, last = packets.octets("ip_destination")[rows][:, (12, 15)].T
    rows = rows[(first > 0) & (first < 0xE0) & (last & 3 != 3) & (last != 0)]
    return hits("unicast-in-broadcast", rows, _field(packets, rows, 0), 6)


def _past_end(packets: PacketColumns) -> Hits:
    rows = packets.rows_with("eth_length")
    rows = rows[packets.numbers("depth")[rows] == 0]
    start = _field(packets, rows, HEADER)
    start[start >= 0] += TAG * packets.at("vlan_count", rows)[start >= 0]
    left = packets.at("original_length", rows) - start
    length = packets.at("eth_length", rows)
    beyond = (start >= 0) & (length > left)
    return hits("ethernet-length-past-end", rows[beyond], start[beyond] - 2, 2, length[beyond], left[beyond])


def _field(packets: PacketColumns, rows: Rows, place: int) -> Rows:
    at = packets.ethernet_at(rows)
    return np.where(at == UNKNOWN, UNKNOWN, at + place)
