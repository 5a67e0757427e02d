r"""Which protocol speaks: by the first octets of a server, never by its port.

>>> identify(b"SSH-2.0-OpenSSH_9.2p1\r\n"), identify(b"\x00\x01"), identify(b"")
('ssh', '', '')
"""

from __future__ import annotations

import re
from functools import cache

MAXIMUM_READ = 4096
"""Octets that are looked at: patterns need no more, and a megabyte would take its time."""

MINIMUM_DNS = 12  # octets of a header, RFC 1035 section 4.1.1
STUN_COOKIE = b"\x21\x12\xa4\x42"  # RFC 8489 section 5
NTP_LENGTH = 48  # octets without extensions, RFC 5905 section 7.3

SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("ssh", rb"(?:[^\n]{0,255}\n){0,20}SSH-\d"),  # RFC 4253 section 4.2: lines may come before
    ("http", rb"HTTP/\d"),
    ("http2", rb"\0\0.\x04[\0\x01]\0\0\0\0"),  # a SETTINGS frame, RFC 9113 section 6.5
    ("tls", rb"(?:\x16\x03[\0-\x04]|\x15\x03[\0-\x04]\0\x02[\x01\x02])"),  # RFC 8446 section 5.1
    ("smtp", rb"(?:220|421|554)[ -][^\r\n]*(?:E?SMTP|[Mm]ail)"),
    ("ftp", rb"220[ -].*(?:FTP|ftp|FileZilla)"),
    ("nntp", rb"20[01] [^\r\n]*(?:NNTP|[Nn]ews|INN)"),
    ("pop3", rb"\+OK\b"),  # RFC 1939 section 3
    ("imap", rb"\* (?:OK|PREAUTH|BYE)\b"),  # RFC 9051 section 7.1
    ("vnc", rb"RFB \d{3}\.\d{3}\n"),  # RFC 6143 section 7.1.1
    ("mysql", rb".\0\0\0\x0a[0-9A-Za-z.+_-]{3,60}\0"),
    ("mysql", rb".\0\0\0\xff.\x04.*(?:MySQL|MariaDB)"),
    ("postgresql", rb"(?:[NS]\Z|E\0\0.{2}S(?:ERROR|FATAL))"),
    ("xmpp", rb"(?:<\?xml[^>]{0,200}\?>\s*)?<stream:"),
    ("ldap", rb"\x30(?:[\0-\x7f]|\x81.|\x82..)\x02\x01.[\x61\x65\x78]"),  # RFC 4511 section 4.1.1
    ("socks5", rb"\x05[\0-\x02\xff]\Z"),
    ("redis", rb"(?:-(?:ERR|NOAUTH|DENIED)|\+PONG|\$\d+\r\nredis_version)"),
    ("memcached", rb"(?:ERROR\r\n|VERSION \d)"),
    ("rtsp", rb"RTSP/1\.0 "),
    ("sip", rb"SIP/2\.0 "),
    ("telnet", rb"\xff[\xfb-\xfe]."),  # RFC 854: IAC WILL, WONT, DO, DONT
    ("irc", rb":[^ \r\n]+ (?:NOTICE|\d{3}) "),
    ("amqp", rb"AMQP[\0-\x03]"),
    ("rsync", rb"@RSYNCD: \d"),
    ("smtp or ftp", rb"220[ -]"),
)
"""In this order: what is more particular comes first."""


def identify(octets: bytes) -> str:
    """The protocol that a server's first octets belong to, or nothing."""
    start = octets[:MAXIMUM_READ]
    return next((name for name, pattern in _patterns() if pattern.match(start)), "")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    # Compiled when first asked for: it takes longer than a small capture takes to read.
    return tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in SIGNATURES)


def identify_datagram(octets: bytes, question: bytes = b"") -> str:
    """The protocol of a datagram, mostly an answer to `question`, or nothing.

    >>> identify_datagram(bytes.fromhex("123481800001000000000000"), bytes.fromhex("12340100"))
    'dns'
    """
    if octets and octets == question:
        return "echo"
    if len(octets) >= 20 and octets[4:8] == STUN_COOKIE and octets[0] < 4:
        return "stun"
    if len(octets) >= MINIMUM_DNS and octets[:2] == question[:2] and octets[2] & 0x80:
        return "dns"
    if len(octets) >= NTP_LENGTH and octets[0] & 7 == 4 and 1 <= octets[0] >> 3 & 7 <= 4:  # mode: server
        return "ntp"
    return identify(octets)
