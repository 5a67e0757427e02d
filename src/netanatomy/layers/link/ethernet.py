"""Ethernet: Ethernet II and IEEE 802.3 framing."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LARGEST_LENGTH = 1500
"""Octets: up to here the type field is an IEEE 802.3 length (IEEE 802.3 §3.2.6)."""


def parse(reader: HeaderReader) -> Next | None:
    """Destination, source, and a type, or a length with LLC behind it."""
    reader.mac("Destination", column="eth_destination")
    reader.mac("Source", column="eth_source")
    if reader.peek(0, 2) <= LARGEST_LENGTH:
        length = reader.unsigned("Length", 16, "IEEE 802.3 frame with an LLC header")
        return Next(Carrier.NAMED, name="llc", end=min(reader.end, reader.position + length))
    ethertype = reader.unsigned("EtherType", 16, hexadecimal=True)
    return Next(Carrier.ETHERTYPE, ethertype)


PROTOCOL = Protocol(
    name="ethernet",
    title="Ethernet",
    layer=Layer.LINK,
    reference="IEEE 802.3",
    carried_by=(
        Carried(Carrier.LINK_TYPE, 1),
        Carried(Carrier.ETHERTYPE, 0x6558),  # transparent Ethernet bridging, RFC 7637
    ),
    parse=parse,
)
