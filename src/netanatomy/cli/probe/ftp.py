"""`netanatomy probe ftp`: a file server's features, and AUTH TLS."""

from __future__ import annotations

from netanatomy.cli.greeting_action import greeting_action

ACTION = greeting_action(
    name="ftp",
    summary="what a file server offers, and its TLS (AUTH TLS)",
    description=("Ask a file server for its features, and change to TLS. Nobody logs in."),
    order=54,
)
