"""VXLAN-GPE, the generic protocol extension of VXLAN (draft-ietf-nvo3-vxlan-gpe-13)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets, draft-ietf-nvo3-vxlan-gpe-13 §3.1

NEXT_PROTOCOLS = {  # draft-ietf-nvo3-vxlan-gpe-13 §3.2
    1: "ipv4",
    2: "ipv6",
    3: "ethernet",
    4: "nsh",
    5: "mpls",
}


def parse(reader: HeaderReader) -> Next | None:
    """Flags, the next protocol and the network identifier."""
    reader.unsigned("R", 2)
    reader.unsigned("Ver", 2)
    reader.unsigned("I", 1, {1: "the network identifier is valid"})
    named = reader.unsigned("P", 1, {0: "an Ethernet frame follows", 1: "the next protocol is named"})
    reader.unsigned("B", 1, {1: "broadcast, unknown unicast or multicast"})
    reader.unsigned("O", 1, {1: "operations, administration and maintenance"})
    reader.unsigned("Reserved", 16)
    protocol = reader.unsigned("Next Protocol", 8, NEXT_PROTOCOLS)
    reader.unsigned("VXLAN Network Identifier", 24, column="tunnel_id")
    reader.unsigned("Reserved", 8)
    name = NEXT_PROTOCOLS.get(protocol) if named else "ethernet"
    return Next(Carrier.NAMED, name=name, tunnel="vxlan-gpe") if name else None


def fits(octets: bytes) -> bool:
    """Version 0, with a valid network identifier."""
    return len(octets) >= HEADER_LENGTH and octets[0] & 0xF8 == 0x08


PROTOCOL = Protocol(
    name="vxlan-gpe",
    title="Generic Protocol Extension for VXLAN",
    layer=Layer.INTERNET,
    reference="draft-ietf-nvo3-vxlan-gpe-13",
    carried_by=(Carried(Carrier.UDP_PORT, 4790),),
    parse=parse,
    fits=fits,
)
