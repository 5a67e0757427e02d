"""PKTAP: a header of macOS that says which process a packet belongs to."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

RAW_IP_OF_BSD = frozenset({12, 14})
"""DLT_RAW as the systems number it; in captures it is LINKTYPE_RAW."""

RAW_IP = 101
HEADER_LENGTH = 108
"""Octets of the fields that all versions have."""


def parse(reader: HeaderReader) -> Next | None:
    """Length, link type, interface, and process; little-endian."""
    start = reader.position
    length = reader.little_endian("Length", 4)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start)
    reader.need(length - 4)
    reader.little_endian("Record Type", 4, {1: "packet"})
    link_type = reader.little_endian("Data Link Type", 4)
    reader.utf8("Interface Name", 24)
    reader.little_endian("Flags", 4)
    reader.little_endian("Protocol Family", 4)
    reader.little_endian("Link Header Length", 4)
    reader.little_endian("Link Trailer Length", 4)
    reader.little_endian("Process Identifier", 4)
    reader.utf8("Command Name", 20)
    reader.little_endian("Service Class", 4)
    reader.little_endian("Interface Type", 2)
    reader.little_endian("Interface Unit", 2)
    reader.little_endian("Effective Process Identifier", 4)
    reader.utf8("Effective Command Name", 20)
    if length > HEADER_LENGTH:
        reader.raw("Further octets", length - HEADER_LENGTH)
    return Next(Carrier.LINK_TYPE, RAW_IP if link_type in RAW_IP_OF_BSD else link_type)


PROTOCOL = Protocol(
    name="pktap",
    title="Apple PKTAP",
    layer=Layer.LINK,
    reference="LINKTYPE_PKTAP",
    carried_by=(Carried(Carrier.LINK_TYPE, 258), Carried(Carrier.LINK_TYPE, 149)),
    parse=parse,
)
