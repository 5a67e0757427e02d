"""All of a finding: for `findings --id`, and for each card of the page."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.pipeline import Capture, Watch
    from netanatomy.report.document import Document, Marked
    from netanatomy.schema.findings import Finding

MAXIMUM_SHOWN_FRAMES = 12  # of the evidence of one finding, octet by octet


BECAME = MappingProxyType({"narrowed": "made narrower", "withheld": "withheld", "none": "left out"})
"""What became of a rule, as a sentence ends."""


def finding_details(
    capture: Capture,
    findings: Sequence[Finding],
    besides: Sequence[Finding] = (),
    watch: Watch | None = None,
) -> list[Document]:
    """The document of each finding.

    The capture is read a few times more, however many findings there are: for what their rules do to it,
    for their packets over time, and for the frames that prove them. Of standard input only what was found
    is told.

    Args:
        capture: what they were found in.
        findings: the findings.
        besides: all others that were found there.
        watch: called after each batch of frames.
    """
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.finding_report import finding_report
    from netanatomy.report.series import Series

    if not capture.rereadable:
        return [finding_report(finding, rule_text, Series(), ()) for finding in findings]
    rules = capture.rule_effects(findings, None, watch, besides)
    packets = capture.packets_over_time([finding.scope for finding in findings], watch)
    octets = _octets(capture, findings)
    return [
        finding_report(rule.as_written, rule_text, series, _marked(finding, octets), _effect(rule))
        for finding, rule, series in zip(findings, rules, packets, strict=True)
    ]


def _effect(judged: Judged) -> list[str]:
    """What the rule does, in sentences."""
    if judged.finding.rule is None:
        return []
    effect = judged.effect
    told = (
        f"On this capture it stops {effect.attack_stopped:,} of {effect.attack_packets:,} attack packets, "
        f"and hits {effect.other_hit:,} of {effect.other_packets:,} others."
    )
    return [
        told,
        *([f"The rule was {BECAME[judged.outcome.value]}: {judged.reason}."] if judged.reason else []),
    ]


def _octets(capture: Capture, findings: Sequence[Finding]) -> dict[int, bytes]:
    """The octets of all frames that are shown, by number."""
    wanted = sorted({number for finding in findings for number in _shown_frames(finding)})
    return {number: anatomy.octets for number, anatomy in capture.anatomies(wanted)}


def _shown_frames(finding: Finding) -> list[int]:
    return sorted({piece.frame for piece in finding.evidence if piece.offset is not None})[
        :MAXIMUM_SHOWN_FRAMES
    ]


def _marked(finding: Finding, octets: dict[int, bytes]) -> list[Marked]:
    from netanatomy.report.document import Marked

    found = []
    for number in _shown_frames(finding):
        if number not in octets:
            continue
        pieces = [piece for piece in finding.evidence if piece.frame == number and piece.offset is not None]
        said = ", ".join(f"{piece.field} {piece.value}" for piece in pieces)
        marks = tuple((piece.offset, piece.length) for piece in pieces if piece.offset is not None)
        found.append(Marked(f"Frame {number}: {said}", octets[number], marks))
    return found
