"""BSD's loopback headers: an address family, in the byte order of the machine (NULL) or of the net (LOOP)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

IPV4 = frozenset({2})
IPV6 = frozenset({10, 23, 24, 28, 30})

FAMILIES = {  # AF_ numbers, which the systems do not agree upon
    2: "IPv4",
    7: "OSI",
    10: "IPv6 (Linux)",
    16: "AppleTalk",
    23: "IPv6 (Windows, IPX elsewhere)",
    24: "IPv6 (NetBSD, OpenBSD)",
    28: "IPv6 (FreeBSD)",
    30: "IPv6 (macOS)",
}

LARGEST_FAMILY = 0xFFFF
"""A family that is greater was written in the other byte order: all of them are small numbers."""

LARGEST_LENGTH = 1500
"""From here on the number is an EtherType, which some systems write instead of a family."""


def parse(reader: HeaderReader) -> Next | None:
    """The address family. Whose byte order it is in shows in where its zeros are."""
    if reader.peek(0, 4) > LARGEST_FAMILY:
        family = reader.little_endian("Family", 4, FAMILIES, column="loopback_family")
    else:
        family = reader.unsigned("Family", 32, FAMILIES, column="loopback_family")
    if family in IPV4:
        return Next(Carrier.NAMED, name="ipv4")
    if family in IPV6:
        return Next(Carrier.NAMED, name="ipv6")
    if LARGEST_LENGTH < family <= LARGEST_FAMILY:
        return Next(Carrier.ETHERTYPE, family)
    return None


PROTOCOL = Protocol(
    name="loopback",
    title="BSD loopback",
    layer=Layer.LINK,
    reference="LINKTYPE_NULL",
    carried_by=(Carried(Carrier.LINK_TYPE, 0), Carried(Carrier.LINK_TYPE, 108)),
    parse=parse,
)
