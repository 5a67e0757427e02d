"""IS-IS, the routing protocol of ISO/IEC 10589: its common header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # ISO/IEC 10589 §9
    15: "hello of a LAN, level 1",
    16: "hello of a LAN, level 2",
    17: "hello, point to point",
    18: "link state, level 1",
    20: "link state, level 2",
    24: "complete sequence numbers, level 1",
    25: "complete sequence numbers, level 2",
    26: "partial sequence numbers, level 1",
    27: "partial sequence numbers, level 2",
}


def parse(reader: HeaderReader) -> Next | None:
    """The eight octets that all of its packets begin with (ISO/IEC 10589 §9.5)."""
    reader.unsigned("Intradomain Routeing Protocol Discriminator", 8, {0x83: "IS-IS"}, hexadecimal=True)
    reader.unsigned("Length Indicator", 8, "octets of the fixed header")
    reader.unsigned("Version/Protocol ID Extension", 8)
    reader.unsigned("ID Length", 8, {0: "6 octets", 255: "no octets"})
    reader.unsigned("Reserved", 3)
    reader.unsigned("PDU Type", 5, TYPES)
    reader.unsigned("Version", 8)
    reader.unsigned("Reserved", 8)
    reader.unsigned("Maximum Area Addresses", 8, {0: "3"})
    return None


PROTOCOL = Protocol(
    name="is-is",
    title="Intermediate System to Intermediate System",
    layer=Layer.LINK,
    reference="ISO/IEC 10589",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x22F4), Carried(Carrier.IP_PROTOCOL, 124)),
    parse=parse,
)
