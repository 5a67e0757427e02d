"""Juniper's header before Ethernet frames."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

MAGIC = 0x4D4743  # "MGC"


def parse(reader: HeaderReader) -> Next | None:
    """Magic number, flags, and extensions; then Ethernet, or a packet without a link header."""
    start = reader.position
    if reader.unsigned("Magic Number", 24, hexadecimal=True) != MAGIC:
        raise reader.malformed("the magic number is not MGC", start)
    extended = reader.unsigned("Extensions Present", 1)
    reader.unsigned("Flags", 5)
    without_link = reader.unsigned("No Link Header", 1)
    reader.unsigned("Direction", 1, {0: "out", 1: "in"})
    if extended:
        length = reader.unsigned("Extensions Length", 16)
        with reader.restrict_to(length, "Further octets"):
            # An extension that does not fit spoils only the extensions: the header's end is known.
            while reader.remaining >= 2 and 2 + reader.peek(1, 1) <= reader.remaining:
                reader.unsigned("Extension Type", 8)
                reader.raw("Extension Value", reader.unsigned("Extension Length", 8))
    if without_link:
        reader.little_endian("Protocol Family", 4)
        return Next(Carrier.NAMED, name="raw-ip")
    return Next(Carrier.NAMED, name="ethernet")


PROTOCOL = Protocol(
    name="juniper-ethernet",
    title="Juniper Ethernet",
    layer=Layer.LINK,
    reference="LINKTYPE_JUNIPER_ETHER",
    carried_by=(Carried(Carrier.LINK_TYPE, 178),),
    parse=parse,
)
