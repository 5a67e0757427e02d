"""What sources tried at hosts, put together from relations: what is a scan, and who hides in a crowd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Protocol

from netanatomy.detect.attempts import OPEN, REFUSED, SILENT, UDP, whole
from netanatomy.detect.relations import Row, Summary
from netanatomy.detect.selected import selected
from netanatomy.schema.frozen import changeable

WELL_KNOWN = 1024
"""System ports end below it (RFC 6335 section 6)."""
UNANSWERED = 3
"""Beside the outcomes of attempts: a datagram or an ACK, of which silence says little."""
REFUSALS = 5
"""ICMP refusals, or system ports, that show that datagrams without an answer are a scan."""
SAME_SCAN = 60 * 10**9
"""Nanoseconds by which sources of one scan may begin and end apart."""
SHARERS = 3
"""Sources from which it is no chance that each tries ports that the others leave out."""
LEFT_OUT = 0.9
"""Share of a source's ports that no other source of a shared scan tries: a few may be tried twice."""
EVEN = 0.5
"""Share of the most ports of a source that the others have at least: who shares work shares it evenly."""
BULKY = 256
"""Octets of datagrams from which many at once are a flood: most of nmap's probes are empty."""
FLOOD_RATE = 50
"""Datagrams a second from which bulky ones are a flood: as of udp-flood."""
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


def pairs_of(summary: Summary, over: Sequence[int]) -> dict[int, Pair]:
    """What relations `pairs` and `tried` tell of some pairs, by their numbers."""
    found: dict[int, Pair] = {}
    for row in selected(summary["pairs"], "pair", over).to_pylist():
        pair = found.setdefault(row["pair"], Pair(whole(row, "scanner"), whole(row, "victim")))
        pair.rows.append(row)
    for row in selected(summary["tried"], "pair", over).to_pylist():
        if known := found.get(row["pair"]):
            outcome = UNANSWERED if row["silent"] else row["outcome"]
            known.ports.setdefault(outcome, set()).add(row["port"])
    return found


def scans(pair: Pair, limits: Limits, refused: int) -> bool:
    """Whether what a source tried at a host is a scan.

    Args:
        pair: source and host.
        limits: from how many ports.
        refused: how often the host said by ICMP that nobody listens.
    """
    if floods(pair):
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
    return len(weak | failed) >= (limits.ports if refused >= REFUSALS else limits.high_ports) and (
        refused >= REFUSALS or len(low) >= REFUSALS
    )


def ports_of(pairs: Sequence[Pair]) -> tuple[int, int]:
    """How many ports of a host were tried by all sources together, and how many were open, at the most."""
    tried: dict[bytes, set[int]] = {}
    opened: dict[bytes, set[int]] = {}
    for pair in pairs:
        tried.setdefault(pair.victim, set()).update(pair.every_port)
        opened.setdefault(pair.victim, set()).update(pair.ports.get(OPEN, ()))
    return max(map(len, tried.values())), max(map(len, opened.values()))


def floods(pair: Pair) -> bool:
    """Whether a source sends a host large datagrams, fast: it does not look who answers, it fills the line.

    >>> row = {"kind": UDP, "attempts": 300, "octets": 300 * 540, "start": 0, "end": SECOND}
    >>> floods(Pair(b"", b"", [row])), floods(Pair(b"", b"", [row | {"octets": 300 * 40}]))
    (True, False)
    """
    datagrams = [row for row in pair.rows if row["kind"] == UDP]
    count = sum(row["attempts"] for row in datagrams)
    if 2 * count <= sum(row["attempts"] for row in pair.rows):
        return False
    octets = sum(row["octets"] for row in datagrams)
    return bool(octets >= BULKY * count and count * SECOND >= FLOOD_RATE * max(SECOND, pair.end - pair.start))


def shared_of(pairs: Sequence[Pair]) -> tuple[list[list[Pair]], list[Pair]]:
    """Sources that tried the ports of one host between them, hardly one of them twice, and the rest."""
    most = sorted(pairs, key=lambda pair: (-len(pair.every_port), pair.scanner, pair.victim))[:MAXIMUM_PAIRS]
    by_victim: dict[bytes, list[Pair]] = {}
    for pair in most:
        by_victim.setdefault(pair.victim, []).append(pair)
    groups: dict[frozenset[bytes], list[Pair]] = {}
    for mine in by_victim.values():
        left = mine
        while len(left) >= SHARERS:
            same, left = _sharers(left)
            if len(same) >= SHARERS:
                groups.setdefault(frozenset(pair.scanner for pair in same), []).extend(same)
    together = {id(pair) for same in groups.values() for pair in same}
    return list(groups.values()), [pair for pair in pairs if id(pair) not in together]


def _sharers(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Those that share with the first of them, which has the most ports; and the others."""
    first, *rest = pairs
    same, tried, left = [first], set(first.every_port), []
    for pair in rest:
        ports = pair.every_port
        apart = len(ports - tried) >= LEFT_OUT * len(ports) and len(ports) >= EVEN * len(first.every_port)
        if apart and _at_once(first, pair):
            same.append(pair)
            tried |= ports
        else:
            left.append(pair)
    return same, left


def decoys_of(pairs: Sequence[Pair], share: float) -> tuple[list[list[Pair]], list[Pair]]:
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
            same = [pair for pair in rest if _same_scan(first, pair, share)]
            if same:
                groups.append([first, *same])
            else:
                alone.append(first)
            left = [pair for pair in rest if pair not in same]
    return groups, alone


def _same_scan(one: Pair, other: Pair, share: float) -> bool:
    common = len(one.every_port & other.every_port)
    return _at_once(one, other) and common >= share * len(one.every_port | other.every_port)


def _at_once(one: Pair, other: Pair) -> bool:
    return abs(one.start - other.start) <= SAME_SCAN and abs(one.end - other.end) <= SAME_SCAN
