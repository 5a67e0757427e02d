"""IPNET: how Solaris observes its IP layer."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

NAMES = {2: "ipv4", 26: "ipv6"}
"""Address families of Solaris."""


def parse(reader: HeaderReader) -> Next | None:
    """Version, family, and between which zones the packet goes."""
    reader.unsigned("Version", 8)
    family = reader.unsigned("Family", 8, NAMES)
    reader.unsigned("Hook Type", 16)
    reader.unsigned("Packet Length", 32)
    reader.unsigned("Interface Index", 32)
    reader.unsigned("Group Interface Index", 32)
    reader.unsigned("Source Zone", 32)
    reader.unsigned("Destination Zone", 32)
    return Next(Carrier.NAMED, name=NAMES[family]) if family in NAMES else None


PROTOCOL = Protocol(
    name="ipnet",
    title="Solaris IPNET",
    layer=Layer.LINK,
    reference="LINKTYPE_IPNET",
    carried_by=(Carried(Carrier.LINK_TYPE, 226),),
    parse=parse,
)
