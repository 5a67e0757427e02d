r"""What a TLS 1.3 server says in its handshake, as QUIC carries it: messages without records (RFC 9001).

The messages behind the ServerHello are encrypted on the wire; whoever has the keys reads them here.

>>> list(messages(bytes.fromhex("08 000002 0000 0b 0000")))
[(8, b'\x00\x00')]
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.layers.application.tls import HANDSHAKE_HEADER, SERVER_HELLO, ServerHello, parse_server_hello
from netanatomy.layers.application.tls_fields import Reader
from netanatomy.schema.frozen import frozen

ENCRYPTED_EXTENSIONS, CERTIFICATE = 8, 11  # handshake types, RFC 8446 section 4
STATUS_REQUEST, ALPN = 5, 16  # extensions, RFC 8446 section 4.2
TRANSPORT_PARAMETERS = 57  # RFC 9001 section 8.2
OCSP = 1  # CertificateStatusType, RFC 6066 section 8
ASKS_FOR_STAPLE = b"\x01\x00\x00\x00\x00"
"""The extension status_request of a ClientHello: OCSP, any responder, no extensions (RFC 6066 section 8)."""

MAXIMUM_CERTIFICATES = 100
"""Of one chain that are kept: empty ones fit in by the thousand."""


@frozen
class ServerFlight:
    """What the server said, as far as it came.

    Attributes:
        hello: its choice, or None.
        alpn: the application protocol that it agreed on, or empty.
        parameters: its QUIC transport parameters, encoded; empty without.
        chain: certificates in DER, its own first.
        staple: the OCSP response for the first of them, or empty.
    """

    hello: ServerHello | None = None
    alpn: str = ""
    parameters: bytes = b""
    chain: tuple[bytes, ...] = ()
    staple: bytes = b""


def messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of every handshake message that is there whole."""
    place = 0
    while len(octets) - place >= HANDSHAKE_HEADER:
        body = place + HANDSHAKE_HEADER
        length = int.from_bytes(octets[place + 1 : body], "big")
        if len(octets) < body + length:
            return
        yield octets[place], octets[body : body + length]
        place = body + length


def server_flight(octets: bytes) -> ServerFlight:
    """What a server said, from its ServerHello on.

    Raises:
        TruncatedError: a message is cut short within.
        MalformedError: a message contradicts itself.
    """
    hello: ServerHello | None = None
    alpn, parameters, staple = "", b"", b""
    chain: tuple[bytes, ...] = ()
    for kind, body in messages(octets):
        if kind == SERVER_HELLO:
            hello = parse_server_hello(body)
        elif kind == ENCRYPTED_EXTENSIONS:
            extensions = _extensions(Reader(body).vector(2))
            if ALPN in extensions:
                listed = Reader(extensions[ALPN]).vector(2)
                alpn = listed.vector(1).take_all().decode("ascii", "replace")
            parameters = extensions.get(TRANSPORT_PARAMETERS, b"")
        elif kind == CERTIFICATE and not chain:
            chain, staple = _certificates(Reader(body))
    return ServerFlight(hello, alpn, parameters, chain, staple)


def _certificates(reader: Reader) -> tuple[tuple[bytes, ...], bytes]:
    """RFC 8446 section 4.4.2: certificates, each with extensions of its own."""
    reader.vector(1)
    entries = reader.vector(3)
    chain: list[bytes] = []
    staple = b""
    while entries.left and len(chain) < MAXIMUM_CERTIFICATES:
        der = entries.vector(3).take_all()
        extensions = _extensions(entries.vector(2))
        if not chain and STATUS_REQUEST in extensions:
            status = Reader(extensions[STATUS_REQUEST])
            if status.number(1) == OCSP:
                staple = status.vector(3).take_all()
        chain.append(der)
    return tuple(chain), staple


def _extensions(reader: Reader) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while reader.left:
        kind = reader.number(2)
        found.setdefault(kind, reader.vector(2).take_all())
    return found
