"""QUIC's transport parameters: what an endpoint declares in its TLS handshake (RFC 9000 section 18).

>>> parameters(bytes.fromhex("01 04 80007530 0c 00 20 01 00"))
(('max_idle_timeout', '30000'), ('disable_active_migration', 'yes'), ('max_datagram_frame_size', '0'))
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.errors import TruncatedError

LAYER = "quic"
STATELESS_RESET_TOKEN = 0x02
MAXIMUM_PARAMETERS = 100
"""Parameters that are kept; a server could declare thousands that nobody knows."""

NUMBER, FLAG, OCTETS = "number", "flag", "octets"
KNOWN: Mapping[int, tuple[str, str]] = MappingProxyType(
    {  # IANA, QUIC Transport Parameters
        0x00: ("original_destination_connection_id", OCTETS),
        0x01: ("max_idle_timeout", NUMBER),  # milliseconds
        0x02: ("stateless_reset_token", OCTETS),
        0x03: ("max_udp_payload_size", NUMBER),
        0x04: ("initial_max_data", NUMBER),
        0x05: ("initial_max_stream_data_bidi_local", NUMBER),
        0x06: ("initial_max_stream_data_bidi_remote", NUMBER),
        0x07: ("initial_max_stream_data_uni", NUMBER),
        0x08: ("initial_max_streams_bidi", NUMBER),
        0x09: ("initial_max_streams_uni", NUMBER),
        0x0A: ("ack_delay_exponent", NUMBER),
        0x0B: ("max_ack_delay", NUMBER),  # milliseconds
        0x0C: ("disable_active_migration", FLAG),
        0x0D: ("preferred_address", OCTETS),
        0x0E: ("active_connection_id_limit", NUMBER),
        0x0F: ("initial_source_connection_id", OCTETS),
        0x10: ("retry_source_connection_id", OCTETS),
        0x11: ("version_information", OCTETS),  # RFC 9368
        0x20: ("max_datagram_frame_size", NUMBER),  # RFC 9221
        0x2AB2: ("grease_quic_bit", FLAG),  # RFC 9287
    }
)


def parameters(octets: bytes) -> tuple[tuple[str, str], ...]:
    """Name and value of each parameter, in their order; the values as numbers, `yes`, or hexadecimal.

    Raises:
        TruncatedError: they are cut short.
    """
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(octets) and len(found) < MAXIMUM_PARAMETERS:
        kind, place = variable(octets, place)
        length, place = variable(octets, place)
        if length > len(octets) - place:
            raise TruncatedError(LAYER, place, length, len(octets) - place)
        value = octets[place : place + length]
        place += length
        # Reserved numbers (RFC 9000 section 18.1) are there to be ignored.
        if kind % 31 == 27:
            continue
        name, form = KNOWN.get(kind, (f"0x{kind:x}", OCTETS))
        if form == NUMBER:
            found.append((name, str(variable(value, 0)[0])))
        else:
            found.append((name, value.hex() or "yes" if form == FLAG else value.hex()))
    return tuple(found)


def variable(octets: bytes, place: int) -> tuple[int, int]:
    """A variable-length integer (RFC 9000 section 16), and the place behind it.

    Raises:
        TruncatedError: it is cut short.

    >>> variable(bytes.fromhex("7bbd"), 0)
    (15293, 2)
    """
    if place >= len(octets):
        raise TruncatedError(LAYER, place, 1, 0)
    length = 1 << (octets[place] >> 6)
    if place + length > len(octets):
        raise TruncatedError(LAYER, place, length, len(octets) - place)
    value = int.from_bytes(octets[place : place + length], "big") & ((1 << (8 * length - 2)) - 1)
    return value, place + length
