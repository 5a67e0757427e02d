"""Findings made by hand, for the rules that they carry."""

from __future__ import annotations

from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.match import Selector
from netanatomy.schema.rules import Rule


def finding(
    rule: Rule | None,
    scope: tuple[Selector, ...] = (),
    number: int = 1,
    title: str = "something bad",
    victims: tuple[str, ...] = (),
    severity: Severity = Severity.HIGH,
) -> Finding:
    return Finding(
        id=f"land-{number:08x}",
        detector="land",
        title=title,
        layer="internet",
        severity=severity,
        confidence=0.9,
        techniques=(),
        attackers=(),
        victims=victims,
        others={},
        start=0,
        end=1,
        counts={},
        evidence=(),
        evidence_frames=1,
        reason="",
        look_alikes=(),
        next_steps=(),
        references=(),
        scope=scope,
        rule=rule,
    )
