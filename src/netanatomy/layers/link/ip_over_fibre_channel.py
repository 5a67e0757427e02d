"""IP over Fibre Channel (RFC 2625): its network header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Two network addresses with an EUI-48 each; LLC follows."""
    reader.unsigned("Destination Address Authority", 4)
    reader.unsigned("Destination Reserved", 12)
    reader.mac("Destination")
    reader.unsigned("Source Address Authority", 4)
    reader.unsigned("Source Reserved", 12)
    reader.mac("Source")
    return Next(Carrier.NAMED, name="llc")


PROTOCOL = Protocol(
    name="ip-over-fibre-channel",
    title="IP over Fibre Channel",
    layer=Layer.LINK,
    reference="RFC 2625",
    carried_by=(Carried(Carrier.LINK_TYPE, 122),),
    parse=parse,
)
