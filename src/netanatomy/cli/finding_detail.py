"""All of a finding: for `findings --id`, and for each card of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.layers.anatomy import Anatomy, HeaderAnatomy
    from netanatomy.pipeline import Capture, Watch
    from netanatomy.report.commands import Commands
    from netanatomy.report.document import Document, Marked
    from netanatomy.schema.findings import Finding

MAXIMUM_SHOWN_FRAMES = 12  # of the evidence of one finding, octet by octet

ONCE = ("The capture could be read only once, so its octets and its packets over time are not shown.",)
"""What is said where standard input could not be put aside."""

BECAME = MappingProxyType({"narrowed": "made narrower", "withheld": "withheld", "none": "left out"})
"""What became of a rule, as a sentence ends."""


def finding_details(
    capture: Capture,
    findings: Sequence[Finding],
    besides: Sequence[Finding] = (),
    watch: Watch | None = None,
    commands: Commands | None = None,
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
        commands: those that show more.
    """
    from netanatomy.firewall.nftables import rule_text
    from netanatomy.report.finding_report import NAMELESS, finding_report
    from netanatomy.report.series import Series

    known = commands or NAMELESS
    if not capture.rereadable:
        return [finding_report(each, rule_text, Series(), (), ONCE, known) for each in findings]
    rules = capture.rule_effects(findings, None, watch, besides)
    packets = capture.packets_over_time([finding.scope for finding in findings], watch)
    frames = _frames(capture, findings)
    return [
        finding_report(
            rule.as_written,
            rule_text,
            series,
            _marked(finding, frames),
            _effect(rule),
            known,
            _spoken(finding, frames),
        )
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


def _frames(capture: Capture, findings: Sequence[Finding]) -> dict[int, Anatomy]:
    """All frames that are shown, by number, taken apart."""
    wanted = {number for finding in findings for number in _shown_frames(finding)}
    wanted |= {piece.frame for finding in findings for piece in finding.evidence[:MAXIMUM_SHOWN_FRAMES]}
    return dict(capture.anatomies(sorted(wanted)))


def _shown_frames(finding: Finding) -> list[int]:
    return sorted({piece.frame for piece in finding.evidence if piece.offset is not None})[
        :MAXIMUM_SHOWN_FRAMES
    ]


def _spoken(finding: Finding, frames: Mapping[int, Anatomy]) -> int | None:
    """The first frame of the evidence that is of a TCP connection."""
    for piece in finding.evidence:
        anatomy = frames.get(piece.frame)
        if anatomy is not None and any(map(_is_segment, anatomy.headers)):
            return piece.frame
    return None


def _is_segment(header: HeaderAnatomy) -> bool:
    """Whether it is a whole header of TCP: what is cut short belongs to no connection."""
    from netanatomy.layers.transport.tcp import MINIMUM_HEADER_LENGTH

    whole = header.end - header.start >= MINIMUM_HEADER_LENGTH
    return header.protocol == "tcp" and not header.quoted and whole


def _marked(finding: Finding, frames: Mapping[int, Anatomy]) -> list[Marked]:
    from netanatomy.report.document import Marked

    found = []
    for number in _shown_frames(finding):
        pieces = [piece for piece in finding.evidence if piece.frame == number and piece.offset is not None]
        if number not in frames or not pieces:
            continue
        said = ", ".join(f"{piece.field} {piece.value}" for piece in pieces)
        marks = tuple((piece.offset, piece.length) for piece in pieces if piece.offset is not None)
        found.append(Marked(f"Frame {number}: {said}", frames[number].octets, marks))
    return found
