"""EDSA: the tag of Marvell's switch chips with an EtherType of its own before it."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.dsa import tag
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """The addresses, the tag's own type, the tag, and what Ethernet has behind them."""
    reader.mac("Destination", column="eth_destination")
    reader.mac("Source", column="eth_source")
    reader.unsigned("Tag Type", 16, hexadecimal=True)
    reader.unsigned("Reserved", 16)
    return tag(reader)


PROTOCOL = Protocol(
    name="edsa",
    title="Marvell EDSA",
    layer=Layer.LINK,
    reference="LINKTYPE_DSA_TAG_EDSA",
    carried_by=(Carried(Carrier.LINK_TYPE, 285),),
    parse=parse,
)
