"""Frames of Sun's ATM adapters."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LLC = 2

TYPES = {1: "LAN emulation", LLC: "LLC", 3: "MARS", 4: "IFMP", 5: "ILMI", 6: "signalling"}


def parse(reader: HeaderReader) -> Next | None:
    """Direction, kind of traffic, and the virtual channel."""
    reader.unsigned("Direction", 1, {0: "received", 1: "sent"})
    reader.unsigned("Reserved", 3)
    kind = reader.unsigned("Traffic Type", 4, TYPES)
    reader.unsigned("Virtual Path Identifier", 8)
    reader.unsigned("Virtual Channel Identifier", 16)
    return Next(Carrier.NAMED, name="llc") if kind == LLC else None


PROTOCOL = Protocol(
    name="sunatm",
    title="Sun ATM",
    layer=Layer.LINK,
    reference="LINKTYPE_SUNATM",
    carried_by=(Carried(Carrier.LINK_TYPE, 123),),
    parse=parse,
)
