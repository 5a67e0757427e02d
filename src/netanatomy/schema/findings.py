"""A finding: one verdict about somebody, with the octets that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType

from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector
from netanatomy.schema.rules import Rule

NOTHING: Mapping[str, int | float] = MappingProxyType({})
NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Severity(StrEnum):
    """How bad it is. From medium on it is an attack or an exposure that somebody should act on today."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """From 0 (info) to 4 (critical).

        >>> Severity.HIGH.rank > Severity.MEDIUM.rank
        True
        """
        return list(Severity).index(self)


@frozen
class Evidence:
    """Octets of one frame that prove something.

    Attributes:
        frame: number of the frame, from 1.
        depth: nesting level of the packet.
        layer: link, internet, transport or application.
        field: the header field, as its RFC names it, or `payload`.
        value: what it says, in text; from traffic, so it is escaped where it is shown.
        offset: where its octets begin in the frame; None where they cannot be told.
        length: how many they are.
        role: what this frame is in the story, for example `SYN of the flood`.
    """

    frame: int
    depth: int
    layer: str
    field: str
    value: str
    offset: int | None
    length: int
    role: str


@frozen
class Below:
    """What was told once with a finding that explains it, instead of apart.

    Attributes:
        detector: who found it.
        title: what it is.
        frames: frames that it is about.
    """

    detector: str
    title: str
    frames: int


@frozen
class Finding:
    """Who did what to whom, when, how sure and how bad it is, and what proves it.

    Attributes:
        id: stable: the same capture gives the same, however it is cut.
        detector: name of the detector.
        title: what happened, in one line with the names of this case.
        layer: link, internet, transport or application.
        severity: how bad.
        confidence: how sure, 0 to 1.
        techniques: identifiers of MITRE ATT&CK, where there is one.
        attackers: addresses as text; empty where the sources are forged: `others` then has what is known.
        victims: addresses as text.
        others: further roles, for example `reflector`, `claimed` (forged addresses), `sender` (what is known
            of somebody who forges addresses).
        start: time of the first frame, ns since 1970 UTC.
        end: time of the last.
        counts: the numbers of this case; those whose names end in `_at_least` or `_at_most` are bounds.
        evidence: the first few frames of each kind.
        evidence_frames: how many frames it is about in all.
        reason: why that is wrong, in plain words with the numbers of this case.
        look_alikes: what harmless thing looks the same, and how to tell.
        next_steps: what to do, in order.
        references: where to read more.
        scope: which packets it is about: those for which any of these holds.
        rule: what a packet filter can do; None where it can do nothing.
        advice: what helps besides a packet filter.
        anomalies: names of anomalies of the same parties, and how many.
        below: findings of others that this one explains.
    """

    id: str
    detector: str
    title: str
    layer: str
    severity: Severity
    confidence: float
    techniques: tuple[str, ...]
    attackers: tuple[str, ...]
    victims: tuple[str, ...]
    others: Mapping[str, tuple[str, ...]]
    start: int
    end: int
    counts: Mapping[str, int | float]
    evidence: tuple[Evidence, ...]
    evidence_frames: int
    reason: str
    look_alikes: tuple[str, ...]
    next_steps: tuple[str, ...]
    references: tuple[str, ...]
    scope: tuple[Selector, ...]
    rule: Rule | None = None
    advice: tuple[str, ...] = ()
    anomalies: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    below: tuple[Below, ...] = ()
