"""What a detector is, and what its verdict says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import pyarrow as pa

from netanatomy.detect.relations import Relations, Summary
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import NOBODY, NOTHING, Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule

Layer: TypeAlias = Literal["link", "internet", "transport", "application"]
Kept: TypeAlias = Iterable[tuple[str, pa.Table]]
"""What `observe` gives: rows for relations, by the relation's name."""

Number = TypeVar("Number", int, float, bool, tuple[str, ...], tuple[int, ...])

PAYLOAD = "payload"
"""In place of a column: the octets behind the last header."""


def threshold(
    default: Number, unit: str, meaning: str, source: str, follows: tuple[str, str] | None = None
) -> Number:
    """A field of a detector's config, with what a user must know to change it.

    Args:
        default: its value.
        unit: for example `SYN/s`; empty for a plain number. It decides what may be set (`permitted.py`):
            a fraction without a unit is a share.
        meaning: what happens at this value.
        source: where the default comes from.
        follows: detector and threshold whose setting it takes over unless it is set itself.
    """
    told = {"unit": unit, "meaning": meaning, "source": source}
    return dataclasses.field(default=default, metadata=told | ({"follows": follows} if follows else {}))


@frozen
class Proof:
    """One thing to point at; which octets these are, the slow reading of the frame tells afterwards.

    Attributes:
        frame: number of the frame.
        depth: nesting level of the packet.
        column: column of the packet table whose field is pointed at, or PAYLOAD.
        role: what this frame is in the story.
        offset: where the octets begin, where that is known already (anomalies); else None.
        length: how many they are, with `offset`.
        value: what they say, with `offset`.
    """

    frame: int
    depth: int
    column: str
    role: str
    offset: int | None = None
    length: int = 0
    value: str = ""


@frozen
class Verdict:
    """What a detector's `judge` gives; see `Finding` for what the fields mean.

    Attributes:
        subject: what makes this incident another one than those beside it, for the finding's id: parties
            and ports, and the start where one pair can have several.
        frames: how many frames it is about in all.
    """

    subject: str
    title: str
    severity: Severity
    confidence: float
    victims: tuple[str, ...]
    start: int
    end: int
    reason: str
    proofs: tuple[Proof, ...]
    frames: int
    scope: tuple[Selector, ...]
    attackers: tuple[str, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NOBODY)
    counts: Mapping[str, int | float] = field(default_factory=lambda: NOTHING)
    look_alikes: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    rule: Rule | None = None
    advice: tuple[str, ...] = ()


Config = TypeVar("Config")


@frozen
class Detector(Generic[Config]):
    """One attack: how it is observed and how it is judged.

    The module's docstring explains it (see `explanation.py`).

    Attributes:
        name: stable name; the interface to users.
        title: the attack in a few words.
        layer: of the model.
        techniques: identifiers of MITRE ATT&CK; empty where there is none.
        config: thresholds with their defaults.
        relations: what it keeps, by name.
        observe: which rows of the tables it keeps; looks at nothing but its arguments.
        judge: what it makes of all it kept.
        packets: columns of the packet table that it needs besides `tables.PACKET_COLUMNS`.
        connections: columns of the connection table that it needs.
        anomalies: whether it looks at the anomaly table.
        explains: detectors whose findings about the same parties are only this one seen from another side.
    """

    name: str
    title: str
    layer: Layer
    techniques: tuple[str, ...]
    config: Config
    relations: Relations
    observe: Callable[[Tables, Config], Kept]
    judge: Callable[[Summary, Config, Network], Iterable[Verdict]]
    packets: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    anomalies: bool = False
    explains: tuple[str, ...] = field(default_factory=tuple)


EveryDetector: TypeAlias = Detector[Any]
"""A detector whatever its config; only the detector itself looks into that."""
