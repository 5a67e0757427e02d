"""Token ring (IEEE 802.5)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

MAC_FRAME = 0
LLC_FRAME = 1

SMALLEST_ROUTE = 2  # octets: the routing control field counts itself


def parse(reader: HeaderReader) -> Next | None:
    """Access control, frame control, the addresses, and the route where there is one."""
    reader.unsigned("Priority", 3)
    reader.unsigned("Token", 1)
    reader.unsigned("Monitor", 1)
    reader.unsigned("Reservation", 3)
    kind = reader.unsigned("Frame Type", 2, {MAC_FRAME: "MAC frame", LLC_FRAME: "LLC frame"})
    reader.unsigned("Control", 6)
    reader.mac("Destination")
    routed = reader.peek(0, 1) & 0x80  # the group bit, which no source has, marks a route
    reader.mac("Source")
    if routed:
        reader.unsigned("Broadcast", 3)
        length = reader.unsigned("Route Length", 5, "octets")
        reader.unsigned("Direction", 1)
        reader.unsigned("Largest Frame", 3)
        reader.unsigned("Reserved", 4)
        if length > SMALLEST_ROUTE:
            reader.raw("Route", length - SMALLEST_ROUTE)
    return Next(Carrier.NAMED, name="llc") if kind == LLC_FRAME else None


PROTOCOL = Protocol(
    name="token-ring",
    title="Token ring",
    layer=Layer.LINK,
    reference="IEEE 802.5",
    carried_by=(Carried(Carrier.LINK_TYPE, 6),),
    parse=parse,
)
