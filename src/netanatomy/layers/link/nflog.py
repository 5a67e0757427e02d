"""NFLOG: packets that Linux's netfilter logs, with what it knows of them."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

IPV4 = 2
IPV6 = 10

FAMILIES = {IPV4: "IPv4", 7: "bridge", IPV6: "IPv6"}  # AF_ numbers of Linux

PACKET_HEADER = 1
MARK = 2
PAYLOAD = 9
PREFIX = 10

TYPES = {  # NFULA_, include/uapi/linux/netfilter/nfnetlink_log.h
    PACKET_HEADER: "packet header",
    MARK: "mark",
    3: "timestamp",
    4: "input interface",
    5: "output interface",
    6: "input physical interface",
    7: "output physical interface",
    8: "hardware address",
    PAYLOAD: "payload",
    PREFIX: "prefix",
    11: "user",
    12: "sequence number",
    13: "global sequence number",
    14: "group",
    15: "hardware type",
    16: "hardware header",
    17: "hardware header length",
    18: "connection tracking",
    19: "connection tracking information",
    20: "VLAN",
    21: "layer 2 header",
}

HEADER_LENGTH = 4  # octets of a type-length-value before the value, which its length counts
NUMBER_LENGTH = 4
LARGEST_TYPE = 255
"""No type is greater: how the machine's byte order shows."""


def parse(reader: HeaderReader) -> Next | None:
    """The header, and type-length-values up to the one that holds the packet."""
    family = reader.unsigned("Family", 8, FAMILIES, column="nflog_family")
    reader.unsigned("Version", 8)
    reader.unsigned("Resource Identifier", 16, column="nflog_resource")
    swapped = reader.remaining >= HEADER_LENGTH and _is_big_endian(reader)
    while reader.remaining >= HEADER_LENGTH:
        start = reader.position
        length = _number(reader, "TLV Length", 2, swapped)
        kind = _kind(reader, swapped)
        if length < HEADER_LENGTH:
            raise reader.malformed("a type-length-value is shorter than its own header", start)
        length -= HEADER_LENGTH
        if kind == PAYLOAD:
            return _payload(reader, family, length)
        _value(reader, kind, length)
        padding = min(-length % 4, reader.remaining)
        if padding:
            reader.raw("Padding", padding)
    return None


def _is_big_endian(reader: HeaderReader) -> bool:
    """The numbers are in the byte order of the machine that captured."""
    return reader.peek(2, 2) <= LARGEST_TYPE


def _number(reader: HeaderReader, name: str, octets: int, big_endian: bool) -> int:
    return reader.unsigned(name, octets * 8) if big_endian else reader.little_endian(name, octets)


def _kind(reader: HeaderReader, big_endian: bool) -> int:
    if big_endian:
        return reader.unsigned("TLV Type", 16, TYPES)
    return reader.little_endian("TLV Type", 2, TYPES)


def _value(reader: HeaderReader, kind: int, length: int) -> None:
    with reader.restrict_to(length, "TLV Value"):
        if kind == PACKET_HEADER and length == NUMBER_LENGTH:
            reader.unsigned("Hardware Protocol", 16, hexadecimal=True)
            reader.unsigned("Hook", 8)
        elif kind == PREFIX:
            reader.utf8("Prefix", length)
        elif kind in TYPES and length == NUMBER_LENGTH:
            reader.unsigned(TYPES[kind].capitalize(), 32)


def _payload(reader: HeaderReader, family: int, length: int) -> Next | None:
    end = min(reader.end, reader.position + length)
    if family == IPV4:
        return Next(Carrier.NAMED, name="ipv4", end=end)
    if family == IPV6:
        return Next(Carrier.NAMED, name="ipv6", end=end)
    return None


PROTOCOL = Protocol(
    name="nflog",
    title="Netfilter log",
    layer=Layer.LINK,
    reference="LINKTYPE_NFLOG",
    carried_by=(Carried(Carrier.LINK_TYPE, 239),),
    parse=parse,
)
