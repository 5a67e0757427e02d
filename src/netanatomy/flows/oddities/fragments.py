"""Pieces of datagrams that do not fit together, or cannot be what a sender makes (RFC 791, 1858, 5722)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows
from netanatomy.schema.packets import FRAGMENT_ANOMALIES
from netanatomy.tables.arrays import different

COLUMNS = (
    "ip_version",
    "ip_protocol",
    "ip_total_length",
    "ip_header_length",
    "network_offset",
    "transport_offset",
    "ip_dont_fragment",
    "ip_fragment_offset",
    "ip_more_fragments",
    "fragment_anomaly",
    "ip_extension_headers",
)

TCP = 6
TCP_HEADER = 20  # octets without options, RFC 9293 section 3.1
LARGEST_DATAGRAM = 65_535  # octets, RFC 791 section 3.1
SMALLEST: Mapping[int, int] = MappingProxyType({6: 20, 17: 8})  # octets of header, RFC 1858 section 3.1


def check(packets: PacketColumns) -> Iterator[Hits]:
    """What the reassembly found, then what each piece shows by itself."""
    if not packets.has("ip_fragment_offset"):
        return
    rows = packets.rows_with("ip_fragment_offset")
    four = packets.numbers("ip_version")[rows] == 4
    offset = packets.at("ip_fragment_offset", rows)
    more = packets.truths("ip_more_fragments", rows)
    yield from _misfits(packets)

    contradictory = rows[four & packets.truths("ip_dont_fragment", rows)]
    yield hits("fragment-dont-fragment", contradictory, packets.at("network_offset", contradictory) + 6, 1)

    length = _payload(packets, rows)
    odd = more & (length % 8 != 0)
    place = np.where(four, 2, 4)[odd]
    at = packets.at("network_offset", rows[odd]) + place
    yield hits("fragment-length-misaligned", rows[odd], at, 2, length[odd], length[odd] // 8 * 8)

    inside = (offset > 0) & (offset < TCP_HEADER) & (packets.numbers("ip_protocol")[rows] == TCP)
    yield hits(
        "fragment-inside-tcp-header", rows[inside], _offset_field(packets, rows[inside]), 2, offset[inside]
    )

    atomic = rows[~four & (offset == 0) & ~more]
    if len(atomic):
        at, size = packets.extension_header(atomic, 44)
        unknown = at < 0  # then all extension headers together
        start = packets.at("network_offset", atomic) + 40
        at[unknown] = start[unknown]
        size[unknown] = (packets.at("transport_offset", atomic) - start)[unknown]
        yield hits("ipv6-atomic-fragment", atomic, at, size)


def _misfits(packets: PacketColumns) -> Iterator[Hits]:
    if not packets.has("fragment_anomaly"):
        return
    rows = packets.rows_with("fragment_anomaly")
    codes = packets.numbers("fragment_anomaly")[rows]
    for code in different(codes).tolist():
        chosen = rows[codes == code]
        yield _misfit(packets, FRAGMENT_ANOMALIES[code], chosen)


def _misfit(packets: PacketColumns, what: str, rows: Rows) -> Hits:
    offset, length = packets.at("ip_fragment_offset", rows), _payload(packets, rows)
    name = f"fragment-{what}"
    if what == "oversized":
        return hits(name, rows, _offset_field(packets, rows), 2, offset + length, LARGEST_DATAGRAM)
    at = packets.at("transport_offset", rows)
    if what == "tiny":
        smallest = np.array([SMALLEST.get(number, 0) for number in range(256)])
        return hits(name, rows, at, length, length, smallest[packets.numbers("ip_protocol")[rows]])
    return hits(name, rows, at, length, offset)


def _payload(packets: PacketColumns, rows: Rows) -> Rows:
    """Octets of the datagram that each piece brings."""
    return packets.at("ip_total_length", rows) - packets.at("ip_header_length", rows)


def _offset_field(packets: PacketColumns, rows: Rows) -> Rows:
    """Where the fragment offset lies; the fragment header is the last one of an IPv6 fragment."""
    four = packets.numbers("ip_version")[rows] == 4
    return np.where(four, packets.at("network_offset", rows) + 6, packets.at("transport_offset", rows) - 6)
