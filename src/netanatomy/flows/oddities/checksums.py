"""Checksums that are wrong, or missing where they must not be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from netanatomy.flows.oddities.oddity import UNKNOWN, Hits, hits
from netanatomy.flows.oddities.packet_columns import Mask, PacketColumns, Rows
from netanatomy.flows.oddities.screen import S_CHECKSUM_ABSENT, S_CHECKSUM_BAD, S_ICMP_CHECKSUM, S_IP_CHECKSUM

COLUMNS = (
    "protocols",
    "ip_version",
    "ip_protocol",
    "ip_checksum",
    "ip_checksum_status",
    "network_offset",
    "transport_offset",
    "transport_checksum",
    "transport_checksum_status",
    "icmp_checksum",
    "icmp_checksum_status",
    "ip_extension_headers",
)

# By header: the kind, and where in the header the checksum lies.
FIELDS: Mapping[str, tuple[str, int, int]] = MappingProxyType(
    {
        "tcp": ("tcp-checksum-bad", 16, 2),  # RFC 9293 section 3.1
        "udp": ("udp-checksum-bad", 6, 2),  # RFC 768
        "udplite": ("udplite-checksum-bad", 6, 2),  # RFC 3828 section 3.1
        "sctp": ("sctp-checksum-bad", 8, 4),  # RFC 9260 section 3.1
        "dccp": ("dccp-checksum-bad", 6, 2),  # RFC 4340 section 5.1
    }
)


def check(packets: PacketColumns) -> Iterator[Hits]:
    """IPv4's header, then what IP carries."""
    rows = packets.screened(S_IP_CHECKSUM)
    if len(rows):
        at = packets.at("network_offset", rows) + 10  # RFC 791 section 3.1
        yield hits("ipv4-checksum-bad", rows, at, 2, packets.at("ip_checksum", rows))
    rows = packets.screened(S_ICMP_CHECKSUM)
    if len(rows):
        at = _behind(packets.transport_at(rows), 2)  # RFC 792
        yield hits("icmp-checksum-bad", rows, at, 2, packets.at("icmp_checksum", rows))
    rows = packets.screened(S_CHECKSUM_BAD)
    if len(rows):
        yield from _transport(packets, rows)
    rows = packets.screened(S_CHECKSUM_ABSENT)
    if len(rows):
        rows = rows[~_carries_a_tunnel(packets, rows)]
        yield hits("udp-checksum-absent-ipv6", rows, _behind(packets.transport_at(rows), 6), 2)


def _transport(packets: PacketColumns, rows: Rows) -> Iterator[Hits]:
    places, stacks = packets.names("protocols", rows)
    headers = [_transport_header(stack) for stack in stacks]
    for header in dict.fromkeys(headers):
        if header in FIELDS:
            name, place, length = FIELDS[header]
            own = rows[np.array([each == header for each in headers])[places]]
            at = _behind(packets.transport_at(own), place)
            yield hits(name, own, at, length, packets.at("transport_checksum", own))


def _transport_header(stack: str) -> str:
    """The innermost transport header of a stack of headers."""
    return next((header for header in reversed(stack.split(":")) if header in FIELDS), "")


def _behind(at: Rows, octets: int) -> Rows:
    return np.where(at == UNKNOWN, UNKNOWN, at + octets)


def _carries_a_tunnel(packets: PacketColumns, rows: Rows) -> Mask:
    """Whether the next row is nested in this one: tunnels may do without a checksum (RFC 6935)."""
    following = np.minimum(rows + 1, packets.count - 1)
    numbers = packets.numbers("frame_number")
    found: Mask = (numbers[following] == numbers[rows]) & (following > rows)
    return found
