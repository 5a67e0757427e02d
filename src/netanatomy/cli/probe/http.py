"""`netanatomy probe http`: status, headers and what they mean, redirects, and whether the whole body came."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command
from netanatomy.cli.numbers import up_to
from netanatomy.cli.probing import EXIT_CODES, probe_arguments, probe_options, run_probe, tls_arguments


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    probe_arguments(parser, "http://… or https://…")
    tls_arguments(parser)
    parser.add_argument("--head", action="store_true", help="ask for the headers only")
    parser.add_argument(
        "--http", choices=("1.1", "2", "3"), default="", help="speak this version and no other"
    )
    parser.add_argument(
        "--follow", type=up_to(20), default=0, metavar="N", help="follow up to N redirects; each is told"
    )


def run(options: Namespace) -> int:
    """Probe."""
    from netanatomy.active.probe.http import HttpOptions, aprobe_http

    method = "HEAD" if options.head else "GET"
    what = HttpOptions(method, options.follow, options.http, options.name)
    how = probe_options(options)
    return run_probe(options, lambda: aprobe_http(options.target, how, what))


ACTION = Command(
    name="http",
    summary="status, headers and what they mean, redirects, and whether the whole body came",
    description=(
        "Ask for a page over HTTP/1.1, or HTTP/2 where the server agrees on it (ALPN; without TLS with\n"
        "--http 2), or HTTP/3 with --http 3 (over QUIC, at the same port of UDP), and tell what its headers\n"
        "mean for security, and where else it is offered (Alt-Svc). Any status is an answer (0).\n\n"
        + EXIT_CODES
    ),
    arguments=arguments,
    run=run,
    order=30,
)
