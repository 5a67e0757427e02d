"""Lengths that do not agree: of the IP packet with the frame, of the UDP datagram with its IP packet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import UNKNOWN, Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows
from netanatomy.flows.oddities.screen import S_IP_LENGTH, S_UDP_LENGTH

COLUMNS = (
    "original_length",
    "ip_version",
    "ip_protocol",
    "ip_total_length",
    "network_offset",
    "transport_offset",
    "ip_fragment_offset",
    "ip_extension_headers",
    "udp_length",
)

UDP_HEADER = 8  # octets, RFC 768


def check(packets: PacketColumns) -> Iterator[Hits]:
    """IP first, then UDP."""
    rows = packets.screened(S_IP_LENGTH)
    if len(rows):
        yield _truncated(packets, rows)
    rows = packets.screened(S_UDP_LENGTH)
    if len(rows):
        yield from _udp(packets, rows)


def _truncated(packets: PacketColumns, rows: Rows) -> Hits:
    """What a piece of a datagram carries does of course not end with it."""
    rows = rows[~packets.in_datagram(rows)]
    nested = packets.numbers("depth")[rows] > 0
    if nested.any():
        pieces = packets.numbers("frame_number")[packets.rows_with("ip_fragment_offset")]
        nested &= np.isin(packets.numbers("frame_number")[rows], pieces)
        rows = rows[~nested]
    start = packets.at("network_offset", rows)
    place = np.where(
        packets.numbers("ip_version")[rows] == 4, 2, 4
    )  # RFC 791 section 3.1, RFC 8200 section 3
    left = packets.at("original_length", rows) - start
    return hits("ip-truncated", rows, start + place, 2, packets.at("ip_total_length", rows), left)


def _udp(packets: PacketColumns, rows: Rows) -> Iterator[Hits]:
    """Directly behind IP only: behind an authentication header nothing is known of the length."""
    rows = rows[
        (packets.numbers("udp_length")[rows] >= UDP_HEADER) & (packets.numbers("ip_total_length")[rows] > 0)
    ]
    at = packets.transport_at(rows)
    own = np.isin(rows, packets.rows_with("reassembled_length"))
    piece = np.isin(rows, packets.rows_with("ip_fragment_offset")) & ~own
    available = packets.at("ip_total_length", rows) - (
        packets.at("transport_offset", rows) - packets.at("network_offset", rows)
    )
    if own.any():
        available[own] = packets.at("reassembled_length", rows[own])
    length = packets.at("udp_length", rows)
    known = ~piece & (at != UNKNOWN)
    more, less = known & (length > available), known & (length < available)
    yield hits("udp-length-past-end", rows[more], at[more] + 4, 2, length[more], available[more])
    yield hits(
        "udp-surplus",
        rows[less],
        at[less] + length[less],
        available[less] - length[less],
        length[less],
        available[less],
    )
