"""ENC: packets on BSD's IPsec interface, before encryption or after decryption."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

NAMES = {2: "ipv4", 24: "ipv6", 28: "ipv6", 30: "ipv6"}
"""Address families of the systems that have the interface."""

LARGEST_FAMILY = 0xFFFF
"""A family that is greater was written in the other byte order."""


def parse(reader: HeaderReader) -> Next | None:
    """Address family in the byte order of the machine, security parameters index, and flags."""
    if reader.peek(0, 4) > LARGEST_FAMILY:
        family = reader.little_endian("Address Family", 4, NAMES)
    else:
        family = reader.unsigned("Address Family", 32, NAMES)
    reader.unsigned("Security Parameters Index", 32, hexadecimal=True)
    reader.unsigned("Flags", 32, hexadecimal=True)
    return Next(Carrier.NAMED, name=NAMES[family]) if family in NAMES else None


PROTOCOL = Protocol(
    name="enc",
    title="BSD encapsulation interface",
    layer=Layer.LINK,
    reference="LINKTYPE_ENC",
    carried_by=(Carried(Carrier.LINK_TYPE, 109),),
    parse=parse,
)
