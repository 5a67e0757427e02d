"""`netanatomy probe ssh`: the server's identification and algorithms."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="ssh",
    summary="software, and the algorithms it offers",
    description=(
        "Read the server's identification and the algorithms that it offers, and tell which of them are\n"
        "weak. Nobody logs in."
    ),
    order=50,
)
