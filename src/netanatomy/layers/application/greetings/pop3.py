"""POP3 (RFC 1939) with CAPA (RFC 2449) and STLS (RFC 2595)."""

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
    if not line.startswith((b"+OK", b"-ERR")):
        raise MalformedError(f'neither +OK nor -ERR: "{text(line[:60])}"', "pop3", 0)
    conversation.banner = text(line)
    if not line.startswith(b"+OK"):
        return
    offered = yield from _capabilities(conversation, "capabilities")
    if not conversation.secure:
        conversation.starttls = "STLS" in offered
        if not conversation.starttls:
            conversation.no_tls("RFC 2595")
        if "USER" in offered or any(each.startswith("SASL ") and "PLAIN" in each.split() for each in offered):
            why = "A client that does not insist on TLS sends its password in clear."
            what = "passwords are taken without TLS"
            conversation.judge("login-in-clear", "bad", what, why, "RFC 2595 section 2.3")
        if conversation.starttls and conversation.upgrade:
            yield Send(b"STLS\r\n")
            line = yield Line()
            if line.startswith(b"+OK"):
                yield StartTls()
                yield from _capabilities(conversation, "capabilities in TLS")
            else:
                conversation.tell("STLS", f"refused: {text(line)}")
    yield Send(b"QUIT\r\n")


def _capabilities(conversation: Conversation, name: str) -> Generator[Step, bytes, list[str]]:
    yield Send(b"CAPA\r\n")
    line = yield Line()
    found: list[str] = []
    if not line.startswith(b"+OK"):
        conversation.tell(name, f"none: {text(line)}")
        return found
    while (line := (yield Line())) != b".":
        found.append(text(line).strip())
        if len(found) > MAXIMUM_LINES:
            raise MalformedError(f"more than {MAXIMUM_LINES} capabilities", "pop3", 0)
    conversation.tell(name, ", ".join(found))
    return [each.upper() for each in found]


SERVICE = Service("pop3", 110, 995, talk)
