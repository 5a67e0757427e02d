"""What becomes of a rule that hits too much else: it is made narrower, or it is withheld.

Narrower means: a condition more, on something that (nearly) all of the attack's packets have and others
have not (the same sender, receiver, port, flags, type), or a limit in place of a drop. Each is tried on
the capture before it is taken. Lengths and windows are no such thing, even where they happen to set the
packets of one capture apart: the attacker chooses them anew, and who reads the rule learns nothing. A time
to live is one only where the detector itself goes by it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations

from netanatomy.firewall.effect import SECOND, Effect, Frames, Measurement, Profile, measure
from netanatomy.firewall.lines import written
from netanatomy.firewall.nftables import why_not
from netanatomy.schema.findings import Finding
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text, mac_text

MAXIMUM_HARM = 0.01
"""Share of other packets, of everybody's and of the victims', that a rule may drop: one in a hundred is
about what TCP takes without a user's noticing (RFC 5681 halves its rate on a loss; more makes a connection
crawl)."""

USEFUL = 0.5
"""Share of the attack packets stopped before that a narrower rule has to stop, to be worth having."""

COVERED = 0.95
"""Share of the attack's packets that must have the few values of a column."""

FEW_VALUES = 8
"""Values of a column that one condition names."""

HEADROOM = 2
"""A limit in place of a drop lets pass so many times the most other packets seen in a second."""

SLOWED = 5
"""A limit that was too high for the attack is set to this part of the attack's mean rate."""

MEANINGFUL = (
    "tcp_flags",
    "icmp_type",
    "icmp_code",
    "ip_protocol",
    "destination_port",
    "source_port",
    "ip_source",
    "ip_destination",
    "eth_source",
)
"""Columns by which a rule is made narrower, the surest to say the same of the attack tomorrow first."""

WHERE_SAID = ("ip_ttl",)
"""Further ones, for findings whose scope goes by them: only the detector knows whether they mean anything."""

PROFILED = (*MEANINGFUL, *WHERE_SAID)

MAC_LENGTH = 6


class Outcome(StrEnum):
    """What became of a finding's rule."""

    KEPT = "kept"
    NARROWED = "narrowed"
    WITHHELD = "withheld"
    NONE = "none"  # there is no rule, or a packet filter cannot have it


@frozen
class Judged:
    """A finding's rule, what became of it, and what it did to the capture.

    Attributes:
        finding: as it was found.
        rule: what is written; None where nothing is.
        outcome: whether that is what the finding said.
        reason: why not, in one line; empty where it is.
        effect: of the rule; where it is withheld, of what would have been written.
        before: the effect of the finding's own rule, where another one is written.
    """

    finding: Finding
    rule: Rule | None
    outcome: Outcome
    reason: str
    effect: Effect
    before: Effect | None = None

    @property
    def as_written(self) -> Finding:
        """The finding with the rule that is written."""
        return replace(self.finding, rule=self.rule)


Source = Callable[[Sequence[str]], Iterable[PacketBatch]]
"""Reads the packets of a capture from the beginning, with these columns."""


def judged(
    findings: Sequence[Finding],
    packets: Source,
    maximum_harm: float = MAXIMUM_HARM,
    attack_frames: Mapping[str, Frames] | None = None,
    besides: Sequence[Finding] = (),
) -> list[Judged]:
    """Measure the rules of findings, and make those narrower that hit too much else.

    The packets are read once, and once more where a rule has to be made narrower.

    Args:
        findings: with their rules.
        packets: reads the capture.
        maximum_harm: share of other packets that a rule may drop, of all and of the victims', 0 to 1.
        attack_frames: as for `Measurement`.
        besides: all others that were found: one attack's packets are not another one's harm.
    """
    every = (*findings, *besides)
    rules = [
        (number, finding.rule)
        for number, finding in enumerate(findings)
        if finding.rule is not None and written(finding.rule).lines
    ]
    if not rules:
        return [_without(finding) for finding in findings]
    first = Measurement(every, rules, PROFILED, attack_frames)
    measured = {
        number: found
        for (number, _), found in zip(rules, measure(first, packets(first.columns)), strict=True)
    }
    tried = [
        (number, rule)
        for number, given in rules
        if not _good(measured[number][0], maximum_harm)
        for rule in _candidates(given, measured[number], findings[number])
    ]
    narrower: dict[int, list[tuple[Rule, Effect]]] = {}
    if tried:
        second = Measurement(every, tried, (), attack_frames)
        results = measure(second, packets(second.columns))
        for (number, rule), (effect, _) in zip(tried, results, strict=True):
            narrower.setdefault(number, []).append((rule, effect))
    return [
        _decided(finding, measured[number][0], narrower.get(number, ()), maximum_harm)
        if number in measured
        else _without(finding)
        for number, finding in enumerate(findings)
    ]


