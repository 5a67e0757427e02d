"""The configuration test protocol of Ethernet: frames that are sent back."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

REPLY = 1
FORWARD = 2


def parse(reader: HeaderReader) -> Next | None:
    """How many octets to skip, and the function; little-endian."""
    reader.little_endian("Skip Count", 2)
    function = reader.little_endian("Function", 2, {REPLY: "reply", FORWARD: "forward data"})
    if function == REPLY:
        reader.little_endian("Receipt Number", 2)
    elif function == FORWARD:
        reader.mac("Forward Address")
    return None


PROTOCOL = Protocol(
    name="ethernet-loopback",
    title="Ethernet configuration testing",
    layer=Layer.LINK,
    reference="Ethernet 2.0 §8",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x9000),),
    parse=parse,
)
