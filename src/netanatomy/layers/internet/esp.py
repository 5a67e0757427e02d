"""ESP, the IP Encapsulating Security Payload (RFC 4303)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Security parameters index and sequence number; the rest is encrypted."""
    reader.unsigned("Security Parameters Index", 32, column="ipsec_spi", hexadecimal=True)
    reader.unsigned("Sequence Number", 32, column="ipsec_sequence")
    reader.note("Payload", "encrypted", "what follows cannot be read without the key")
    return None


PROTOCOL = Protocol(
    name="esp",
    title="IP Encapsulating Security Payload",
    layer=Layer.INTERNET,
    reference="RFC 4303",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 50),),
    parse=parse,
)
