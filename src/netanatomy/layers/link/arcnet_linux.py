"""ARCNET as Linux captures it: with the offset of the hardware, and whole packets."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

PROTOCOLS = {  # Datapoint's numbers
    0xC4: "IPv6 (RFC 2497)",
    0xCD: "BACnet",
    0xD4: "IPv4 (RFC 1201)",
    0xD5: "ARP (RFC 1201)",
    0xD6: "RARP (RFC 1201)",
    0xDD: "AppleTalk",
    0xF0: "IPv4 (RFC 1051)",
    0xF1: "ARP (RFC 1051)",
    0xFA: "IPX",
}

NAMES = {0xC4: "ipv6", 0xCD: "llc", 0xD4: "ipv4", 0xD5: "arp", 0xD6: "arp", 0xF0: "ipv4", 0xF1: "arp"}

UNFRAGMENTED = frozenset({0xCD, 0xF0, 0xF1})
"""Protocols that have no fragmentation header (RFC 1051, ASHRAE 135)."""


def parse(reader: HeaderReader) -> Next | None:
    """Addresses of one octet, the protocol, and the fragmentation header of RFC 1201."""
    reader.unsigned("Source", 8, hexadecimal=True)
    reader.unsigned("Destination", 8, hexadecimal=True)
    reader.unsigned("Offset", 16)
    protocol = reader.unsigned("Protocol Identifier", 8, PROTOCOLS, hexadecimal=True)
    if protocol not in UNFRAGMENTED:
        flag = reader.unsigned("Split Flag", 8, {0: "not split"})
        reader.unsigned("Sequence Number", 16)
        if flag:
            return None
    return Next(Carrier.NAMED, name=NAMES[protocol]) if protocol in NAMES else None


PROTOCOL = Protocol(
    name="arcnet-linux",
    title="ARCNET, as Linux captures it",
    layer=Layer.LINK,
    reference="RFC 1201",
    carried_by=(Carried(Carrier.LINK_TYPE, 129),),
    parse=parse,
)
