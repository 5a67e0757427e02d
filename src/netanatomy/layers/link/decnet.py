"""DECnet routing: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="decnet",
    title="DECnet",
    layer=Layer.LINK,
    reference="Digital",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x6003),),
    parse=parse,
)
