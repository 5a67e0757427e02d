"""OSPF, Open Shortest Path First, versions 2 and 3 (RFC 2328, RFC 5340)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum, transport_checksum_status
from netanatomy.layers.internet.address_fields import take_ipv4
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HELLO, DESCRIPTION, REQUEST, UPDATE, ACKNOWLEDGMENT = range(1, 6)

TYPES = {  # RFC 2328 §A.3.1
    HELLO: "hello",
    DESCRIPTION: "database description",
    REQUEST: "link state request",
    UPDATE: "link state update",
    ACKNOWLEDGMENT: "link state acknowledgment",
}

AUTHENTICATION_TYPES = {0: "none", 1: "simple password", 2: "cryptographic"}  # RFC 2328 §D

HEADER_LENGTH = {2: 24, 3: 16}  # octets, RFC 2328 §A.3.1, RFC 5340 §A.3.1

STATE_TYPES = {  # RFC 2328 §A.4.1; RFC 5250 for 9 to 11
    1: "router",
    2: "network",
    3: "summary (network)",
    4: "summary (AS boundary router)",
    5: "AS external",
    6: "group membership",
    7: "NSSA external",
    9: "opaque, of the link",
    10: "opaque, of the area",
    11: "opaque, of the AS",
}

STATE_TYPES_VERSION_3 = {  # RFC 5340 §A.4.2.1
    0x0008: "link",
    0x2001: "router",
    0x2002: "network",
    0x2003: "inter-area prefix",
    0x2004: "inter-area router",
    0x2007: "NSSA",
    0x2009: "intra-area prefix",
    0x4005: "AS external",
}

STATE_HEADER_LENGTH = 20  # octets, RFC 2328 §A.4.1, RFC 5340 §A.4.2


def parse(reader: HeaderReader) -> Next | None:
    """The common header, then what the type says."""
    version = reader.unsigned("Version", 8, column="ospf_version")
    if version not in HEADER_LENGTH:
        raise reader.malformed("the version is neither 2 nor 3", reader.start)
    kind = reader.unsigned("Type", 8, TYPES, column="ospf_type")
    length = reader.unsigned("Packet Length", 16, "octets")
    reader.unsigned("Router ID", 32, _dotted, column="ospf_router_id")
    reader.unsigned("Area ID", 32, _dotted, column="ospf_area")
    sent = reader.unsigned("Checksum", 16, hexadecimal=True)
    if version == 2:
        _authentication(reader, length)
    else:
        reader.note("Checksum status", transport_checksum_status(reader, sent, length))
        reader.unsigned("Instance ID", 8)
        reader.unsigned("0", 8)
    if length < HEADER_LENGTH[version]:
        raise reader.malformed("the packet length is shorter than the header", reader.start + 2)
    with reader.restrict_to(length - HEADER_LENGTH[version]):
        if kind == HELLO:
            (_hello_version_2 if version == 2 else _hello_version_3)(reader)
        elif kind == DESCRIPTION:
            _description(reader, version)
        elif kind == REQUEST:
            _request(reader, version)
        elif kind == UPDATE:
            _update(reader, version)
        elif kind == ACKNOWLEDGMENT:
            while reader.remaining >= STATE_HEADER_LENGTH:
                _state_header(reader, version)
    return None


def _dotted(value: int) -> str:
    return ".".join(str(octet) for octet in value.to_bytes(4, "big"))


def _authentication(reader: HeaderReader, length: int) -> None:
    kind = reader.unsigned("AuType", 16, AUTHENTICATION_TYPES)
    if kind == 2:
        # RFC 2328 §D.3: the digest behind the packet takes the checksum's place.
        reader.unsigned("0", 16)
        reader.unsigned("Key ID", 8)
        reader.unsigned("Auth Data Len", 8, "octets behind the packet")
        reader.unsigned("Cryptographic sequence number", 32)
        return
    octets = reader.octets[reader.start : min(reader.end, reader.start + length)]
    if len(octets) < length:
        status = "unverified"
    else:
        # RFC 2328 §A.3.1: over the whole packet but the authentication.
        status = "good" if internet_checksum(octets[:16] + octets[24:]) == 0 else "bad"
    reader.note("Checksum status", status)
    reader.raw("Authentication", 8, "a password in plain text" if kind == 1 else "")


def _options(reader: HeaderReader) -> None:
    """RFC 2328 §A.2, RFC 5250 §A.1, RFC 4576 §1."""
    reader.unsigned("DN", 1)
    reader.unsigned("O", 1, {1: "takes opaque LSAs"})
    reader.unsigned("DC", 1, {1: "demand circuits"})
    reader.unsigned("L", 1, {1: "link-local signalling"})
    reader.unsigned("N/P", 1, {1: "not-so-stubby area"})
    reader.unsigned("MC", 1, {1: "multicast"})
    reader.unsigned("E", 1, {0: "stub area", 1: "takes AS external LSAs"})
    reader.unsigned("MT", 1, {1: "multi-topology"})


def _options_version_3(reader: HeaderReader) -> None:
    """RFC 5340 §A.2."""
    reader.unsigned("Reserved", 18)
    reader.unsigned("DC", 1, {1: "demand circuits"})
    reader.unsigned("R", 1, {0: "does not route", 1: "an active router"})
    reader.unsigned("N", 1, {1: "not-so-stubby area"})
    reader.unsigned("x", 1)
    reader.unsigned("E", 1, {0: "stub area", 1: "takes AS external LSAs"})
    reader.unsigned("V6", 1, {1: "to be used for IPv6 routes"})


def _hello_version_2(reader: HeaderReader) -> None:
    reader.ipv4("Network Mask")
    reader.unsigned("HelloInterval", 16, "s")
    _options(reader)
    reader.unsigned("Rtr Pri", 8, {0: "will not be designated router"})
    reader.unsigned("RouterDeadInterval", 32, "s")
    take_ipv4(reader, "Designated Router")
    take_ipv4(reader, "Backup Designated Router")
    while reader.remaining >= 4:
        reader.ipv4("Neighbor")


def _hello_version_3(reader: HeaderReader) -> None:
    reader.unsigned("Interface ID", 32)
    reader.unsigned("Rtr Priority", 8, {0: "will not be designated router"})
    _options_version_3(reader)
    reader.unsigned("HelloInterval", 16, "s")
    reader.unsigned("RouterDeadInterval", 16, "s")
    reader.unsigned("Designated Router ID", 32, _dotted)
    reader.unsigned("Backup Designated Router ID", 32, _dotted)
    while reader.remaining >= 4:
        reader.unsigned("Neighbor ID", 32, _dotted)


def _description(reader: HeaderReader, version: int) -> None:
    if version == 2:
        reader.unsigned("Interface MTU", 16, "octets")
        _options(reader)
    else:
        reader.unsigned("0", 8)
        _options_version_3(reader)
        reader.unsigned("Interface MTU", 16, "octets")
        reader.unsigned("0", 8)
    reader.unsigned("0", 5)
    reader.unsigned("I", 1, {1: "the first of the exchange"})
    reader.unsigned("M", 1, {1: "more follow"})
    reader.unsigned("MS", 1, {0: "slave", 1: "master"})
    reader.unsigned("DD sequence number", 32)
    while reader.remaining >= STATE_HEADER_LENGTH:
        _state_header(reader, version)


def _request(reader: HeaderReader, version: int) -> None:
    while reader.remaining >= 12:
        if version == 2:
            reader.unsigned("LS type", 32, STATE_TYPES)
        else:
            reader.unsigned("0", 16)
            reader.unsigned("LS Type", 16, STATE_TYPES_VERSION_3, hexadecimal=True)
        reader.unsigned("Link State ID", 32, _dotted)
        reader.unsigned("Advertising Router", 32, _dotted)


def _update(reader: HeaderReader, version: int) -> None:
    for _ in range(reader.unsigned("# LSAs", 32)):
        length = _state_header(reader, version)
        if length < STATE_HEADER_LENGTH:
            raise reader.malformed("an LSA is shorter than its header", reader.position - 2)
        if length > STATE_HEADER_LENGTH:
            reader.raw("LSA body", length - STATE_HEADER_LENGTH)


def _state_header(reader: HeaderReader, version: int) -> int:
    """The header of a link state advertisement; gives its length."""
    reader.unsigned("LS age", 16, "s")
    if version == 2:
        _options(reader)
        reader.unsigned("LS type", 8, STATE_TYPES)
    else:
        reader.unsigned("LS Type", 16, STATE_TYPES_VERSION_3, hexadecimal=True)
    reader.unsigned("Link State ID", 32, _dotted)
    reader.unsigned("Advertising Router", 32, _dotted)
    reader.unsigned("LS sequence number", 32, hexadecimal=True)
    reader.unsigned("LS checksum", 16, hexadecimal=True)
    return reader.unsigned("length", 16, "octets")


PROTOCOL = Protocol(
    name="ospf",
    title="Open Shortest Path First",
    layer=Layer.INTERNET,
    reference="RFC 2328",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 89),),
    parse=parse,
)
