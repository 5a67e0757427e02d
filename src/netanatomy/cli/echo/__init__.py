"""`netanatomy echo`: echo servers. A file beside this one that defines `ACTION` is one of them."""

from __future__ import annotations

from argparse import Namespace

from netanatomy.cli.actions import arguments_of_actions
from netanatomy.cli.command import Command


def run(options: Namespace) -> int:
    """Run the server that was chosen."""
    code: int = options.run_action(options)
    return code


COMMAND = Command(
    name="echo",
    summary="servers for tests that give back what they get",
    description=(
        "Serve on loopback, until interrupted (Ctrl-C, SIGTERM): then nobody new is taken, and those who\n"
        "are here may end. A second interrupt ends at once."
    ),
    arguments=arguments_of_actions(__name__),
    run=run,
    order=66,
)
