"""CCP, PPP's compression control protocol (RFC 1962)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.ppp_control import control_packet
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPTIONS = {  # https://www.iana.org/assignments/ppp-numbers, CCP configuration options
    0: "vendor's own",
    1: "predictor type 1",
    2: "predictor type 2",
    17: "Stac LZS",
    18: "Microsoft point-to-point compression and encryption",
    21: "BSD compress",
    26: "deflate",
}


def parse(reader: HeaderReader) -> Next | None:
    """Code, identifier, length, and the options."""
    control_packet(reader, OPTIONS)
    return None


PROTOCOL = Protocol(
    name="ccp",
    title="PPP Compression Control Protocol",
    layer=Layer.LINK,
    reference="RFC 1962",
    carried_by=(Carried(Carrier.PPP, 0x80FD),),
    parse=parse,
)
