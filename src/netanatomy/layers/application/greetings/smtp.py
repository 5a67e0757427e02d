"""SMTP (RFC 5321) with STARTTLS (RFC 3207)."""

from __future__ import annotations

from collections.abc import Generator

from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Send,
    Service,
    StartTls,
    Step,
    replies,
)

CLIENT = b"netanatomy.invalid"  # a name that can be nobody's (RFC 2606 section 2)


def talk(conversation: Conversation) -> Dialogue:
    """Greet, ask for the extensions, change to TLS, and ask again: they may differ."""
    code, lines = yield from replies("smtp")
    conversation.banner = " / ".join(lines)
    if code != 220:
        conversation.tell("greets with", str(code))
        return
    offered = yield from _hello(conversation, "extensions")
    if not conversation.secure:
        conversation.starttls = "STARTTLS" in offered
        if "STARTTLS" not in offered:
            conversation.no_tls("RFC 3207")
        if any(name.startswith("AUTH") for name in offered):
            why = "A client that does not insist on TLS sends its password in clear."
            conversation.judge(
                "login-in-clear", "bad", "AUTH is offered without TLS", why, "RFC 4954 section 4"
            )
        if conversation.starttls and conversation.upgrade:
            yield Send(b"STARTTLS\r\n")
            code, lines = yield from replies("smtp")
            if code == 220:
                yield StartTls()
                yield from _hello(conversation, "extensions in TLS")
            else:
                conversation.tell("STARTTLS", f"refused: {code} {' / '.join(lines)}")
    yield Send(b"QUIT\r\n")


def _hello(conversation: Conversation, name: str) -> Generator[Step, bytes, list[str]]:
    yield Send(b"EHLO " + CLIENT + b"\r\n")
    code, lines = yield from replies("smtp")
    offered = [line.upper() for line in lines[1:]] if code == 250 else []
    conversation.tell(name, ", ".join(lines[1:]) if code == 250 else f"none: {code} {' / '.join(lines)}")
    return offered


SERVICE = Service("smtp", 25, 465, talk)
