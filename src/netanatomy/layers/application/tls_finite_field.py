r"""The prime of a Diffie-Hellman exchange before TLS 1.3, which the server makes up itself (RFC 5246 7.4.3).

>>> prime_bits(bytes.fromhex("16 0303 000d 0c 000009 0003 010001 0001 02 0000"))
17
>>> prime_bits(b"\x16\x03\x03\x40\x00") is None
True
"""

from __future__ import annotations

from netanatomy.errors import TruncatedError
from netanatomy.layers.application.tls import HANDSHAKE, HANDSHAKE_HEADER
from netanatomy.layers.application.tls_fields import Reader

SERVER_KEY_EXCHANGE = 12  # handshake type, RFC 5246 section 7.4


def prime_bits(octets: bytes) -> int | None:
    """How long the prime of the ServerKeyExchange is, in bits; None where there is none, or not all of it.

    Args:
        octets: what the server sent, records and all, in a session with a suite of `TLS_DHE_` or
            `TLS_DH_anon_`: with other suites the message has other fields.
    """
    try:
        messages = Reader(_handshake(Reader(octets)))
        while messages.left >= HANDSHAKE_HEADER:
            kind, body = messages.number(1), messages.vector(3)
            if kind == SERVER_KEY_EXCHANGE:
                return prime_of(body)
    except TruncatedError:
        return None
    return None


def prime_of(exchange: Reader) -> int:
    """The bits of the prime that comes next in a ServerKeyExchange (RFC 5246 section 7.4.3).

    Raises:
        TruncatedError: it is cut short.
    """
    return int.from_bytes(exchange.vector(2).take_all(), "big").bit_length()


def _handshake(records: Reader) -> bytes:
    """The handshake messages up to the first record of another kind, behind which all is encrypted."""
    found = bytearray()
    while records.left and records.number(1) == HANDSHAKE:
        records.take(2)
        length = records.number(2)
        found += records.take(min(length, records.left))
    return bytes(found)
