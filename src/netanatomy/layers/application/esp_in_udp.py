"""UDP encapsulation of IPsec (RFC 3948): ESP, IKE behind a marker, and keepalives on one port."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

KEEPALIVE = 0xFF  # RFC 3948 §2.3
NON_ESP_MARKER = 0  # RFC 3948 §2.2: an SPI is never zero

ESP_LENGTH = 8  # octets of index and sequence number, RFC 4303 §2
MARKED_IKE_LENGTH = 32  # octets of marker and IKE header, RFC 3948 §2.2


def parse(reader: HeaderReader) -> Next | None:
    """One octet is a keepalive; four zero octets stand before IKE; anything else is ESP."""
    if reader.remaining == 1 and reader.peek(0, 1) == KEEPALIVE:
        reader.unsigned("NAT-keepalive", 8, "keeps a NAT from forgetting the mapping", hexadecimal=True)
        return None
    if reader.peek(0, 4) == NON_ESP_MARKER:
        reader.unsigned("Non-ESP Marker", 32, "IKE follows", hexadecimal=True)
        return Next(Carrier.NAMED, name="ike")
    reader.note("Encapsulation", "ESP", "no marker: what follows is ESP")
    return Next(Carrier.NAMED, name="esp")


def fits(octets: bytes) -> bool:
    """A keepalive, an IKE header behind its marker, or the beginning of ESP."""
    if len(octets) < ESP_LENGTH:
        return octets == bytes((KEEPALIVE,))
    return octets[:4] != bytes(4) or len(octets) >= MARKED_IKE_LENGTH


PROTOCOL = Protocol(
    name="esp-in-udp",
    title="UDP encapsulation of IPsec ESP packets",
    layer=Layer.APPLICATION,
    reference="RFC 3948",
    carried_by=(Carried(Carrier.UDP_PORT, 4500),),
    parse=parse,
    fits=fits,
)
