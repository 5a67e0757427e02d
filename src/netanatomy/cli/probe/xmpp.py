"""`netanatomy probe xmpp`: a chat server's mechanisms, and STARTTLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="xmpp",
    summary="what a chat server offers, and its TLS (STARTTLS)",
    description=("Open a stream, read the features, change to TLS, and read them again. Nobody logs in."),
    order=57,
)
