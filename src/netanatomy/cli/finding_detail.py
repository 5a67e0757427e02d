"""All of one finding: for `findings --id`, and for each card of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.pipeline import Capture
    from netanatomy.report.document import Document, Marked
    from netanatomy.schema.findings import Finding

MAXIMUM_SHOWN_FRAMES = 12  # of the evidence of one finding, octet by octet


def measured_rules(capture: Capture, findings: Sequence[Finding]) -> Mapping[str, Judged]:
    """What the rules of all findings do to the capture, by the finding's id; none for standard input."""
    if not capture.rereadable:
        return {}
    return {judged.finding.id: judged for judged in capture.rule_effects(findings)}


def finding_detail(capture: Capture, finding: Finding, rules: Mapping[str, Judged]) -> Document:
    """The document of one finding; the capture is read again for its packets' times and octets.

    Args:
        capture: what it was found in.
        finding: the finding.
        rules: what `measured_rules` gave.
    """
    import numpy as np

    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.finding_report import finding_report
    from netanatomy.report.series import Series

    packets = Series()
    if not capture.rereadable:
        return finding_report(finding, rule_text, packets, ())
    for batch in capture.packets_of(finding.scope):
        times = batch["time"].cast("int64").to_numpy()
        packets.observe(times, np.ones(len(times), np.int64))
    judged = rules.get(finding.id)
    shown = finding if judged is None else judged.as_written
    return finding_report(shown, rule_text, packets, _marked(capture, finding), _effect(judged))


def _effect(judged: Judged | None) -> list[str]:
    """What the rule does, in sentences."""
    if judged is None or judged.finding.rule is None:
        return []
    effect = judged.effect
    told = (
        f"On this capture it stops {effect.attack_stopped:,} of {effect.attack_packets:,} attack packets, "
        f"and hits {effect.other_hit:,} of {effect.other_packets:,} others."
    )
    return [told, *([f"The rule was {judged.outcome.value}: {judged.reason}."] if judged.reason else [])]


def _marked(capture: Capture, finding: Finding) -> list[Marked]:
    from netanatomy.report.document import Marked

    places: dict[int, list[tuple[int, int]]] = {}
    values: dict[int, list[str]] = {}
    for piece in finding.evidence:
        if piece.offset is not None:
            places.setdefault(piece.frame, []).append((piece.offset, piece.length))
            values.setdefault(piece.frame, []).append(f"{piece.field} {piece.value}")
    wanted = sorted(places)[:MAXIMUM_SHOWN_FRAMES]
    return [
        Marked(f"Frame {number}: {', '.join(values[number])}", anatomy.octets, tuple(places[number]))
        for number, anatomy in capture.anatomies(wanted)
    ]
