"""What sources tried at hosts, put together from relations: what is a scan, and who hides in a crowd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Protocol

from netanatomy.detect.attempts import OPEN, REFUSED, SILENT, UDP, whole
from netanatomy.detect.relations import Row, Summary
from netanatomy.detect.selected import selected
from netanatomy.schema.frozen import changeable
from netanatomy.tables.python_rows import python_tuples

WELL_KNOWN = 1024
"""System ports end below it (RFC 6335 section 6)."""
UNANSWERED = 3
"""Beside the outcomes of attempts: a datagram or an ACK, of which silence says little."""
SECOND = 10**9  # ns
MAXIMUM_PAIRS = 1_000
"""Pairs that are compared with each other. Bounds scans in the name of thousands; those with most stay."""


@changeable
class Pair:
    """What one source tried at one host.

    Attributes:
        scanner: the source's address.
        victim: the host's.
        rows: of relation `pairs`.
        ports: ports that were tried, by outcome.
    """

    scanner: bytes
    victim: bytes
    rows: list[Row] = field(default_factory=list)
    ports: dict[int, set[int]] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """Time of the first try."""
        return min(int(row["start"]) for row in self.rows)

    @property
    def end(self) -> int:
        """Time of the last."""
        return max(int(row["end"]) for row in self.rows)

    @property
    def every_port(self) -> set[int]:
        """Every port that was tried."""
        return set().union(*self.ports.values())


class Limits(Protocol):
    """From how many ports on it is a scan."""

    @property
    def ports(self) -> int:
        """Ports that were refused or silent."""

    @property
    def high_ports(self) -> int:
        """The same where none is a system port, or where silence says little."""

    @property
    def open_ports(self) -> int:
        """Ports that were opened and left, too."""

    @property
    def refusals(self) -> int:
        """ICMP refusals, or system ports, that show that datagrams without an answer are a scan."""

    @property
    def bulky(self) -> int:
        """Octets of datagrams from which many at once are a flood."""

    @property
    def flood_rate(self) -> int:
        """Datagrams a second from which bulky ones are a flood."""


class Together(Protocol):
    """From when on several sources are one scan."""

    @property
    def same_ports(self) -> float:
        """Share of ports in common of a scan with decoys."""

    @property
    def same_time(self) -> int:
        """Seconds by which sources of one scan may begin and end apart."""

    @property
    def sharers(self) -> int:
        """Sources that share ports."""

    @property
    def own_share(self) -> float:
        """Share of a source's ports that no other one tries."""

    @property
    def even_share(self) -> float:
        """Share of the most ports of a source that the others have at least."""


def pairs_of(summary: Summary, over: Sequence[int]) -> dict[int, Pair]:
    """What relations `pairs` and `tried` tell of some pairs, by their numbers."""
    found: dict[int, Pair] = {}
    for row in selected(summary["pairs"], "pair", over).to_pylist():
        pair = found.setdefault(row["pair"], Pair(whole(row, "scanner"), whole(row, "victim")))
        pair.rows.append(row)
    tried = selected(summary["tried"], "pair", over)
    for number, silent, outcome, port in python_tuples(tried, "pair", "silent", "outcome", "port"):
        if known := found.get(number):
            known.ports.setdefault(UNANSWERED if silent else outcome, set()).add(port)
    return found


def scans(pair: Pair, limits: Limits, refused: int) -> bool:
    """Whether what a source tried at a host is a scan.

    Args:
        pair: source and host.
        limits: from how many ports.
        refused: how often the host said by ICMP that nobody listens.
    """
    if floods(pair, limits):
        return False
    failed = pair.ports.get(REFUSED, set()) | pair.ports.get(SILENT, set())
    weak = pair.ports.get(UNANSWERED, set())
    opened = pair.ports.get(OPEN, set())
    low = [port for port in failed | weak if port < WELL_KNOWN]
    if len(failed) >= (limits.ports if low else limits.high_ports):
        return True
    if len(failed | opened) >= limits.open_ports:
        return True
    # Datagrams that nobody answers: only where the host says so, or where they go to system ports.
    return len(weak | failed) >= (limits.ports if refused >= limits.refusals else limits.high_ports) and (
        refused >= limits.refusals or len(low) >= limits.refusals
    )


