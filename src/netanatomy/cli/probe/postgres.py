"""`netanatomy probe postgres`: a database's TLS, and how it wants a login."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="postgres",
    summary="a database's TLS, and how it wants a login",
    description=(
        "Ask a PostgreSQL server for TLS, and begin a login as the user netanatomy, to see which proof it\n"
        "wants: none is given. The server's log will have a line of it."
    ),
    order=55,
)
