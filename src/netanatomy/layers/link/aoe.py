"""ATA over Ethernet."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

COMMANDS = {0: "issue ATA command", 1: "query configuration", 2: "MAC mask list", 3: "reserve"}


def parse(reader: HeaderReader) -> Next | None:
    """The header that all messages have."""
    reader.unsigned("Version", 4)
    reader.unsigned("Response", 1)
    reader.unsigned("Error Present", 1)
    reader.unsigned("Reserved", 2)
    reader.unsigned("Error", 8)
    reader.unsigned("Major", 16, "shelf")
    reader.unsigned("Minor", 8, "slot")
    reader.unsigned("Command", 8, COMMANDS)
    reader.unsigned("Tag", 32, hexadecimal=True)
    return None


PROTOCOL = Protocol(
    name="aoe",
    title="ATA over Ethernet",
    layer=Layer.LINK,
    reference="AoEr11",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88A2),),
    parse=parse,
)
