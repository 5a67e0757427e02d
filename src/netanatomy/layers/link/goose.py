"""GOOSE, the events of substations: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="goose",
    title="Generic Object Oriented Substation Events",
    layer=Layer.LINK,
    reference="IEC 61850-8-1",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88B8),),
    parse=parse,
)
