"""The laboratory's labelled captures, and what the detectors find in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import netanatomy
from netanatomy.schema.findings import Finding, Severity

CAPTURES = Path(__file__).parents[2] / "lab" / "captures"


@dataclass(frozen=True)
class Incident:
    """What really happened, as the laboratory labelled it."""

    detector: str
    also: tuple[str, ...]
    attackers: frozenset[str]
    attacker_known: bool
    victims: frozenset[str]
    others: dict[str, list[str]]
    start: int
    end: int
    frames: frozenset[int]
    responses: frozenset[int]


def names(group: str = "") -> list[str]:
    """Every committed scenario, or those of one group."""
    found = sorted(path.name.removesuffix(".labels.json") for path in CAPTURES.glob("*.labels.json"))
    return [name for name in found if not group or labels(name)["group"] == group]


@cache
def labels(name: str) -> dict[str, Any]:
    """A scenario's labels as they are written."""
    found: dict[str, Any] = json.loads((CAPTURES / f"{name}.labels.json").read_text())
    return found


def incidents(name: str) -> list[Incident]:
    """The incidents of a scenario."""
    return [
        Incident(
            detector=row["detector"],
            also=tuple(row.get("also", ())),
            attackers=frozenset(row["attackers"]),
            attacker_known=row["attacker_known"],
            victims=frozenset(row["victims"]),
            others=row.get("others", {}),
            start=row["start"],
            end=row["end"],
            frames=_numbers(row["frames"]),
            responses=_numbers(row.get("responses", "")),
        )
        for row in labels(name)["incidents"]
    ]


def capture(name: str) -> Path:
    """The capture of a scenario."""
    return CAPTURES / f"{name}.pcapng.zst"


@cache
def findings(name: str, *only: str) -> tuple[Finding, ...]:
    """What the detectors find in a scenario's capture, without being told anything of the network."""
    return tuple(netanatomy.open(capture(name)).findings(only=only or None))


def caught(name: str, detector: str) -> Finding:
    """The one finding that a detector has to make in a scenario, checked against the labels.

    Attackers and victims must be those that are labelled, and evidence must be frames of the attack or
    answers to it.
    """
    (incident,) = [one for one in incidents(name) if one.detector == detector]
    found = [one for one in findings(name, detector) if one.victims or one.attackers or one.others]
    assert len(found) == 1, f"{name}: {[one.title for one in found]}"
    (finding,) = found
    assert set(finding.attackers) == (set(incident.attackers) if incident.attacker_known else set()), name
    if incident.victims:
        assert incident.victims & set(finding.victims), f"{name}: {finding.victims}"
    right = incident.frames | incident.responses
    wrong = [piece for piece in finding.evidence if piece.frame not in right]
    assert not wrong, f"{name}: {wrong}"
    assert finding.evidence, name
    return finding


def silent(name: str, detector: str, least: Severity = Severity.INFO) -> None:
    """A detector has nothing (of at least a severity) to say of a capture."""
    told = [one.title for one in findings(name, detector) if one.severity.rank >= least.rank]
    assert not told, f"{name}: {told}"


def _numbers(text: str) -> frozenset[int]:
    return frozenset(_each(part for part in text.split(",") if part))


def _each(parts: Iterable[str]) -> Iterable[int]:
    for part in parts:
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
