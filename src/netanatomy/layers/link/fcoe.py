"""Fibre Channel over Ethernet (INCITS 462)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="fcoe",
    title="Fibre Channel over Ethernet",
    layer=Layer.LINK,
    reference="INCITS 462",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8906),),
    parse=parse,
)
