"""ES-IS, how end systems and intermediate systems of OSI find one another (ISO 9542)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Layer, Next, Protocol

TYPES = {2: "end system hello", 4: "intermediate system hello", 6: "redirect"}  # ISO 9542 §7.2


def parse(reader: HeaderReader) -> Next | None:
    """The fixed part that all of its packets begin with."""
    reader.unsigned("Network Layer Protocol Identifier", 8, {0x82: "ES-IS"}, hexadecimal=True)
    reader.unsigned("Length Indicator", 8, "octets of the header")
    reader.unsigned("Version/Protocol ID Extension", 8)
    reader.unsigned("Reserved", 8)
    reader.unsigned("Reserved", 3)
    reader.unsigned("Type", 5, TYPES)
    reader.unsigned("Holding Time", 16, "seconds")
    reader.unsigned("Checksum", 16, hexadecimal=True)
    return None


PROTOCOL = Protocol(
    name="es-is",
    title="End System to Intermediate System",
    layer=Layer.LINK,
    reference="ISO 9542",
    carried_by=(),
    parse=parse,
)
