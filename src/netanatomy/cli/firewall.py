"""`netanatomy firewall`: from what was found to a rule set, and what the rules do to the capture."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
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
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.output import STANDARD_OUTPUT, checked_target, opened
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.firewall.check import Checked
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.pipeline import Capture
    from netanatomy.report.document import Document
    from netanatomy.schema.findings import Finding

PER_CENT = 100

OUTCOMES = MappingProxyType({"narrowed": "Made narrower", "withheld": "Withheld", "none": "No rule"})
"""What became of a finding's rule, as a sentence begins."""


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
        help="of the victims' packets that belong to no attack, the share that a rule may hit (1); a rule "
        "that hits more is made narrower or withheld",
    )
    parser.add_argument(
        "--interface",
        type=_interface,
        default="eth0",
        metavar="NAME",
        help="where frames arrive, for rules on Ethernet, VLAN and ARP (eth0; it can be changed in the file)",
    )
    parser.add_argument(
        "--json", action="store_true", help="one rule a line with its effect, and nothing else"
    )
    add_finding_arguments(parser)
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Look for attacks, measure their rules, and write those that do more good than harm."""
    from netanatomy.firewall.nftables import file_text, named_rules
    from netanatomy.pipeline import Capture

    settings, flows = finding_settings(options), flow_options(options)
    if options.output is not None and options.output != STANDARD_OUTPUT:
        checked_target(options.output, options.captures)
    capture = Capture(options.captures)
    if not capture.rereadable:
        raise UsageError("the effect of rules cannot be measured on standard input: name a file")
    tell_if_uncompiled()
    with progress_bar() as watch:
        findings = capture.findings(settings, None, flows, watch)
        wanted = _wanted(findings, options.id)
        others = [finding for finding in findings if finding not in wanted]
        chosen = capture.rule_effects(wanted, options.max_collateral, watch, others)
    written = [judged.as_written for judged in chosen]
    text = file_text(named_rules(written), _remarks(chosen), options.interface)
    if options.output is not None:
        with opened(options.output) as file:
            file.write(text.encode())
    checked = _checked(capture, chosen) if options.what_if else None
    if options.json:
        _print_lines(chosen)
    elif options.what_if:
        print_document(_report(chosen, checked, captures_told(options.captures)))
    elif options.output is None:
        print(text, end="")
    warn_of(capture.anomalies)
    return finding_exit_code(options, findings)


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


def _remarks(every: Sequence[Judged]) -> list[str]:
    """What the file says beside its rules."""
    from netanatomy.firewall.narrowing import Outcome

    found = []
    for judged in every:
        if judged.outcome is Outcome.NARROWED:
            found.append(f"{judged.finding.id} has a narrower rule: {judged.reason}")
        elif judged.outcome is not Outcome.KEPT:
            found.append(f"{judged.finding.id} has no rule: {judged.reason}")
        found += [f"{judged.finding.id}, besides a packet filter: {line}" for line in judged.finding.advice]
    return found


def _checked(capture: Capture, every: Sequence[Judged]) -> Checked | str | None:
    """What the real nftables did; why it was not asked, as text; None where there is nothing to ask."""
    from netanatomy.firewall.check import check, check_columns
    from netanatomy.firewall.nftables import named_rules
    from netanatomy.firewall.replay import ReplayError, why_not_here

    rules = named_rules([judged.as_written for judged in every])
    if not rules:
        return None
    if reason := why_not_here():
        return reason
    try:
        return check(rules, capture.packets_with_octets(check_columns(rules)), capture.frames())
    except ReplayError as error:
        return str(error)


def _print_lines(every: Sequence[Judged]) -> None:
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.json import json_line

    for judged in every:
        effect = judged.effect
        print(
            json_line(
                {
                    "id": judged.finding.id,
                    "title": judged.finding.title,
                    "severity": judged.finding.severity.value,
                    "outcome": judged.outcome.value,
                    "reason": judged.reason,
                    "attack_packets": effect.attack_packets,
                    "attack_stopped": effect.attack_stopped,
                    "attack_passed": effect.attack_packets - effect.attack_stopped,
                    "other_packets": effect.other_packets,
                    "other_hit": effect.other_hit,
                    "nftables": rule_text(judged.rule) if judged.rule is not None else "",
                    "advice": list(judged.finding.advice),
                }
            )
        )


def _report(every: Sequence[Judged], checked: Checked | str | None, capture: str) -> Document:
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.document import Document, Paragraph, Part, Preformatted, Section, Table
    from netanatomy.report.units import count, several

    rows = tuple(
        (
            judged.finding.id,
            judged.outcome.value,
            count(judged.effect.attack_stopped),
            count(judged.effect.attack_packets - judged.effect.attack_stopped),
            count(judged.effect.other_hit),
            count(judged.effect.other_packets),
            f"{judged.effect.harm:.2%}",
        )
        for judged in every
        if judged.finding.rule is not None and judged.effect.attack_packets + judged.effect.other_packets
    )
    heading = ("finding", "rule", ">attack stopped", ">passed", ">other hit", ">of others", ">share")
    parts: list[Part] = [Table("", heading, rows)] if rows else [Paragraph("There is no rule to try.")]
    if checked is not None:
        parts.append(Paragraph(_said(checked)))
    sections = [
        Section(
            "What if these rules had been there",
            "Each rule by itself, in packets. Others: from or to the victims, and of no attack.",
            tuple(parts),
        )
    ]
    for judged in every:
        about: list[Part] = []
        if judged.reason:
            about.append(Paragraph(f"{OUTCOMES[judged.outcome.value]}: {judged.reason}."))
        if judged.rule is not None:
            about.append(Preformatted(rule_text(judged.rule)))
        about += [Paragraph(f"- {line}") for line in judged.finding.advice]
        sections.append(Section(judged.finding.id, judged.finding.title, tuple(about), judged.finding.layer))
    return Document(f"netanatomy: {several(len(rows), 'firewall rule')} tried on {capture}", tuple(sections))


def _said(checked: Checked | str) -> str:
    """How the numbers were come by."""
    if isinstance(checked, str):
        return f"Worked out by netanatomy's own matcher, not by the real nftables: {checked}."
    told = (
        f"Replayed through the real nftables as well, as fast as it goes: {checked.frames:,} frames, "
        f"{checked.dropped:,} dropped by all rules together; netanatomy's own matcher "
    )
    if checked.different:
        named = ", ".join(str(number) for number in checked.named)
        told += f"thinks otherwise of {checked.different:,}{f' (frames {named})' if named else ''}"
    else:
        told += "says the same of every frame"
    if checked.unsure:
        told += f"; {checked.unsure} at the very edge of a limit"
    if checked.refused:
        told += f"; {checked.refused} never came to the rules, for Linux takes no such frame"
    return f"{told}."


COMMAND = Command(
    name="firewall",
    summary="nftables rules against what was found, and what they would have stopped",
    description=(
        "Look for attacks and write the nftables rules that stop them, by the narrowest criterion that the\n"
        "evidence supports. Every rule is tried on the capture first: one that hits too much other traffic\n"
        "is made narrower or withheld, and the file says why. --what-if shows the numbers."
    ),
    arguments=arguments,
    run=run,
    order=13,
)
