"""EAP, the extensible authentication protocol (RFC 3748)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

REQUEST = 1
RESPONSE = 2

CODES = {  # RFC 3748 §4
    REQUEST: "request",
    RESPONSE: "response",
    3: "success",
    4: "failure",
    5: "initiate",  # RFC 6696
    6: "finish",
}

IDENTITY = 1

TYPES = {  # https://www.iana.org/assignments/eap-numbers
    IDENTITY: "identity",
    2: "notification",
    3: "legacy nak",
    4: "MD5 challenge",
    5: "one-time password",
    6: "generic token card",
    13: "EAP-TLS",
    17: "LEAP",
    18: "EAP-SIM",
    21: "EAP-TTLS",
    23: "EAP-AKA",
    25: "PEAP",
    26: "EAP-MSCHAPv2",
    29: "EAP-MSCHAPv2",
    43: "EAP-FAST",
    50: "EAP-AKA'",
    52: "EAP-pwd",
    254: "expanded",
    255: "experimental",
}

HEADER_LENGTH = 4  # octets, RFC 3748 §4


def parse(reader: HeaderReader) -> Next | None:
    """Code, identifier, length; in requests and responses the method and its data."""
    start = reader.position
    code = reader.unsigned("Code", 8, CODES)
    reader.unsigned("Identifier", 8)
    length = reader.unsigned("Length", 16)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 2)
    if code in (REQUEST, RESPONSE) and length > HEADER_LENGTH:
        with reader.restrict_to(length - HEADER_LENGTH, "Type-Data"):
            if reader.unsigned("Type", 8, TYPES) == IDENTITY:
                reader.utf8("Identity", reader.remaining)
    return None


PROTOCOL = Protocol(
    name="eap",
    title="Extensible Authentication Protocol",
    layer=Layer.LINK,
    reference="RFC 3748",
    carried_by=(Carried(Carrier.PPP, 0xC227),),
    parse=parse,
)
