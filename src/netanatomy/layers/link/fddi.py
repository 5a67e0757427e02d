"""FDDI, the fibre distributed data interface (ISO 9314-2)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LLC_ASYNCHRONOUS = 0x50
LLC_SYNCHRONOUS = 0xD0
CLASS_AND_FORMAT = 0xF0
"""Bits of frame control that tell LLC frames from tokens and station management."""


def parse(reader: HeaderReader) -> Next | None:
    """Frame control and the addresses, in the bit order of the capturing interface."""
    control = reader.unsigned("Frame Control", 8, hexadecimal=True)
    reader.mac("Destination")
    reader.mac("Source")
    if control & CLASS_AND_FORMAT in (LLC_ASYNCHRONOUS, LLC_SYNCHRONOUS):
        return Next(Carrier.NAMED, name="llc")
    return None


PROTOCOL = Protocol(
    name="fddi",
    title="Fiber Distributed Data Interface",
    layer=Layer.LINK,
    reference="ISO 9314-2",
    carried_by=(Carried(Carrier.LINK_TYPE, 10),),
    parse=parse,
)
