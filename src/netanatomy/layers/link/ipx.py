"""IPX, Novell's internetwork packet exchange: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="ipx",
    title="Internetwork Packet Exchange",
    layer=Layer.LINK,
    reference="Novell",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x8137),
        Carried(Carrier.LLC_SAP, 0xE0),
        Carried(Carrier.PPP, 0x002B),
    ),
    parse=parse,
)
