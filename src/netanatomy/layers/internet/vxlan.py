"""VXLAN, Virtual eXtensible Local Area Network (RFC 7348)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets, RFC 7348 §5


def parse(reader: HeaderReader) -> Next | None:
    """Flags and the network identifier, then a frame.

    The bits that RFC 7348 reserves and draft-smith-vxlan-group-policy uses are read as there.
    """
    reader.unsigned("G", 1, {1: "a group policy identifier is present"})
    reader.unsigned("Reserved", 3)
    reader.unsigned("I", 1, {0: "no network identifier: invalid", 1: "the network identifier is valid"})
    reader.unsigned("Reserved", 3)
    reader.unsigned("Reserved", 1)
    reader.unsigned("D", 1, {1: "do not learn the address"})
    reader.unsigned("Reserved", 2)
    reader.unsigned("A", 1, {1: "the policy has been applied"})
    reader.unsigned("Reserved", 3)
    reader.unsigned("Group Policy ID", 16)
    reader.unsigned("VXLAN Network Identifier", 24, column="tunnel_id")
    reader.unsigned("Reserved", 8)
    return Next(Carrier.NAMED, name="ethernet", tunnel="vxlan")


def fits(octets: bytes) -> bool:
    """The network identifier is marked valid; reserved bits are ignored on receipt (RFC 7348 section 5)."""
    return len(octets) >= HEADER_LENGTH and octets[0] & 0x08 != 0


PROTOCOL = Protocol(
    name="vxlan",
    title="Virtual eXtensible Local Area Network",
    layer=Layer.INTERNET,
    reference="RFC 7348",
    carried_by=(Carried(Carrier.UDP_PORT, 4789),),
    parse=parse,
    fits=fits,
)
