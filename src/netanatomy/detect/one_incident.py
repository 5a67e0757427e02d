"""One incident is one finding: what the same attacker does to many hosts, or to many ports, is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from types import MappingProxyType
from typing import TypeAlias

from netanatomy.detect.detector import Verdict
from netanatomy.detect.spread_datagrams import NETWORK
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Operator, where
from netanatomy.schema.rules import Rule

VICTIMS = 256
"""Victims that a finding names, as of UDP floods; all are counted."""
SELECTORS = 1_000
"""Selectors of one verdict. Bounds attacks on thousands of hosts; all are in its counts."""
SHOWN = 12
"""Pieces of evidence of one verdict."""
OF_EACH = 3
"""Pieces of evidence of each victim, where there are several."""
MAC_COLONS = 5  # of a link-layer address as text; IPv6 addresses as short as that have "::"
TOLD = 5
"""Further victims that the reason names."""

TOGETHER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "syn-flood": ("sources", "peak_per_second"),
        "tcp-flood": ("sources", "peak_per_second"),
        "udp-flood": ("sources", "peak_per_second", "ports"),
        "ping-flood": ("sources", "peak_per_second"),
        "ping-of-death": ("octets",),
        "ip-spoofing": ("claimed", "networks", "ttl", "spoken_to"),
        "land": ("ports",),
        "fragment-flood": ("sources", "peak_per_second"),
        "handshake-violation": (),
        "backdoor-port": ("port",),
        "connection-exhaustion": ("sources", "open_at_once", "seconds"),
    }
)
"""Detectors that judge each victim by itself, with those of their counts that are not added up: the greatest
one is told."""

NO_RULE = "no one rule is right for all of these hosts: what takes hold of the attack differs between them"

Key: TypeAlias = tuple[object, ...]


def together(detector: str, verdicts: Iterable[Verdict], gap: int) -> Iterator[Verdict]:
    """One verdict for each attacker, however many victims it had at one time.

    Where sources are forged those belong together that came from the same senders to hosts of one network.

    Args:
        detector: whose verdicts they are.
        verdicts: one for each victim.
        gap: nanoseconds between two of them from which they are two incidents.
    """
    if detector not in TOGETHER:
        yield from verdicts
        return
    groups: dict[Key, list[Verdict]] = {}
    for number, verdict in enumerate(verdicts):
        groups.setdefault(_key(verdict, number), []).append(verdict)
    for group in groups.values():
        group.sort(key=lambda verdict: (verdict.start, verdict.subject))
        for same in _at_one_time(group, gap):
            yield _joined(same, TOGETHER[detector]) if len(same) > 1 else same[0]


def _key(verdict: Verdict, number: int) -> Key:
    """What verdicts on one incident have in common."""
    kind = verdict.proofs[0].role if verdict.proofs else "", tuple(sorted(verdict.others))
    if verdict.attackers:
        return (*kind, frozenset(verdict.attackers))
    if verdict.severity.rank < Severity.MEDIUM.rank or not verdict.victims:
        return (number,)  # facts, of which nobody is guilty
    return (*kind, frozenset(map(_network, verdict.victims)), verdict.others.get("sender", ()))


def _network(address: str) -> str:
    """The network that an address is in, as floods of datagrams have it.

    >>> _network("10.20.0.9"), _network("fd00:20::9")
    ('10.20.0.0/24', 'fd00:20::/64')
    """
    if address.count(":") == MAC_COLONS and "::" not in address:
        return address
    bits = NETWORK[":" not in address][1]
    return str(ip_network(f"{address}/{bits}", strict=False))


def _at_one_time(group: Sequence[Verdict], gap: int) -> Iterator[list[Verdict]]:
    """Those that overlap or follow one another closely; given in the order of their beginnings."""
    same: list[Verdict] = []
    for verdict in group:
        if same and verdict.start > max(one.end for one in same) + gap:
            yield same
            same = []
        same.append(verdict)
    yield same


def _joined(same: Sequence[Verdict], greatest: Sequence[str]) -> Verdict:
    gravest = max(same, key=lambda verdict: (verdict.severity.rank, verdict.confidence))
    # The gravest comes first, so that what is cut off is not it.
    ordered = [gravest, *(one for one in same if one is not gravest)]
    victims = tuple(dict.fromkeys(victim for one in ordered for victim in one.victims))
    further = [victim for victim in victims if victim not in gravest.victims]
    what = f"{len(further)} more hosts" if further else f"{len(same) - 1} more services of it"
    names = ", ".join(further[:TOLD]) + (" and others" if len(further) > TOLD else "")
    told = f"The same was done to {what} at that time{f': {names}' if names else ''}."
    rules = [one.rule for one in ordered if one.rule is not None]
    rule = _rule(rules, gravest)
    each = max(1, min(OF_EACH, SHOWN // len(same)))
    return replace(
        gravest,
        subject=same[0].subject,
        title=f"{gravest.title}; and {what}",
        victims=victims[:VICTIMS],
        others=_others(ordered),
        start=min(one.start for one in same),
        end=max(one.end for one in same),
        counts=_counts(ordered, greatest, len(victims)),
        reason=f"{gravest.reason} {told}",
        proofs=tuple(proof for one in ordered for proof in one.proofs[:each])[:SHOWN],
        frames=sum(one.frames for one in same),
        scope=tuple(selector for one in ordered for selector in one.scope)[:SELECTORS],
        rule=rule,
        advice=gravest.advice if rule or not rules else (*gravest.advice, NO_RULE),
    )


def _others(same: Sequence[Verdict]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for verdict in same:
        for role, who in verdict.others.items():
            found[role] = tuple(dict.fromkeys((*found.get(role, ()), *who)))[:VICTIMS]
    return found


def _counts(same: Sequence[Verdict], greatest: Sequence[str], victims: int) -> Mapping[str, int | float]:
    found: dict[str, int | float] = {}
    for verdict in same:
        for name, count in verdict.counts.items():
            before = found.get(name, 0)
            found[name] = max(before, count) if name in greatest else before + count
    return {**found, "victims": victims}


def _rule(rules: Sequence[Rule], gravest: Verdict) -> Rule | None:
    """One rule that takes hold of what any of them does: lists of values in place of single ones."""
    if len(rules) < 2:
        return rules[0] if rules else None
    every: dict[tuple[str, Operator], list[Match]] = {}
    for rule in rules:
        for match in rule.matches:
            kind: Operator = match.operator
            if kind is Operator.EQUAL:
                kind = Operator.IN
            every.setdefault((match.column, kind), []).append(match)
    matches: list[Match] = []
    varying: set[str] = set()
    for (column, kind), some in every.items():
        if kind is Operator.NOT_NETWORK:
            matches.append(_listed(some, kind))  # whom one rule spares all spare
        elif len(some) < len(rules):
            continue  # one of them takes hold whatever the column says
        elif all(one == some[0] for one in some):
            matches.append(some[0])
        elif kind is Operator.IN:
            matches.append(_listed(some, kind))
            varying.add(column)
        else:
            return None
    if {"ip_source", "ip_destination"} <= varying and "eth_source" not in {one.column for one in matches}:
        # Two lists take in every pair of theirs, real ones too; with the sender's link-layer address none.
        macs = tuple(
            one
            for one in gravest.others.get("sender", ())
            if one.count(":") == MAC_COLONS and "::" not in one
        )
        if not macs:
            return None
        matches = [*where(eth_source=macs), *matches]
    return replace(
        rules[0],
        matches=tuple(matches),
        rate=max(rule.rate for rule in rules),
        burst=max(rule.burst for rule in rules),
    )


def _listed(matches: Sequence[Match], operator: Operator) -> Match:
    """All values of several conditions on one column."""
    values: list[object] = []
    for match in matches:
        values += match.value if isinstance(match.value, tuple) else (match.value,)
    if numbers := {value for value in values if isinstance(value, int)}:
        return Match(matches[0].column, operator, tuple(sorted(numbers)))
    texts = [value for value in values if isinstance(value, str)]
    return Match(matches[0].column, operator, tuple(dict.fromkeys(texts)))
