"""AppleTalk's address resolution: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="aarp",
    title="AppleTalk Address Resolution Protocol",
    layer=Layer.LINK,
    reference="Apple",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x80F3),),
    parse=parse,
)
