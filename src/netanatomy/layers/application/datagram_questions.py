"""Harmless questions over UDP, one for each of the services that answer nothing but their own protocol."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen


@frozen
class Question:
    """A datagram that a service answers.

    Attributes:
        octets: of the datagram.
        meaning: what it asks.
    """

    octets: bytes
    meaning: str


EMPTY = Question(b"", "an empty datagram (this port has no question of its own here)")
DNS = Question(
    # RFC 1035 section 4.1: ID, RD, one question; the root's name servers.
    bytes.fromhex("6e61 0100 0001 0000 0000 0000 00 0002 0001"),
    "a DNS question for the root's name servers",
)
NTP = Question(
    bytes([0b00_100_011]) + bytes(47), "an NTP question for the time"
)  # RFC 5905: version 4, client
STUN = Question(
    # RFC 8489 section 5: binding request, no attributes, magic cookie, transaction.
    bytes.fromhex("0001 0000 2112a442 6e6574616e61746f6d790001"),
    "a STUN binding request",
)
SIP = Question(
    b"OPTIONS sip:probe SIP/2.0\r\nVia: SIP/2.0/UDP probe;branch=z9hG4bKprobe;rport\r\nMax-Forwards: 0\r\n"
    b"To: <sip:probe>\r\nFrom: <sip:probe>;tag=1\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n",
    "a SIP question for what is supported (OPTIONS)",
)
ECHO = Question(b"netanatomy", "the word netanatomy")
QUESTIONS = {7: ECHO, 53: DNS, 123: NTP, 3478: STUN, 5060: SIP}
"""By the port where the service usually is."""


def question(port: int) -> Question:
    """What to ask at a port.

    >>> question(123).meaning, len(question(123).octets), question(9).octets
    ('an NTP question for the time', 48, b'')
    """
    return QUESTIONS.get(port, EMPTY)
