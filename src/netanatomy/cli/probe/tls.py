"""`netanatomy probe tls`: the session, the chain, and which versions are taken."""

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


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    probe_arguments(parser, "host or host:port (443)")
    tls_arguments(parser)
    parser.add_argument("--alpn", default="", metavar="NAME,…", help="offer these application protocols")
    versions_argument(parser)


def run(options: Namespace) -> int:
    """Probe."""
    from netanatomy.active.probe.tls import aprobe_tls

    how = probe_options(options)
    protocols = tuple(name for name in options.alpn.split(",") if name)
    return run_probe(
        options,
        lambda: aprobe_tls(
            options.target, how, server_name=options.name, alpn=protocols, each_version=options.versions
        ),
    )


ACTION = Command(
    name="tls",
    summary="the session, the certificates and why they are trusted or not, the versions",
    description=(
        "Shake hands, and tell version, cipher suite, group, the chain of certificates, every reason not\n"
        "to trust it, and what is weak. With --versions, each version, SSL 3.0 too, is offered by itself.\n\n"
        + EXIT_CODES
    ),
    arguments=arguments,
    run=run,
    order=40,
)
