"""`netanatomy probe`: probes. A file beside this one that defines `ACTION` is one of them."""

from __future__ import annotations

from argparse import Namespace

from netanatomy.cli.actions import arguments_of_actions
from netanatomy.cli.command import Command
from netanatomy.cli.probing import EXIT_CODES


def run(options: Namespace) -> int:
    """Run the probe that was chosen."""
    code: int = options.run_action(options)
    return code


COMMAND = Command(
    name="probe",
    summary="connect to a service, and tell layer by layer what came of it",
    description=(
        "Connect to a service over IPv6 or IPv4, whichever is faster (RFC 8305), and tell for each layer\n"
        "how long it took and what it said. Probe what is yours, or what you may probe.\n\n" + EXIT_CODES
    ),
    arguments=arguments_of_actions(__name__),
    run=run,
    order=65,
)
