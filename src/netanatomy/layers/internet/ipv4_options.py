"""The options of IPv4 (RFC 791 §3.1), each read field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader

END_OF_OPTIONS = 0
NO_OPERATION = 1

OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ip-parameters
        0: "end-of-options",
        1: "no-operation",
        7: "record-route",
        10: "experimental-measurement",
        11: "mtu-probe",
        12: "mtu-reply",
        15: "encode",
        25: "quick-start",
        30: "experiment",
        68: "timestamp",
        82: "traceroute",
        94: "experiment",
        130: "security",
        131: "loose-source-route",
        133: "extended-security",
        134: "commercial-security",
        136: "stream-identifier",
        137: "strict-source-route",
        142: "experimental-access-control",
        144: "imi-traffic-descriptor",
        145: "extended-internet-protocol",
        147: "address-extension",
        148: "router-alert",
        149: "selective-directed-broadcast",
        151: "dynamic-packet-state",
        152: "upstream-multicast",
        158: "experiment",
        205: "experimental-flow-control",
        222: "experiment",
    }
)

TIMESTAMP_FLAGS = {  # RFC 791 §3.1
    0: "timestamps only",
    1: "each with the address of its router",
    3: "only by the routers that are named",
}

CLASSIFICATIONS = {  # RFC 1108 §2.3
    0b00000001: "reserved 4",
    0b00111101: "top secret",
    0b01011010: "secret",
    0b10010110: "confidential",
    0b01100110: "reserved 3",
    0b11001100: "reserved 2",
    0b10101011: "unclassified",
    0b11110001: "reserved 1",
}

CIPSO_TAGS = {  # draft-ietf-cipso-ipsecurity-01 §3.4
    1: "restrictive bit map",
    2: "enumerated categories",
    5: "ranges of categories",
    6: "permissive bit map",
    7: "free form",
    128: "local to one machine",
}

QUICK_START_FUNCTIONS = {0: "rate request", 8: "report of approved rate"}  # RFC 4782 §3.1


def read(reader: HeaderReader) -> bytes | None:
    """Read every option up to the reader's end.

    Returns:
        The last address of a source route that is still to be travelled, or None.
    """
    destination: bytes | None = None
    while reader.remaining:
        kind = reader.unsigned("Option Type", 8, _option)
        if kind == END_OF_OPTIONS:
            reader.rest("Padding")
            break
        if kind == NO_OPERATION:
            continue
        if not reader.remaining:
            raise reader.malformed("an option has no length")
        length = reader.unsigned("Option Length", 8)
        if length < 2 or length - 2 > reader.remaining:
            raise reader.malformed("an option is longer than the header", reader.position - 1)
        with reader.restrict_to(length - 2, "Option Data"):
            try:
                if kind in (131, 137):
                    destination = _route(reader) or destination
                elif kind in READERS:
                    READERS[kind](reader)
            except ParseError as error:
                # Where the next option begins is known all the same: a router reads on, and so do we.
                reader.note("Broken Option", str(error), "its data are not what an option of this type holds")
    return destination


def _option(kind: int) -> str:
    name = OPTIONS.get(kind, "unknown")
    return f"{name}, copied into fragments" if kind & 0x80 else name


def _route(reader: HeaderReader) -> bytes | None:
    """Record route and both source routes: a pointer, counted from 1 at the option's type, and addresses."""
    pointer = reader.unsigned("Pointer", 8)
    at = 4
    last: bytes | None = None
    while reader.remaining >= 4:
        last = reader.ipv4("Route Data", "still free" if at >= pointer else "visited")
        at += 4
    return last if pointer < at else None


def _record_route(reader: HeaderReader) -> None:
    _route(reader)


def _timestamp(reader: HeaderReader) -> None:
    pointer = reader.unsigned("Pointer", 8)
    reader.unsigned("Overflow", 4, "routers that found no room")
    flag = reader.unsigned("Flag", 4, TIMESTAMP_FLAGS)
    at = 5
    while reader.remaining >= (4 if flag == 0 else 8):
        if flag:
            reader.ipv4("Internet Address")
        reader.unsigned("Timestamp", 32, "not filled in" if at >= pointer else "ms since midnight UT")
        at += 4 if flag == 0 else 8


def _security(reader: HeaderReader) -> None:
    reader.unsigned("Classification Level", 8, CLASSIFICATIONS)
    reader.rest("Protection Authority Flags")


def _extended_security(reader: HeaderReader) -> None:
    reader.unsigned("Additional Security Information Format Code", 8)
    reader.rest("Additional Security Information")


def _commercial_security(reader: HeaderReader) -> None:
    reader.unsigned("Domain of Interpretation", 32)
    while reader.remaining:
        tag = reader.unsigned("Tag Type", 8, CIPSO_TAGS)
        length = reader.unsigned("Tag Length", 8)
        if length < 2:
            raise reader.malformed("a tag is shorter than its own header", reader.position - 1)
        with reader.restrict_to(length - 2, "Tag Information"):
            if tag in (1, 2, 5):
                reader.unsigned("Alignment Octet", 8)
                reader.unsigned("Sensitivity Level", 8)
            if tag == 1:
                reader.rest("Bit Map of Categories")
            while tag == 2 and reader.remaining >= 2:
                reader.unsigned("Category", 16)
            while tag == 5 and reader.remaining >= 4:
                reader.unsigned("Top Category", 16)
                reader.unsigned("Bottom Category", 16)


def _stream_identifier(reader: HeaderReader) -> None:
    reader.unsigned("Stream ID", 16)


def _maximum_transmission_unit(reader: HeaderReader) -> None:
    reader.unsigned("MTU", 16, "octets")


def _quick_start(reader: HeaderReader) -> None:
    reader.unsigned("Function", 4, QUICK_START_FUNCTIONS)
    reader.unsigned("Rate", 4, lambda rate: f"{40_000 * 2**rate} bits/s" if rate else "none")
    reader.unsigned("QS TTL", 8)
    reader.unsigned("QS Nonce", 30, hexadecimal=True)
    reader.unsigned("Reserved", 2)


def _traceroute(reader: HeaderReader) -> None:
    reader.unsigned("ID Number", 16)
    reader.unsigned("Outbound Hop Count", 16)
    reader.unsigned("Return Hop Count", 16, {0xFFFF: "this is the outbound packet"})
    reader.ipv4("Originator IP Address")


def _router_alert(reader: HeaderReader) -> None:
    reader.unsigned("Value", 16, {0: "every router on the way looks into the packet"})


def _directed_broadcast(reader: HeaderReader) -> None:
    while reader.remaining >= 4:
        reader.ipv4("Destination Address")


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        7: _record_route,
        11: _maximum_transmission_unit,  # RFC 1063 §4
        12: _maximum_transmission_unit,
        25: _quick_start,  # RFC 4782 §3.1
        68: _timestamp,
        82: _traceroute,  # RFC 1393 §2.2
        130: _security,  # RFC 1108 §2
        133: _extended_security,  # RFC 1108 §3
        134: _commercial_security,
        136: _stream_identifier,
        148: _router_alert,  # RFC 2113 §2.1
        149: _directed_broadcast,  # RFC 1770 §3
    }
)
