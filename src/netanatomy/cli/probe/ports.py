"""`netanatomy probe ports`: which ports of one's own hosts are open, and what speaks there."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import netanatomy
from netanatomy.cli.arguments import positive
from netanatomy.cli.command import Command
from netanatomy.cli.network_notice import tell_if_no_network
from netanatomy.cli.numbers import between
from netanatomy.cli.probing import family_arguments, family_of
from netanatomy.cli.questions import Printer
from netanatomy.errors import UsageError

MAXIMUM_RATE = 10_000.0
MAXIMUM_CONCURRENCY = 1000
CLOSED, SILENT = 13, 14


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("target", metavar="TARGET", help="a name, an address, or a network (192.0.2.0/24)")
    parser.add_argument(
        "--ports", default="top", metavar="LIST", help="1-1024, https, top … with commas between (top)"
    )
    parser.add_argument(
        "--rate", type=between(MAXIMUM_RATE), default=100.0, metavar="N", help="connections a second (100)"
    )
    parser.add_argument(
        "--concurrency", type=positive, default=50, metavar="N", help="connections at once (50)"
    )
    family_arguments(parser)
    parser.add_argument(
        "--timeout", type=between(60.0), default=2.0, metavar="S", help="for a connection, tried twice (2 s)"
    )
    parser.add_argument("--no-content", action="store_true", help="connect only; do not find out what speaks")
    parser.add_argument("--yes", action="store_true", help="more than 256 addresses are meant")
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Ask, and tell."""
    import asyncio

    from netanatomy.active.probe.failure import ProbeError
    from netanatomy.active.probe.ports import PortOptions, aprobe_ports, parse_ports
    from netanatomy.cli.notices import tell
    from netanatomy.schema.probe import EXIT_CODES, ProbeOutcome

    if options.concurrency > MAXIMUM_CONCURRENCY:
        raise UsageError(f"--concurrency {options.concurrency}: at most {MAXIMUM_CONCURRENCY}")
    how = PortOptions(
        timeout=options.timeout,
        rate=options.rate,
        concurrency=options.concurrency,
        identify=not options.no_content,
        large=options.yes,
        family=family_of(options),
    )
    try:
        found = asyncio.run(aprobe_ports(options.target, parse_ports(options.ports), how))
    except ProbeError as error:
        tell(error.reason)
        return EXIT_CODES[error.outcome]
    if options.json:
        from netanatomy.report.answer_json import answers_json

        print(answers_json(netanatomy.__version__, inventory=found))
    else:
        from netanatomy.report.ports_view import ports_document

        Printer().print(ports_document(found))
    if found.open_count:
        return 0
    if found.closed:
        return CLOSED
    code = SILENT if found.filtered else EXIT_CODES[ProbeOutcome.UNREACHABLE]
    tell_if_no_network(code)
    return code


ACTION = Command(
    name="ports",
    summary="which ports of one's own hosts are open, and what speaks there",
    description=(
        "Connect to the ports of a host or a network, one after the other and not too fast, and find out by\n"
        "its content what speaks at those that are open: by its first words, or to a question in HTTP, then\n"
        "in TLS. A port that is silent twice is filtered. Everybody who is asked may notice and mind: ask\n"
        "what is yours.\n\n"
        "exit codes:\n"
        "  0   a port is open                 13  none is open, some are closed\n"
        "  10  no such name                   14  silence only: all are filtered, or nobody is there\n"
        "                                     15  none could be asked: no way there from this machine"
    ),
    arguments=arguments,
    run=run,
    order=70,
)
