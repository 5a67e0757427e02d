"""`netanatomy findings`: who did what to whom, with the octets that prove it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP
from netanatomy.cli.command import Command
from netanatomy.cli.documents import print_document
from netanatomy.cli.finding_arguments import (
    add_finding_arguments,
    captures_told,
    commands_told,
    finding_exit_code,
    finding_settings,
)
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.kept_input import kept_input
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.pipes import readable_again
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.detect.settings import Settings
    from netanatomy.schema.findings import Finding
    from netanatomy.schema.flow_options import FlowOptions

SEVERITIES = ("info", "low", "medium", "high", "critical")


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument("--id", metavar="ID", help="all of one finding; the beginning of its id is enough")
    parser.add_argument(
        "--detector", action="append", metavar="NAME", help="run only this detector; may be repeated"
    )
    parser.add_argument(
        "--severity",
        choices=SEVERITIES,
        default="info",
        help="leave out what is less grave (info); the exit code tells of the rest",
    )
    parser.add_argument("--json", action="store_true", help="one finding a line, and nothing else")
    parser.add_argument(
        "--schema", action="store_true", help="the JSON Schema of such a line; needs no capture"
    )
    add_finding_arguments(parser)
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Look for attacks and print what was found."""
    if options.schema:
        return _print_schema()
    if not options.captures:
        raise UsageError("name a capture")
    settings, flows = finding_settings(options), flow_options(options)
    options.captures = [readable_again(path, "attacks cannot be looked for") for path in options.captures]
    with kept_input(options.captures):
        return _run(options, settings, flows)


def _run(options: Namespace, settings: Settings, flows: FlowOptions) -> int:
    from netanatomy.pipeline import Capture
    from netanatomy.schema.findings import Severity

    capture = Capture(options.captures)
    tell_if_uncompiled()
    with progress_bar() as watch:
        every = capture.findings(settings, options.detector, flows, watch)
    warn_of(capture.anomalies)
    least = Severity(options.severity).rank
    found = [finding for finding in every if finding.severity.rank >= least]
    if options.id is not None:
        found = [_chosen(found, options.id)]
    if options.json:
        _print_lines(found)
    elif options.id is not None:
        from netanatomy.cli.finding_detail import finding_details

        others = [finding for finding in every if finding is not found[0]]
        with progress_bar() as watch:
            (detail,) = finding_details(capture, found, others, watch, commands_told(options))
        print_document(detail)
    else:
        from netanatomy.report.finding_report import findings_report

        named = captures_told(options.captures)
        print_document(findings_report(found, named, commands_told(options), Severity(options.severity)))
    return finding_exit_code(options, found)


def _print_schema() -> int:
    from netanatomy.report.finding_json import finding_schema
    from netanatomy.report.json import json_text

    print(json_text(finding_schema()))
    return 0


def _print_lines(findings: Sequence[Finding]) -> None:
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.finding_json import finding_json
    from netanatomy.report.json import json_line

    for finding in findings:
        print(json_line(finding_json(finding, rule_text)))


def _chosen(findings: Sequence[Finding], wanted: str) -> Finding:
    matching = [finding for finding in findings if finding.id.startswith(wanted)]
    exact = [finding for finding in matching if finding.id == wanted]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    if not matching:
        known = ", ".join(finding.id for finding in findings[:5]) or "none at all"
        raise UsageError(f"there is no finding {wanted!r}; there are {known}")
    raise UsageError(f"{wanted!r} begins {len(matching)} ids: {', '.join(each.id for each in matching[:5])}")


COMMAND = Command(
    name="findings",
    summary="who attacked whom, with the octets that prove it",
    description=(
        "Look for attacks on every layer and print what was found, the gravest first. With --id all of one:\n"
        "what happened and why it is wrong, the frames and octets that prove it, when it happened, what\n"
        "harmless thing looks the same, what to do, and the firewall rule.\n"
        "From severity medium on it is an attack or an exposure that somebody should act on today."
    ),
    arguments=arguments,
    run=run,
    order=12,
)
