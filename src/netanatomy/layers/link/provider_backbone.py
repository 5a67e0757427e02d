"""Provider backbone bridging, MAC in MAC: the instance tag (IEEE 802.1ah)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """The service instance, and the customer's addresses behind it."""
    reader.unsigned("Priority Code Point", 3)
    reader.unsigned("Drop Eligible Indicator", 1)
    reader.unsigned("Use Customer Address", 1)
    reader.unsigned("Reserved", 3)
    reader.unsigned("Service Instance Identifier", 24)
    reader.mac("Customer Destination")
    reader.mac("Customer Source")
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


PROTOCOL = Protocol(
    name="provider-backbone",
    title="Provider backbone bridging",
    layer=Layer.LINK,
    reference="IEEE 802.1ah",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88E7),),
    parse=parse,
)
