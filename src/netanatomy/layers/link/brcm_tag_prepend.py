"""The tag of Broadcom's switch chips, before an Ethernet frame."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.brcm_tag import tag
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """The tag; the frame is the next header."""
    tag(reader)
    return Next(Carrier.NAMED, name="ethernet")


PROTOCOL = Protocol(
    name="brcm-tag-prepend",
    title="Broadcom tag, prepended",
    layer=Layer.LINK,
    reference="LINKTYPE_DSA_TAG_BRCM_PREPEND",
    carried_by=(Carried(Carrier.LINK_TYPE, 282),),
    parse=parse,
)
