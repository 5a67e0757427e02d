"""TIPC, transparent inter-process communication: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="tipc",
    title="Transparent Inter-Process Communication",
    layer=Layer.LINK,
    reference="TIPC",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88CA),),
    parse=parse,
)
