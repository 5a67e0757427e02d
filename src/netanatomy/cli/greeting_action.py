"""The actions of `netanatomy probe` for services that greet: they differ in name and words only."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.probing import (
    EXIT_CODES,
    probe_arguments,
    probe_options,
    run_probe,
    tls_arguments,
    versions_argument,
)

WITHOUT_TLS = frozenset({"ssh"})
NEVER_CLEAR = frozenset({"postgres"})
"""TLS is asked for within the protocol, always."""

NO_WAY_BACK = frozenset({"ftp"})
"""Asking whether TLS is offered is to change to it."""


def greeting_action(name: str, summary: str, description: str, order: int) -> Command:
    """An action.

    Args:
        name: of the service, and of the action.
        summary: what it does, in one line.
        description: what it does.
        order: its place.
    """

    def arguments(parser: ArgumentParser) -> None:
        probe_arguments(parser, "host or host:port (without one, the usual port)")
        if name in WITHOUT_TLS:
            return
        tls_arguments(parser)
        versions_argument(parser)
        if name in NEVER_CLEAR:
            return
        parser.add_argument(
            "--tls",
            action="store_const",
            const=True,
            help="TLS from the first byte (usual ports do so anyway)",
        )
        if name not in NO_WAY_BACK:
            parser.add_argument("--no-starttls", action="store_true", help="do not change to TLS")

    def run(options: Namespace) -> int:
        from netanatomy.active.probe.greeting import aprobe_greeting

        how = probe_options(options)
        return run_probe(
            options,
            lambda: aprobe_greeting(
                name,
                options.target,
                how,
                tls=getattr(options, "tls", None),
                upgrade=not getattr(options, "no_starttls", False),
                server_name=getattr(options, "name", ""),
                each_version=getattr(options, "versions", False),
            ),
        )

    return Command(name, summary, f"{description}\n\n{EXIT_CODES}", arguments, run, order)
