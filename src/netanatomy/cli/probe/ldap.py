"""`netanatomy probe ldap`: a directory's root entry, and StartTLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="ldap",
    summary="what a directory says of itself, and its TLS (StartTLS)",
    description=("Read a directory's root entry without logging in, and change to TLS."),
    order=56,
)
