"""IMAP (RFC 9051) with STARTTLS."""

from __future__ import annotations

from collections.abc import Generator

from netanatomy.errors import MalformedError
from netanatomy.layers.application.greetings.dialogue import (
    MAXIMUM_LINES,
    Conversation,
    Dialogue,
    Line,
    Send,
    Service,
    StartTls,
    Step,
    text,
)


def talk(conversation: Conversation) -> Dialogue:
    """Greet, ask for the capabilities, change to TLS, and ask again."""
    line = yield Line()
    if not line.upper().startswith((b"* OK", b"* PREAUTH", b"* BYE")):
        raise MalformedError(f'no greeting: "{text(line[:60])}"', "imap", 0)
    conversation.banner = text(line[2:])
    if line.upper().startswith(b"* BYE"):
        return
    if line.upper().startswith(b"* PREAUTH"):
        why = "Whoever connects is logged in; and TLS cannot be started any more (STARTTLS stripping)."
        conversation.judge("preauth", "bad", conversation.banner, why, "RFC 9051 section 7.1.4")
    offered = yield from _capabilities(conversation, "capabilities", b"a1")
    if not conversation.secure:
        conversation.starttls = "STARTTLS" in offered
        if not conversation.starttls:
            conversation.no_tls("RFC 9051 section 11.1")
        if any(each.startswith("AUTH=PLAIN") for each in offered) and "LOGINDISABLED" not in offered:
            why = "A client that does not insist on TLS sends its password in clear."
            what = "passwords are taken without TLS"
            conversation.judge("login-in-clear", "bad", what, why, "RFC 9051 section 6.2.3")
        if conversation.starttls and conversation.upgrade:
            done, lines = yield from _command(b"a2", b"STARTTLS")
            if done:
                yield StartTls()
                yield from _capabilities(conversation, "capabilities in TLS", b"a3")
            else:
                conversation.tell("STARTTLS", f"refused: {lines[-1]}")
    yield Send(b"a4 LOGOUT\r\n")


def _capabilities(conversation: Conversation, name: str, tag: bytes) -> Generator[Step, bytes, list[str]]:
    _, lines = yield from _command(tag, b"CAPABILITY")
    for line in lines:
        words = line.split()
        if [word.upper() for word in words[:2]] == ["*", "CAPABILITY"]:
            conversation.tell(name, ", ".join(words[2:]))
            return [word.upper() for word in words[2:]]
    conversation.tell(name, "none")
    return []


def _command(tag: bytes, command: bytes) -> Generator[Step, bytes, tuple[bool, list[str]]]:
    """Whether the command was done, and all lines of the answer."""
    yield Send(tag + b" " + command + b"\r\n")
    lines: list[str] = []
    while True:
        line = yield Line()
        lines.append(text(line))
        if line.startswith(tag + b" "):
            return line[len(tag) + 1 :].upper().startswith(b"OK"), lines
        if len(lines) > MAXIMUM_LINES:
            raise MalformedError(f"an answer of more than {MAXIMUM_LINES} lines", "imap", 0)


SERVICE = Service("imap", 143, 993, talk)
