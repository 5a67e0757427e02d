"""What `netanatomy firewall` tells of rules and their effect: as a document, as JSON, and in remarks."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.firewall.check import Checked
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.report.document import Document
    from netanatomy.report.json import Json
    from netanatomy.schema.findings import Severity

OUTCOMES = MappingProxyType({"narrowed": "Made narrower", "withheld": "Withheld", "none": "No rule"})
"""What became of a finding's rule, as a sentence begins."""

COMMENT = "comment"
"""What is said of a rule that is not loaded, because its finding is of too little severity."""


def is_loaded(judged: Judged, least: Severity) -> bool:
    """Whether a finding is grave enough that its rule is loaded and not only a comment."""
    return judged.finding.severity.rank >= least.rank


def remarks(every: Sequence[Judged]) -> list[str]:
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


def why_not_loaded(lesser: Sequence[Judged], least: Severity) -> str:
    """What the file says in front of rules that are only comments; empty where there are none."""
    severities = [judged.finding.severity for judged in lesser if judged.rule is not None]
    if not severities:
        return ""
    lowest = min(severities, key=lambda severity: severity.rank)
    return (
        f"Not loaded, because what they are against is of less than {least.value} severity: it may be "
        "wanted, and would be cut off whole. That harm cannot be measured, for its packets count as the "
        f"attack. Where it is not wanted: netanatomy firewall --severity {lowest.value}"
    )


def rule_line(judged: Judged, least: Severity) -> dict[str, Json]:
    """One rule and its effect, as `--json` has it; docs/firewall.md says what the names mean."""
    from netanatomy.firewall.nftables import rule_text

    effect = judged.effect
    return {
        "id": judged.finding.id,
        "title": judged.finding.title,
        "severity": judged.finding.severity.value,
        "outcome": judged.outcome.value,
        "loaded": judged.rule is not None and is_loaded(judged, least),
        "reason": judged.reason,
        "attack_packets": effect.attack_packets,
        "attack_stopped": effect.attack_stopped,
        "attack_passed": effect.attack_packets - effect.attack_stopped,
        "other_packets": effect.other_packets,
        "other_hit": effect.other_hit,
        "victim_packets": effect.victim_packets,
        "victim_hit": effect.victim_hit,
        "nftables": rule_text(judged.rule) if judged.rule is not None else "",
        "advice": list(judged.finding.advice),
    }


def replay_line(checked: Checked | str | None) -> dict[str, Json] | None:
    """What the real nftables did, as `--what-if --json` has it; None where there was no rule to load."""
    from netanatomy.firewall.check import Checked

    if checked is None:
        return None
    reason = checked if isinstance(checked, str) else ""
    done = Checked() if isinstance(checked, str) else checked
    return {
        "why_not": reason,
        "frames": done.frames,
        "judged": done.judged,
        "dropped": done.dropped,
        "different": done.different,
        "different_frames": list(done.named),
        "unsure": done.unsure,
        "refused": done.refused,
        "without_ip": done.without_ip,
    }


def effects_report(
    every: Sequence[Judged], checked: Checked | str | None, capture: str, least: Severity
) -> Document:
    """What each rule stops and what else it hits."""
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.document import Document, Paragraph, Part, Preformatted, Section, Table
    from netanatomy.report.units import count, several

    rows = tuple(
        (
            judged.finding.id,
            judged.outcome.value if is_loaded(judged, least) or judged.rule is None else COMMENT,
            count(judged.effect.attack_stopped),
            count(judged.effect.attack_packets - judged.effect.attack_stopped),
            count(judged.effect.other_hit),
            count(judged.effect.other_packets),
            count(judged.effect.victim_hit),
            count(judged.effect.victim_packets),
            f"{judged.effect.harm:.2%}",
        )
        for judged in every
        if judged.finding.rule is not None and judged.effect.attack_packets + judged.effect.other_packets
    )
    heading = (
        *("finding", "rule", ">attack stopped", ">passed", ">others hit", ">of"),
        *(">victims' hit", ">of", ">harm"),
    )
    parts: list[Part] = [Table("", heading, rows)] if rows else [Paragraph("There is no rule to try.")]
    if checked is not None:
        parts.append(Paragraph(said(checked)))
    sections = [
        Section(
            "What if these rules had been there",
            "Each rule by itself, in packets. Others: all packets of no attack; victims': those of them that "
            "are from or to the victims. Harm: the greater of the two shares.",
            tuple(parts),
        )
    ]
    for judged in every:
        about: list[Part] = []
        if judged.reason:
            about.append(Paragraph(f"{OUTCOMES[judged.outcome.value]}: {judged.reason}."))
        if judged.rule is not None and not is_loaded(judged, least):
            about.append(Paragraph(f"{why_not_loaded([judged], least)}."))
        if judged.rule is not None:
            about.append(Preformatted(rule_text(judged.rule)))
        about += [Paragraph(f"- {line}") for line in judged.finding.advice]
        sections.append(Section(judged.finding.id, judged.finding.title, tuple(about), judged.finding.layer))
    return Document(f"netanatomy: {several(len(rows), 'firewall rule')} tried on {capture}", tuple(sections))


def said(checked: Checked | str) -> str:
    """How the numbers were come by.

    >>> said("a network namespace needs root")
    "Worked out by netanatomy's own matcher, not by the real nftables: a network namespace needs root."
    """
    if isinstance(checked, str):
        return f"Worked out by netanatomy's own matcher, not by the real nftables: {checked}."
    reasons = _why_not_judged(checked)
    if not checked.judged:
        return (
            f"The real nftables could judge none of {checked.frames:,} frames: {reasons}. The numbers are "
            "those of netanatomy's own matcher alone."
        )
    told = (
        f"Replayed through the real nftables as well, as fast as it goes: {checked.judged:,} of "
        f"{checked.frames:,} frames judged, {checked.dropped:,} dropped by all rules together; "
        f"{agreement(checked)}"
    )
    if checked.unsure:
        told += f"; {checked.unsure:,} at the very edge of a limit"
    if reasons:
        left = checked.frames - checked.judged
        told += (
            f". {left:,} never came to the rules: {reasons}. Of these the numbers are those of "
            "netanatomy's own matcher alone"
        )
    return f"{told}."


def agreement(checked: Checked) -> str:
    """Whether the real nftables and our own matcher thought the same of what both judged."""
    if not checked.different:
        return "netanatomy's own matcher says the same of each of these"
    named = ", ".join(str(number) for number in checked.named)
    return (
        f"netanatomy's own matcher thinks otherwise of {checked.different:,}"
        f"{f' (frames {named})' if named else ''}"
    )


def _why_not_judged(checked: Checked) -> str:
    reasons = []
    if checked.refused:
        reasons.append(
            f"Linux takes no packet whose IP header is broken (checksum, length, version), as in "
            f"{checked.refused:,}"
        )
    if checked.without_ip:
        reasons.append(
            f"no packet filter sees frames that are neither Ethernet nor IP, as {checked.without_ip:,} are"
        )
    return "; ".join(reasons) or ("" if checked.frames else "there are none")
