"""The chunks of SCTP (RFC 9260 §3.3), and those that other documents added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader

HEADER_LENGTH = 4  # octets of a chunk's or a parameter's header, RFC 9260 §3.2

TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/sctp-parameters
        0: "DATA",
        1: "INIT",
        2: "INIT ACK",
        3: "SACK",
        4: "HEARTBEAT",
        5: "HEARTBEAT ACK",
        6: "ABORT",
        7: "SHUTDOWN",
        8: "SHUTDOWN ACK",
        9: "ERROR",
        10: "COOKIE ECHO",
        11: "COOKIE ACK",
        12: "ECNE",
        13: "CWR",
        14: "SHUTDOWN COMPLETE",
        15: "AUTH",
        64: "I-DATA",
        128: "ASCONF-ACK",
        130: "RE-CONFIG",
        132: "PAD",
        192: "FORWARD TSN",
        193: "ASCONF",
        194: "I-FORWARD-TSN",
    }
)

PARAMETERS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/sctp-parameters
        1: "heartbeat info",
        5: "IPv4 address",
        6: "IPv6 address",
        7: "state cookie",
        8: "unrecognised parameters",
        9: "cookie preservative",
        11: "host name address (deprecated)",
        12: "supported address types",
        13: "outgoing SSN reset request",
        14: "incoming SSN reset request",
        15: "SSN/TSN reset request",
        16: "re-configuration response",
        17: "add outgoing streams request",
        18: "add incoming streams request",
        0x8000: "ECN capable",
        0x8001: "zero checksum acceptable",
        0x8002: "random",
        0x8003: "chunk list",
        0x8004: "requested HMAC algorithm",
        0x8005: "padding",
        0x8008: "supported extensions",
        0xC000: "forward TSN supported",
        0xC001: "add IP address",
        0xC002: "delete IP address",
        0xC003: "error cause indication",
        0xC004: "set primary address",
        0xC005: "success indication",
        0xC006: "adaptation layer indication",
    }
)

CAUSES: Mapping[int, str] = MappingProxyType(
    {  # RFC 9260 §3.3.10
        1: "invalid stream identifier",
        2: "missing mandatory parameter",
        3: "stale cookie",
        4: "out of resource",
        5: "unresolvable address",
        6: "unrecognised chunk type",
        7: "invalid mandatory parameter",
        8: "unrecognised parameters",
        9: "no user data",
        10: "cookie received while shutting down",
        11: "restart of an association with new addresses",
        12: "user-initiated abort",
        13: "protocol violation",
        160: "request to delete last remaining address",
        161: "refused for lack of resources",
        162: "request to delete source address",
        163: "refused for lack of authorization",
        261: "unsupported HMAC identifier",
    }
)

PAYLOAD_PROTOCOLS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/sctp-parameters, Payload Protocol Identifiers
        0: "unspecified",
        1: "IUA",
        2: "M2UA",
        3: "M3UA",
        4: "SUA",
        5: "M2PA",
        6: "V5UA",
        7: "H.248",
        18: "S1AP",
        27: "X2AP",
        46: "Diameter",
        47: "Diameter over DTLS",
        50: "WebRTC control",
        51: "WebRTC string",
        53: "WebRTC binary",
        60: "NGAP",
        61: "XnAP",
    }
)


def read(reader: HeaderReader) -> None:
    """Read every chunk up to the reader's end."""
    first = True
    while reader.remaining:
        kind = reader.unsigned("Chunk Type", 8, TYPES, column="sctp_chunk_type" if first else "")
        first = False
        if kind in (0, 64):
            _data_flags(reader)
        elif kind in (6, 14):
            reader.unsigned("Reserved", 7)
            reader.unsigned("T", 1, {1: "the tag is the sender's own"})
        else:
            reader.unsigned("Chunk Flags", 8, hexadecimal=True)
        length = reader.unsigned("Chunk Length", 16, "octets, header included")
        if length < HEADER_LENGTH:
            raise reader.malformed("a chunk is shorter than its header", reader.position - 2)
        with reader.restrict_to(length - HEADER_LENGTH, "Chunk Value"):
            if kind in READERS:
                READERS[kind](reader)
        _pad(reader, length)


def _pad(reader: HeaderReader, length: int) -> None:
    """RFC 9260 §3.2: up to four octets, and the last may be left out by the sender."""
    padding = min(-length % 4, reader.remaining)
    if padding:
        reader.raw("Padding", padding)


def _data_flags(reader: HeaderReader) -> None:
    reader.unsigned("Res", 4)
    reader.unsigned("I", 1, {1: "to be acknowledged at once"})
    reader.unsigned("U", 1, {1: "unordered"})
    reader.unsigned("B", 1, {1: "the first piece of a message"})
    reader.unsigned("E", 1, {1: "the last piece of a message"})


