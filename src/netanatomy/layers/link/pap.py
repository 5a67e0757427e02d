"""PAP, PPP's password authentication protocol (RFC 1334 §2)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

AUTHENTICATE_REQUEST = 1

CODES = {AUTHENTICATE_REQUEST: "authenticate request", 2: "authenticate ack", 3: "authenticate nak"}

HEADER_LENGTH = 4  # octets, RFC 1334 §2.2


def parse(reader: HeaderReader) -> Next | None:
    """A name and a password, in the clear; or the verdict."""
    start = reader.position
    code = reader.unsigned("Code", 8, CODES)
    reader.unsigned("Identifier", 8)
    length = reader.unsigned("Length", 16)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 2)
    with reader.restrict_to(length - HEADER_LENGTH):
        if code == AUTHENTICATE_REQUEST:
            reader.utf8("Peer-ID", reader.unsigned("Peer-ID Length", 8))
            reader.utf8("Password", reader.unsigned("Password Length", 8))
        elif code in CODES and reader.remaining:
            reader.utf8("Message", reader.unsigned("Message Length", 8))
    return None


PROTOCOL = Protocol(
    name="pap",
    title="PPP Password Authentication Protocol",
    layer=Layer.LINK,
    reference="RFC 1334",
    carried_by=(Carried(Carrier.PPP, 0xC023),),
    parse=parse,
)
