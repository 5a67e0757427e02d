"""Cisco FabricPath: a tag, and a whole Ethernet frame behind it."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """The forwarding tag, and the carried frame's addresses."""
    reader.unsigned("Forwarding Tag", 10)
    reader.unsigned("Time to Live", 6)
    reader.mac("Inner Destination")
    reader.mac("Inner Source")
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


PROTOCOL = Protocol(
    name="fabricpath",
    title="Cisco FabricPath",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8903),),
    parse=parse,
)
