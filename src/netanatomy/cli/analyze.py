"""`netanatomy analyze`: what a capture holds, from the bottom layer up."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import netanatomy
from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.documents import print_document
from netanatomy.cli.finding_arguments import (
    add_finding_arguments,
    commands_told,
    finding_exit_code,
    finding_settings,
)
from netanatomy.cli.kept_input import kept_input
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.output import checked_target, opened
from netanatomy.cli.pipes import readable_again
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.detect.settings import Settings
    from netanatomy.pipeline import Capture, Watch
    from netanatomy.report.records import Overview
    from netanatomy.schema.findings import Finding

TOP = 10  # lines of each table of talkers: what fits a screen


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument(
        "--top", type=positive, default=TOP, metavar="N", help=f"lines of each table (default: {TOP})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")
    parser.add_argument("--no-findings", action="store_true", help="count only, look for no attacks")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write the report as one page that needs nothing but itself"
    )
    parser.add_argument(
        "--annotate",
        type=Path,
        metavar="FILE",
        help="write the capture anew as pcapng, with a comment at every frame that a finding is about",
    )
    add_finding_arguments(parser)


def run(options: Namespace) -> int:
    """Read the captures once and print the report."""
    settings = finding_settings(options)
    _check_targets(options)
    # Without findings one reading does, which needs no room for a pipe's octets.
    if not options.no_findings:
        options.captures = [readable_again(path, "attacks cannot be looked for") for path in options.captures]
    with nullcontext() if options.no_findings else kept_input(options.captures):
        return _run(options, settings)


def _check_targets(options: Namespace) -> None:
    """Refuse what cannot be written, before anything is read.

    Raises:
        UsageError: a file would be written over, or nothing would be in it.
    """
    if options.no_findings and (options.annotate or options.html):
        raise UsageError("--html and --annotate tell of findings: leave out --no-findings")
    for target in (options.html, options.annotate):
        if target is not None:
            checked_target(target, options.captures)
    if options.html is not None and options.annotate is not None and _are_one(options.html, options.annotate):
        raise UsageError("--html and --annotate name the same file: give each its own")


def _are_one(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


def _run(options: Namespace, settings: Settings) -> int:
    from netanatomy.pipeline import Capture
    from netanatomy.report.overview import overview

    capture = Capture(options.captures)
    tell_if_uncompiled()
    with progress_bar() as watch:
        if options.no_findings:
            summary, findings = capture.summarise(watch), None
        else:
            summary, findings = capture.analyse(settings, watch)
    report = overview(summary, capture.information, capture.anomalies, options.top)
    left: BrokenPipeError | None = None
    try:
        _print(options, report, findings)
        sys.stdout.flush()
    except BrokenPipeError as error:
        left = error  # whoever read the output has seen enough; the files were asked for all the same
    warn_of(capture.anomalies)
    if options.html is not None:
        with progress_bar() as watch:
            _write_page(options, capture, report, findings or [], watch)
    if options.annotate is not None:
        with opened(options.annotate) as file, progress_bar() as watch:
            capture.annotate(findings or [], file, watch)
    if left is not None:
        raise left
    return finding_exit_code(options, findings or ())


def _print(options: Namespace, report: Overview, findings: Sequence[Finding] | None) -> None:
    if options.json:
        from netanatomy.firewall.nftables import rule_text
        from netanatomy.report.finding_json import finding_json
        from netanatomy.report.json import overview_json

        told = None if findings is None else [finding_json(each, rule_text) for each in findings]
        print(overview_json(report, netanatomy.__version__, told))
    else:
        from netanatomy.report.capture_report import capture_report

        print_document(capture_report(report, findings, commands_told(options)))


def _write_page(
    options: Namespace, capture: Capture, report: Overview, findings: Sequence[Finding], watch: Watch | None
) -> None:
    from netanatomy.cli.finding_detail import finding_details
    from netanatomy.report.html.page import MAXIMUM_FINDINGS, page

    told, others = findings[:MAXIMUM_FINDINGS], findings[MAXIMUM_FINDINGS:]
    details = finding_details(capture, told, others, watch, commands_told(options))
    text = page(report, findings, details, netanatomy.__version__)
    with opened(options.html) as file:
        file.write(text.encode())


COMMAND = Command(
    name="analyze",
    summary="what a capture holds, layer by layer",
    description=(
        "Read captures and say first what is wrong: the attacks that were found, the gravest first, with\n"
        "who, proof, and the command that shows more. Then, from the bottom layer up: what was recorded,\n"
        "who speaks to whom on each layer, which protocols lie in which, TCP flags that no handshake\n"
        "allows, tunnels, fragments, and what could not be read, with frame numbers.\n"
        "Several captures are merged in the order of time."
    ),
    arguments=arguments,
    run=run,
    order=10,
)
