"""FTP (RFC 959) with AUTH TLS (RFC 4217) and features (RFC 2389)."""

from __future__ import annotations

from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Send,
    Service,
    StartTls,
    replies,
)


def talk(conversation: Conversation) -> Dialogue:
    """Greet, ask for the features, and change to TLS."""
    code, lines = yield from replies("ftp")
    conversation.banner = " / ".join(lines)
    if code != 220:
        conversation.tell("greets with", str(code))
        return
    yield Send(b"FEAT\r\n")
    code, lines = yield from replies("ftp")
    features = lines[1:-1] if code == 211 else []
    if features:
        conversation.tell("features", ", ".join(features))
    if not conversation.secure:
        yield Send(b"AUTH TLS\r\n")
        code, _ = yield from replies("ftp")
        conversation.starttls = code in (234, 334)
        if not conversation.starttls:
            conversation.no_tls("RFC 4217")
        else:
            # Once agreed on, TLS is the only way on.
            yield StartTls()
    yield Send(b"QUIT\r\n")


SERVICE = Service("ftp", 21, 990, talk)
