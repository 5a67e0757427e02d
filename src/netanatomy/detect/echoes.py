"""Echo requests and replies of ICMP and ICMPv6, as several detectors want them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.tables.rows import NONE, Mask, Places, Rows

ICMP, ICMPV6 = 1, 58  # IANA, Assigned Internet Protocol Numbers
REQUEST_TYPES = (8, 128)  # echo request: RFC 792; RFC 4443 section 4.1
REPLY_TYPES = (0, 129)  # echo reply: RFC 792; RFC 4443 section 4.2
IPV4_MAPPED = np.frombuffer(bytes(10) + b"\xff\xff", np.uint8)
"""How tables begin an IPv4 address."""


def echo_rows(packets: Rows) -> tuple[Places, Places]:
    """The rows of echo requests, and those of echo replies.

    Needs the columns `icmp_type` and `ip_protocol`.
    """
    rows = packets.rows_with("icmp_type")
    if not len(rows):
        return NONE, NONE
    kind, six = packets.at("icmp_type", rows), packets.at("ip_protocol", rows) == ICMPV6
    requests = np.where(six, kind == REQUEST_TYPES[1], kind == REQUEST_TYPES[0])
    replies = np.where(six, kind == REPLY_TYPES[1], kind == REPLY_TYPES[0])
    return rows[requests], rows[replies]


def octets_at(rows: Rows, name: str, places: Places) -> NDArray[np.uint8]:
    """(n, width) octets of addresses of a few rows that have them; `Rows.octets` makes those of all rows."""
    return rows.octets_at(name, places)


def echo_types(address: str) -> tuple[int, int]:
    """The types of request and reply between hosts with addresses like this one.

    >>> echo_types("2001:db8::1")
    (128, 129)
    """
    six = ":" in address
    return REQUEST_TYPES[six], REPLY_TYPES[six]


def is_ipv4(octets: NDArray[np.uint8]) -> Mask:
    """(n,) which of (n, 16) addresses are IPv4."""
    found: Mask = (octets[:, :12] == IPV4_MAPPED).all(axis=1)
    return found


def is_group(octets: NDArray[np.uint8]) -> Mask:
    """(n,) which of (n, 16) addresses mean several hosts: multicast, or 255.255.255.255.

    >>> is_group(np.frombuffer(bytes(10) + bytes.fromhex("ffffe0000001"), np.uint8).reshape(1, 16))
    array([ True])
    """
    four = is_ipv4(octets)
    multicast = four & (octets[:, 12] >> 4 == 0xE) | (octets[:, 0] == 0xFF)
    found: Mask = multicast | (four & (octets[:, 12:] == 0xFF).all(axis=1))
    return found
