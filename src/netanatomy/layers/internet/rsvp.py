"""RSVP, the Resource Reservation Protocol (RFC 2205): the common header and its objects by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OBJECT_HEADER_LENGTH = 4  # octets, RFC 2205 §3.1.2
HEADER_LENGTH = 8  # octets, RFC 2205 §3.1.1

MESSAGE_TYPES = {  # https://www.iana.org/assignments/rsvp-parameters
    1: "path",
    2: "resv",
    3: "path error",
    4: "resv error",
    5: "path tear",
    6: "resv tear",
    7: "resv confirm",
    12: "bundle",
    13: "ack",
    15: "summary refresh",
    20: "hello",
}

CLASSES = {  # https://www.iana.org/assignments/rsvp-parameters
    1: "session",
    3: "hop",
    4: "integrity",
    5: "time values",
    6: "error",
    7: "scope",
    8: "style",
    9: "flow specification",
    10: "filter specification",
    11: "sender template",
    12: "sender traffic specification",
    13: "advertised specification",
    14: "policy data",
    15: "resv confirm",
    16: "label",
    19: "label request",
    20: "explicit route",
    21: "record route",
    22: "hello",
    23: "message ID",
    24: "message ID ack",
    25: "message ID list",
    37: "protection",
    207: "session attribute",
}


def parse(reader: HeaderReader) -> Next | None:
    """The common header, then the objects."""
    reader.unsigned("Vers", 4)
    reader.unsigned("Flags", 4)
    reader.unsigned("Msg Type", 8, MESSAGE_TYPES)
    reader.unsigned("RSVP Checksum", 16, hexadecimal=True)
    reader.unsigned("Send_TTL", 8)
    reader.unsigned("Reserved", 8)
    length = reader.unsigned("RSVP Length", 16, "octets, header included")
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is under 8 octets", reader.start + 6)
    with reader.restrict_to(length - HEADER_LENGTH):
        while reader.remaining:
            octets = reader.unsigned("Object Length", 16, "octets, header included")
            if octets < OBJECT_HEADER_LENGTH:
                raise reader.malformed("an object is shorter than its header", reader.position - 2)
            reader.unsigned("Class-Num", 8, CLASSES)
            reader.unsigned("C-Type", 8)
            if octets > OBJECT_HEADER_LENGTH:
                reader.raw("Object contents", octets - OBJECT_HEADER_LENGTH)
    return None


PROTOCOL = Protocol(
    name="rsvp",
    title="Resource Reservation Protocol",
    layer=Layer.INTERNET,
    reference="RFC 2205",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 46),),
    parse=parse,
)
