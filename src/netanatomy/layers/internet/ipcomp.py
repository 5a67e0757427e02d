"""IPComp, the IP Payload Compression Protocol (RFC 3173)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TRANSFORMS = {  # https://www.iana.org/assignments/isakmp-registry, IPSEC IPCOMP Transform Identifiers
    1: "OUI",
    2: "DEFLATE",
    3: "LZS",
    4: "LZJH",
}


def parse(reader: HeaderReader) -> Next | None:
    """Next header, flags and the compression parameter index; the rest is compressed."""
    reader.unsigned("Next Header", 8, IP_PROTOCOLS)
    reader.unsigned("Flags", 8)
    reader.unsigned("Compression Parameter Index", 16, TRANSFORMS)
    return None


PROTOCOL = Protocol(
    name="ipcomp",
    title="IP Payload Compression Protocol",
    layer=Layer.INTERNET,
    reference="RFC 3173",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 108),),
    parse=parse,
)
