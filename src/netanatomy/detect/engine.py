"""Runs the detectors over batches of tables, merges what they kept, and arranges their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from netanatomy.detect.borrowed_verdicts import told_truly
from netanatomy.detect.detector import EveryDetector, Proof, Verdict
from netanatomy.detect.internet.ip_spoofing import Config as Spoofing
from netanatomy.detect.one_incident import together
from netanatomy.detect.registry import detectors, explained
from netanatomy.detect.relations import Summary, Totals
from netanatomy.detect.settings import DEFAULTS, Settings
from netanatomy.detect.tables import PACKET_COLUMNS, Tables
from netanatomy.detect.true_senders import TrueSenders
from netanatomy.errors import UsageError
from netanatomy.schema.findings import Below, Evidence, Finding
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

ANOMALIES = Totals(("source", "destination", "name"), ("count",))
ANOMALY_PAIRS = 16_384
"""Pairs of addresses whose anomalies are counted. Bounds floods of forged sources that break rules."""

SAME_TIME = round(DEFAULTS.findings.same_time * 10**9)
"""Nanoseconds by which an incident may begin before or end after its explanation, unless it is set."""

SENDERS = "ip-spoofing"
"""The detector that keeps who has which address: it observes whichever others are asked for."""

MAXIMUM_FINDINGS = 1_000
"""Findings of one detector. Bounds captures made to bury one incident under many; the gravest are kept."""


@frozen
class Judged:
    """A verdict with who gave it and what it explains."""

    detector: EveryDetector
    verdict: Verdict
    below: tuple[Below, ...]
    anomalies: Mapping[str, int]


class Detection:
    """All detectors at once.

    Args:
        settings: what the user set.
        only: names of the detectors to run; None for all.

    Attributes:
        packet_columns: columns of the packet table that must be there.
        connection_columns: columns of the connection table that must be there.

    Raises:
        UsageError: there is no detector of that name.
    """

    def __init__(self, settings: Settings = DEFAULTS, only: Sequence[str] | None = None) -> None:
        self.settings = settings
        self._same_time = round(settings.findings.same_time * 10**9)
        unknown = [name for name in only or () if name not in detectors()]
        if unknown:
            raise UsageError(f"there is no detector {unknown[0]!r} (netanatomy explain lists them)")
        wanted = [name for name in (detectors() if only is None else only) if name not in settings.off]
        self._detectors = [detectors()[name] for name in wanted]
        spoofing = detectors()[SENDERS]
        self._observing = [
            *self._detectors,
            *([] if spoofing in self._detectors or not wanted else [spoofing]),
        ]
        self._summaries = {detector.name: Summary(detector.relations) for detector in self._observing}
        self._anomalies = Summary({"pairs": ANOMALIES}, ANOMALY_PAIRS)
        self.packet_columns = _union(PACKET_COLUMNS, (detector.packets for detector in self._observing))
        self.connection_columns = _union((), (detector.connections for detector in self._observing))

    def observe(self, tables: Tables) -> None:
        """Let every detector look at a batch of each table."""
        for detector in self._observing:
            summary = self._summaries[detector.name]
            for name, rows in detector.observe(tables, self.config(detector)):
                summary.add(name, rows)
        if tables.anomalies.count:
            self._anomalies.add("pairs", _pairs(tables.anomalies))

    def merge(self, other: Detection) -> Detection:
        """Take in what another detection with the same settings saw."""
        for name, summary in self._summaries.items():
            summary.merge(other._summaries[name])
        self._anomalies.merge(other._anomalies)
        return self

    def config(self, detector: EveryDetector) -> object:
        """A detector's thresholds."""
        return self.settings.configs.get(detector.name, detector.config)

    def dropped(self) -> dict[str, int]:
        """Rows that caps made detectors forget, by detector; those that forgot none are left out."""
        found = {name: sum(summary.dropped.values()) for name, summary in self._summaries.items()}
        return {name: count for name, count in found.items() if count}

    def judge(self) -> list[Judged]:
        """The verdicts, the gravest first; what one explains stands below it."""
        found: list[tuple[EveryDetector, Verdict]] = []
        for detector in self._detectors:
            summary = self._summaries[detector.name]
            if not summary.empty:
                verdicts = detector.judge(summary, self.config(detector), self.settings.network)
                found += [(detector, verdict) for verdict in verdicts]
        found = self._incidents(found)
        found.sort(key=lambda pair: (_gravity(pair[1]), pair[0].name))
        return self._arranged(found)

    def _incidents(
        self, found: Sequence[tuple[EveryDetector, Verdict]]
    ) -> list[tuple[EveryDetector, Verdict]]:
        """The same with their true senders, and one for each incident."""
        if any(verdict.attackers for _, verdict in found):
            spoofing = detectors()[SENDERS]
            config = self.config(spoofing)
            if not isinstance(config, Spoofing):
                raise TypeError("a detector's config is of its own kind")
            senders = TrueSenders(
                self._summaries[SENDERS], self.settings.network, config.claims, self.settings.findings
            )
            found = [(detector, told_truly(verdict, senders)) for detector, verdict in found]
        by_detector: dict[str, tuple[EveryDetector, list[Verdict]]] = {}
        for detector, verdict in found:
            by_detector.setdefault(detector.name, (detector, []))[1].append(verdict)
        return [
            (detector, verdict)
            for name, (detector, verdicts) in by_detector.items()
            for verdict in sorted(together(name, verdicts, self._same_time), key=_gravity)[:MAXIMUM_FINDINGS]
        ]

    def _arranged(self, found: Sequence[tuple[EveryDetector, Verdict]]) -> list[Judged]:
        under: dict[int, list[Below]] = {}
        hidden: set[int] = set()
        for index, (detector, verdict) in enumerate(found):
            for other, (explaining, main) in enumerate(found):
                if (
                    other != index
                    and other not in hidden
                    and (
                        detector.name in explaining.explains
                        or (detector.name == SENDERS and _same_sender(main, verdict))
                    )
                    and verdict.severity.rank <= main.severity.rank  # no scan hides a hijack
                    and _same(main, verdict, self._same_time, self.settings.findings.few_claimed)
                ):
                    under.setdefault(other, []).append(Below(detector.name, verdict.title, verdict.frames))
                    hidden.add(index)
                    break
        pairs = self._anomalies.rows("pairs") if found and "pairs" in self._anomalies else []
        told = [_pair(row) for row in pairs]
        return [
            Judged(detector, verdict, tuple(under.get(index, ())), _anomalies(verdict, told))
            for index, (detector, verdict) in enumerate(found)
            if index not in hidden
        ]


