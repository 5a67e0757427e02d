"""XMPP (RFC 6120): stream features and STARTTLS. Read by patterns: no XML parser meets a stranger here."""

from __future__ import annotations

import re
from collections.abc import Generator

from netanatomy.errors import MalformedError
from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Send,
    Service,
    StartTls,
    Step,
    Until,
    text,
)

MAXIMUM_FEATURES = 65_536
"""Octets of stream header and features."""

FEATURES_END = b"</stream:features>"
MECHANISM = re.compile(r"<mechanism[^>]{0,200}>([^<]{1,64})<")
STARTTLS = "urn:ietf:params:xml:ns:xmpp-tls"


def talk(conversation: Conversation) -> Dialogue:
    """Open a stream, read the features, change to TLS, and read them again."""
    features = yield from _features(conversation, "mechanisms")
    if not conversation.secure:
        conversation.starttls = STARTTLS in features
        if not conversation.starttls:
            conversation.no_tls("RFC 6120 section 5")
        elif "<required" in features:
            conversation.tell("TLS", "required")
        if conversation.starttls and conversation.upgrade:
            yield Send(f"<starttls xmlns='{STARTTLS}'/>".encode())
            answer = yield Until(b">", 1024)
            if b"<proceed" in answer:
                yield StartTls()
                yield from _features(conversation, "mechanisms in TLS")
            else:
                conversation.tell("STARTTLS", f"refused: {text(answer)}")
    yield Send(b"</stream:stream>")


def _features(conversation: Conversation, name: str) -> Generator[Step, bytes, str]:
    host = "".join(each for each in conversation.host if each.isalnum() or each in ".-_:")
    opening = (
        f"<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    yield Send(opening.encode("ascii", "replace"))
    answer = text((yield Until(FEATURES_END, MAXIMUM_FEATURES)))
    start = answer.lstrip()
    if not start.startswith(("<?xml", "<stream:stream")):
        raise MalformedError(f'no stream: "{start[:60]}"', "xmpp", 0)
    if not conversation.banner:
        conversation.banner = answer.partition("<stream:features")[0].strip()
    mechanisms = MECHANISM.findall(answer)
    conversation.tell(name, ", ".join(mechanisms) or "none")
    if "PLAIN" in mechanisms and not conversation.secure:
        why = "A client that does not insist on TLS sends its password in clear."
        what = "PLAIN is offered without TLS"
        conversation.judge("login-in-clear", "bad", what, why, "RFC 6120 section 13.8.3")
    return answer


SERVICE = Service("xmpp", 5222, 5223, talk)
