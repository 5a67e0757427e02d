"""Findings in words: the verdict of a capture, and one finding from all sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from netanatomy.report.bars import bars
from netanatomy.report.commands import Commands
from netanatomy.report.document import Document, Facts, Marked, Paragraph, Part, Preformatted, Section, Table
from netanatomy.report.finding_json import RuleText
from netanatomy.report.series import Series
from netanatomy.report.units import count, duration, several, time
from netanatomy.schema.findings import Evidence, Finding, Severity

NAMED = 4  # addresses of a role that are named in one line
SHOWN_FINDINGS = 12  # of the verdict: what fits a screen
CLAIMED = "claimed"
"""The role of addresses that somebody else has put on, see `Finding.others`."""
LONG_EXPLANATION = 30  # characters, from which on the verdict does without it
NAMELESS = Commands()
TIMELINE = 60  # columns of the picture of a finding's packets over time


def verdict(findings: Sequence[Finding], commands: Commands) -> Section:
    """What is wrong, the gravest first, in three lines each, and the commands that show more.

    Args:
        findings: what was found.
        commands: those that show more.
    """
    if not findings:
        lead = "No attack was found. What was looked for: netanatomy explain."
        return Section("Verdict: nothing found", lead)
    by_severity = Counter(finding.severity for finding in findings)
    counted = ", ".join(
        f"{by_severity[each]} {each.value}" for each in reversed(Severity) if by_severity[each]
    )
    parts: list[Part] = []
    for number, finding in enumerate(findings[:SHOWN_FINDINGS], 1):
        parts.append(Paragraph(_headline(number, finding), warning=_grave(finding)))
        parts.append(
            Facts((("Who", parties(finding)), ("Proof", _proof(finding)), ("More", _more(finding, commands))))
        )
    if len(findings) > SHOWN_FINDINGS:
        rest = len(findings) - SHOWN_FINDINGS
        parts.append(Paragraph(f"{several(rest, 'finding')} more, less grave than these:"))
        parts.append(Preformatted(commands.findings()))
    lead = (
        "What is wrong, the gravest first."
        if any(map(_grave, findings))
        else "Nothing that must be acted on today. What is good to know, the gravest first:"
    )
    return Section(f"Verdict: {counted}", f"{lead} {commands.note}".rstrip(), tuple(parts))


def findings_report(
    findings: Sequence[Finding], capture: str, commands: Commands, least: Severity = Severity.INFO
) -> Document:
    """What `netanatomy findings` prints: every finding in a line or three.

    Args:
        findings: what is told.
        capture: what to call the capture.
        commands: those that show more.
        least: the severity below which nothing is told.
    """
    rows = tuple(
        (
            finding.severity.value,
            f"{finding.confidence:.0%}",
            finding.title,
            time(finding.start)[:19].replace("T", " "),
            count(finding.evidence_frames),
            finding.id,
        )
        for finding in findings
    )
    graver = f" of severity {least.value} or above" if least.rank else ""
    if not rows:
        lead = f"Nothing was found{graver}. What was looked for: netanatomy explain."
        return Document(f"netanatomy: no findings in {capture}", (Section("Findings", lead),))
    table = Table("", ("severity", ">sure", "what", "from (UTC)", ">frames", "id"), rows)
    more = (
        Paragraph(f"{commands.note} One of them from all sides:".lstrip()),
        Preformatted(commands.finding(findings[0].id)),
    )
    return Document(
        f"netanatomy: {several(len(rows), 'finding')}{graver} in {capture}",
        (Section("Findings", "", (table, *more)),),
    )


def finding_report(
    finding: Finding,
    rule_text: RuleText,
    packets: Series,
    marked: Sequence[Marked],
    effect: Sequence[str] = (),
    commands: Commands = NAMELESS,
    spoken: int | None = None,
) -> Document:
    """One finding from all sides.

    Args:
        finding: the finding.
        rule_text: writes its rule down.
        packets: how many there are of it over time; without any there is no picture.
        marked: the frames of its evidence, with the octets that prove it.
        effect: what the rule does to the packets of this capture, in sentences.
        commands: those that show more.
        spoken: number of a frame of its evidence that is of a TCP connection; None where there is none.
    """
    return Document(
        f"{finding.severity.value.upper()}: {finding.title}",
        (
            Section("What happened", finding.reason, (_facts(finding),), finding.layer),
            Section("What proves it", _how_much(finding), (*_evidence(finding), *marked), finding.layer),
            _commands(finding, commands, spoken),
            *_timeline(finding, packets),
            *_list("What looks the same and is harmless", finding.look_alikes),
            *_list("What to do", finding.next_steps),
            *_rule(finding, rule_text, effect, commands),
            *_list("References", finding.references),
        ),
    )


def parties(finding: Finding) -> str:
    """Who did it to whom, in one line."""
    told = []
    if finding.attackers or finding.victims:
        victims = some(finding.victims) or _no_victim(finding)
        told.append(f"{some(finding.attackers) or _unknown(finding)}{f' → {victims}' if victims else ''}")
    told += [f"{role} {some(addresses)}" for role, addresses in finding.others.items() if addresses]
    return "; ".join(told) or "nobody in particular"


def _unknown(finding: Finding) -> str:
    return "unknown (the sources are forged)" if finding.others.get(CLAIMED) else "unknown"


def _no_victim(finding: Finding) -> str:
    """What stands for victims where none is named: a frame without one is for all who share the link."""
    return "everybody on the link" if finding.layer == "link" else ""


def some(addresses: Sequence[str]) -> str:
    """The first few addresses, and how many more.

    >>> some(["10.0.0.1", "10.0.0.2"]), some([str(number) for number in range(6)])
    ('10.0.0.1, 10.0.0.2', '0, 1, 2, 3 and 2 more')
    """
    told = ", ".join(addresses[:NAMED])
    return f"{told} and {len(addresses) - NAMED} more" if len(addresses) > NAMED else told


def octets(piece: Evidence) -> str:
    """Where the octets lie in the frame; empty where that is not known.

    >>> octets(Evidence(1, 0, "internet", "Time to Live", "64", 22, 1, ""))
    '22'
    """
    if piece.offset is None:
        return ""
    return f"{piece.offset}–{piece.offset + piece.length - 1}" if piece.length > 1 else str(piece.offset)


def _headline(number: int, finding: Finding) -> str:
    return f"{number}. {finding.severity.value.upper()} ({finding.confidence:.0%} sure): {finding.title}"


def _grave(finding: Finding) -> bool:
    return finding.severity.rank >= Severity.MEDIUM.rank


def _proof(finding: Finding) -> str:
    if not finding.evidence:
        return several(finding.evidence_frames, "frame")
    piece = finding.evidence[0]
    where = f", octet{'s' if piece.length > 1 else ''} {octets(piece)}" if piece.offset is not None else ""
    return (
        f"frame {piece.frame}{where}: {piece.field} {_short(piece.value)} ({piece.role}); "
        f"{several(finding.evidence_frames, 'frame')} in all"
    )


def _short(value: str) -> str:
    """A value without a long explanation behind it, as addresses have one."""
    begin, between, explanation = value.partition(" (")
    return begin if between and len(explanation) > LONG_EXPLANATION else value


def _more(finding: Finding, commands: Commands) -> str:
    """All of it and, behind a semicolon as a shell takes it, the first frame that proves it."""
    told = [commands.finding(finding.id), *map(commands.show, _frames(finding)[:1])]
    return "; ".join(told)


def _frames(finding: Finding) -> list[int]:
    """Frames of its evidence, in the order of the story."""
    return list(dict.fromkeys(piece.frame for piece in finding.evidence))


def _commands(finding: Finding, commands: Commands, spoken: int | None) -> Section:
    told = [
        *map(commands.show, _frames(finding)[:1]),
        *([] if spoken is None else [commands.follow(spoken)]),
        commands.explain(finding.detector),
    ]
    lead = "A frame taken apart, what its connection said, and what this is about and how it is recognised."
    if spoken is None:
        lead = "A frame taken apart, and what this is about and how it is recognised."
    parts: list[Part] = [Paragraph(commands.note)] if commands.note else []
    parts.append(Preformatted("\n".join(told)))
    return Section("Commands that show more", lead, tuple(parts), finding.layer)


def _facts(finding: Finding) -> Facts:
    victims = ", ".join(finding.victims) or _no_victim(finding)
    lines = [
        ("Attackers", ", ".join(finding.attackers) or _unknown(finding)),
        *((("Victims", victims),) if victims else ()),
        *((_title(role), ", ".join(addresses)) for role, addresses in finding.others.items() if addresses),
        ("From", time(finding.start)),
        ("To", f"{time(finding.end)} ({duration(finding.end - finding.start)})"),
        ("Layer", finding.layer),
        ("Detector", f"{finding.detector}, {finding.confidence:.0%} sure"),
        ("ATT&CK", ", ".join(finding.techniques) or "no technique of its own"),
        *((_title(name), _number(value)) for name, value in finding.counts.items()),
    ]
    if finding.anomalies:
        named = ", ".join(f"{name} {number}" for name, number in list(finding.anomalies.items())[:6])
        lines.append(("Anomalies", named))
    lines += [("Explains", f"{below.title} ({several(below.frames, 'frame')})") for below in finding.below]
    return Facts(tuple(lines))


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _how_much(finding: Finding) -> str:
    return f"The first frames of each kind; {several(finding.evidence_frames, 'frame')} in all."


def _evidence(finding: Finding) -> list[Part]:
    rows = tuple(
        (
            str(piece.frame),
            piece.layer,
            piece.field,
            piece.value,
            octets(piece),
            piece.role,
        )
        for piece in finding.evidence
    )
    return [Table("", (">frame", "layer", "field", "value", "octets", "what it is"), rows)] if rows else []


def _timeline(finding: Finding, packets: Series) -> list[Section]:
    if not len(packets.amounts):
        return []
    step = -(-len(packets.amounts) // TIMELINE)
    buckets = np.add.reduceat(packets.amounts, np.arange(0, len(packets.amounts), step)).tolist()
    span, start = step * packets.width, packets.first * packets.width
    facts = Facts(
        (
            ("Packets", f"{count(sum(buckets))}, at most {count(max(buckets))} in {duration(span)}"),
            ("When", bars(buckets)),
        )
    )
    lead = f"From {time(start)}, for {duration(span * len(buckets))}."
    return [Section("When it happened", lead, (facts,), finding.layer)]


def _list(title: str, entries: Sequence[str]) -> list[Section]:
    if not entries:
        return []
    return [Section(title, "", tuple(Paragraph(f"- {entry}") for entry in entries))]


def _rule(finding: Finding, rule_text: RuleText, effect: Sequence[str], commands: Commands) -> list[Section]:
    text = rule_text(finding.rule) if finding.rule is not None else ""
    if not text and not finding.advice and not effect:
        return [Section("Firewall", "A packet filter cannot help against this.")]
    parts: list[Part] = [Paragraph(sentence) for sentence in effect]
    parts += [Preformatted(text)] if text else []
    parts += [Paragraph(f"- {entry}") for entry in finding.advice]
    parts.append(Paragraph("All rules for this capture, and with --what-if what they stop:"))
    parts.append(Preformatted(commands.firewall()))
    return [Section("Firewall", "", tuple(parts))]


def _number(value: float) -> str:
    return count(value) if isinstance(value, int) else f"{value:,.2f}"
