"""Cisco metadata: the tag that carries a security group."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Version, length, and the security group tag."""
    reader.unsigned("Version", 8)
    reader.unsigned("Length", 8)
    reader.unsigned("Option Length", 3)
    reader.unsigned("Option Type", 13, {1: "security group tag"})
    reader.unsigned("Security Group Tag", 16)
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


PROTOCOL = Protocol(
    name="cisco-metadata",
    title="Cisco metadata",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8909),),
    parse=parse,
)
