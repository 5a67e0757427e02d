"""What a SOCKS proxy is asked to find out what it accepts: the same for the check and for the probe."""

from __future__ import annotations

from ipaddress import IPv4Address

from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.schema.frozen import frozen

NOWHERE = Destination(IPv4Address(0), 0)
"""Asked for where SOCKS4 must be asked for something: it has no greeting, so that only the answer to a
request shows whether it is spoken. Nobody can be at port 0 (RFC 6335 section 6)."""

NO_NAME = Destination(b"socks.invalid", 0)
"""The same for SOCKS4a, with a name that never exists (RFC 6761 section 6.4)."""


@frozen
class MethodQuestion:
    """A method of SOCKS5 that is offered alone.

    Attributes:
        method: its number.
        subject: what it is called.
        accepted: what it means that the proxy takes it.
        refused: what it means that it does not.
    """

    method: socks5.Method
    subject: str
    accepted: str
    refused: str


METHODS = (
    MethodQuestion(
        socks5.Method.NONE,
        "no authentication",
        "Whoever reaches the port may use it.",
        "Strangers are kept out.",
    ),
    MethodQuestion(
        socks5.Method.PASSWORD,
        "user and password",
        "They travel in clear unless something is around them.",
        "No passwords, and none that could be read on the way.",
    ),
    MethodQuestion(
        socks5.Method.GSSAPI,
        "GSS-API",
        "Kerberos: can also encrypt (RFC 1961).",
        "No Kerberos, as nearly everywhere.",
    ),
)
SOCKS4_GRANTED = "It knows no passwords: whoever reaches the port may use it."
SOCKS4_ANSWERED = "It answers, but grants nothing."
SOCKS4_NOT_TRIED = (
    "It answers; whether it grants anything without a password shows only a target that exists."
)
SOCKS4_SILENT = "Not spoken: nothing goes around a password."