def _data(reader: HeaderReader) -> None:
    reader.unsigned("TSN", 32)
    reader.unsigned("Stream Identifier", 16)
    reader.unsigned("Stream Sequence Number", 16)
    reader.unsigned("Payload Protocol Identifier", 32, PAYLOAD_PROTOCOLS)
    reader.rest("User Data")


def _interleaved_data(reader: HeaderReader) -> None:
    """RFC 8260 §2.1."""
    reader.unsigned("TSN", 32)
    reader.unsigned("Stream Identifier", 16)
    reader.unsigned("Reserved", 16)
    reader.unsigned("Message Identifier", 32)
    reader.unsigned("Payload Protocol Identifier / Fragment Sequence Number", 32)
    reader.rest("User Data")


def _init(reader: HeaderReader) -> None:
    reader.unsigned("Initiate Tag", 32, hexadecimal=True)
    reader.unsigned("Advertised Receiver Window Credit", 32, "octets")
    reader.unsigned("Number of Outbound Streams", 16)
    reader.unsigned("Number of Inbound Streams", 16)
    reader.unsigned("Initial TSN", 32)
    _parameters(reader)


def _parameters(reader: HeaderReader) -> None:
    while reader.remaining >= HEADER_LENGTH:
        kind = reader.unsigned("Parameter Type", 16, PARAMETERS)
        length = reader.unsigned("Parameter Length", 16, "octets, header included")
        if length < HEADER_LENGTH:
            raise reader.malformed("a parameter is shorter than its header", reader.position - 2)
        with reader.restrict_to(length - HEADER_LENGTH, "Parameter Value"):
            if kind == 5:
                reader.ipv4("IPv4 Address")
            elif kind == 6:
                reader.ipv6("IPv6 Address")
            elif kind == 12:
                while reader.remaining >= 2:
                    reader.unsigned("Address Type", 16, PARAMETERS)
            elif kind == 0x8008:
                while reader.remaining:
                    reader.unsigned("Chunk Type", 8, TYPES)
        _pad(reader, length)


def _selective_acknowledgment(reader: HeaderReader) -> None:
    reader.unsigned("Cumulative TSN Ack", 32)
    reader.unsigned("Advertised Receiver Window Credit", 32, "octets")
    gaps = reader.unsigned("Number of Gap Ack Blocks", 16)
    duplicates = reader.unsigned("Number of Duplicate TSNs", 16)
    for _ in range(gaps):
        reader.unsigned("Gap Ack Block Start", 16)
        reader.unsigned("Gap Ack Block End", 16)
    for _ in range(duplicates):
        reader.unsigned("Duplicate TSN", 32)


def _causes(reader: HeaderReader) -> None:
    while reader.remaining >= HEADER_LENGTH:
        reader.unsigned("Cause Code", 16, CAUSES)
        length = reader.unsigned("Cause Length", 16, "octets, header included")
        if length < HEADER_LENGTH:
            raise reader.malformed("a cause is shorter than its header", reader.position - 2)
        if length > HEADER_LENGTH:
            reader.raw("Cause-Specific Information", length - HEADER_LENGTH)
        _pad(reader, length)


def _shutdown(reader: HeaderReader) -> None:
    reader.unsigned("Cumulative TSN Ack", 32)


def _cookie(reader: HeaderReader) -> None:
    reader.rest("Cookie")


def _lowest_number(reader: HeaderReader) -> None:
    reader.unsigned("Lowest TSN Number", 32)


def _authentication(reader: HeaderReader) -> None:
    """RFC 4895 §4.1."""
    reader.unsigned("Shared Key Identifier", 16)
    reader.unsigned("HMAC Identifier", 16, {1: "SHA-1", 3: "SHA-256"})
    reader.rest("HMAC")


def _address_configuration(reader: HeaderReader) -> None:
    """RFC 5061 §4.1."""
    reader.unsigned("Sequence Number", 32)
    _parameters(reader)


def _forward(reader: HeaderReader) -> None:
    """RFC 3758 §3.2."""
    reader.unsigned("New Cumulative TSN", 32)
    while reader.remaining >= 4:
        reader.unsigned("Stream", 16)
        reader.unsigned("Stream Sequence", 16)


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        0: _data,
        1: _init,
        2: _init,
        3: _selective_acknowledgment,
        4: _parameters,
        5: _parameters,
        6: _causes,
        7: _shutdown,
        9: _causes,
        10: _cookie,
        12: _lowest_number,
        13: _lowest_number,
        15: _authentication,
        64: _interleaved_data,
        128: _address_configuration,
        130: _parameters,
        192: _forward,
        193: _address_configuration,
    }
)
