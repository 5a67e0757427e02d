"""The packets that all of PPP's control protocols share (RFC 1661 §5, §6)."""

from __future__ import annotations

from collections.abc import Mapping, Set

from netanatomy.layers.header import HeaderReader

CODES = {  # RFC 1661 §5
    1: "configure request",
    2: "configure ack",
    3: "configure nak",
    4: "configure reject",
    5: "terminate request",
    6: "terminate ack",
    7: "code reject",
    8: "protocol reject",
    9: "echo request",
    10: "echo reply",
    11: "discard request",
    12: "identification",  # RFC 1570
    13: "time remaining",
    14: "reset request",  # RFC 1962
    15: "reset ack",
}

WITH_OPTIONS = frozenset({1, 2, 3, 4})
WITH_MAGIC_NUMBER = frozenset({9, 10, 11, 12, 13})
PROTOCOL_REJECT = 8

HEADER_LENGTH = 4  # octets, RFC 1661 §5
OPTION_HEADER_LENGTH = 2  # octets, RFC 1661 §6


def control_packet(
    reader: HeaderReader, options: Mapping[int, str], addresses: Set[int] = frozenset()
) -> None:
    """Take one packet; `options` names the configuration options, `addresses` those that hold IPv4."""
    start = reader.position
    code = reader.unsigned("Code", 8, CODES)
    reader.unsigned("Identifier", 8)
    length = reader.unsigned("Length", 16)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 2)
    with reader.restrict_to(length - HEADER_LENGTH, "Data"):
        if code in WITH_OPTIONS:
            while reader.remaining:
                _option(reader, options, addresses)
        elif code in WITH_MAGIC_NUMBER:
            reader.unsigned("Magic Number", 32, hexadecimal=True)
        elif code == PROTOCOL_REJECT:
            reader.unsigned("Rejected Protocol", 16, hexadecimal=True)


def _option(reader: HeaderReader, options: Mapping[int, str], addresses: Set[int]) -> None:
    kind = reader.unsigned("Option Type", 8, options)
    length = reader.unsigned("Option Length", 8)
    if length < OPTION_HEADER_LENGTH:
        raise reader.malformed("an option is shorter than its own header")
    if kind in addresses and length == OPTION_HEADER_LENGTH + 4:
        reader.ipv4("Option Data")
    elif length > OPTION_HEADER_LENGTH:
        reader.raw("Option Data", length - OPTION_HEADER_LENGTH)
