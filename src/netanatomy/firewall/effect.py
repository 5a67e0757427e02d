"""What rules do to the traffic of a capture: attack packets stopped, other packets hit.

The attack packets of a finding are those of its scope (or those that are given), in outermost packets.
Other packets are those that belong to no attack: not to this finding, and to none of severity medium or
above. They are counted twice, each time with how many of the very same packets the rule drops: all of them,
and those that go to or come from the victims. How much harm a rule does is the greater of the two shares:
that it spares the traffic of everybody else is no comfort for the victims, and theirs none for the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netanatomy.firewall.matcher import Judge
from netanatomy.firewall.seen import as_seen, seen_columns
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.match import Match, Operator, Selector
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Mask, Rows
from netanatomy.tables.selection import selected, selected_columns

SECOND = 10**9  # ns
MAC_OCTETS = 6
MAXIMUM_VALUES = 256
"""Values of a column that are counted of the packets of one rule. Bounds what forged headers can fill."""

MAXIMUM_SECONDS = 100_000
"""Seconds of which the other packets are counted apart: a day. Bounds a capture of forged times."""

Frames = NDArray[np.int64]


@dataclass(slots=True)
class Effect:
    """What one rule did.

    Attributes:
        attack_packets: of the finding.
        attack_matched: of these, the packets that fulfil the rule's conditions.
        attack_stopped: of these, the packets that were dropped.
        other_packets: of no attack, whosever they are.
        other_matched: of these, the packets that fulfil the conditions.
        other_hit: of these, the packets that were dropped.
        victim_packets: of no attack, from or to the victims: a part of `other_packets`.
        victim_hit: of these, the packets that were dropped.
    """

    attack_packets: int = 0
    attack_matched: int = 0
    attack_stopped: int = 0
    other_packets: int = 0
    other_matched: int = 0
    other_hit: int = 0
    victim_packets: int = 0
    victim_hit: int = 0

    @property
    def harm(self) -> float:
        """The share of other packets that were dropped, 0 to 1: of everybody's, or of the victims'.

        >>> Effect(other_packets=200, other_hit=1).harm
        0.005
        >>> Effect(other_packets=200, other_hit=1, victim_packets=4, victim_hit=1).harm
        0.25
        """
        return max(self._of_all, self._of_victims)

    @property
    def harmed(self) -> str:
        """Whose packets suffer most, and how many of how many, in words.

        >>> Effect(other_packets=200, other_hit=43, victim_packets=166).harmed
        '43 of 200 packets that belong to no attack'
        >>> Effect(other_packets=200, other_hit=2, victim_packets=4, victim_hit=2).harmed
        '2 of 4 other packets from or to the victims'
        """
        if self.victim_hit and self._of_victims >= self._of_all:
            return f"{self.victim_hit} of {self.victim_packets} other packets from or to the victims"
        return f"{self.other_hit} of {self.other_packets} packets that belong to no attack"

    @property
    def _of_all(self) -> float:
        return self.other_hit / max(1, self.other_packets)

    @property
    def _of_victims(self) -> float:
        return self.victim_hit / max(1, self.victim_packets)


@dataclass(slots=True)
class Profile:
    """What the packets that a rule takes hold of look like, attack packets and others apart.

    Attributes:
        attack: by column, how many of the attack's packets have which value; numbers, or octets of addresses.
        other: the same of other packets.
        overfull: columns with too many values to be of use.
        seconds: other packets that were matched in each second.
    """

    attack: dict[str, Counter[int | bytes]] = field(default_factory=dict)
    other: dict[str, Counter[int | bytes]] = field(default_factory=dict)
    overfull: set[str] = field(default_factory=set)
    seconds: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Trial:
    """One rule that is being tried."""

    finding: int
    judge: Judge
    effect: Effect
    profile: Profile | None


class Measurement:
    """Rules being tried on the packets of a capture, each by itself.

    Args:
        findings: whose packets are attacks.
        rules: what is tried, with the index of the finding that it is for.
        profiled: columns of which a `Profile` is made; none for no profiles.
        attack_frames: numbers of the frames of an attack by the id of its finding, where they are known
            better than by the finding's scope.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        rules: Sequence[tuple[int, Rule]],
        profiled: Sequence[str] = (),
        attack_frames: Mapping[str, Frames] | None = None,
    ) -> None:
        self._findings = findings
        self._profiled = tuple(profiled)
        self._known = attack_frames or {}
        self._trials = [
            _Trial(number, Judge(rule), Effect(), Profile() if profiled else None) for number, rule in rules
        ]
        self._parties = [_party_selectors(finding.victims) for finding in findings]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the packet table that have to be there."""
        selectors = [selector for finding in self._findings for selector in finding.scope]
        parties = [selector for party in self._parties for selector in party]
        rules = seen_columns(trial.judge.written for trial in self._trials)
        return tuple(
            dict.fromkeys((*rules, *selected_columns(selectors), *selected_columns(parties), *self._profiled))
        )

    def observe(self, batch: PacketBatch) -> None:
        """Take the next packets, in the order of the capture."""
        told, seen = Rows(batch.table, batch.pieces), as_seen(batch)
        outermost = told.numbers("depth") == 0
        attacks = [self._attack(told, outermost, number) for number in range(len(self._findings))]
        graver = np.zeros(told.count, np.bool_)
        for finding, attack in zip(self._findings, attacks, strict=True):
            if finding.severity.rank >= Severity.MEDIUM.rank:
                graver |= attack
        parties: dict[int, Mask] = {}
        for trial in self._trials:
            attack = attacks[trial.finding]
            other = outermost & ~attack & ~graver
            matched = trial.judge.matched(seen)
            dropped = trial.judge.drops(seen, matched)
            effect = trial.effect
            effect.attack_packets += _count(attack)
            effect.attack_matched += _count(attack & matched)
            effect.attack_stopped += _count(attack & dropped)
            effect.other_packets += _count(other)
            effect.other_matched += _count(other & matched)
            effect.other_hit += _count(other & dropped)
            if self._parties[trial.finding]:
                theirs = parties.get(trial.finding)
                if theirs is None:
                    theirs = parties[trial.finding] = selected(told, self._parties[trial.finding])
                effect.victim_packets += _count(other & theirs)
                effect.victim_hit += _count(other & theirs & dropped)
            if trial.profile is not None:
                _look(trial.profile, seen, attack & matched, other & matched, self._profiled)

    def finished(self) -> list[tuple[Effect, Profile | None]]:
        """What each rule did, in the order of the rules."""
        return [(trial.effect, trial.profile) for trial in self._trials]

    def _attack(self, rows: Rows, outermost: Mask, number: int) -> Mask:
        """The outermost packets of a finding."""
        finding = self._findings[number]
        known = self._known.get(finding.id)
        if known is not None:
            return np.isin(rows.numbers("frame_number"), known) & outermost
        found = selected(rows, finding.scope)
        if not found.any():
            return found
        inner = found & ~outermost
        if inner.any():
            # A packet filter drops what is inside with what is outside.
            frames = rows.numbers("frame_number")
            found = found | np.isin(frames, frames[inner])
        return _whole_datagrams(rows, found) & outermost


def measure(measurement: Measurement, batches: Iterable[PacketBatch]) -> list[tuple[Effect, Profile | None]]:
    """Try rules on all the packets."""
    for batch in batches:
        measurement.observe(batch)
    return measurement.finished()


def _whole_datagrams(rows: Rows, found: Mask) -> Mask:
    """With a datagram that is complete at its last fragment all its fragments in this batch."""
    if not rows.has("reassembled_fragments"):
        return found
    complete = np.flatnonzero(found & rows.valid("reassembled_fragments"))
    fragments = rows.rows_with("ip_fragment_offset")
    if not len(complete) or not len(fragments):
        return found
    keys = _datagrams(rows, fragments)
    wanted = set(_datagrams(rows, complete))
    found = found.copy()
    found[fragments[[key in wanted for key in keys]]] = True
    return found


def _datagrams(rows: Rows, places: NDArray[np.int64]) -> list[tuple[bytes, bytes, int]]:
    source, destination = rows.octets("ip_source")[places], rows.octets("ip_destination")[places]
    identification = rows.at("ip_identification", places).tolist()
    return [
        (one.tobytes(), other.tobytes(), number)
        for one, other, number in zip(source, destination, identification, strict=True)
    ]


def _party_selectors(addresses: Sequence[str]) -> tuple[Selector, ...]:
    """Packets from or to some addresses, of IP, ARP or Ethernet."""
    macs = tuple(each for each in addresses if _is_mac(each))
    internet = tuple(each for each in addresses if not _is_mac(each) and ("." in each or ":" in each))
    found = []
    for names, values in (
        (("ip_source", "ip_destination", "arp_sender_protocol", "arp_target_protocol"), internet),
        (("eth_source", "eth_destination"), macs),
    ):
        found += [Selector((Match(name, Operator.IN, values),)) for name in names if values]
    return tuple(found)


def _is_mac(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == MAC_OCTETS and all(len(part) == 2 for part in parts)


def _look(profile: Profile, rows: Rows, attack: Mask, other: Mask, columns: Sequence[str]) -> None:
    for counted, mask in ((profile.attack, attack), (profile.other, other)):
        places = np.flatnonzero(mask)
        if not len(places):
            continue
        for name in columns:
            if name in profile.overfull or not rows.has(name):
                continue
            counter = counted.setdefault(name, Counter())
            counter.update(_values(rows, name, places))
            # Of the others only the values that the attack has are of interest, but they may come first.
            if len(counter) > MAXIMUM_VALUES and counted is profile.attack:
                profile.overfull.add(name)
                del profile.attack[name]
                profile.other.pop(name, None)
            elif len(counter) > MAXIMUM_VALUES:
                _fold(counter)
    seconds = rows.at("time", np.flatnonzero(other)) // SECOND
    if len(seconds) and len(profile.seconds) < MAXIMUM_SECONDS:
        values, counts = np.unique(seconds, return_counts=True)
        profile.seconds.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def _fold(counter: Counter[int | bytes]) -> None:
    """Keep the commonest values; a rare one that is lost makes no difference to a share."""
    kept = counter.most_common(MAXIMUM_VALUES // 2)
    counter.clear()
    counter.update(dict(kept))


def _values(rows: Rows, name: str, places: NDArray[np.int64]) -> dict[int | bytes, int]:
    there = places[rows.valid_at(name, places)]
    if not len(there):
        return {}
    found: dict[int | bytes, int] = {}
    if name.endswith(("_source", "_destination")):
        octets = np.ascontiguousarray(rows.octets(name)[there])
        values, counts = np.unique(octets, axis=0, return_counts=True)
        for value, many in zip(values, counts.tolist(), strict=True):
            found[value.tobytes()] = many
        return found
    numbers, counts = np.unique(rows.at(name, there), return_counts=True)
    found.update(zip(numbers.tolist(), counts.tolist(), strict=True))
    return found


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))
