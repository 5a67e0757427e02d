"""Packets that carry other packets: which rows of the packet table are the carriers, by kind of tunnel.

The inner packet is another row. A carrier is told by its own row alone, so that it makes no difference in
which batch the inner one comes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.layers.internet.ip_tunnels import (
    IPV4_IN_IP,
    IPV6_IN_IP,
    IPV6_LENGTH,
    ISATAP_IDENTIFIERS,
    MPLS_IN_IP,
    PREFIX_6TO4,
)
from netanatomy.tables.rows import Places, Rows

HEADERS = (
    "gre",
    "teredo",
    "ayiya",
    "vxlan",
    "vxlan-gpe",
    "geneve",
    "gtp-u",
    "l2tp",
    "l2tpv3",
    "etherip",
    "nsh",
)
"""Headers that carry a packet of their own, as the column `protocols` names them."""
LAST_HEADER = rf"(?:^|:)(?P<last>{'|'.join(HEADERS)})(?::erspan[^:]*|:ppp)?$"
NESTED = np.isin(np.arange(256), (IPV4_IN_IP, IPV6_IN_IP, MPLS_IN_IP))
"""By protocol number: whether a packet of IP follows, or labels and then one."""
LEAST_INSIDE = 18
"""Octets behind the carrier's header: an Ethernet header and a word. A mere probe carries nothing."""


def carriers(packets: Rows) -> Iterator[tuple[str, Places]]:
    """The rows of packets that carry another, by kind of tunnel.

    Needs the columns `ip_source`, `ip_protocol` and `ip_version`, and the octets of payloads.
    """
    nested = np.flatnonzero(NESTED[packets.numbers("ip_protocol")])
    if len(nested):
        yield from _nested(packets, nested)
    named = pc.extract_regex(packets.array("protocols").dictionary, LAST_HEADER)
    if named.null_count == len(named):
        return
    last = pc.struct_field(named, "last").to_pylist()
    for name in sorted({one for one in last if one}):
        codes = [code for code, one in enumerate(last) if one == name]
        rows = np.flatnonzero(np.isin(packets.numbers("protocols"), codes))
        rows = rows[
            packets.valid_at("ip_source", rows) & (packets.at("payload_length", rows) >= LEAST_INSIDE)
        ]
        if len(rows):
            yield name, rows


def _nested(packets: Rows, rows: Places) -> Iterator[tuple[str, Places]]:
    """IP in IP: which kind it is the inner header tells, in its first 40 octets."""
    inner = packets.payload_heads(rows, IPV6_LENGTH)
    protocol, six = packets.at("ip_protocol", rows), packets.at("ip_version", rows) == 6
    four_inside = (protocol == IPV4_IN_IP) & (inner[:, 0] >> 4 == 4)
    six_inside = (protocol == IPV6_IN_IP) & (inner[:, 0] >> 4 == 6)
    prefix = np.frombuffer(PREFIX_6TO4, np.uint8)
    by_prefix = (inner[:, 8:10] == prefix).all(axis=1) | (inner[:, 24:26] == prefix).all(axis=1)
    isatap = np.zeros(len(rows), np.bool_)
    for identifier in ISATAP_IDENTIFIERS:
        wanted = np.frombuffer(identifier, np.uint8)
        isatap |= (inner[:, 16:20] == wanted).all(axis=1) | (inner[:, 32:36] == wanted).all(axis=1)
    for kind, which in (
        ("ip-in-ip", four_inside & ~six),
        ("4in6", four_inside & six),
        ("6in6", six_inside & six),
        ("6to4", six_inside & ~six & by_prefix),
        ("isatap", six_inside & ~six & ~by_prefix & isatap),
        ("6in4", six_inside & ~six & ~by_prefix & ~isatap),
        ("mpls-in-ip", (protocol == MPLS_IN_IP) & (packets.at("payload_length", rows) >= LEAST_INSIDE)),
    ):
        if which.any():
            yield kind, rows[which]


def addresses_column(octets: NDArray[np.uint8]) -> pa.Array:
    """(n, 4) or (n, 16) octets of addresses as a column of addresses."""
    if octets.shape[1] == 4:
        mapped = np.zeros((len(octets), 16), np.uint8)
        mapped[:, 10:12], mapped[:, 12:] = 0xFF, octets
        octets = mapped
    buffer = pa.py_buffer(np.ascontiguousarray(octets).tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(octets), [None, buffer])
