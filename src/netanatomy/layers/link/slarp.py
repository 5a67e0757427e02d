"""SLARP, the keepalives and address requests of Cisco's HDLC."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Layer, Next, Protocol

KEEPALIVE = 2

OPERATIONS = {0: "address request", 1: "address reply", KEEPALIVE: "keepalive"}


def parse(reader: HeaderReader) -> Next | None:
    """The line's own address, or the two sequence numbers that keep it up."""
    operation = reader.unsigned("Operation", 32, OPERATIONS)
    if operation == KEEPALIVE:
        reader.unsigned("My Sequence Number", 32)
        reader.unsigned("Your Sequence Number", 32)
        reader.unsigned("Reliability", 16, hexadecimal=True)
    elif operation in OPERATIONS:
        reader.ipv4("Address")
        reader.ipv4("Mask")
    return None


PROTOCOL = Protocol(
    name="slarp",
    title="Serial Line Address Resolution Protocol",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(),
    parse=parse,
)
