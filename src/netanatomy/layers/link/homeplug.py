"""HomePlug AV management: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="homeplug",
    title="HomePlug AV",
    layer=Layer.LINK,
    reference="IEEE 1901",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88E1),),
    parse=parse,
)
