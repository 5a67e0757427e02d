"""IPCP, PPP's control protocol for IPv4 (RFC 1332)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.ppp_control import control_packet
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPTIONS = {  # https://www.iana.org/assignments/ppp-numbers, IPCP configuration options
    1: "IP addresses (deprecated)",
    2: "IP compression protocol",
    3: "IP address",
    4: "mobile IPv4",
    129: "primary DNS server",  # RFC 1877
    130: "primary NBNS server",
    131: "secondary DNS server",
    132: "secondary NBNS server",
}

ADDRESSES = frozenset({3, 4, 129, 130, 131, 132})


def parse(reader: HeaderReader) -> Next | None:
    """Code, identifier, length, and the options."""
    control_packet(reader, OPTIONS, ADDRESSES)
    return None


PROTOCOL = Protocol(
    name="ipcp",
    title="PPP Internet Protocol Control Protocol",
    layer=Layer.LINK,
    reference="RFC 1332",
    carried_by=(Carried(Carrier.PPP, 0x8021),),
    parse=parse,
)
