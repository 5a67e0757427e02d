"""`netanatomy resolve`: what names stand for, whoever is asked."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import netanatomy
from netanatomy.cli.arguments import positive
from netanatomy.cli.command import Command
from netanatomy.cli.network_notice import tell_if_no_network
from netanatomy.cli.notices import tell
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.active.resolve.batch import NameAnswers
    from netanatomy.active.resolve.plan import Plan
    from netanatomy.report.resolve_view import NameView
    from netanatomy.schema.resolution import Difference, Outcome

STANDARD_INPUT = "-"
MAXIMUM_LINE = 1024
"""Characters of a line in a file of names: a name has at most 1004 in presentation format (RFC 1035)."""

MAXIMUM_SECONDS = 3600.0
MAXIMUM_RATE = 1e6
MAXIMUM_CONCURRENCY = 10_000


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a name in any script; with --reverse an address; - for those of standard input",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        help="more names, one a line, or - for standard input; may be repeated",
    )
    whom = parser.add_argument_group("whom to ask")
    whom.add_argument(
        "--server",
        action="append",
        default=[],
        metavar="SERVER",
        help="an address, or udp:// tcp:// tls:// https:// (HTTP/2) h3:// quic://; several are compared",
    )
    whom.add_argument("--bootstrap", metavar="ADDRESS", help="where a server is that is given by name")
    whom.add_argument("--ca", metavar="FILE", help="trust these certificate authorities (PEM) and no others")
    whom.add_argument("--trace", action="store_true", help="ask the roots and those they point to")
    whom.add_argument(
        "--root", action="append", default=[], metavar="ADDRESS[:PORT]", help="begin a trace here"
    )
    what = parser.add_argument_group("what to ask")
    what.add_argument(
        "--type", action="append", default=[], metavar="TYPE,…", help="record types (default: A,AAAA)"
    )
    what.add_argument("--reverse", action="store_true", help="the names of addresses")
    what.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="DOMAIN",
        help="append to short names; 'system': its own",
    )
    what.add_argument("--dnssec", action="store_true", help="validate the answers here")
    what.add_argument(
        "--anchor", type=Path, metavar="FILE", help="trust these DS or DNSKEY records, not the root's"
    )
    what.add_argument("--subnet", metavar="NETWORK", help="say for whom one asks (ECS, RFC 7871)")
    what.add_argument("--nsid", action="store_true", help="ask which instance answers (RFC 5001)")
    what.add_argument("--cookie", action="store_true", help="send a DNS cookie (RFC 7873)")
    what.add_argument("--no-recursion", action="store_true", help="ask only for what the server itself knows")
    how = parser.add_argument_group("how fast")
    how.add_argument(
        "--timeout", type=_between(MAXIMUM_SECONDS), default=5.0, metavar="S", help="seconds for one try (5)"
    )
    how.add_argument("--attempts", type=positive, default=2, metavar="N", help="tries of each server (2)")
    how.add_argument("--rate", type=_between(MAXIMUM_RATE), metavar="N", help="questions a second, at most")
    how.add_argument("--concurrency", type=positive, default=100, metavar="N", help="names at once (100)")
    parser.add_argument("--json", action="store_true", help="one JSON object a question, each on a line")


def run(options: Namespace) -> int:
    """Ask, print each name as soon as its turn comes, and sum up in the exit code."""
    import asyncio
    import gc

    from netanatomy.schema.resolution import exit_code

    plan = _plan(options)
    if options.concurrency > MAXIMUM_CONCURRENCY:
        raise UsageError(f"--concurrency {options.concurrency}: at most {MAXIMUM_CONCURRENCY}")
    names = _names(options)
    outcomes: dict[str, list[Outcome]] = {}
    # What is imported stays: the collector need not look through it again with every ten thousand answers.
    gc.freeze()
    asyncio.run(_all(names, plan, options, _printer(options), outcomes))
    code = exit_code(outcomes)
    tell_if_no_network(code)
    return code


async def _all(
    names: Iterable[str],
    plan: Plan,
    options: Namespace,
    show: Callable[[NameView], None],
    outcomes: dict[str, list[Outcome]],
) -> None:
    from netanatomy.active.resolve.batch import resolve_names

    found = resolve_names(names, plan, concurrency=options.concurrency, rate=options.rate)
    async with aclosing(found) as results:
        async for result in results:
            show(_view(result))
            outcomes.setdefault(result.given, []).extend([answer.outcome for answer in result.answers])


def _printer(options: Namespace) -> Callable[[NameView], None]:
    """What prints a name: JSON, a line where there are many, or a document."""
    from netanatomy.report.resolve_view import resolve_document, resolve_json, resolve_lines

    def as_json(view: NameView) -> None:
        for line in resolve_json(view, netanatomy.__version__):
            print(line)

    def as_lines(view: NameView) -> None:
        for line in resolve_lines(view):
            print(line)

    def as_text(view: NameView) -> None:
        from netanatomy.report.plain import plain_text

        for line in plain_text(resolve_document(view)):
            print(line)
        print()

    def as_drawing(view: NameView) -> None:
        from rich.console import Console

        from netanatomy.report.terminal import draw

        draw(resolve_document(view), Console())
        print()

    if options.json:
        return as_json
    if _has_files(options):
        return as_lines
    return as_drawing if sys.stdout.isatty() else as_text


def _view(result: NameAnswers) -> NameView:
    from netanatomy.report.resolve_view import NameView

    by_type: dict[str, tuple[Difference, ...]] = {}
    first = result.answers[0].server
    if len(result.answers) > 1 and any(answer.server != first for answer in result.answers):
        from netanatomy.active.resolve.compare import differences

        for kind in dict.fromkeys(answer.question.type for answer in result.answers):
            by_type[kind] = differences([each for each in result.answers if each.question.type == kind])
    name = result.name
    if name is None:
        return NameView(result.given, "", result.given, (), result.answers, by_type)
    return NameView(result.given, name.ascii, name.unicode, name.notes, result.answers, by_type)


def _plan(options: Namespace) -> Plan:
    from netanatomy.active.resolve.options import Options
    from netanatomy.active.resolve.plan import DEFAULT_TYPES, Plan, parse_roots, parse_subnet, parse_types
    from netanatomy.active.resolve.pool import check_authorities
    from netanatomy.active.resolve.servers import parse_server
    from netanatomy.active.resolve.system_files import resolver_configuration

    servers = tuple(dict.fromkeys(parse_server(text) for text in options.server))
    if options.ca:
        check_authorities(options.ca)
    if options.bootstrap:
        if parse_server(options.bootstrap).address is None:
            raise UsageError(f"--bootstrap {options.bootstrap}: an IP address is needed here")
        if not any(server.address is None for server in servers):
            raise UsageError("--bootstrap tells where a server is that is given by name: none is")
    search: list[str] = []
    ndots = 1
    for domain in options.search:
        if domain == "system":
            configuration = resolver_configuration()
            search += configuration.search
            ndots = configuration.ndots
        else:
            search.append(domain)
    if search and not servers:
        raise UsageError("--search goes with --server: this machine's resolver has a list of its own")
    roots, port = parse_roots(options.root)
    if roots and not options.trace:
        raise UsageError("--root goes with --trace")
    anchors = None
    if options.dnssec or options.anchor:
        from netanatomy.active.resolve.anchors import anchors_from, root_anchors

        anchors = anchors_from(options.anchor) if options.anchor else root_anchors()
    if options.reverse and options.type:
        raise UsageError("--reverse asks for PTR records: --type does not go with it")
    return Plan(
        types=parse_types(",".join(options.type)) if options.type else DEFAULT_TYPES,
        servers=servers,
        options=Options(
            timeout=options.timeout,
            attempts=options.attempts,
            recursion=not options.no_recursion,
            nsid=options.nsid,
            cookie=options.cookie,
            subnet=parse_subnet(options.subnet) if options.subnet else None,
            ca=options.ca,
            bootstrap=options.bootstrap,
        ),
        reverse=options.reverse,
        search=tuple(search),
        ndots=ndots,
        anchors=anchors,
        trace=options.trace,
        roots=roots,
        trace_port=port,
        sources=not _has_files(options),
    )


def _names(options: Namespace) -> Iterable[str]:
    """The names to ask for: those of the command line must make sense, those of a file may not."""
    from netanatomy.active.resolve.names import parse_name, reverse_name

    for name in options.names:
        if name == STANDARD_INPUT:
            continue
        if options.reverse:
            reverse_name(name)
        else:
            parse_name(name)
            if _is_address(name):
                tell(f"{name} is an address: --reverse asks for its names")
    if not (options.names or options.file):
        raise UsageError("no name to ask for: name one, or a file of names with --file")
    found: list[str] = []
    for name in options.names:
        found += _from_file(STANDARD_INPUT) if name == STANDARD_INPUT else (name,)
    for path in options.file:
        found += _from_file(path)
    return found


def _has_files(options: Namespace) -> bool:
    """Whether names come from a file or from standard input, where there may be thousands."""
    return bool(options.file) or STANDARD_INPUT in options.names


def _from_file(path: str) -> Iterator[str]:
    """The names of a file: the first word of each line, without comments (#)."""
    if path == STANDARD_INPUT and sys.stdin is None:
        raise UsageError("standard input is closed: there are no names in it")
    try:
        text = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"--file {path}: {error.strerror or error}") from error
    for line in text.decode("utf-8", "replace").splitlines():
        words = line[:MAXIMUM_LINE].partition("#")[0].split()
        if words:
            yield words[0]


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return True


