"""NetBIOS frames directly on LLC: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="netbeui",
    title="NetBIOS Frames",
    layer=Layer.LINK,
    reference="IBM",
    carried_by=(Carried(Carrier.LLC_SAP, 0xF0),),
    parse=parse,
)
