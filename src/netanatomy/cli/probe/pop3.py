"""`netanatomy probe pop3`: a mailbox server's capabilities, and STLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="pop3",
    summary="what a mailbox server offers, and its TLS (STLS)",
    description=("Ask a mailbox server for its capabilities, change to TLS, and ask again. Nobody logs in."),
    order=53,
)
