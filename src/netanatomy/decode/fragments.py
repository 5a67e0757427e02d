"""Reassembly of fragmented datagrams, IPv4 (RFC 791, 815) and IPv6 (RFC 8200 section 4.5).

Where pieces overlap, the octets that came first are kept; that they overlapped, and whether the
octets differed, is told. Time is the packets' own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from dataclasses import field
from enum import IntEnum

from netanatomy.schema.frozen import changeable, frozen

LIFETIME = 60 * 10**9
"""Nanoseconds that an unfinished datagram is kept (RFC 8200 section 4.5: 60 seconds)."""

MAXIMUM_DATAGRAMS = 4096
"""Unfinished datagrams kept at once. Bounds a flood of first fragments; the oldest one gives way."""

MAXIMUM_OCTETS = 64 * 2**20
"""Octets of pieces kept at once. Bounds a flood of large fragments; the oldest datagram gives way."""

MAXIMUM_PIECES = 8192
"""Pieces of one datagram: 65,535 octets in pieces of eight. Bounds a flood of duplicates."""

LARGEST_DATAGRAM = 65_535
"""Octets that an IP packet can have (RFC 791 section 3.1)."""

SMALLEST_FIRST_FRAGMENT = {6: 20, 17: 8}
"""Octets of transport header that a first fragment must hold, by protocol (RFC 1858, 3128)."""


class FragmentAnomaly(IntEnum):
    """What is odd about one piece; the numbers are those of schema.packets.FRAGMENT_ANOMALIES."""

    NONE = 0
    DUPLICATE = 1
    OVERLAP = 2
    OVERLAP_CONFLICT = 3
    TINY = 4
    OVERSIZED = 5


@frozen
class Fragment:
    """One piece: where its octets belong in the datagram, and whether more follow."""

    key: tuple[int, bytes, bytes, int, int]
    protocol: int
    offset: int
    more: bool
    octets: bytes
    time: int


@frozen
class Outcome:
    """What became of a piece: its oddity, and the whole datagram if it was the last one missing."""

    anomaly: FragmentAnomaly
    datagram: bytes | None = None
    protocol: int = 0
    fragments: int = 0


@changeable
class _Datagram:
    begun: int
    protocol: int = 0
    total: int | None = None
    fragments: int = 0
    held: int = 0
    # Octets held before the end; pieces do not overlap, so all are there when they are as many.
    covered: int = 0
    # Pieces that do not overlap, by offset: of each octet the first that came.
    pieces: dict[int, bytes] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)

    def end_at(self, total: int) -> None:
        """Learn how long the datagram is; pieces beyond that stay out of it."""
        self.total = total
        self.covered = sum(self.before_the_end(start, len(held)) for start, held in self.pieces.items())

    def before_the_end(self, start: int, length: int) -> int:
        """How many octets of a piece belong to the datagram."""
        return length if self.total is None else max(0, min(length, self.total - start))

    def overlapping(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """The pieces that share octets with `start` to `end`, in their order."""
        first = max(0, bisect_right(self.starts, start) - 1)
        last = bisect_left(self.starts, end)
        found = ((at, self.pieces[at]) for at in self.starts[first:last])
        return [(at, held) for at, held in found if start < at + len(held)]


class Reassembler:
    """Collects pieces until a datagram is whole.

    Attributes:
        completed: datagrams put together.
        expired: datagrams given up after `LIFETIME`.
        evicted: datagrams given up for room.
    """

    def __init__(self) -> None:
        self.completed = 0
        self.expired = 0
        self.evicted = 0
        self._held = 0
        self._open: OrderedDict[tuple[int, bytes, bytes, int, int], _Datagram] = OrderedDict()

    @property
    def unfinished(self) -> int:
        """Datagrams that still lack a piece."""
        return len(self._open)

    def add(self, fragment: Fragment) -> Outcome:
        """Take one piece."""
        self._expire(fragment.time)
        end = fragment.offset + len(fragment.octets)
        if end > LARGEST_DATAGRAM:
            return Outcome(FragmentAnomaly.OVERSIZED)
        datagram = self._open.get(fragment.key)
        if datagram is None:
            self._make_room(len(fragment.octets))
            datagram = self._open[fragment.key] = _Datagram(fragment.time)
        datagram.fragments += 1
        if fragment.offset == 0:
            datagram.protocol = fragment.protocol
        anomaly = self._insert(datagram, fragment)
        if not fragment.more and datagram.total is None:
            datagram.end_at(end)
        if datagram.total is None or datagram.covered < datagram.total:
            if datagram.fragments >= MAXIMUM_PIECES:
                self._drop(fragment.key)
                self.evicted += 1
            return Outcome(anomaly)
        self._drop(fragment.key)
        self.completed += 1
        whole = b"".join(datagram.pieces[start] for start in datagram.starts)
        return Outcome(anomaly, whole[: datagram.total], datagram.protocol, datagram.fragments)

    def _insert(self, datagram: _Datagram, fragment: Fragment) -> FragmentAnomaly:
        """Keep what of the piece is new, and say how it met what was there."""
        start, octets = fragment.offset, fragment.octets
        end = start + len(octets)
        anomaly = FragmentAnomaly.NONE
        smallest = SMALLEST_FIRST_FRAGMENT.get(fragment.protocol, 0)
        if start == 0 and fragment.more and len(octets) < smallest:
            anomaly = FragmentAnomaly.TINY
        overlapped = datagram.overlapping(start, end)
        if not overlapped and octets:
            self._keep(datagram, start, octets)
            return anomaly
        if any(at == start and held == octets for at, held in overlapped):
            return FragmentAnomaly.DUPLICATE
        position = start
        differs = False
        for at, held in overlapped:
            if position < at:
                self._keep(datagram, position, octets[position - start : at - start])
            common_start, common_end = max(at, start), min(at + len(held), end)
            mine = octets[common_start - start : common_end - start]
            differs = differs or mine != held[common_start - at : common_end - at]
            position = max(position, at + len(held))
        if position < end:
            self._keep(datagram, position, octets[position - start :])
        if differs:
            return FragmentAnomaly.OVERLAP_CONFLICT
        return FragmentAnomaly.OVERLAP if overlapped else anomaly

    def _keep(self, datagram: _Datagram, start: int, octets: bytes) -> None:
        datagram.pieces[start] = octets
        insort(datagram.starts, start)
        datagram.held += len(octets)
        datagram.covered += datagram.before_the_end(start, len(octets))
        self._held += len(octets)

    def _make_room(self, octets: int) -> None:
        while self._open and (len(self._open) >= MAXIMUM_DATAGRAMS or self._held + octets > MAXIMUM_OCTETS):
            self._drop(next(iter(self._open)))
            self.evicted += 1

    def _expire(self, now: int) -> None:
        while self._open:
            key, oldest = next(iter(self._open.items()))
            if now - oldest.begun <= LIFETIME:
                return
            self._drop(key)
            self.expired += 1

    def _drop(self, key: tuple[int, bytes, bytes, int, int]) -> None:
        self._held -= self._open.pop(key).held
