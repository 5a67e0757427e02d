"""GeoNetworking of vehicles: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="geonetworking",
    title="GeoNetworking",
    layer=Layer.LINK,
    reference="ETSI EN 302 636-4-1",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8947),),
    parse=parse,
)