def ports_of(pairs: Sequence[Pair]) -> tuple[int, int]:
    """How many ports of a host were tried by all sources together, and how many were open, at the most."""
    tried: dict[bytes, set[int]] = {}
    opened: dict[bytes, set[int]] = {}
    for pair in pairs:
        tried.setdefault(pair.victim, set()).update(pair.every_port)
        opened.setdefault(pair.victim, set()).update(pair.ports.get(OPEN, ()))
    return max(map(len, tried.values())), max(map(len, opened.values()))


def floods(pair: Pair, limits: Limits) -> bool:
    """Whether a source sends a host large datagrams, fast: it fills the line, and looks at no answer."""
    datagrams = [row for row in pair.rows if row["kind"] == UDP]
    count = sum(row["attempts"] for row in datagrams)
    if 2 * count <= sum(row["attempts"] for row in pair.rows):
        return False
    octets = sum(row["octets"] for row in datagrams)
    fast = count * SECOND >= limits.flood_rate * max(SECOND, pair.end - pair.start)
    return bool(octets >= limits.bulky * count and fast)


def shared_of(pairs: Sequence[Pair], limits: Together) -> tuple[list[list[Pair]], list[Pair]]:
    """Sources that tried the ports of one host between them, hardly one of them twice, and the rest."""
    most = sorted(pairs, key=lambda pair: (-len(pair.every_port), pair.scanner, pair.victim))[:MAXIMUM_PAIRS]
    by_victim: dict[bytes, list[Pair]] = {}
    for pair in most:
        by_victim.setdefault(pair.victim, []).append(pair)
    groups: dict[frozenset[bytes], list[Pair]] = {}
    for mine in by_victim.values():
        left = mine
        while len(left) >= limits.sharers:
            same, left = _sharers(left, limits)
            if len(same) >= limits.sharers:
                groups.setdefault(frozenset(pair.scanner for pair in same), []).extend(same)
    together = {id(pair) for same in groups.values() for pair in same}
    return list(groups.values()), [pair for pair in pairs if id(pair) not in together]


def _sharers(pairs: Sequence[Pair], limits: Together) -> tuple[list[Pair], list[Pair]]:
    """Those that share with the first of them, which has the most ports; and the others."""
    first, *rest = pairs
    same, tried, left = [first], set(first.every_port), []
    for pair in rest:
        ports = pair.every_port
        apart = len(ports - tried) >= limits.own_share * len(ports)
        apart = apart and len(ports) >= limits.even_share * len(first.every_port)
        if apart and _at_once(first, pair, limits):
            same.append(pair)
            tried |= ports
        else:
            left.append(pair)
    return same, left


def decoys_of(pairs: Sequence[Pair], limits: Together) -> tuple[list[list[Pair]], list[Pair]]:
    """Sources that tried the same ports of one host at the same time, and the rest."""
    most = sorted(pairs, key=lambda pair: (-len(pair.every_port), pair.scanner, pair.victim))
    by_victim: dict[bytes, list[Pair]] = {}
    for pair in most[:MAXIMUM_PAIRS]:
        by_victim.setdefault(pair.victim, []).append(pair)
    groups: list[list[Pair]] = []
    alone: list[Pair] = []
    for mine in by_victim.values():
        left = sorted(mine, key=lambda pair: (pair.start, pair.scanner))
        while left:
            first, *rest = left
            same = [pair for pair in rest if _same_scan(first, pair, limits)]
            if same:
                groups.append([first, *same])
            else:
                alone.append(first)
            left = [pair for pair in rest if pair not in same]
    return groups, alone


def _same_scan(one: Pair, other: Pair, limits: Together) -> bool:
    common = len(one.every_port & other.every_port)
    return _at_once(one, other, limits) and common >= limits.same_ports * len(
        one.every_port | other.every_port
    )


def _at_once(one: Pair, other: Pair, limits: Together) -> bool:
    apart = limits.same_time * SECOND
    return abs(one.start - other.start) <= apart and abs(one.end - other.end) <= apart
