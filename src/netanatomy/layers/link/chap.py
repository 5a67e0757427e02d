"""CHAP, PPP's challenge handshake authentication protocol (RFC 1994)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

CHALLENGE = 1
RESPONSE = 2

CODES = {CHALLENGE: "challenge", RESPONSE: "response", 3: "success", 4: "failure"}

HEADER_LENGTH = 4  # octets, RFC 1994 §4


def parse(reader: HeaderReader) -> Next | None:
    """A value and a name, or the verdict with a message."""
    start = reader.position
    code = reader.unsigned("Code", 8, CODES)
    reader.unsigned("Identifier", 8)
    length = reader.unsigned("Length", 16)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 2)
    with reader.restrict_to(length - HEADER_LENGTH):
        if code in (CHALLENGE, RESPONSE):
            reader.raw("Value", reader.unsigned("Value-Size", 8))
            reader.utf8("Name", reader.remaining)
        elif code in CODES:
            reader.utf8("Message", reader.remaining)
    return None


PROTOCOL = Protocol(
    name="chap",
    title="PPP Challenge Handshake Authentication Protocol",
    layer=Layer.LINK,
    reference="RFC 1994",
    carried_by=(Carried(Carrier.PPP, 0xC223),),
    parse=parse,
)
