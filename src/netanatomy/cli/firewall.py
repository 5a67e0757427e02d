"""`netanatomy firewall`: from what was found to a rule set, and what the rules do to the capture."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP
from netanatomy.cli.command import Command
from netanatomy.cli.documents import print_document
from netanatomy.cli.finding_arguments import (
    add_finding_arguments,
    captures_told,
    finding_exit_code,
    finding_settings,
)
from netanatomy.cli.firewall_told import (
    agreement,
    effects_report,
    is_loaded,
    remarks,
    replay_line,
    rule_line,
    why_not_loaded,
)
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.kept_input import kept_input
from netanatomy.cli.notices import tell, tell_if_uncompiled, warn_of
from netanatomy.cli.output import STANDARD_OUTPUT, checked_target, opened
from netanatomy.cli.pipes import readable_again
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.detect.settings import Settings
    from netanatomy.firewall.check import Checked
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.firewall.nftables import Named
    from netanatomy.pipeline import Capture
    from netanatomy.schema.findings import Finding, Severity
    from netanatomy.schema.flow_options import FlowOptions

PER_CENT = 100
SEVERITIES = ("info", "low", "medium", "high", "critical")


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write the rule set there; - for standard output"
    )
    parser.add_argument(
        "--what-if",
        action="store_true",
        help="say what each rule stops and what else it hits; as root the real nftables is asked as well",
    )
    parser.add_argument(
        "--id",
        action="append",
        metavar="ID",
        help="only the rule of this finding; the beginning of its id is enough; may be repeated",
    )
    parser.add_argument(
        "--max-collateral",
        type=_per_cent,
        default=_per_cent("1"),
        metavar="PERCENT",
        help="of the packets that belong to no attack, and of the victims' among them, the share that a rule "
        "may hit (1); a rule that hits more is made narrower or withheld",
    )
    parser.add_argument(
        "--severity",
        choices=SEVERITIES,
        default="medium",
        help="load the rules of findings that are at least so grave (medium); others are only comments of "
        "the file, for what they stop may be wanted",
    )
    parser.add_argument(
        "--interface",
        type=_interface,
        default="eth0",
        metavar="NAME",
        help="where frames arrive, for rules on Ethernet, VLAN and ARP (eth0; it can be changed in the file)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one rule a line with its effect, and nothing else (docs/firewall.md); with --what-if also what "
        "the real nftables did",
    )
    add_finding_arguments(parser)
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Look for attacks, measure their rules, and write those that do more good than harm."""
    settings, flows = finding_settings(options), flow_options(options)
    if options.output is not None and options.output != STANDARD_OUTPUT:
        checked_target(options.output, options.captures)
    options.captures = [
        readable_again(path, "the effect of rules cannot be measured") for path in options.captures
    ]
    with kept_input(options.captures):
        return _run(options, settings, flows)


def _run(options: Namespace, settings: Settings, flows: FlowOptions) -> int:
    from netanatomy.firewall.nftables import file_text, named_rules
    from netanatomy.pipeline import Capture
    from netanatomy.schema.findings import Severity

    capture = Capture(options.captures)
    if not capture.rereadable:
        raise UsageError("the effect of rules cannot be measured on standard input: name a file")
    tell_if_uncompiled()
    least = Severity(options.severity)
    with progress_bar() as watch:
        findings = capture.findings(settings, None, flows, watch)
        wanted = _wanted(findings, options.id)
        others = [finding for finding in findings if finding not in wanted]
        chosen = capture.rule_effects(wanted, options.max_collateral, watch, others)
    rules = named_rules([judged.as_written for judged in chosen if is_loaded(judged, least)])
    if options.output is not None or not (options.json or options.what_if):
        lesser = [judged for judged in chosen if not is_loaded(judged, least)]
        text = file_text(
            rules,
            remarks(chosen),
            options.interface,
            [named for named in named_rules([judged.as_written for judged in lesser]) if named not in rules],
            why_not_loaded(lesser, least),
        )
        _write(text, options.output)
    checked = _checked(capture, rules) if options.what_if else None
    if options.json:
        _print_lines(chosen, checked, least, options.what_if)
    elif options.what_if:
        print_document(effects_report(chosen, checked, captures_told(options.captures), least))
    warn_of(capture.anomalies)
    return finding_exit_code(options, [one for one in wanted if one.severity.rank >= least.rank])


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    with opened(output) as file:
        file.write(text.encode())


def _print_lines(
    every: Sequence[Judged], checked: Checked | str | None, least: Severity, what_if: bool
) -> None:
    from netanatomy.report.json import json_line

    more = {"replay": replay_line(checked)} if what_if else {}
    for judged in every:
        print(json_line({**rule_line(judged, least), **more}))
    if checked is not None and not isinstance(checked, str) and checked.different:
        tell(f"warning: replayed through the real nftables, {agreement(checked)}")


def _per_cent(text: str) -> float:
    try:
        share = float(text) / PER_CENT
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no number of per cent") from None
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 100 per cent")
    return share


def _interface(text: str) -> str:
    from netanatomy.firewall.nftables import is_interface_name

    if not is_interface_name(text):
        raise ArgumentTypeError(f"{text!r} is no name of an interface")
    return text


def _wanted(findings: Sequence[Finding], wanted: Sequence[str] | None) -> list[Finding]:
    if not wanted:
        return list(findings)
    for beginning in wanted:
        if not any(finding.id.startswith(beginning) for finding in findings):
            known = ", ".join(finding.id for finding in findings[:5]) or "none at all"
            raise UsageError(f"there is no finding {beginning!r}; there are {known}")
    return [finding for finding in findings if finding.id.startswith(tuple(wanted))]


def _checked(capture: Capture, rules: Sequence[Named]) -> Checked | str | None:
    """What the real nftables did; why it was not asked, as text; None where there is nothing to ask."""
    from netanatomy.firewall.check import check, check_columns
    from netanatomy.firewall.replay import ReplayError, why_not_here

    if not rules:
        return None
    if reason := why_not_here():
        return reason
    try:
        return check(rules, capture.packets_with_octets(check_columns(rules)), capture.frames())
    except ReplayError as error:
        return str(error)


COMMAND = Command(
    name="firewall",
    summary="nftables rules against what was found, and what they would have stopped",
    description=(
        "Look for attacks and write the nftables rules that stop them, by the narrowest criterion that the\n"
        "evidence supports. Every rule is tried on the capture first: one that hits too much other traffic\n"
        "is made narrower or withheld, and the file says why. --what-if shows the numbers. Rules against\n"
        "what is of less than medium severity are only comments of the file (--severity). Exit code: 6\n"
        "where a finding from medium severity on was asked for and found."
    ),
    arguments=arguments,
    run=run,
    order=13,
)
