"""What the detectors of neighbour discovery have in common: whose message it is, and whose address."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.tables.rows import Mask, Places, Rows
from netanatomy.tables.text import address_text, mac_text

SOLICITATION, ADVERTISEMENT = 135, 136  # RFC 4861 sections 4.3 and 4.4


def on_a_link(packets: Rows, rows: Places) -> Places:
    """Those of a few rows that were seen on a link, and not within a tunnel that has none of its own.

    Needs the columns `eth_source` and `depth`.
    """
    if not len(rows):
        return rows
    found: Places = rows[packets.valid_at("eth_source", rows) | (packets.at("depth", rows) == 0)]
    return found


def unspecified(packets: Rows, rows: Places) -> Mask:
    """Whether the source is the unspecified address: a station that has no address yet asks (RFC 4862)."""
    octets = packets.octets_at("ip_source", rows)
    found: Mask = (octets == 0).all(axis=1)
    return found


def told_mac(packets: Rows, rows: Places, option: str) -> pa.Array:
    """The MAC address that a message tells in an option, or else the one that it came from."""
    return pc.coalesce(packets.take(option, rows), packets.take("eth_source", rows))


def is_group(octets: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Mask:
    """(n,) whether IPv6 addresses of (n, 16) octets are multicast (RFC 4291 section 2.7)."""
    found: Mask = octets[:, 0] == 0xFF
    return found


def formed_from(address: bytes, mac: bytes) -> bool:
    """Whether the interface identifier of an address was formed from a MAC address (RFC 4291 appendix A).

    >>> formed_from(bytes.fromhex("fe80000000000000021b21fffe200001"), bytes.fromhex("001b21200001"))
    True
    """
    return address[8:] == bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]


def sender_text(mac: bytes | None, address: bytes) -> str:
    """Who sent a message: the MAC address, or the IP address where the capture has no MAC addresses."""
    return mac_text(mac) if mac else address_text(address)
