r"""The hellos of SSL 2.0, which later clients sent to be understood by all (RFC 5246 appendix E.2).

>>> hello = bytes.fromhex("01 0301 0006 0000 0010 000005 010080") + bytes(16)
>>> said = read_ssl2(hello)
>>> isinstance(said, ClientHello) and (hex(said.version), said.suites)
('0x301', (5,))
"""

from __future__ import annotations

from netanatomy.errors import ParseError
from netanatomy.layers.application.tls import ClientHello
from netanatomy.layers.application.tls_fields import Reader

CLIENT_HELLO, SERVER_HELLO = 1, 4  # message types, draft-hickman-netscape-ssl-00 section 2.5
SSL_2_0 = 0x0002
SESSIONS = (0, 16)  # octets of a session identifier, RFC 5246 appendix E.2
CHALLENGES = range(16, 33)  # octets, the same


def read_ssl2(content: bytes) -> ClientHello | int | None:
    """What a hello says: a client's offer, or the version of a server's answer; None if it is none of both.

    Args:
        content: of a record, without its header.
    """
    try:
        reader = Reader(content)
        kind = reader.number(1)
        if kind == CLIENT_HELLO:
            return _client_hello(reader)
        if kind == SERVER_HELLO:
            return _server_hello(reader)
    except ParseError:
        return None
    return None


def _client_hello(reader: Reader) -> ClientHello | None:
    version = reader.number(2)
    suites, session, challenge = (reader.number(2) for _ in range(3))
    fitting = session in SESSIONS and challenge in CHALLENGES and suites and not suites % 3
    known = version == SSL_2_0 or version >> 8 == SSL_2_0 + 1
    if not (fitting and known) or reader.left != suites + session + challenge:
        return None
    listed = Reader(reader.take(suites)).numbers(3)
    # What fits in two octets are suites of SSL 3.0 and later; the others are ciphers of SSL 2.0 itself.
    later = tuple(each for each in listed if each <= 0xFFFF)
    return ClientHello(version, later, (), "", (), (), session=reader.take(session))


def _server_hello(reader: Reader) -> int | None:
    hit, certificate, version = reader.number(1), reader.number(1), reader.number(2)
    lengths = [reader.number(2) for _ in range(3)]
    if hit > 1 or certificate > 1 or version != SSL_2_0 or reader.left != sum(lengths):
        return None
    return version
