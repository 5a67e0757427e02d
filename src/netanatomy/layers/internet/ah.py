"""AH, the IP Authentication Header (RFC 4302)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.ipv6_extension import next_header, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

FIXED_LENGTH = 12  # octets before the integrity check value, RFC 4302 §2


def parse(reader: HeaderReader) -> Next | None:
    """Next header, length, security parameters index, sequence number and the integrity check value."""
    following = next_header(reader)
    # RFC 4302 §2.2: counted in units of four octets, less two.
    units = reader.unsigned("Payload Len", 8, lambda units: f"{units * 4 + 8} octets")
    length = units * 4 + 8
    if length < FIXED_LENGTH:
        raise reader.malformed("the header length is under 12 octets", reader.start + 1)
    reader.unsigned("Reserved", 16)
    reader.unsigned("Security Parameters Index", 32, column="ipsec_spi", hexadecimal=True)
    reader.unsigned("Sequence Number", 32, column="ipsec_sequence")
    if length > FIXED_LENGTH:
        reader.raw("Integrity Check Value", length - FIXED_LENGTH)
    return onward(reader, following)


PROTOCOL = Protocol(
    name="ah",
    title="IP Authentication Header",
    layer=Layer.INTERNET,
    reference="RFC 4302",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 51),),
    parse=parse,
)