def _good(effect: Effect, maximum_harm: float) -> bool:
    """Whether a rule does little harm, and anything at all against the attack."""
    return effect.harm <= maximum_harm and (effect.attack_stopped > 0 or not effect.attack_packets)


def _without(finding: Finding) -> Judged:
    reason = (
        "a packet filter cannot help against this"
        if finding.rule is None
        else f"it cannot be written: {why_not(finding.rule)}"
    )
    return Judged(finding, None, Outcome.NONE, reason, Effect())


def _decided(
    finding: Finding, effect: Effect, narrower: Sequence[tuple[Rule, Effect]], maximum_harm: float
) -> Judged:
    if _good(effect, maximum_harm):
        return Judged(finding, finding.rule, Outcome.KEPT, "", effect)
    harm = (
        f"it would have hit {effect.harmed} ({effect.harm:.1%}, more than {maximum_harm:.1%})"
        if effect.harm > maximum_harm
        else f"it would have stopped none of {effect.attack_packets} packets of the attack"
    )
    useful = [
        (rule, done)
        for rule, done in narrower
        if _good(done, maximum_harm) and done.attack_stopped >= USEFUL * effect.attack_stopped
    ]
    if not useful:
        return Judged(finding, None, Outcome.WITHHELD, f"{harm}, and no other rule helps", effect, effect)
    rule, done = max(useful, key=lambda each: each[1].attack_stopped)
    return Judged(finding, rule, Outcome.NARROWED, f"{harm}: {_difference(finding.rule, rule)}", done, effect)


def _difference(before: Rule | None, after: Rule) -> str:
    old = before.matches if before is not None else ()
    more = ", ".join(match.column for match in after.matches if match not in old)
    said = []
    if more:
        said.append(f"it asks for {more} as well")
    if before is not None and (before.action, before.rate) != (after.action, after.rate):
        said.append(f"it lets {after.rate} packets a second pass")
    return " and ".join(said)


def _candidates(rule: Rule, measured: tuple[Effect, Profile | None], finding: Finding) -> list[Rule]:
    """Rules that are worth trying in place of one: narrower ones, and limits that let others pass."""
    effect, profile = measured
    if profile is None:
        return []
    known = {match.column for match in rule.matches if match.operator is Operator.EQUAL}
    said = {match.column for selector in finding.scope for match in selector.matches}
    scored = []
    for place, name in enumerate(PROFILED):
        if name in known or name not in profile.attack or (name in WHERE_SAID and name not in said):
            continue
        match = _common(name, profile.attack[name], effect.attack_matched)
        if match is None:
            continue
        values = match.value if isinstance(match.value, tuple) else (match.value,)
        left = sum(
            many for value, many in profile.other.get(name, Counter()).items() if _text(name, value) in values
        )
        if left < effect.other_matched:
            scored.append((left, place, match))
    best = [match for _, _, match in sorted(scored, key=lambda each: each[:2])[:3]]
    found = [replace(rule, matches=(*rule.matches, match)) for match in best]
    found += [replace(rule, matches=(*rule.matches, *pair)) for pair in combinations(best, 2)]
    others = HEADROOM * max(profile.seconds.values(), default=0)
    if rule.action is Action.DROP and others:
        found.append(replace(rule, action=Action.LIMIT, rate=others, burst=others, per=Per.ALL))
    elif rule.action is Action.LIMIT and not effect.attack_stopped:
        seconds = max(1, (finding.end - finding.start) // SECOND)
        rate = max(1, others, effect.attack_matched // (seconds * SLOWED))
        found.append(replace(rule, rate=rate, burst=rate))
    return [each for each in found if written(each).lines]


def _common(name: str, counter: Counter[int | bytes], packets: int) -> Match | None:
    """The few values that nearly all packets of the attack have."""
    wanted = math.ceil(COVERED * packets)
    chosen: list[int | str] = []
    covered = 0
    for value, many in sorted(counter.items(), key=lambda each: (-each[1], str(each[0])))[:FEW_VALUES]:
        chosen.append(_text(name, value))
        covered += many
        if covered >= wanted:
            break
    if covered < wanted or not chosen:
        return None
    if len(chosen) == 1:
        return Match(name, Operator.EQUAL, chosen[0])
    numbers = tuple(sorted(value for value in chosen if isinstance(value, int)))
    return Match(name, Operator.IN, numbers or tuple(sorted(str(value) for value in chosen)))


def _text(name: str, value: int | bytes) -> int | str:
    if isinstance(value, int):
        return value & 0xFF if name == "tcp_flags" else value
    return mac_text(value) if len(value) == MAC_LENGTH else address_text(value)
