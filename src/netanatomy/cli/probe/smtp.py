"""`netanatomy probe smtp`: a mail server's extensions, and STARTTLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="smtp",
    summary="what a mail server offers, and its TLS (STARTTLS)",
    description=("Ask a mail server for its extensions, change to TLS, and ask again. No mail is sent."),
    order=51,
)
