"""One connection in time: every segment, acknowledgment and window, and how fast octets went.

What is told of a segment is told from this capture alone: octets that were seen before are a
retransmission, octets that fill a hole are out of order. Which of them a receiver had already got,
nobody can see from outside.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.report.tcp_flags import ACK, FIN, RST, SYN
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import array_integers, integers, octet_rows, validity

MAXIMUM_PACKETS = 200_000
"""Packets that are looked at: bounds the memory for a connection of many days; the rest is counted."""

MAXIMUM_HOLES = 4096
"""Holes in the sequence that are remembered for each side: bounds a sender of scattered octets."""

MAXIMUM_JUMP = 1 << 28
"""Octets between two segments that are taken for one stream. The largest window has 2^30 (RFC 7323
section 2.3), but a picture stretched by a forged number would show nothing else."""

BINS = 120
"""Parts that the time is cut into for throughput."""

SHORTEST_NS = 1_000_000
"""A picture is at least a millisecond wide: all packets may have the same time."""

TCP, UDP = 6, 17  # IP protocol numbers
UDP_HEADER = 8  # octets, RFC 768
SEQUENCES = 1 << 32

PACKET_COLUMNS = (
    "frame_number",
    "time",
    "depth",
    "packet_offset",
    "original_length",
    "vlan_id",
    "ip_source",
    "ip_destination",
    "ip_protocol",
    "ip_header_length",
    "ip_total_length",
    "reassembled_length",
    "source_port",
    "destination_port",
    "payload_length",
    "tcp_sequence",
    "tcp_acknowledgment",
    "tcp_header_length",
    "tcp_flags",
    "tcp_window",
    "tcp_window_scale",
    "tcp_sack_left",
    "tcp_sack_right",
)
"""The columns of the packet table that are read here."""

SegmentKind: TypeAlias = Literal["data", "retransmission", "out-of-order"]
MarkKind: TypeAlias = Literal["SYN", "FIN", "RST", "duplicate-ack", "zero-window"]


@frozen
class Segment:
    """Payload of a packet: `start` to `end` in octets behind the SYN, `time` in ns from the first packet."""

    time: int
    start: int
    end: int
    kind: SegmentKind
    frame: int


@frozen
class Mark:
    """Something at one place: a flag, a duplicate acknowledgment, a closed window."""

    time: int
    sequence: int
    kind: MarkKind
    frame: int


@frozen
class Span:
    """Octets that the other side acknowledged out of turn (SACK; the first block of each segment)."""

    time: int
    left: int
    right: int


@dataclass(slots=True)
class Direction:
    """One side's stream, and what the other side said about it.

    Attributes:
        segments: what it sent.
        marks: its flags; and the other side's duplicate acknowledgments and closed windows.
        acknowledgments: time and place up to which the other side acknowledged.
        window_edges: time and place up to which the other side allowed to send.
        selective: what the other side acknowledged beyond that.
        outside: segments and acknowledgments with numbers too far off to be drawn.
        window_scale_known: whether the other side's SYN was seen; without it edges may be too low.
        octets: of its IP packets, for each bin of time.
        new_octets: payload that was not seen before, for each bin.
    """

    segments: list[Segment] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    acknowledgments: list[tuple[int, int]] = field(default_factory=list)
    window_edges: list[tuple[int, int]] = field(default_factory=list)
    selective: list[Span] = field(default_factory=list)
    outside: int = 0
    window_scale_known: bool = False
    octets: list[int] = field(default_factory=lambda: [0] * BINS)
    new_octets: list[int] = field(default_factory=lambda: [0] * BINS)


@dataclass(slots=True)
class TimeSequence:
    """Both directions, the originator's first.

    Attributes:
        tcp: whether there are sequence numbers.
        first_time: of the earliest packet, ns since 1970 UTC.
        length: from the earliest to the latest packet, ns, at least SHORTEST_NS.
        packets: that were looked at.
        left_out: packets beyond MAXIMUM_PACKETS.
    """

    tcp: bool
    first_time: int
    length: int
    packets: int
    left_out: int
    originator: Direction = field(default_factory=Direction)
    responder: Direction = field(default_factory=Direction)

    @property
    def bin_length(self) -> float:
        """Nanoseconds of a bin."""
        return self.length / BINS


@frozen
class Endpoints:
    """Which packets belong to a connection: addresses as 16 octets, ports where the protocol has them."""

    ip_protocol: int
    originator: bytes
    originator_port: int | None
    responder: bytes
    responder_port: int | None
    first_frame: int
    last_frame: int
    vlan: int | None = None


def packets_of(batch: pa.RecordBatch, ends: Endpoints) -> pa.RecordBatch:
    """The rows of a batch of packets that belong to a connection, with `is_orig` as their last column."""
    source, destination = octet_rows(batch, "ip_source"), octet_rows(batch, "ip_destination")
    present = validity(batch["ip_source"])
    one, other = (np.frombuffer(octets, np.uint8) for octets in (ends.originator, ends.responder))
    there = (source == one).all(axis=1) & (destination == other).all(axis=1)
    back = (source == other).all(axis=1) & (destination == one).all(axis=1)
    if ends.originator_port is not None and ends.responder_port is not None:
        port, target = integers(batch, "source_port"), integers(batch, "destination_port")
        there &= (port == ends.originator_port) & (target == ends.responder_port)
        back &= (port == ends.responder_port) & (target == ends.originator_port)
    frames = integers(batch, "frame_number")
    mine = (there | back) & (integers(batch, "ip_protocol") == ends.ip_protocol)
    mine &= (frames >= ends.first_frame) & (frames <= ends.last_frame)
    if present is not None:
        mine &= present
    if ends.vlan is not None and (tagged := validity(batch["vlan_id"])) is not None:
        mine &= ~tagged | (integers(batch, "vlan_id") == ends.vlan)
    rows = np.flatnonzero(mine)
    found = batch.take(pa.array(rows))
    return found.append_column("is_orig", pa.array(there[rows]))


def time_sequence(packets: pa.Table, ip_protocol: int) -> TimeSequence:
    """What the packets of one connection say.

    Args:
        packets: rows that `packets_of` gave, in the order of their frames.
        ip_protocol: of the connection.
    """
    left_out = max(0, packets.num_rows - MAXIMUM_PACKETS)
    packets = packets.slice(0, MAXIMUM_PACKETS).combine_chunks()
    if not packets.num_rows:
        return TimeSequence(ip_protocol == TCP, 0, SHORTEST_NS, 0, 0)
    times = array_integers(packets["time"].combine_chunks().view(pa.int64())).astype(np.int64)
    first = int(times.min())
    found = TimeSequence(
        tcp=ip_protocol == TCP,
        first_time=first,
        length=max(SHORTEST_NS, int(times.max()) - first),
        packets=packets.num_rows,
        left_out=left_out,
    )
    lengths, octets = _lengths(packets, ip_protocol)
    bins = np.minimum((times - first) * BINS // found.length, BINS - 1)
    is_orig = np.array(packets["is_orig"].to_pylist(), np.bool_)
    for direction, rows in ((found.originator, is_orig), (found.responder, ~is_orig)):
        direction.octets = np.bincount(bins[rows], octets[rows], BINS).astype(np.int64).tolist()
        direction.new_octets = np.bincount(bins[rows], lengths[rows], BINS).astype(np.int64).tolist()
    if found.tcp:
        _Follower(found, packets, times - first, lengths, bins).follow(is_orig)
    return found


def _lengths(packets: pa.Table, ip_protocol: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Octets of payload, and of the whole IP packet, by what headers say: captures may be cut short."""

    def column(name: str) -> NDArray[np.int64]:
        return integers(packets, name).astype(np.int64)

    total = column("ip_total_length")
    # A sender whose hardware cuts segments captures them before their length is known: 0.
    unknown = total == 0
    total = np.where(unknown, column("original_length") - column("packet_offset"), total)
    inside = np.where(
        column("reassembled_length") > 0, column("reassembled_length"), total - column("ip_header_length")
    )
    header = column("tcp_header_length") if ip_protocol == TCP else UDP_HEADER if ip_protocol == UDP else 0
    return np.where(unknown, column("payload_length"), np.maximum(0, inside - header)), np.maximum(0, total)


