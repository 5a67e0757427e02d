"""Registration of VLANs and addresses: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="mvrp",
    title="Multiple VLAN Registration Protocol",
    layer=Layer.LINK,
    reference="IEEE 802.1Q",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88F5),),
    parse=parse,
)
