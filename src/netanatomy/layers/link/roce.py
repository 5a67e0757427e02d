"""RDMA over Ethernet, version 1: by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing: what follows is named, and left as it is."""
    del reader
    return None


PROTOCOL = Protocol(
    name="roce",
    title="RDMA over Converged Ethernet",
    layer=Layer.LINK,
    reference="InfiniBand annex A16",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8915),),
    parse=parse,
)
