"""LLTD, link layer topology discovery: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="lltd",
    title="Link Layer Topology Discovery",
    layer=Layer.LINK,
    reference="Microsoft",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88D9),),
    parse=parse,
)
