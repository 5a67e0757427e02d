"""`netanatomy socks`: SOCKS proxies. A file beside this one that defines `ACTION` is one of its actions."""

from __future__ import annotations

from argparse import Namespace

from netanatomy.cli.actions import arguments_of_actions
from netanatomy.cli.command import Command


def run(options: Namespace) -> int:
    """Run the action that was chosen."""
    code: int = options.run_action(options)
    return code


COMMAND = Command(
    name="socks",
    summary="SOCKS proxies: serve one, check one, compare the versions",
    description="Everything about SOCKS proxies, by action.",
    arguments=arguments_of_actions(__name__),
    run=run,
    order=70,
)
