"""MAC addresses that routers share on purpose, so that one can take over from the other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from netanatomy.detect.detector import Kept
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import Rows

OCTETS = 80
"""Of an advertisement's addresses: 20 of IPv4 (RFC 3768 section 5.3.8 has no limit, keepalived has 20)."""
IN_IPV6 = bytes(10) + b"\xff\xff"

VIRTUAL_ROUTERS = (
    bytes.fromhex("00005e0001"),  # VRRP for IPv4, and CARP (RFC 9568 section 7.3)
    bytes.fromhex("00005e0002"),  # VRRP for IPv6
    bytes.fromhex("00000c07ac"),  # HSRP version 1 (RFC 2281 section 5.3)
    bytes.fromhex("00000c9f"),  # HSRP version 2 (00:00:0c:9f:fx:xx)
    bytes.fromhex("0007b400"),  # GLBP's forwarders
)


def is_virtual_router(mac: bytes) -> bool:
    """Whether a MAC address is one that redundant routers share.

    >>> is_virtual_router(bytes.fromhex("00005e000105")), is_virtual_router(bytes.fromhex("00005e000505"))
    (True, False)
    """
    return mac.startswith(VIRTUAL_ROUTERS)


def shared_addresses(packets: Rows) -> Kept:
    """Rows for the relation `shared`: which MAC address says by VRRP that an IPv4 address is the group's.

    Linux's keepalived answers ARP for it with the router's own MAC address, unless told otherwise.
    """
    if not packets.has("vrrp_version"):
        return
    rows = packets.rows_with("vrrp_version")
    rows = rows[packets.valid_at("eth_source", rows)]
    heads = packets.payload_heads(rows, OCTETS).reshape(-1, 4)
    place = np.repeat(np.arange(len(rows)), OCTETS // 4)
    there = np.flatnonzero((heads != 0).any(axis=1))
    if len(there):
        addresses = pa.array([IN_IPV6 + bytes(heads[at]) for at in there.tolist()], pa.binary(16))
        yield (
            "shared",
            kept(packets, rows[place[there]], ("hardware=eth_source",), address=addresses, messages=1),
        )
