"""CLNP, the connectionless network protocol of OSI (ISO/IEC 8473-1)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Layer, Next, Protocol

TYPES = {0x01: "error report", 0x1C: "data", 0x1E: "echo request", 0x1F: "echo reply"}


def parse(reader: HeaderReader) -> Next | None:
    """The fixed part and the two addresses (ISO/IEC 8473-1 §7.2, §7.3)."""
    reader.unsigned("Network Layer Protocol Identifier", 8, {0x81: "CLNP"}, hexadecimal=True)
    reader.unsigned("Length Indicator", 8, "octets of the header")
    reader.unsigned("Version/Protocol ID Extension", 8)
    reader.unsigned("PDU Lifetime", 8, "units of 500 ms")
    reader.unsigned("Segmentation Permitted", 1)
    reader.unsigned("More Segments", 1)
    reader.unsigned("Error Report", 1)
    reader.unsigned("Type", 5, TYPES)
    reader.unsigned("Segment Length", 16)
    reader.unsigned("Checksum", 16, hexadecimal=True)
    reader.raw("Destination Address", reader.unsigned("Destination Address Length", 8))
    reader.raw("Source Address", reader.unsigned("Source Address Length", 8))
    return None


PROTOCOL = Protocol(
    name="clnp",
    title="Connectionless Network Protocol",
    layer=Layer.LINK,
    reference="ISO/IEC 8473-1",
    carried_by=(),
    parse=parse,
)