def _between(most: float) -> Callable[[str], float]:
    """A number greater than 0, not absurdly great."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= most:
            raise ArgumentTypeError(f"{text!r} is no number above 0 and up to {most:g}")
        return value

    return number


COMMAND = Command(
    name="resolve",
    summary="what names stand for: from this machine's resolver, any server, or down from the roots",
    description=(
        "Ask for names. Without --server, this machine's own resolver is asked (getaddrinfo, both address\n"
        "families), and where its answer came from is found out: hosts file, DNS, multicast. With --server,\n"
        "servers are asked over UDP (TCP where an answer does not fit), TCP, TLS, HTTPS or QUIC; several\n"
        "side by side, with what they do not agree about marked. Certificates are verified; #NAME after a\n"
        "server's address says what name they must have: tls://9.9.9.9#dns.quad9.net\n"
        "With --file, or - for standard input, each answer is one line, in the order of the names.\n"
        "\n"
        "exit codes, the highest of all names (a name with an address of one family only is answered):\n"
        "  0   answered                      14  no answer in time\n"
        "  10  no such name (NXDOMAIN)       15  unreachable: no server, or no network at all\n"
        "  11  no record of this type        16  the answer is unusable: broken, or to another question\n"
        "  12  the server failed (SERVFAIL)  17  the server's certificate is not trusted\n"
        "  13  the server refused (REFUSED)  18  DNSSEC shows the answer to be bogus"
    ),
    arguments=arguments,
    run=run,
    order=60,
)
