"""PPP with an octet before it that tells sent from received."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

UNNUMBERED_INFORMATION = 0x03


def parse(reader: HeaderReader) -> Next | None:
    """The direction; where it stands in place of PPP's address, also PPP's control octet."""
    reader.unsigned("Direction", 8, {0: "received", 1: "sent"})
    if reader.peek(0, 1) == UNNUMBERED_INFORMATION:
        reader.unsigned("Control", 8, "unnumbered information", hexadecimal=True)
    return Next(Carrier.NAMED, name="ppp")


PROTOCOL = Protocol(
    name="ppp-direction",
    title="PPP with direction",
    layer=Layer.LINK,
    reference="LINKTYPE_PPP_WITH_DIR",
    carried_by=(Carried(Carrier.LINK_TYPE, 204), Carried(Carrier.LINK_TYPE, 166)),
    parse=parse,
)
