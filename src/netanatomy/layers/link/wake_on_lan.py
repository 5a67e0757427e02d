"""Wake-on-LAN: the magic packet."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Six octets of ones, and sixteen times the address of the sleeper."""
    reader.raw("Synchronization Stream", 6)
    reader.mac("Target")
    reader.raw("Repetitions", 15 * 6)
    return None


PROTOCOL = Protocol(
    name="wake-on-lan",
    title="Wake-on-LAN",
    layer=Layer.LINK,
    reference="AMD magic packet",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x0842),),
    parse=parse,
)
