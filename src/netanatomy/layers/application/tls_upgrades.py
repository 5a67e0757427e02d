r"""How clients of other protocols ask for TLS in the clear: STARTTLS and its like, and CONNECT to a proxy.

>>> upgrade(b"EHLO there\r\nSTARTTLS\r\n\x16\x03\x01")
Upgrade(protocol='smtp', begins=22)
>>> upgrade(b"EHLO there\r\n"), may_ask(b"EHLO there\r\n"), may_ask(b"GET / HTTP/1.1\r\n")
(None, True, False)
"""

from __future__ import annotations

import re
from functools import cache

from netanatomy.schema.frozen import frozen

MAXIMUM_BEFORE = 2048
"""Octets of a client before its TLS. Bounds clients that never ask for it; a greeting needs far fewer."""

LINES = rb"(?:[^\n]{0,512}\n){0,10}"
REQUESTS: tuple[tuple[str, bytes, bytes], ...] = (
    # protocol, how its clients begin, all up to the octet at which TLS begins
    ("smtp", rb"(?i:EHLO|HELO|LHLO) ", LINES + rb"(?i:STARTTLS)\r?\n"),  # RFC 3207
    (
        "ftp",
        rb"(?i:AUTH (?:TLS|SSL)|FEAT\r?\n)",
        LINES + rb"(?i:AUTH (?:TLS(?:-[CP])?|SSL))\r?\n",
    ),  # RFC 4217
    ("pop3", rb"(?i:CAPA|STLS)\r?\n", LINES + rb"(?i:STLS)\r?\n"),  # RFC 2595
    (
        "imap",  # RFC 9051 section 6.2.1
        rb"[A-Za-z0-9.]{1,20} (?i:CAPABILITY\r|ID |NOOP\r|STARTTLS\r)",
        LINES + rb"[A-Za-z0-9.]{1,20} (?i:STARTTLS)\r?\n",
    ),
    (
        "xmpp",  # RFC 6120 section 5
        rb"<(?:\?xml|stream:stream) ",
        rb"[^\0]{0,1500}<starttls\b[^>]{0,200}(?:/>|></starttls>)\s{0,4}",
    ),
    (
        "ldap",
        rb"\x30[\x1d-\x7f]\x02\x01.\x77",
        rb".{6,12}1\.3\.6\.1\.4\.1\.1466\.20037",
    ),  # RFC 4511 section 4.14
    (
        "rdp",  # [MS-RDPBCGR] 2.2.1.1: an X.224 connection request with RDP_NEG_REQ
        rb"\x03\0[\0\1].[\x0e-\xfe]\xe0",
        rb".{11}(?:Cookie: [^\r\n]{0,400}\r\n)?\x01.\x08\0.{4}(?:\x06.\x24\0.{32})?",
    ),
    ("postgresql", rb"\0\0\0\x08\x04\xd2\x16\x2f", rb".{8}"),  # SSLRequest
    ("mysql", rb"\x20\0\0\x01", rb".{36}"),  # Protocol::SSLRequest
    (
        "http",  # RFC 9110 section 9.3.6
        rb"CONNECT [^\r\n ]{1,300} HTTP/1\.[01]\r\n",
        rb"[^\n]{1,330}\n(?:[^\r\n]{1,500}\r\n){0,50}\r\n",
    ),
)
LONGEST_BEGINNING = 330
"""Octets in which the beginning of a client is over."""


@frozen
class Upgrade:
    """A client has asked for TLS.

    Attributes:
        protocol: in which it did.
        begins: octets of the client up to where TLS begins.
    """

    protocol: str
    begins: int


def upgrade(octets: bytes) -> Upgrade | None:
    """Where TLS begins, if these first octets of a client ask for it."""
    for protocol, beginning, whole in _patterns():
        if beginning.match(octets):
            asked = whole.match(octets[:MAXIMUM_BEFORE])
            if asked is not None:
                return Upgrade(protocol, asked.end())
    return None


def may_ask(octets: bytes) -> bool:
    """Whether a client that began so may ask for TLS yet."""
    if len(octets) >= MAXIMUM_BEFORE:
        return False
    if not octets or any(beginning.match(octets) for _, beginning, _ in _patterns()):
        return True
    return len(octets) < LONGEST_BEGINNING and bool(_unfinished().match(octets))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[bytes], re.Pattern[bytes]], ...]:
    # Compiled when first asked for: it takes longer than a small capture takes to read.
    return tuple(
        (protocol, re.compile(beginning, re.DOTALL), re.compile(whole, re.DOTALL))
        for protocol, beginning, whole in REQUESTS
    )


@cache
def _unfinished() -> re.Pattern[bytes]:
    """What may become the beginning of one of these clients."""
    words = (b"EHLO ", b"HELO ", b"LHLO ", b"AUTH TLS", b"AUTH SSL", b"FEAT\r\n", b"CAPA\r\n", b"STLS\r\n")
    parts = [rb"(?i:%s)" % _prefixes(word) for word in words]
    parts += [rb"[A-Za-z0-9.]{1,20}", rb"[A-Za-z0-9.]{1,20} [A-Za-z]{0,10}", _prefixes(b"<?xml ")]
    parts += [_prefixes(b"<stream:stream "), rb"\x30.{0,4}", rb"\x03\0?", rb"\x03\0[\0\1].{0,2}"]
    parts += [_prefixes(b"\0\0\0\x08\x04\xd2\x16\x2f"), _prefixes(b"\x20\0\0\x01")]
    parts += [_prefixes(b"CONNECT "), rb"CONNECT [^\r\n]{0,315}\r?"]
    return re.compile(rb"(?:%s)\Z" % b"|".join(parts), re.DOTALL)


def _prefixes(word: bytes) -> bytes:
    return b"(?:" + b"|".join(re.escape(word[:end]) for end in range(len(word), 0, -1)) + b")"
