"""The extension structure behind the packet that an ICMP error quotes (RFC 4884)."""

from __future__ import annotations

from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.internet.address_fields import take_address

VERSION = 2  # RFC 4884 §7
HEADER_LENGTH = 4  # octets, RFC 4884 §7
LEGACY_QUOTE_LENGTH = 128
"""Octets quoted by senders that do not tell how many they quote (RFC 4884 §5.5)."""

MPLS_LABEL_STACK = 1
INTERFACE_INFORMATION = 2
INTERFACE_IDENTIFICATION = 3

CLASSES = {  # https://www.iana.org/assignments/icmp-parameters, ICMP Extension Object Classes
    0: "reserved",
    1: "MPLS label stack",
    2: "interface information",
    3: "interface identification",
    4: "extended information",
    5: "node identification",
}

INTERFACE_ROLES = {  # RFC 5837 §4.1
    0: "the interface that the packet came in by",
    1: "the sub-IP component that the packet came in by",
    2: "the interface that the packet would have left by",
    3: "the next hop that the packet would have gone to",
}

INTERFACE_STATES = {  # RFC 8335 §3
    0: "reserved",
    1: "incomplete",
    2: "reachable",
    3: "stale",
    4: "delay",
    5: "probe",
    6: "failed",
}

ADDRESS_LENGTHS = {1: 4, 2: 16}
"""Octets by address family number (https://www.iana.org/assignments/address-family-numbers)."""


def read(reader: HeaderReader, quoted_length: int) -> int:
    """Read the structure behind the quoted packet, if there is one; the reader stays before the quote.

    Args:
        reader: stands at the first quoted octet.
        quoted_length: octets quoted by the message's own word; 0 where it does not tell.

    Returns:
        Where the quoted octets end.
    """
    quote_end = reader.position + (quoted_length or LEGACY_QUOTE_LENGTH)
    if quote_end + HEADER_LENGTH > reader.end:
        return reader.end
    if not quoted_length and not _is_structure(reader.octets[quote_end : reader.end]):
        return reader.end
    with reader.elsewhere(quote_end):
        read_structure(reader)
    return quote_end


def _is_structure(octets: bytes) -> bool:
    return octets[0] >> 4 == VERSION and internet_checksum(octets) == 0


def read_structure(reader: HeaderReader) -> None:
    """Read the extension header and its objects, up to the reader's end; broken ones end it."""
    try:
        _read_objects(reader)
    except ParseError as error:
        reader.note("Broken extension", error.reason)


def _read_objects(reader: HeaderReader) -> None:
    octets = reader.octets[reader.position : reader.end]
    reader.unsigned("Extension Version", 4)
    reader.unsigned("Extension Reserved", 12)
    sent = reader.unsigned("Extension Checksum", 16, hexadecimal=True)
    right = not sent or internet_checksum(octets) == 0
    reader.note("Extension checksum status", "good" if right else "bad")
    while reader.remaining >= HEADER_LENGTH:
        length = reader.unsigned("Object Length", 16, "octets")
        if length < HEADER_LENGTH:
            raise reader.malformed("an extension object is shorter than its header", reader.position - 2)
        kind = reader.unsigned("Class-Num", 8, CLASSES)
        subtype = reader.peek(0, 1)
        if kind == INTERFACE_INFORMATION:
            _interface_flags(reader)
        else:
            reader.unsigned("C-Type", 8)
        with reader.restrict_to(length - HEADER_LENGTH, "Object Payload"):
            if kind == MPLS_LABEL_STACK:
                _label_stack(reader)
            elif kind == INTERFACE_INFORMATION:
                _interface_information(reader, subtype)
            elif kind == INTERFACE_IDENTIFICATION:
                _interface_identification(reader, subtype)


def _label_stack(reader: HeaderReader) -> None:
    """RFC 4950 §4: the labels that the quoted packet arrived with."""
    while reader.remaining >= 4:
        reader.unsigned("Label", 20)
        reader.unsigned("Traffic Class", 3)
        reader.unsigned("S", 1, {1: "bottom of the stack"})
        reader.unsigned("TTL", 8)


def _interface_flags(reader: HeaderReader) -> None:
    """RFC 5837 §4.1: the C-Type says which parts follow."""
    reader.unsigned("Interface Role", 2, INTERFACE_ROLES)
    reader.unsigned("Reserved", 2)
    reader.unsigned("ifIndex", 1, {1: "follows"})
    reader.unsigned("IPAddr", 1, {1: "follows"})
    reader.unsigned("name", 1, {1: "follows"})
    reader.unsigned("MTU", 1, {1: "follows"})


def _interface_information(reader: HeaderReader, parts: int) -> None:
    if parts & 8:
        reader.unsigned("Interface Index", 32)
    if parts & 4:
        family = reader.unsigned("AFI", 16, {1: "IPv4", 2: "IPv6"})
        reader.unsigned("Reserved", 16)
        if family not in ADDRESS_LENGTHS:
            return
        take_address(reader, "Interface Address", ADDRESS_LENGTHS[family])
    if parts & 2:
        length = reader.unsigned("Interface Name Length", 8, "octets, this one included")
        if length > 1:
            reader.utf8("Interface Name", length - 1)
    if parts & 1:
        reader.unsigned("Interface MTU", 32, "octets")


def _interface_identification(reader: HeaderReader, by: int) -> None:
    """RFC 8335 §2.1."""
    if by == 1:
        reader.utf8("Interface Name", reader.remaining)
    elif by == 2:
        reader.unsigned("Interface Index", 32)
    elif by == 3:
        reader.unsigned("AFI", 16)
        length = reader.unsigned("Address Length", 8, "octets")
        reader.unsigned("Reserved", 8)
        reader.raw("Address", length)
