"""What a dialogue is made of."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from netanatomy.errors import MalformedError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import Judgement

MAXIMUM_LINE = 8192
"""Octets of a line; the longest that a protocol here allows is 8,000 (RFC 9051 section 4)."""

MAXIMUM_LINES = 500
"""Lines of one answer: a server may go on for ever."""

MAXIMUM_FACTS = 200
"""Facts that are kept of one service."""


@frozen
class Send:
    """Send these octets."""

    octets: bytes


@frozen
class Line:
    """Wait for a line, of `MAXIMUM_LINE` octets at most; it comes without its end."""


@frozen
class Exactly:
    """Wait for so many octets."""

    octets: int


@frozen
class Until:
    """Wait until these octets come, with at most so many before them; both are given."""

    end: bytes
    maximum: int


@frozen
class StartTls:
    """Shake hands now; everything after goes through TLS."""


Step: TypeAlias = Send | Line | Exactly | Until | StartTls
Dialogue: TypeAlias = Generator[Step, bytes, None]


@dataclass(slots=True)
class Conversation:
    """What has been learnt so far; a dialogue fills it as it goes, so that a broken one still tells.

    Attributes:
        host: with whom one talks.
        upgrade: whether TLS is wanted, where it is offered.
        secure: whether TLS is spoken by now.
        banner: the first words.
        facts: name and value of what else was said.
        starttls: whether TLS is offered.
        judgements: what of that a defender should know.
    """

    host: str
    upgrade: bool = True
    secure: bool = False
    banner: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    starttls: bool | None = None
    judgements: list[Judgement] = field(default_factory=list)

    def tell(self, name: str, value: str) -> None:
        """Keep a fact."""
        if len(self.facts) < MAXIMUM_FACTS:
            self.facts.append((name, value))

    def judge(self, name: str, severity: str, what: str, why: str, reference: str) -> None:
        """Keep a judgement."""
        self.judgements.append(Judgement(name, severity, what, why, reference))

    def no_tls(self, reference: str) -> None:
        """TLS is not offered: say what that means."""
        why = "Passwords and content can be read and changed on the way."
        self.judge("no-starttls", "weak", "TLS is not offered", why, reference)


@frozen
class Service:
    """A service that can be greeted.

    Attributes:
        name: of the protocol.
        port: where it usually is.
        tls_port: where it usually speaks TLS from the first octet on, or 0.
        talk: the dialogue.
    """

    name: str
    port: int
    tls_port: int
    talk: Callable[[Conversation], Dialogue]


def text(octets: bytes) -> str:
    """Octets as text, whatever they are."""
    return octets.decode("utf-8", "replace")


def replies(layer: str) -> Generator[Step, bytes, tuple[int, list[str]]]:
    """A reply of FTP or SMTP: its code and its lines (RFC 959 section 4.2, RFC 5321 section 4.2).

    FTP's may have lines between without the code; SMTP's all have it.
    """
    lines: list[str] = []
    code = b""
    while True:
        line = yield Line()
        if not code:
            code = line[:3]
            if not (len(code) == 3 and code.isdigit() and line[3:4] in (b" ", b"-", b"")):
                raise MalformedError(f'no reply code: "{text(line[:60])}"', layer, 0)
        lines.append(text(line[4:] if line[:3] == code else line).strip())
        if line[:3] == code and line[3:4] != b"-":
            return int(code), lines
        if len(lines) > MAXIMUM_LINES:
            raise MalformedError(f"a reply of more than {MAXIMUM_LINES} lines", layer, 0)