class _Side:
    """What is known of one side's stream while its packets go by."""

    def __init__(self, direction: Direction, base: int | None) -> None:
        self.direction = direction
        self.base = base
        self.highest = 0  # greatest number that was sent, relative to base
        self.near = 0  # greatest number that was sent or acknowledged: one-sided captures have the latter
        self.acknowledged: int | None = None
        self.window: int | None = None
        self.scale = 0
        self._starts: list[int] = []
        self._ends: list[int] = []

    def relative(self, number: int) -> int | None:
        """A 32-bit number behind the base, unwrapped; None where it is too far off."""
        if self.base is None:
            self.base = number
        ahead = (number - self.base - self.near) % SEQUENCES
        if ahead >= SEQUENCES // 2:
            ahead -= SEQUENCES
        if abs(ahead) > MAXIMUM_JUMP:
            self.direction.outside += 1
            return None
        return self.near + ahead

    def cover(self, start: int, end: int) -> tuple[SegmentKind, int]:
        """Note octets as sent: what kind of segment that is, and how many of them are new."""
        at, behind = bisect_left(self._ends, start), bisect_right(self._starts, end)
        seen = sum(
            max(0, min(end, self._ends[each]) - max(start, self._starts[each])) for each in range(at, behind)
        )
        last = self._ends[-1] if self._ends else start
        # Without an octet that was seen, what lies before the last one lies in a hole.
        kind: SegmentKind = "retransmission" if seen else "out-of-order" if start < last else "data"
        if at < behind:
            start, end = min(start, self._starts[at]), max(end, self._ends[behind - 1])
        self._starts[at:behind], self._ends[at:behind] = [start], [end]
        if len(self._starts) > MAXIMUM_HOLES:
            # The oldest hole is taken for filled.
            del self._starts[1], self._ends[0]
        return kind, seen


