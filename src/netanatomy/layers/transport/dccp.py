"""DCCP, the Datagram Congestion Control Protocol (RFC 4340)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.layers.transport.port_fields import take_ports

REQUEST, RESPONSE, DATA, ACK, DATA_ACK, CLOSE_REQUEST, CLOSE, RESET, SYNC, SYNC_ACK = range(10)

TYPES = {  # RFC 4340 §5.1
    REQUEST: "request",
    RESPONSE: "response",
    DATA: "data",
    ACK: "ack",
    DATA_ACK: "data and ack",
    CLOSE_REQUEST: "close request",
    CLOSE: "close",
    RESET: "reset",
    SYNC: "sync",
    SYNC_ACK: "sync ack",
}

RESET_CODES = {  # RFC 4340 §5.6
    0: "unspecified",
    1: "closed",
    2: "aborted",
    3: "no connection",
    4: "packet error",
    5: "option error",
    6: "mandatory error",
    7: "connection refused",
    8: "bad service code",
    9: "too busy",
    10: "bad init cookie",
    11: "aggression penalty",
}

OPTIONS = {  # RFC 4340 §5.8
    0: "padding",
    1: "mandatory",
    2: "slow receiver",
    32: "change L",
    33: "confirm L",
    34: "change R",
    35: "confirm R",
    36: "init cookie",
    37: "NDP count",
    38: "ack vector, nonce 0",
    39: "ack vector, nonce 1",
    40: "data dropped",
    41: "timestamp",
    42: "timestamp echo",
    43: "elapsed time",
    44: "data checksum",
}

FIRST_LONG_OPTION = 32  # options below are a single octet, RFC 4340 §5.8


def parse(reader: HeaderReader) -> Next | None:
    """The generic header, the type's own fields, and the options up to the data offset."""
    start = reader.start
    take_ports(reader, "dccp")
    offset = reader.unsigned("Data Offset", 8, lambda words: f"{words * 4} octets of header") * 4
    reader.unsigned("CCVal", 4)
    words = reader.unsigned("CsCov", 4, {0: "the whole packet", 1: "the header only"})
    sent = reader.unsigned("Checksum", 16, column="transport_checksum", hexadecimal=True)
    if reader.pseudo_header is not None:
        covered = min(reader.end - start, offset + (words - 1) * 4) if words else None
        status = transport_checksum_status(reader, sent, covered=covered)
        reader.note("Checksum status", status, column="transport_checksum_status")
    reader.unsigned("Res", 3)
    kind = reader.unsigned("Type", 4, TYPES)
    wide = reader.unsigned("X", 1, {0: "sequence numbers of 24 bits", 1: "sequence numbers of 48 bits"})
    if wide:
        reader.unsigned("Reserved", 8)
    reader.unsigned("Sequence Number", 48 if wide else 24)
    if kind not in (REQUEST, DATA):
        reader.unsigned("Reserved", 16 if wide else 8)
        reader.unsigned("Acknowledgement Number", 48 if wide else 24)
    if kind in (REQUEST, RESPONSE):
        reader.unsigned("Service Code", 32, hexadecimal=True)
    if kind == RESET:
        reader.unsigned("Reset Code", 8, RESET_CODES)
        reader.raw("Data 1, 2 and 3", 3)
    if start + offset < reader.position:
        raise reader.malformed("the data offset is inside the header", start + 4)
    with reader.restrict_to(start + offset - reader.position):
        while reader.remaining:
            option = reader.unsigned("Option Type", 8, OPTIONS)
            if option < FIRST_LONG_OPTION:
                continue
            length = reader.unsigned("Option Length", 8)
            if length < 2:
                raise reader.malformed("an option is shorter than its header", reader.position - 1)
            if length > 2:
                reader.raw("Option Data", length - 2)
    return None


PROTOCOL = Protocol(
    name="dccp",
    title="Datagram Congestion Control Protocol",
    layer=Layer.TRANSPORT,
    reference="RFC 4340",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 33),),
    parse=parse,
)
