r"""What may be said at well-known TCP ports, and what segments say that does not belong there.

>>> misplaced(443, b"SSH-2.0-OpenSSH_9.2p1\r\n", asks=False), misplaced(22, b"SSH-2.0-x\r\n", asks=False)
('ssh', '')
>>> misplaced(4444, b"uid=0(root) gid=0(root)", asks=False), misplaced(443, b"ls /tmp\n", asks=True)
('shell', 'text')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.application.identify import identify

TLS = frozenset({"tls"})
MAIL = frozenset({"smtp", "smtp or ftp", "tls"})

EXPECTED: Mapping[int, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        21: ("FTP", frozenset({"ftp", "smtp or ftp", "tls"})),  # RFC 4217: TLS after AUTH
        22: ("SSH", frozenset({"ssh"})),
        23: ("telnet", frozenset({"telnet"})),
        25: ("SMTP", MAIL),  # RFC 3207: TLS after STARTTLS
        53: ("DNS", frozenset()),
        80: ("HTTP", frozenset({"http"})),
        110: ("POP3", frozenset({"pop3", "tls"})),  # RFC 2595
        143: ("IMAP", frozenset({"imap", "tls"})),  # RFC 9051 section 6.2.1
        179: ("BGP", frozenset()),
        389: ("LDAP", TLS),  # RFC 4511 section 4.14
        443: ("HTTPS", TLS),
        445: ("SMB", frozenset()),
        465: ("SMTP over TLS", TLS),
        587: ("SMTP", MAIL),
        636: ("LDAP over TLS", TLS),
        853: ("DNS over TLS", TLS),
        993: ("IMAP over TLS", TLS),
        995: ("POP3 over TLS", TLS),
        3306: ("MySQL", TLS),
        3389: ("RDP", TLS),
        5432: ("PostgreSQL", TLS),
        5900: ("VNC", frozenset({"vnc", "tls"})),
    }
)
"""By port what IANA registered it for, and what `misplaced` may find there; other ports are not judged."""

ENCRYPTED = (443, 465, 636, 853, 993, 995)
"""Ports where TLS begins with the first octet (RFC 8314, RFC 7858)."""

REMOTE_CONTROL: Mapping[int, str] = MappingProxyType(
    {
        1243: "SubSeven",
        2745: "Bagle",
        3127: "MyDoom",
        4444: "Metasploit",
        5554: "Sasser",
        9996: "Sasser",
        12345: "NetBus",
        12346: "NetBus",
        20034: "NetBus Pro",
        27374: "SubSeven",
        31337: "Back Orifice",
        31338: "Back Orifice",
        54321: "Back Orifice 2000",
    }
)
"""Ports that these programs and worms use unless they are told another."""

SHELLS = (1234, 1337, 4242, 6666, 9001)
"""Ports that instructions for shells over the network use; others use them too, so only a command line that
is seen there counts."""

PROTOCOLS: Mapping[str, str] = MappingProxyType(
    {
        "ssh": "SSH",
        "http": "HTTP",
        "tls": "TLS",
        "smtp": "SMTP",
        "ftp": "FTP",
        "smtp or ftp": "SMTP or FTP",
        "pop3": "POP3",
        "imap": "IMAP",
        "vnc": "VNC",
        "telnet": "telnet",
        "text": "plain text",
        "shell": "a command line",
    }
)
"""What `misplaced` can say, as people call it."""

QUESTIONS: Mapping[bytes, str] = MappingProxyType(
    {b"SSH-": "ssh", b"GET ": "http", b"POST": "http", b"HEAD": "http", b"CONN": "http"}
)
"""First four octets of a client; CONNECT of HTTP."""

TLS_RECORDS = (b"\x14\x03", b"\x16\x03", b"\x17\x03")
"""First two octets of TLS: change cipher spec, handshake, application data (RFC 8446 section 5.1)."""

ANSWERS = (b"HTTP", b"220 ", b"220-", b"+OK ", b"* OK", b"RFB ")
"""First four octets of servers that `identify` tells, besides those of TLS, telnet and SSH."""

SHELL = re.compile(
    rb"uid=\d+\(|Microsoft Windows \[Version|^(?:ba)?sh-\d\.\d+[#$] |^PS [A-Z]:\\"
    rb"|\w@[\w-]+:[^\n]{0,40}[#$] ?$"
)
"""What command lines say: the answer of `id`; prompts of bash, sh, cmd.exe and PowerShell."""


def misplaced(port: int, head: bytes, *, asks: bool) -> str:
    """What a segment says that the port is not for; nothing where it is as it should be.

    Args:
        port: the server's port, one of `EXPECTED`, `REMOTE_CONTROL` or `SHELLS`.
        head: the first octets of the segment's payload.
        asks: whether the client sent it.
    """
    if port in REMOTE_CONTROL or port in SHELLS:
        return "shell" if SHELL.search(head) else ""
    name = QUESTIONS.get(head[:4], "")
    if head[:2] in TLS_RECORDS:
        name = "tls"
    if not name and not asks:
        name = identify(head)
    if name in PROTOCOLS:
        return "" if port not in EXPECTED or name in EXPECTED[port][1] else name
    if port in ENCRYPTED and all(32 <= octet < 127 or octet in b"\t\r\n\x1b" for octet in head):
        return "shell" if SHELL.search(head) else "text"
    return ""