class _Follower:
    """Goes through the segments of a connection once."""

    def __init__(
        self,
        found: TimeSequence,
        packets: pa.Table,
        times: NDArray[np.int64],
        lengths: NDArray[np.int64],
        bins: NDArray[np.int64],
    ) -> None:
        self._times: list[int] = times.tolist()
        self._lengths: list[int] = lengths.tolist()
        self._bins: list[int] = bins.tolist()
        self._columns = {
            name: packets[name].to_pylist()
            for name in (
                "frame_number",
                "tcp_sequence",
                "tcp_acknowledgment",
                "tcp_flags",
                "tcp_window",
                "tcp_window_scale",
                "tcp_sack_left",
                "tcp_sack_right",
            )
        }
        self._found = found

    def follow(self, is_orig: NDArray[np.bool_]) -> None:
        """Fill both directions."""
        ours = is_orig.tolist()
        sides = {
            who: _Side(
                self._found.originator if who else self._found.responder,
                self._base([row for row, sent in enumerate(ours) if sent is who]),
            )
            for who in (True, False)
        }
        self._scales(ours, sides)
        for row, who in enumerate(ours):
            if self._columns["tcp_flags"][row] is not None:  # a later fragment has no TCP header
                self._segment(row, sides[who], sides[not who])

    def _base(self, rows: list[int]) -> int | None:
        """Where a side's numbers begin: at its SYN, else at its first segment."""
        flags, sequences = self._columns["tcp_flags"], self._columns["tcp_sequence"]
        seen = [row for row in rows if flags[row] is not None]
        opening = [row for row in seen if flags[row] & SYN]
        first: int | None = next((sequences[row] for row in (*opening, *seen)), None)
        return first

    def _scales(self, ours: list[bool], sides: dict[bool, _Side]) -> None:
        """A window is scaled if both SYNs say so (RFC 7323 section 2.2)."""
        flags, scales = self._columns["tcp_flags"], self._columns["tcp_window_scale"]
        offered: dict[bool, int | None] = {}
        for row, who in enumerate(ours):
            if flags[row] is not None and flags[row] & SYN:
                offered.setdefault(who, scales[row])
        for who, side in sides.items():
            sides[not who].direction.window_scale_known = len(offered) == 2
            if len(offered) == 2 and None not in offered.values():
                side.scale = min(offered[who] or 0, 14)  # RFC 7323 section 2.3

    def _segment(self, row: int, sender: _Side, receiver: _Side) -> None:
        time, frame = self._times[row], self._columns["frame_number"][row]
        flags, length = self._columns["tcp_flags"][row], self._lengths[row]
        start = sender.relative(self._columns["tcp_sequence"][row])
        if start is not None:
            self._sent(row, sender, start)
        if flags & ACK and not flags & RST:
            self._acknowledged(row, sender, receiver, pure=not length and not flags & (SYN | FIN))
        if self._columns["tcp_window"][row] == 0 and not flags & (RST | SYN | FIN):
            place = receiver.acknowledged or 0
            receiver.direction.marks.append(Mark(time, place, "zero-window", frame))

    def _sent(self, row: int, sender: _Side, start: int) -> None:
        time, frame = self._times[row], self._columns["frame_number"][row]
        flags, length = self._columns["tcp_flags"][row], self._lengths[row]
        direction = sender.direction
        if flags & SYN:
            direction.marks.append(Mark(time, start, "SYN", frame))
            start += 1
        end = start + length
        if length:
            kind, seen = sender.cover(start, end)
            direction.segments.append(Segment(time, start, end, kind, frame))
            direction.new_octets[self._bins[row]] -= seen
        if flags & FIN:
            direction.marks.append(Mark(time, end, "FIN", frame))
        if flags & RST:
            direction.marks.append(Mark(time, start, "RST", frame))
        else:
            sender.highest = max(sender.highest, end)
            sender.near = max(sender.near, end)

    def _acknowledged(self, row: int, sender: _Side, receiver: _Side, *, pure: bool) -> None:
        """What `sender` says of the stream of `receiver`."""
        time, frame = self._times[row], self._columns["frame_number"][row]
        place = receiver.relative(self._columns["tcp_acknowledgment"][row])
        if place is None:
            return
        direction, window = receiver.direction, self._columns["tcp_window"][row]
        # RFC 5681 section 2: no data, nothing new, the same window, and something is on its way.
        repeated = pure and place == receiver.acknowledged and window == sender.window
        if repeated and receiver.highest > place:
            direction.marks.append(Mark(time, place, "duplicate-ack", frame))
        receiver.acknowledged = max(place, receiver.acknowledged or place)
        receiver.near = max(receiver.near, place)
        sender.window = window
        direction.acknowledgments.append((time, place))
        scale = 0 if self._columns["tcp_flags"][row] & SYN else sender.scale
        direction.window_edges.append((time, place + (window << scale)))
        left, right = self._columns["tcp_sack_left"][row], self._columns["tcp_sack_right"][row]
        if left is not None and right is not None:
            edges = receiver.relative(left), receiver.relative(right)
            if edges[0] is not None and edges[1] is not None and edges[0] < edges[1]:
                direction.selective.append(Span(time, edges[0], edges[1]))
