"""`netanatomy probe socks`: which versions and methods a proxy accepts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.probing import EXIT_CODES, probe_arguments, probe_options, run_probe, tls_arguments


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    probe_arguments(parser, "host or host:port (1080)")
    tls_arguments(parser)
    parser.add_argument("--tls", action="store_true", help="SOCKS is wrapped into TLS")


def run(options: Namespace) -> int:
    """Probe."""
    from netanatomy.active.probe.socks import aprobe_socks

    how = probe_options(options)
    return run_probe(
        options, lambda: aprobe_socks(options.target, how, tls=options.tls, server_name=options.name)
    )


ACTION = Command(
    name="socks",
    summary="which versions of SOCKS a proxy speaks, and how it wants a login",
    description=(
        "Offer a proxy each method of SOCKS5, and ask it in SOCKS4 and SOCKS4a, each on a connection of its\n"
        "own. Nobody logs in, and nothing is reached: SOCKS4, which has no greeting, is asked for 0.0.0.0:0\n"
        "and for a name that cannot exist. What it lets its clients do tells `netanatomy socks check`.\n\n"
        + EXIT_CODES
    ),
    arguments=arguments,
    run=run,
    order=45,
)