def finding(judged: Judged, evidence: Iterable[Evidence]) -> Finding:
    """A verdict as users get it, with the octets that its proofs point to."""
    detector, verdict = judged.detector, judged.verdict
    known = explained(detector.name)
    from hashlib import blake2s  # brings OpenSSL: only where there is a finding

    digest = blake2s(f"{detector.name}|{verdict.subject}".encode(), digest_size=4).hexdigest()
    return Finding(
        id=f"{detector.name}-{digest}",
        detector=detector.name,
        title=verdict.title,
        layer=detector.layer,
        severity=verdict.severity,
        confidence=round(verdict.confidence, 2),
        techniques=detector.techniques,
        attackers=verdict.attackers,
        victims=verdict.victims,
        others=verdict.others,
        start=verdict.start,
        end=verdict.end,
        counts=verdict.counts,
        evidence=tuple(evidence),
        evidence_frames=verdict.frames,
        reason=verdict.reason,
        look_alikes=verdict.look_alikes or known.look_alikes,
        next_steps=verdict.next_steps or known.stop,
        references=known.references,
        scope=verdict.scope,
        rule=None
        if verdict.rule is None
        else replace(verdict.rule, purpose=verdict.rule.purpose or verdict.title),
        advice=verdict.advice,
        anomalies=judged.anomalies,
        below=judged.below,
    )


def proofs(judged: Iterable[Judged]) -> dict[int, list[Proof]]:
    """What is pointed at, by frame."""
    found: dict[int, list[Proof]] = {}
    for one in judged:
        for proof in one.verdict.proofs:
            found.setdefault(proof.frame, []).append(proof)
    return found


def _union(first: Sequence[str], further: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *(name for names in further for name in names))))


def _gravity(verdict: Verdict) -> tuple[int, float, int, str]:
    return -verdict.severity.rank, -verdict.confidence, verdict.start, verdict.subject


def _same(main: Verdict, other: Verdict, time: int, few: int) -> bool:
    """Whether two verdicts are about the same parties at the same time.

    Args:
        main: the one that may explain the other.
        other: the other.
        time: ns that it may begin before or end after.
        few: claimed addresses from which a verdict names but some of them.
    """
    if other.start < main.start - time or other.end > main.end + time:
        return False
    victims = bool(set(main.victims) & set(other.victims))
    attackers = bool(set(main.attackers) & set(other.attackers))
    if attackers or not victims or (main.attackers and other.attackers):
        return attackers
    return not any(_by_others(one, two, few) for one, two in ((main, other), (other, main)))


def _by_others(forged: Verdict, known: Verdict, few: int) -> bool:
    """Whether all names that a forger used are told, and somebody else is accused of the other verdict.

    Who is accused by a name that is cleared of the one stands by itself in the other; but a victim whose own
    name was turned against it (LAND, smurf) is the same story.
    """
    claimed = set(forged.others.get("claimed", ()))
    if forged.attackers or not known.attackers or not 0 < len(claimed) < few:
        return False
    same = {*forged.others.get("sender", ()), *(claimed & set(forged.victims))}
    return same.isdisjoint(known.attackers)


def _same_sender(main: Verdict, other: Verdict) -> bool:
    """Whether one names a sender and in whose name it sent, and the other has nothing else to say."""
    senders, claimed = (set(main.others.get(role, ())) for role in ("sender", "claimed"))
    mine = [set(other.others.get(role, ())) for role in ("sender", "claimed")]
    forges = bool(mine[0] and mine[1]) and set(other.others) == {"sender", "claimed"}
    return forges and not other.attackers and mine[0] <= senders and mine[1] <= claimed


def _pairs(anomalies: Rows) -> pa.Table:
    rows = anomalies.rows_with("source")
    return pa.table(
        {
            "source": anomalies.take("source", rows),
            "destination": anomalies.take("destination", rows),
            "name": anomalies.take("name", rows),
            "count": arrow_array(np.ones(len(rows), np.int64)),
        }
    )


def _pair(row: Mapping[str, object]) -> tuple[str, str, str, int]:
    source, destination, count = row["source"], row["destination"], row["count"]
    if not isinstance(source, bytes) or not isinstance(destination, bytes) or not isinstance(count, int):
        raise TypeError(f"not a row of pairs: {row}")
    return address_text(source), address_text(destination), str(row["name"]), count


def _anomalies(verdict: Verdict, told: Iterable[tuple[str, str, str, int]]) -> Mapping[str, int]:
    attackers, victims = set(verdict.attackers), set(verdict.victims)
    found: dict[str, int] = {}
    for source, destination, name, count in told:
        there = destination in victims and (source in attackers or not attackers)
        back = source in victims and (destination in attackers or not attackers)
        if there or back:
            found[name] = found.get(name, 0) + count
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))))
