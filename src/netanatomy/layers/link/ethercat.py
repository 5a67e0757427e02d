"""EtherCAT: its frame header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, Part
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {1: "commands", 4: "network variables", 5: "mailbox gateway"}


def parse(reader: HeaderReader) -> Next | None:
    """Length and type; little-endian."""
    reader.little_endian_parts(2, Part("Length", 11), Part("Reserved", 1), Part("Type", 4, TYPES))
    return None


PROTOCOL = Protocol(
    name="ethercat",
    title="EtherCAT",
    layer=Layer.LINK,
    reference="IEC 61158-4-12",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88A4),),
    parse=parse,
)
