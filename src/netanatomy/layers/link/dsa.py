"""DSA: the tag of Marvell's switch chips, between source address and type."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LARGEST_LENGTH = 1500
"""Octets: up to here the type field is an IEEE 802.3 length (IEEE 802.3 §3.2.6)."""

COMMANDS = {0: "to the processor", 1: "from the processor", 2: "to a sniffer", 3: "forward"}


def parse(reader: HeaderReader) -> Next | None:
    """The addresses, the tag, and what Ethernet has behind them."""
    reader.mac("Destination", column="eth_destination")
    reader.mac("Source", column="eth_source")
    return tag(reader)


def tag(reader: HeaderReader) -> Next | None:
    """Take the tag and the type or length behind it."""
    reader.unsigned("Command", 2, COMMANDS)
    reader.unsigned("Tagged", 1)
    reader.unsigned("Device", 5)
    reader.unsigned("Port", 5)
    reader.unsigned("Trunk", 1)
    reader.unsigned("Code", 1)
    reader.unsigned("Canonical Format Indicator", 1)
    reader.unsigned("Priority", 3)
    reader.unsigned("Extended", 1)
    reader.unsigned("VLAN Identifier", 12)
    if reader.peek(0, 2) <= LARGEST_LENGTH:
        length = reader.unsigned("Length", 16, "IEEE 802.3 frame with an LLC header", column="eth_length")
        return Next(Carrier.NAMED, name="llc", end=min(reader.end, reader.position + length))
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


PROTOCOL = Protocol(
    name="dsa",
    title="Marvell DSA",
    layer=Layer.LINK,
    reference="LINKTYPE_DSA_TAG_DSA",
    carried_by=(Carried(Carrier.LINK_TYPE, 284),),
    parse=parse,
)
