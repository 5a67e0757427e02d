"""What all probes have in common on the command line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import netanatomy
from netanatomy.cli.arguments import positive
from netanatomy.cli.network_notice import tell_if_no_network
from netanatomy.cli.notices import tell
from netanatomy.cli.numbers import between
from netanatomy.cli.output import opened
from netanatomy.cli.proxy_login import HELP, with_login
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.active.probe import Probe, ProbeOptions
    from netanatomy.active.probe.via import Proxy

MAXIMUM_SECONDS = 3600.0
MAXIMUM_REPEATS = 10_000
"""Probes in a row: a probe is for looking, not for keeping a server busy."""

EXIT_CODES = (
    "exit codes:\n"
    "  0   reached                        15  unreachable, or nobody to ask for the name\n"
    "  10  no such name                   16  the answer is unusable: another protocol, or broken\n"
    "  13  refused: nobody listens there  17  the certificate is not valid; everything else is told\n"
    "  14  timed out                      19  closed without an answer\n"
    "  130 interrupted: with --repeat,    20  the proxy (--via) gives no way there\n"
    "      after telling what there is"
)


def probe_arguments(parser: ArgumentParser, target: str) -> None:
    """Add what every probe takes.

    Args:
        parser: to add to.
        target: how a target is written.
    """
    parser.add_argument("--via", default="", metavar="PROXY", help=HELP)
    parser.add_argument(
        "--via-password-file",
        type=Path,
        metavar="FILE",
        help="a line USER:PASSWORD for the proxy; nobody else may read the file",
    )
    parser.add_argument("target", metavar="TARGET", help=target)
    family_arguments(parser)
    parser.add_argument(
        "--timeout",
        type=between(MAXIMUM_SECONDS),
        default=10.0,
        metavar="S",
        help="for the whole probe (10 s)",
    )
    parser.add_argument(
        "--repeat", type=positive, default=1, metavar="N", help="probe N times, and tell how the times spread"
    )
    parser.add_argument(
        "--interval", type=between(MAXIMUM_SECONDS), default=1.0, metavar="S", help="between two probes (1 s)"
    )
    parser.add_argument(
        "--capture",
        type=Path,
        metavar="FILE",
        help="record the probe's own packets as pcapng, for `netanatomy show` (needs the right to record)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def family_arguments(parser: ArgumentParser) -> None:
    """Add the choice of an address family."""
    family = parser.add_mutually_exclusive_group()
    family.add_argument("-4", dest="family", action="store_const", const=4, default=0, help="over IPv4 only")
    family.add_argument("-6", dest="family", action="store_const", const=6, help="over IPv6 only")


def family_of(options: Namespace) -> int:
    """The address family that was chosen, as the system numbers it; 0 for both."""
    import socket

    return {0: 0, 4: int(socket.AF_INET), 6: int(socket.AF_INET6)}[options.family]


def tls_arguments(parser: ArgumentParser) -> None:
    """Add what every probe takes that may speak TLS."""
    parser.add_argument(
        "--ca", default="", metavar="FILE", help="trust these authorities (PEM) and no others"
    )
    parser.add_argument("--name", default="", metavar="NAME", help="ask for this name (SNI), and verify it")


def versions_argument(parser: ArgumentParser) -> None:
    """Add the question for each version of TLS."""
    parser.add_argument("--versions", action="store_true", help="try each version, SSL 3.0 to TLS 1.3")


def probe_options(options: Namespace) -> ProbeOptions:
    """How to probe."""
    from netanatomy.active.probe import ProbeOptions

    wait = min(getattr(options, "wait", 1.0), options.timeout)
    proxy = _proxy(options)
    return ProbeOptions(
        timeout=options.timeout,
        family=family_of(options),
        wait=wait,
        ca=getattr(options, "ca", ""),
        via=proxy,
    )


def _proxy(options: Namespace) -> Proxy | None:
    from netanatomy.active.probe.via import parse_proxy

    text, path = options.via, options.via_password_file
    if not text:
        if path is not None:
            raise UsageError("--via-password-file goes with --via")
        return None
    return with_login(parse_proxy(text), path)


def run_probe(options: Namespace, probe: Callable[[], Awaitable[Probe]]) -> int:
    """Probe as often as was asked, tell it, and give the exit code: the highest of all."""
    import asyncio

    from netanatomy.schema.probe import EXIT_CODES as CODES

    if options.repeat > MAXIMUM_REPEATS:
        raise UsageError(f"--repeat {options.repeat}: at most {MAXIMUM_REPEATS}")

    probes: list[Probe] = []

    async def all_of_them() -> None:
        probes.append(await probe())
        while len(probes) < options.repeat:
            await asyncio.sleep(options.interval)
            probes.append(await probe())

    def run() -> bool:
        """Whether all were done; False if somebody interrupted."""
        try:
            asyncio.run(all_of_them())
        except KeyboardInterrupt:
            return False
        return True

    done = run() if options.capture is None else _recorded(options.capture, run, probes)
    if probes:
        show(options, probes)
    if not done:
        raise KeyboardInterrupt
    code = max(CODES[each.outcome] for each in probes)
    tell_if_no_network(code)
    return code


def _recorded(path: Path, run: Callable[[], bool], probes: list[Probe]) -> bool:
    """Probe while everything is recorded, and write what was the probes' own; what `run` gives."""
    from netanatomy.active.recording import Recording

    with opened(path) as file:
        with Recording() as recording:
            done = run()
        addresses = {each.address for probe in probes for each in probe.attempts}
        addresses |= {text for probe in probes for text in probe.addresses}
        ports = {each.port for probe in probes for each in probe.attempts} | {probe.port for probe in probes}
        written = recording.write(file, addresses, ports)
    dropped = f"; {recording.dropped:,} were dropped for room" if recording.dropped else ""
    lost = f"; {recording.lost:,} of the machine's were lost, it was busy" if recording.lost else ""
    tell(f"{written:,} frames in {path}{dropped}{lost}: netanatomy show {path} 1")
    return done


def show(options: Namespace, probes: list[Probe]) -> None:
    """Print one probe, or what several have in common."""
    if options.json:
        from netanatomy.report.answer_json import answers_json
        from netanatomy.report.probe_statistics import statistics_of

        print(answers_json(netanatomy.__version__, probes=probes, statistics=statistics_of(probes)))
        return
    from netanatomy.cli.questions import Printer
    from netanatomy.report.probe_view import probe_document, statistics_document

    printer = Printer()
    printer.print(probe_document(probes[-1]))
    if len(probes) > 1 or options.repeat > 1:
        printer.print(statistics_document(probes))
