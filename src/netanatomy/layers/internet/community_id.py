"""Community ID version 1: one short text that every tool gives to the same conversation.

https://github.com/corelight/community-id-spec: SHA-1 over the seed, both endpoints in order and the
IP protocol, as base64. Both directions have the same one.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType

from netanatomy.errors import UsageError

VERSION = "1:"

ICMP = 1
ICMPV6 = 58
PROTOCOLS_WITH_PORTS = frozenset((ICMP, 6, 17, ICMPV6, 132))
"""IP protocols whose ports are part of the identifier: ICMP, TCP, UDP, ICMPv6 and SCTP."""


def _both_ways(pairs: Mapping[int, int]) -> Mapping[int, int]:
    return MappingProxyType({**pairs, **{reply: request for request, reply in pairs.items()}})


COUNTERPARTS: Mapping[int, Mapping[int, int]] = MappingProxyType(
    {
        # echo, router solicitation, timestamp, information, address mask
        ICMP: _both_ways({8: 0, 10: 9, 13: 14, 15: 16, 17: 18}),
        # echo, listener query, router and neighbour solicitation, node information, home agent discovery
        ICMPV6: _both_ways({128: 129, 130: 131, 133: 134, 135: 136, 139: 140, 144: 145}),
    }
)
"""ICMP types that answer each other, by IP protocol. They stand for the ports of a conversation;
any other type goes one way, with its code as the second port."""


def community_id(
    source: IPv4Address | IPv6Address,
    destination: IPv4Address | IPv6Address,
    protocol: int,
    source_port: int | None = None,
    destination_port: int | None = None,
    seed: int = 0,
) -> str:
    """The Community ID of a conversation.

    Args:
        source: address of either side.
        destination: address of the other, of the same IP version.
        protocol: IP protocol number.
        source_port: its port; of ICMP the type of the message.
        destination_port: its port; of ICMP the code. Without both ports only the addresses count,
            as they do with IP protocols that have none.
        seed: 16 bits that keep the identifiers of one site apart from those of others.

    Raises:
        UsageError: the addresses differ in version, or a number does not fit its field.

    >>> client, server = IPv4Address("128.232.110.120"), IPv4Address("66.35.250.204")
    >>> community_id(client, server, 6, 34855, 80)
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg='
    >>> community_id(server, client, 6, 80, 34855)
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg='
    """
    if source.version != destination.version:
        raise UsageError("a Community ID is of two addresses of the same IP version")
    if not (0 <= protocol <= 0xFF and 0 <= seed <= 0xFFFF):
        raise UsageError("a Community ID is of a protocol from 0 to 255 and a seed from 0 to 65535")
    ports: tuple[int, int] | None = None
    one_way = False
    if protocol in PROTOCOLS_WITH_PORTS and source_port is not None and destination_port is not None:
        if not (0 <= source_port <= 0xFFFF and 0 <= destination_port <= 0xFFFF):
            raise UsageError("a Community ID is of ports from 0 to 65535")
        ports = (source_port, destination_port)
        if protocol in COUNTERPARTS:
            counterpart = COUNTERPARTS[protocol].get(source_port)
            one_way = counterpart is None
            if counterpart is not None:
                ports = (source_port, counterpart)
    first, second = source.packed, destination.packed
    if not one_way and (first, ports and ports[0]) > (second, ports and ports[1]):
        first, second = second, first
        ports = ports and (ports[1], ports[0])
    octets = struct.pack("!H", seed) + first + second + bytes((protocol, 0))
    if ports is not None:
        octets += struct.pack("!HH", *ports)
    # The specification asks for SHA-1; nothing here depends on its strength.
    from hashlib import sha1  # brings OpenSSL, and captures have a kernel for this

    digest = sha1(octets, usedforsecurity=False).digest()
    return VERSION + base64.b64encode(digest).decode("ascii")
