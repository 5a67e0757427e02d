"""Headers that contradict themselves or end too early.

This is whatever made the decoder stop, but for what is the capture's fault or only encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import Numbers, PacketColumns, Rows
from netanatomy.schema.packets import STOP_LAYERS, STOP_REASONS

COLUMNS = (
    "stop_layer",
    "stop_reason",
    "stop_offset",
    "protocols",
    "payload_length",
    "network_offset",
    "transport_offset",
    "ip_total_length",
    "ip_header_length",
    "tcp_header_length",
    "udp_length",
    "udplite_coverage",
)

REST = -1
"""The odd octets are all that is left of the packet."""

# By layer and reason: the kind, and how many octets from the place of the stop on are odd.
KINDS: Mapping[tuple[str, str], tuple[str, int]] = MappingProxyType(
    {
        ("link", "truncated"): ("link-header-truncated", REST),
        ("link", "bad-version"): ("link-bad-version", 1),
        ("link", "bad-header-length"): ("link-bad-length", 2),
        ("link", "bad-length"): ("link-bad-length", 2),
        ("link", "too-many-headers"): ("too-many-headers", REST),
        ("internet", "truncated"): ("internet-header-truncated", REST),
        ("internet", "bad-version"): ("ip-bad-version", 1),
        ("internet", "bad-header-length"): ("ipv4-bad-header-length", 1),
        ("internet", "bad-total-length"): ("ipv4-bad-total-length", 2),
        ("internet", "bad-option"): ("ipv4-bad-option", 2),
        ("internet", "bad-length"): ("internet-bad-length", 2),
        ("internet", "nesting-too-deep"): ("nesting-too-deep", REST),
        ("internet", "too-many-headers"): ("ipv6-too-many-extension-headers", REST),
        ("transport", "truncated"): ("transport-header-truncated", REST),
        ("transport", "bad-header-length"): ("transport-bad-header-length", 1),
        ("transport", "bad-length"): ("datagram-bad-length", 2),
        ("application", "truncated"): ("ike-malformed", REST),
        ("application", "bad-version"): ("ike-malformed", 1),
        ("application", "bad-length"): ("ike-malformed", 4),
    }
)

IP_HEADERS = ("ipv4", "ipv6")

# How many octets a length field has, by header; two where nothing is said.
LENGTH_FIELDS: Mapping[str, int] = MappingProxyType(
    {
        "pflog": 1,
        "pktap": 4,
        "prism": 4,
        "avs": 4,
        "frame-relay": 1,  # the address field itself, whose octets say whether it goes on
        "icmp": 1,
        "ah": 1,
        "nsh": 1,
        "gtp-u": 1,
    }
)

# The kind for headers other than those of IP.
INSTEAD: Mapping[str, str] = MappingProxyType(
    {"ip-bad-version": "internet-bad-version", "ipv4-bad-header-length": "internet-bad-length"}
)


def check(packets: PacketColumns) -> Iterator[Hits]:
    """One row for each stop."""
    if not packets.has("stop_reason"):
        return
    stopped = packets.rows_with("stop_reason")
    layers, reasons = packets.numbers("stop_layer")[stopped], packets.numbers("stop_reason")[stopped]
    different = np.unique(layers.astype(np.int64) << 16 | reasons)
    for pair in different.tolist():
        layer, reason = STOP_LAYERS[pair >> 16], STOP_REASONS[pair & 0xFFFF]
        kind = KINDS.get((layer, reason))
        if kind is None:
            continue
        rows = stopped[(layers == pair >> 16) & (reasons == pair & 0xFFFF)]
        yield from _told(packets, *kind, rows)


def _told(packets: PacketColumns, name: str, length: int, rows: Rows) -> Iterator[Hits]:
    if name in INSTEAD:
        places, stacks = packets.names("protocols", rows)
        own = np.array([stack.rpartition(":")[2] in IP_HEADERS for stack in stacks])[places]
        yield _hits(packets, name, length, rows[own])
        yield _hits(packets, INSTEAD[name], length, rows[~own])
    elif name == "ipv4-bad-option":
        # The walk goes on behind a bad option of IPv4; neighbour discovery has options as well.
        header = packets.at("stop_offset", rows) < packets.at("transport_offset", rows)
        left = packets.at("transport_offset", rows) - packets.at("stop_offset", rows)
        yield hits(name, rows[header], packets.at("stop_offset", rows[header]), np.minimum(left, 2)[header])
        yield _hits(packets, "icmpv6-bad-option", 1, rows[~header])
    else:
        yield _hits(packets, name, length, rows)


def _hits(packets: PacketColumns, name: str, length: int, rows: Rows) -> Hits:
    offset = packets.at("stop_offset", rows)
    octets = packets.at("payload_length", rows) if length == REST else length
    match name:
        case "ipv4-bad-total-length":
            value = packets.at("ip_total_length", rows)
            return hits(name, rows, offset, octets, value, packets.at("ip_header_length", rows))
        case "link-bad-length" | "internet-bad-length":
            places, stacks = packets.names("protocols", rows)
            fields = [LENGTH_FIELDS.get(stack.rpartition(":")[2], 2) for stack in stacks]
            return hits(name, rows, offset, np.array(fields, np.int64)[places])
        case "datagram-bad-length":
            value = _either(packets.numbers("udp_length")[rows], packets.numbers("udplite_coverage")[rows])
            return hits(name, rows, offset, octets, value)
        case _:
            return hits(name, rows, offset, octets)


def _either(first: Numbers, second: Numbers) -> Rows:
    return np.maximum(first.astype(np.int64), second)
