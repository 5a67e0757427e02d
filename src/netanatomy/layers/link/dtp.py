"""DTP, Cisco's dynamic trunking protocol."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {1: "domain", 2: "trunk status", 3: "trunk type", 4: "sender"}
HEADER_LENGTH = 4  # octets of a type-length-value before the value, which its length counts


def parse(reader: HeaderReader) -> Next | None:
    """Version, and what the port offers: who answers can become a trunk."""
    reader.unsigned("Version", 8)
    while reader.remaining >= HEADER_LENGTH:
        start = reader.position
        kind = reader.unsigned("Type", 16, TYPES)
        length = reader.unsigned("Length", 16)
        if kind not in TYPES:
            break  # padding
        if length < HEADER_LENGTH:
            raise reader.malformed("a type-length-value is shorter than its own header", start + 2)
        with reader.restrict_to(length - HEADER_LENGTH, "Value"):
            if kind == 1:
                reader.utf8("Domain", reader.remaining)
            elif kind == 4 and reader.remaining == 6:
                reader.mac("Sender")
    return None


PROTOCOL = Protocol(
    name="dtp",
    title="Dynamic Trunking Protocol",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(Carried(Carrier.SNAP, 0x00000C_2004),),
    parse=parse,
)
