r"""What clients of mailboxes say first (POP3, IMAP).

>>> logs_in(b"a1 LOGIN anna secret\r\n"), logs_in(b"x7 NOOP\r\n"), logs_in(b"USER anna\r\n")
(True, False, True)
"""

from __future__ import annotations

import re

LOGIN = re.compile(
    rb"(?:[^ \r\n]{1,64} +(?:LOGIN|AUTHENTICATE|STARTTLS)|USER|PASS|APOP|AUTH|STLS)\b", re.IGNORECASE
)
"""A tag and a command of RFC 9051 sections 6.2.1 to 6.2.3; commands of RFC 1939 section 7, RFC 2595 section 4
and RFC 5034. After STARTTLS or STLS nothing more can be seen, so they count."""


def logs_in(line: bytes) -> bool:
    """Whether the first octets of a client's segment tell the server who it is, or go on within TLS."""
    return bool(LOGIN.match(line))
