"""`netanatomy probe tcp`: is a port open, how far away is it, and what does it say?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.numbers import between
from netanatomy.cli.octets import octets_arguments, octets_of
from netanatomy.cli.probing import EXIT_CODES, MAXIMUM_SECONDS, probe_arguments, probe_options, run_probe


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    probe_arguments(parser, "host:port, [address]:port")
    octets_arguments(parser)
    parser.add_argument(
        "--wait", type=between(MAXIMUM_SECONDS), default=1.0, metavar="S", help="for its first words (1 s)"
    )


def run(options: Namespace) -> int:
    """Probe."""
    from netanatomy.active.probe.tcp import aprobe_tcp

    how, octets = probe_options(options), octets_of(options) or b""
    return run_probe(options, lambda: aprobe_tcp(options.target, octets, how))


ACTION = Command(
    name="tcp",
    summary="is a port open, how far away, and what does it say?",
    description=(
        "Connect, and tell what the system knows of the connection (round trip, MSS, options), and what the\n"
        "service says by itself or to --send.\n\n" + EXIT_CODES
    ),
    arguments=arguments,
    run=run,
    order=10,
)
