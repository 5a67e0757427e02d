"""IPV6CP, PPP's control protocol for IPv6 (RFC 5072)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.ppp_control import control_packet
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPTIONS = {1: "interface identifier", 2: "IPv6 compression protocol"}  # RFC 5072 §4, RFC 5172


def parse(reader: HeaderReader) -> Next | None:
    """Code, identifier, length, and the options."""
    control_packet(reader, OPTIONS)
    return None


PROTOCOL = Protocol(
    name="ipv6cp",
    title="PPP IPv6 Control Protocol",
    layer=Layer.LINK,
    reference="RFC 5072",
    carried_by=(Carried(Carrier.PPP, 0x8057),),
    parse=parse,
)
