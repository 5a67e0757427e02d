"""ATM with LLC encapsulation, or with IP alone (RFC 2684, before it RFC 1483)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

IP = {4: "ipv4", 6: "ipv6"}


def parse(reader: HeaderReader) -> Next | None:
    """Nothing of its own: the first octet tells LLC from a virtual channel that has only IP."""
    first = reader.peek(0, 1)
    if first in (0xAA, 0xFE):
        reader.note("Encapsulation", "LLC")
        return Next(Carrier.NAMED, name="llc")
    name = IP.get(first >> 4)
    reader.note("Encapsulation", "virtual channel")
    return Next(Carrier.NAMED, name=name) if name else None


PROTOCOL = Protocol(
    name="rfc1483",
    title="Multiprotocol encapsulation over ATM",
    layer=Layer.LINK,
    reference="RFC 2684",
    carried_by=(Carried(Carrier.LINK_TYPE, 100),),
    parse=parse,
)
