"""ARCNET as BSD captures it (RFC 1201)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.arcnet_linux import NAMES, PROTOCOLS, UNFRAGMENTED
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

EXCEPTION = 0xFF
"""Split flag of a packet that is padded, because its length is one that ARCNET cannot send."""


def parse(reader: HeaderReader) -> Next | None:
    """Addresses of one octet, the protocol, and the fragmentation header of RFC 1201."""
    reader.unsigned("Source", 8, hexadecimal=True)
    reader.unsigned("Destination", 8, hexadecimal=True)
    protocol = reader.unsigned("Protocol Identifier", 8, PROTOCOLS, hexadecimal=True)
    if protocol not in UNFRAGMENTED:
        flag = reader.unsigned("Split Flag", 8, {0: "not split", EXCEPTION: "exception"})
        reader.unsigned("Sequence Number", 16)
        if flag == EXCEPTION:
            flag = reader.unsigned("Split Flag", 8, {0: "not split"})
            reader.unsigned("Sequence Number", 16)
        if flag:
            return None
    return Next(Carrier.NAMED, name=NAMES[protocol]) if protocol in NAMES else None


PROTOCOL = Protocol(
    name="arcnet",
    title="ARCNET",
    layer=Layer.LINK,
    reference="RFC 1201",
    carried_by=(Carried(Carrier.LINK_TYPE, 7),),
    parse=parse,
)
