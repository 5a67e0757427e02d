"""A finding as JSON, and the JSON Schema that says what may stand in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netanatomy.report.json import Json
from netanatomy.schema.findings import Evidence, Finding, Severity
from netanatomy.schema.match import Match, Selector
from netanatomy.schema.rules import Rule

RuleText = Callable[[Rule], str]
"""Writes a rule down as nftables has it; empty where it cannot be written."""


def finding_json(finding: Finding, rule_text: RuleText) -> dict[str, Json]:
    """One finding; times are ns since 1970 UTC. `finding_schema` describes it."""
    return {
        "id": finding.id,
        "detector": finding.detector,
        "title": finding.title,
        "layer": finding.layer,
        "severity": finding.severity.value,
        "confidence": finding.confidence,
        "technique": list(finding.techniques),
        "attackers": list(finding.attackers),
        "victims": list(finding.victims),
        "others": {role: list(addresses) for role, addresses in finding.others.items()},
        "start": finding.start,
        "end": finding.end,
        "counts": dict(finding.counts),
        "evidence": [_evidence(piece) for piece in finding.evidence],
        "evidence_frames": finding.evidence_frames,
        "reason": finding.reason,
        "look_alikes": list(finding.look_alikes),
        "next_steps": list(finding.next_steps),
        "references": list(finding.references),
        "scope": [_selector(selector) for selector in finding.scope],
        "rule": None if finding.rule is None else _rule(finding.rule, rule_text),
        "advice": list(finding.advice),
        "anomalies": dict(finding.anomalies),
        "below": [
            {"detector": below.detector, "title": below.title, "frames": below.frames}
            for below in finding.below
        ],
    }


def _evidence(piece: Evidence) -> dict[str, Json]:
    return {
        "frame": piece.frame,
        "depth": piece.depth,
        "layer": piece.layer,
        "field": piece.field,
        "value": piece.value,
        "offset": piece.offset,
        "length": piece.length,
        "role": piece.role,
    }


def _selector(selector: Selector) -> list[Json]:
    return _matches(selector.matches)


def _matches(matches: Sequence[Match]) -> list[Json]:
    return [
        {
            "column": match.column,
            "operator": match.operator.value,
            "value": list(match.value) if isinstance(match.value, tuple) else match.value,
        }
        for match in matches
    ]


def _rule(rule: Rule, rule_text: RuleText) -> dict[str, Json]:
    return {
        "action": rule.action.value,
        "rate": rule.rate,
        "burst": rule.burst,
        "per": rule.per.value,
        "matches": _matches(rule.matches),
        "purpose": rule.purpose,
        "nftables": rule_text(rule),
    }


def finding_schema() -> dict[str, Json]:
    """JSON Schema (2020-12) of one line of `netanatomy findings --json`.

    >>> finding_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    match = _object(
        "One condition on a column of the packet table.",
        column=_text("Name of the column."),
        operator=_text("How it is compared: =, !=, in, network, not-network, >=, <=, bits (mask, value)."),
        value={"description": "With what: a number, a text, a truth, or several."},
    )
    evidence = _object(
        "Octets of one frame that prove something.",
        frame=_number("Number of the frame, from 1.", 1),
        depth=_number("Nesting level of the packet; 0 outside of every tunnel."),
        layer=_text("link, internet, transport or application; empty where the frame was not read again."),
        field=_text("The header field, as its RFC names it, or payload."),
        value=_text("What it says."),
        offset={
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "Where its octets begin in the frame.",
        },
        length=_number("How many octets they are."),
        role=_text("What this frame is in the story."),
    )
    rule = _object(
        "What a packet filter can do.",
        action={"enum": ["drop", "limit"], "description": "What becomes of the packets."},
        rate=_number("Packets a second that a limit lets pass."),
        burst=_number("Packets that may come at once before it holds."),
        per={"enum": ["all", "source", "destination"], "description": "Whose packets are counted together."},
        matches=_list("Conditions that must all hold.", match),
        purpose=_text("What it stops."),
        nftables=_text("The rule as nftables has it."),
    )
    below = _object(
        "What was told once with this finding, instead of apart.",
        detector=_text("Who found it."),
        title=_text("What it is."),
        frames=_number("Frames that it is about."),
    )
    texts = _list("", {"type": "string"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netanatomy finding",
        **_object(
            "One verdict about somebody, with the octets that prove it.",
            id=_text("Stable: the same capture gives the same."),
            detector=_text("Name of the detector."),
            title=_text("What happened, in one line."),
            layer={"enum": ["link", "internet", "transport", "application"], "description": "Of the model."},
            severity={"enum": [each.value for each in Severity], "description": "From medium on: act today."},
            confidence={"type": "number", "minimum": 0, "maximum": 1, "description": "How sure."},
            technique=_list("Identifiers of MITRE ATT&CK.", {"type": "string"}),
            attackers=_list("Addresses; none where the sources are forged.", {"type": "string"}),
            victims=_list("Addresses.", {"type": "string"}),
            others={
                "type": "object",
                "additionalProperties": texts,
                "description": "Addresses in other roles: reflector, claimed, sender and so on.",
            },
            start={"type": "integer", "description": "Time of the first frame, ns since 1970 UTC."},
            end={"type": "integer", "description": "Time of the last frame, ns since 1970 UTC."},
            counts={
                "type": "object",
                "additionalProperties": {"type": "number"},
                "description": "The numbers of this case; one whose name ends in _at_least or _at_most is a "
                "bound of what could not be counted exactly.",
            },
            evidence=_list("The first few frames of each kind.", evidence),
            evidence_frames=_number("How many frames it is about in all."),
            reason=_text("Why that is wrong, in plain words."),
            look_alikes=_list("Harmless things that look the same, and how to tell.", {"type": "string"}),
            next_steps=_list("What to do, in order.", {"type": "string"}),
            references=_list("Where to read more.", {"type": "string"}),
            scope=_list(
                "Which packets it is about: those for which every condition of any of these lists holds.",
                _list("Conditions that must all hold.", match),
            ),
            rule={"anyOf": [rule, {"type": "null"}], "description": "null where no packet filter can help."},
            advice=_list("What helps besides a packet filter.", {"type": "string"}),
            anomalies={
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "Anomalies of the same parties, by name.",
            },
            below=_list("Findings that this one explains.", below),
        ),
    }


def _object(description: str, **properties: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> dict[str, Json]:
    return {"type": "string", "description": description}


def _number(description: str, least: int = 0) -> dict[str, Json]:
    return {"type": "integer", "minimum": least, "description": description}


def _list(description: str, items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items, **({"description": description} if description else {})}
