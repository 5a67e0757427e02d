"""LCP, PPP's link control protocol (RFC 1661 §5)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.ppp_control import control_packet
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPTIONS = {  # https://www.iana.org/assignments/ppp-numbers, LCP configuration options
    1: "maximum receive unit",
    2: "asynchronous control character map",
    3: "authentication protocol",
    4: "quality protocol",
    5: "magic number",
    7: "protocol field compression",
    8: "address and control field compression",
    9: "FCS alternatives",
    13: "callback",
    17: "multilink maximum reconstructed unit",
    18: "multilink short sequence numbers",
    19: "multilink endpoint discriminator",
}


def parse(reader: HeaderReader) -> Next | None:
    """Code, identifier, length, and the options or the magic number behind them."""
    control_packet(reader, OPTIONS)
    return None


PROTOCOL = Protocol(
    name="lcp",
    title="PPP Link Control Protocol",
    layer=Layer.LINK,
    reference="RFC 1661",
    carried_by=(Carried(Carrier.PPP, 0xC021),),
    parse=parse,
)
