"""PPPoE, PPP over Ethernet (RFC 2516)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

SESSION_DATA = 0x00

CODES = {  # RFC 2516 §5
    SESSION_DATA: "session data",
    0x07: "PADO, offer",
    0x09: "PADI, initiation",
    0x0A: "PADG, grant",  # RFC 5578
    0x0B: "PADC, credit response",
    0x0C: "PADQ, quality",
    0x19: "PADR, request",
    0x65: "PADS, session confirmation",
    0xA7: "PADT, terminate",
}

END_OF_LIST = 0x0000
SERVICE_NAME = 0x0101
ACCESS_CONCENTRATOR_NAME = 0x0102

TAGS = {  # RFC 2516 appendix A
    END_OF_LIST: "end of list",
    SERVICE_NAME: "service name",
    ACCESS_CONCENTRATOR_NAME: "access concentrator's name",
    0x0103: "host-unique",
    0x0104: "access concentrator's cookie",
    0x0105: "vendor-specific",
    0x0106: "credits",  # RFC 5578
    0x0107: "metrics",
    0x0108: "sequence number",
    0x0109: "credit scale factor",
    0x0110: "relay session identifier",
    0x0120: "PPP maximum payload",  # RFC 4638
    0x0201: "service name error",
    0x0202: "access concentrator's system error",
    0x0203: "generic error",
}

TEXTS = frozenset({SERVICE_NAME, ACCESS_CONCENTRATOR_NAME, 0x0201, 0x0202, 0x0203})


def parse(reader: HeaderReader) -> Next | None:
    """The header, and in the discovery stage its tags."""
    reader.unsigned("Version", 4)
    reader.unsigned("Type", 4)
    code = reader.unsigned("Code", 8, CODES, column="pppoe_code", hexadecimal=True)
    reader.unsigned("Session Identifier", 16, column="pppoe_session_id", hexadecimal=True)
    length = reader.unsigned("Length", 16)
    if code == SESSION_DATA:
        return Next(Carrier.NAMED, name="ppp", end=min(reader.end, reader.position + length))
    with reader.restrict_to(length, "Further octets"):
        _tags(reader)
    return None


def _tags(reader: HeaderReader) -> None:
    while reader.remaining:
        kind = reader.unsigned("Tag Type", 16, TAGS, hexadecimal=True)
        length = reader.unsigned("Tag Length", 16)
        if kind in TEXTS:
            reader.utf8("Tag Value", length)
        else:
            reader.raw("Tag Value", length)
        if kind == END_OF_LIST:
            break


PROTOCOL = Protocol(
    name="pppoe",
    title="PPP over Ethernet",
    layer=Layer.LINK,
    reference="RFC 2516",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x8863),  # discovery stage
        Carried(Carrier.ETHERTYPE, 0x8864),  # session stage
        Carried(Carrier.LINK_TYPE, 51),
    ),
    parse=parse,
)
