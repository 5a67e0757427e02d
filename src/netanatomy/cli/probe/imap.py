"""`netanatomy probe imap`: a mailbox server's capabilities, and STARTTLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="imap",
    summary="what a mailbox server offers, and its TLS (STARTTLS)",
    description=("Ask a mailbox server for its capabilities, change to TLS, and ask again. Nobody logs in."),
    order=52,
)
