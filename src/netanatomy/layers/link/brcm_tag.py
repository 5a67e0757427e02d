"""The tag of Broadcom's switch chips, between source address and type."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LARGEST_LENGTH = 1500
"""Octets: up to here the type field is an IEEE 802.3 length (IEEE 802.3 §3.2.6)."""


def parse(reader: HeaderReader) -> Next | None:
    """The addresses, the tag, and what Ethernet has behind them."""
    reader.mac("Destination", column="eth_destination")
    reader.mac("Source", column="eth_source")
    tag(reader)
    if reader.peek(0, 2) <= LARGEST_LENGTH:
        length = reader.unsigned("Length", 16, "IEEE 802.3 frame with an LLC header", column="eth_length")
        return Next(Carrier.NAMED, name="llc", end=min(reader.end, reader.position + length))
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


def tag(reader: HeaderReader) -> None:
    """Take the tag: an operation, and the port that it is about."""
    reader.unsigned("Operation Code", 3)
    reader.unsigned("Traffic Class", 3)
    reader.unsigned("Reason or Tag Enforcement", 18)
    reader.unsigned("Port", 8)


PROTOCOL = Protocol(
    name="brcm-tag",
    title="Broadcom tag",
    layer=Layer.LINK,
    reference="LINKTYPE_DSA_TAG_BRCM",
    carried_by=(Carried(Carrier.LINK_TYPE, 281),),
    parse=parse,
)
