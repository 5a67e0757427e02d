r"""Whether octets begin a TLS connection: by what they are, never by a port.

>>> begins_with(bytes.fromhex("16 0301 00a5 01 0000a1 0303"))
<Beginning.CLIENT: 3>
>>> begins_with(b"\x16\x03"), begins_with(b"GET / HTTP/1.1")
(<Beginning.UNSURE: 1>, <Beginning.NO: 0>)
"""

from __future__ import annotations

from enum import Enum

from netanatomy.layers.application.tls import (
    ALERT,
    ALERTS,
    CLIENT_HELLO,
    DRAFTS,
    HANDSHAKE,
    HANDSHAKE_HEADER,
    MAXIMUM_HANDSHAKE,
    MAXIMUM_RECORD,
    RECORD_HEADER,
    SERVER_HELLO,
)
from netanatomy.layers.application.tls_records import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    SSL_2,
    SSL_2_HEADER,
    SSL_3,
)
from netanatomy.layers.application.tls_ssl2 import read_ssl2

HEADERS = RECORD_HEADER + HANDSHAKE_HEADER
SHORTEST_HELLO = 2 + 32 + 1 + 2  # version, random, no session, a suite: RFC 8446 section 4.1.3
NEWEST_RECORD = 4  # second octet of a version: drafts of TLS 1.3 had 3.4 in the header of records
LONGEST_SESSION = 32  # octets, RFC 5246 section 7.4.1.2
SSL_2_HELLO = 11  # octets up to its lists, with the header of the record, RFC 5246 appendix E.2


class Beginning(Enum):
    """What the first octets of one side are."""

    NO = 0
    UNSURE = 1
    """More are needed."""
    RECORD = 2
    """A record of TLS, but none that begins a connection: a capture may begin in its middle."""
    CLIENT = 3
    SERVER = 4
    ALERT = 5


def begins_with(octets: bytes) -> Beginning:
    """What one side's first octets are."""
    if not octets:
        return Beginning.UNSURE
    if octets[0] & SSL_2:
        return _ssl2(octets)
    if octets[0] not in (HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC, APPLICATION_DATA):
        return Beginning.NO
    if octets[1:2] not in (b"", b"\x03") or (len(octets) > 2 and octets[2] > NEWEST_RECORD):
        return Beginning.NO
    if len(octets) < RECORD_HEADER:
        return Beginning.UNSURE
    length = int.from_bytes(octets[3:RECORD_HEADER], "big")
    if not 0 < length <= MAXIMUM_RECORD:
        return Beginning.NO
    if octets[0] == ALERT and length == 2:
        return _alert(octets[RECORD_HEADER:])
    if octets[0] == HANDSHAKE:
        return _handshake(octets, length)
    return Beginning.RECORD


def _alert(content: bytes) -> Beginning:
    if content[:1] not in (b"", b"\1", b"\2") or (len(content) > 1 and content[1] not in ALERTS):
        return Beginning.NO
    return Beginning.ALERT if len(content) > 1 else Beginning.UNSURE


def _handshake(octets: bytes, record: int) -> Beginning:
    if len(octets) < HEADERS + 2:
        return Beginning.UNSURE
    kind, body = octets[RECORD_HEADER], octets[HEADERS:]
    length = int.from_bytes(octets[RECORD_HEADER + 1 : HEADERS], "big")
    if kind not in (CLIENT_HELLO, SERVER_HELLO):
        return Beginning.RECORD
    draft = kind == SERVER_HELLO and body[0] == DRAFTS
    if not SHORTEST_HELLO <= length <= MAXIMUM_HANDSHAKE or not (body[0] == SSL_3 or draft):
        return Beginning.NO
    # Behind a ClientHello comes no other message in its record.
    if kind == CLIENT_HELLO and record > HANDSHAKE_HEADER + length:
        return Beginning.NO
    if len(body) > 34 and not draft and body[34] > LONGEST_SESSION:
        return Beginning.NO
    return Beginning.CLIENT if kind == CLIENT_HELLO else Beginning.SERVER


def _ssl2(octets: bytes) -> Beginning:
    """SSL 2.0: all its lengths must fit, or any text in another code would do."""
    if len(octets) < SSL_2_HELLO:
        return Beginning.UNSURE if len(octets) < 3 or octets[2] in (1, 4) else Beginning.NO
    length = int.from_bytes(octets[:SSL_2_HEADER], "big") & 0x7FFF
    content = octets[SSL_2_HEADER : SSL_2_HEADER + length].ljust(length, b"\0")
    said = read_ssl2(content)
    if said is None:
        return Beginning.NO
    return Beginning.SERVER if isinstance(said, int) else Beginning.CLIENT
