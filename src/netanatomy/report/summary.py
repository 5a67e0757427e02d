"""The summary of a capture: facts that are counted while its packets go by.

`observe` takes batches, `merge` puts two summaries together, and nothing in between looks at a
single packet with Python: every count is made per batch, on whole columns.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import field
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.report import conversations
from netanatomy.report.connection_summary import ConnectionSummary
from netanatomy.report.conversations import Conversations
from netanatomy.report.series import Series
from netanatomy.report.tally import FIRST_FRAMES, Evidence, Volume, sum_by
from netanatomy.report.tcp_flags import HIGHEST, impossible
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.frozen import changeable
from netanatomy.tables.arrays import Integers, array_integers, arrow_array, codes, integers, validity

MAXIMUM_PATHS = 4096
"""Different stacks of headers that are told apart: bounds frames that nest at random."""

MAXIMUM_BINDINGS = 4096
"""Pairs of IP and MAC address from ARP: bounds a flood of forged answers."""

COLUMNS = tuple(
    dict.fromkeys(
        (
            *conversations.COLUMNS,
            "depth",
            "protocols",
            "stop_layer",
            "stop_reason",
            "vlan_id",
            "arp_operation",
            "arp_sender_hardware",
            "arp_sender_protocol",
            "ip_checksum_status",
            "icmp_checksum_status",
            "transport_checksum_status",
            "ip_fragment_offset",
            "reassembled_fragments",
            "fragment_anomaly",
            "icmp_type",
            "icmp_code",
            "tunnel",
        )
    )
)
"""The columns of the packet table that a summary reads."""

CHECKSUMS = ("ip_checksum_status", "icmp_checksum_status", "transport_checksum_status")
IMPOSSIBLE_FLAGS: tuple[int, ...] = tuple(
    flags for flags in range(HIGHEST + 1) if impossible(flags) is not None
)

Key = TypeVar("Key", bound=Hashable)
Counter = dict[Key, Evidence]


@changeable
class FrameFacts:
    """What the records of the capture say, before anything is decoded.

    Attributes:
        frames: number of records.
        first_time: earliest time, ns since 1970 UTC; None without frames.
        last_time: latest time.
        captured_octets: octets that the capture holds.
        original_octets: octets that the frames had on the wire.
        cut_short: frames of which not all octets were captured.
        longest: octets of the longest frame on the wire.
        by_link_type: volume for each LINKTYPE_ number.
        by_interface: volume for each interface.
        back_in_time: frames that are earlier than the frame before them.
        traffic: octets on the wire over time.
    """

    frames: int = 0
    first_time: int | None = None
    last_time: int | None = None
    captured_octets: int = 0
    original_octets: int = 0
    cut_short: int = 0
    longest: int = 0
    by_link_type: dict[int, Volume] = field(default_factory=dict)
    by_interface: dict[int, Volume] = field(default_factory=dict)
    back_in_time: int = 0
    traffic: Series = field(default_factory=Series, compare=False)

    def observe(self, batch: FrameBatch) -> None:
        """Count the frames of a batch."""
        if not len(batch):
            return
        first, last = int(batch.time.min()), int(batch.time.max())
        if self.last_time is not None:
            self.back_in_time += int(batch.time[0]) < self.last_time
        self.back_in_time += int((np.diff(batch.time) < 0).sum())
        self.first_time = first if self.first_time is None else min(first, self.first_time)
        self.last_time = last if self.last_time is None else max(last, self.last_time)
        lengths = batch.original_length
        self.frames += len(batch)
        self.captured_octets += int(batch.captured_length.sum(dtype=np.int64))
        self.original_octets += int(lengths.sum(dtype=np.int64))
        self.cut_short += int((batch.captured_length < lengths).sum())
        self.longest = max(self.longest, int(lengths.max()))
        self.traffic.observe(batch.time, lengths)
        _count_volumes(self.by_link_type, batch.link_type, lengths)
        _count_volumes(self.by_interface, batch.interface, lengths)

    def merge(self, other: FrameFacts) -> None:
        """Count what another has counted."""
        self.frames += other.frames
        self.first_time = _of_both(min, self.first_time, other.first_time)
        self.last_time = _of_both(max, self.last_time, other.last_time)
        self.captured_octets += other.captured_octets
        self.original_octets += other.original_octets
        self.cut_short += other.cut_short
        self.longest = max(self.longest, other.longest)
        self.back_in_time += other.back_in_time
        self.traffic.merge(other.traffic)
        for mine, theirs in (
            (self.by_link_type, other.by_link_type),
            (self.by_interface, other.by_interface),
        ):
            for key, volume in theirs.items():
                mine.setdefault(key, Volume()).add(volume)


@changeable
class Summary:
    """What a capture holds, layer by layer.

    Attributes:
        frames: what the records say.
        rows: packets, those inside tunnels counted too.
        hierarchy: frames and octets by the stack of headers that was read of them.
        paths_dropped: volume of the stacks beyond MAXIMUM_PATHS.
        conversations: who speaks to whom.
        stops: rows whose decoding stopped early, by layer and reason.
        vlans: frames by VLAN identifier.
        arp_operations: ARP packets by operation.
        arp_bindings: by IPv4 address (16 octets) and MAC address: who claimed to have it.
        bindings_dropped: claims beyond MAXIMUM_BINDINGS.
        checksums: rows by column and status.
        fragments: rows that are fragments.
        reassembled: rows that completed a datagram.
        fragment_anomalies: fragments that do not fit, by what is wrong.
        icmp: ICMP messages by IP version, type and code.
        tunnels: rows inside tunnels, by tunnel.
        tcp_flags: segments by their flags.
        impossible_flags: segments whose flags no handshake allows, by their flags.
        connections: what became of the conversations; counts what is given to its own `observe`.
    """

    frames: FrameFacts = field(default_factory=FrameFacts)
    rows: int = 0
    hierarchy: dict[str, Volume] = field(default_factory=dict)
    paths_dropped: Volume = field(default_factory=Volume)
    conversations: Conversations = field(default_factory=Conversations)
    stops: Counter[tuple[str, str]] = field(default_factory=dict)
    vlans: dict[int, Volume] = field(default_factory=dict)
    arp_operations: Counter[int] = field(default_factory=dict)
    arp_bindings: Counter[tuple[bytes, bytes]] = field(default_factory=dict)
    bindings_dropped: int = 0
    checksums: Counter[tuple[str, str]] = field(default_factory=dict)
    fragments: Evidence = field(default_factory=Evidence)
    reassembled: Evidence = field(default_factory=Evidence)
    fragment_anomalies: Counter[str] = field(default_factory=dict)
    icmp: Counter[tuple[int, int, int]] = field(default_factory=dict)
    tunnels: Counter[str] = field(default_factory=dict)
    tcp_flags: dict[int, int] = field(default_factory=dict)
    impossible_flags: Counter[int] = field(default_factory=dict)
    connections: ConnectionSummary = field(default_factory=ConnectionSummary)

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of packets with (at least) the columns of `COLUMNS`."""
        if not batch.num_rows:
            return
        self.rows += batch.num_rows
        frame_numbers = integers(batch, "frame_number")
        lengths = integers(batch, "original_length")
        self._count_hierarchy(batch, lengths)
        self._count_flags(batch, frame_numbers)
        for column in CHECKSUMS:
            for name, evidence in _named(batch, column, frame_numbers).items():
                _add(self.checksums, (column, name), evidence)
        for counter, column in (
            (self.fragment_anomalies, "fragment_anomaly"),
            (self.tunnels, "tunnel"),
        ):
            for name, evidence in _named(batch, column, frame_numbers).items():
                _add(counter, name, evidence)
        self._count_sparse(batch, frame_numbers, lengths)
        self.conversations.observe(batch)

    def merge(self, other: Summary) -> None:
        """Count what another summary has counted."""
        self.frames.merge(other.frames)
        self.rows += other.rows
        for path, volume in other.hierarchy.items():
            self._count_path(path, volume)
        self.paths_dropped.add(other.paths_dropped)
        self.conversations.merge(other.conversations)
        for vlan, volume in other.vlans.items():
            self.vlans.setdefault(vlan, Volume()).add(volume)
        for flags, count in other.tcp_flags.items():
            self.tcp_flags[flags] = self.tcp_flags.get(flags, 0) + count
        for binding, evidence in other.arp_bindings.items():
            self._count_binding(binding, evidence)
        self.bindings_dropped += other.bindings_dropped
        self.fragments.add(other.fragments.first_frames, other.fragments.count)
        self.reassembled.add(other.reassembled.first_frames, other.reassembled.count)
        _merge(self.stops, other.stops)
        _merge(self.arp_operations, other.arp_operations)
        _merge(self.checksums, other.checksums)
        _merge(self.fragment_anomalies, other.fragment_anomalies)
        _merge(self.icmp, other.icmp)
        _merge(self.tunnels, other.tunnels)
        _merge(self.impossible_flags, other.impossible_flags)
        self.connections.merge(other.connections)

    def _count_hierarchy(self, batch: pa.RecordBatch, lengths: Integers) -> None:
        """Count each frame once, by the last of its rows: that one names all headers."""
        depth = integers(batch, "depth")
        last = np.append(depth[1:] == 0, True)
        stacks = batch["protocols"]
        indices = array_integers(stacks.indices)[last].astype(np.int64)
        packets = np.bincount(indices)
        octets = np.bincount(indices, weights=lengths[last])
        names = stacks.dictionary
        for code in np.flatnonzero(packets).tolist():
            volume = Volume(int(packets[code]), int(octets[code]))
            self._count_path(names[code].as_py(), volume)

    def _count_path(self, path: str, volume: Volume) -> None:
        held = self.hierarchy.get(path)
        if held is not None:
            held.add(volume)
        elif len(self.hierarchy) < MAXIMUM_PATHS:
            self.hierarchy[path] = Volume(volume.packets, volume.octets)
        else:
            self.paths_dropped.add(volume)

    def _count_flags(self, batch: pa.RecordBatch, frame_numbers: Integers) -> None:
        column = batch["tcp_flags"]
        if column.null_count == len(column):
            return
        flags, present = array_integers(column) & HIGHEST, validity(column)
        if present is not None:
            flags, frame_numbers = flags[present], frame_numbers[present]
        counts = np.bincount(flags, minlength=HIGHEST + 1)
        for value in np.flatnonzero(counts).tolist():
            self.tcp_flags[value] = self.tcp_flags.get(value, 0) + int(counts[value])
        wrong = np.array(IMPOSSIBLE_FLAGS)
        for value in wrong[counts[wrong] > 0].tolist():
            _add(self.impossible_flags, value, _evidence(frame_numbers[flags == value]))

    def _count_sparse(self, batch: pa.RecordBatch, frame_numbers: Integers, lengths: Integers) -> None:
        """Count what few rows have; a column that none has costs nothing."""
        if (rows := _rows_with(batch, "vlan_id")) is not None:
            _count_volumes(self.vlans, _values(batch, "vlan_id", rows), lengths[rows])
        if (rows := _rows_with(batch, "arp_operation")) is not None:
            operations = _by_value(_values(batch, "arp_operation", rows), frame_numbers[rows])
            _merge(self.arp_operations, operations)
        for column, counted in (
            ("ip_fragment_offset", self.fragments),
            ("reassembled_fragments", self.reassembled),
        ):
            if (rows := _rows_with(batch, column)) is not None:
                counted.add(frame_numbers[rows[:FIRST_FRAMES]].tolist(), len(rows))
        if (rows := _rows_with(batch, "icmp_type")) is not None:
            names = ("ip_version", "icmp_type", "icmp_code")
            version, kind, code = (_values(batch, name, rows) for name in names)
            for value, evidence in _by_value(version << 16 | kind << 8 | code, frame_numbers[rows]).items():
                _add(self.icmp, (value >> 16, value >> 8 & 0xFF, value & 0xFF), evidence)
        if (rows := _rows_with(batch, "stop_reason")) is not None:
            layers, reasons = (batch[name].dictionary.to_pylist() for name in ("stop_layer", "stop_reason"))
            layer, reason = (_values(batch, name, rows) for name in ("stop_layer", "stop_reason"))
            for value, evidence in _by_value(layer << 16 | reason, frame_numbers[rows]).items():
                _add(self.stops, (layers[value >> 16], reasons[value & 0xFFFF]), evidence)
        if (rows := _rows_with(batch, "arp_sender_hardware")) is not None:
            self._count_bindings(batch, rows, frame_numbers)

    def _count_bindings(self, batch: pa.RecordBatch, rows: NDArray[np.intp], frame_numbers: Integers) -> None:
        hardware, protocol = batch["arp_sender_hardware"], batch["arp_sender_protocol"]
        claims = pa.table(
            {
                "address": protocol.take(arrow_array(rows)),
                "hardware": hardware.take(arrow_array(rows)),
                "frame": arrow_array(frame_numbers[rows]),
            }
        )
        # Few rows of a capture are ARP, and a flood of them is bounded by the batch.
        claims = claims.append_column("count", arrow_array(np.ones(len(rows), np.int64)))
        for claim in sum_by(claims, ("address", "hardware"), {"frame": "min", "count": "sum"}).to_pylist():
            binding = (claim["address"], claim["hardware"])
            self._count_binding(binding, Evidence(claim["count"], [claim["frame"]]))

    def _count_binding(self, binding: tuple[bytes, bytes], evidence: Evidence) -> None:
        if binding in self.arp_bindings or len(self.arp_bindings) < MAXIMUM_BINDINGS:
            _add(self.arp_bindings, binding, evidence)
        else:
            self.bindings_dropped += evidence.count


def _rows_with(batch: pa.RecordBatch, name: str) -> NDArray[np.intp] | None:
    """The rows that have a column; None where no row has it."""
    column = batch[name]
    if column.null_count == len(column):
        return None
    present = validity(column)
    return np.arange(len(column)) if present is None else np.flatnonzero(present)


def _values(batch: pa.RecordBatch, name: str, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """The numbers (of names: the codes) of some rows."""
    column = batch[name]
    plain = column.indices if isinstance(column, pa.DictionaryArray) else column
    return array_integers(plain)[rows].astype(np.int64)


def _named(batch: pa.RecordBatch, name: str, frame_numbers: Integers) -> Counter[str]:
    """How often each name stands in a column, and where first."""
    column = batch[name]
    if column.null_count == len(column):
        return {}
    present = validity(column.indices)
    if present is not None:
        frame_numbers = frame_numbers[present]
    values, names = codes(column)
    counts = np.bincount(values)
    found = np.flatnonzero(counts).tolist()
    return {
        names[code]: Evidence(int(counts[code]), frame_numbers[_first(values == code)].tolist())
        for code in found
    }


def _first(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.flatnonzero(mask)[:FIRST_FRAMES]


def _by_value(values: Integers, frame_numbers: Integers) -> Counter[int]:
    different, counts = np.unique(values, return_counts=True)
    return {
        value: Evidence(count, frame_numbers[_first(values == value)].tolist())
        for value, count in zip(different.tolist(), counts.tolist(), strict=True)
    }


def _evidence(frame_numbers: Integers) -> Evidence:
    return Evidence(len(frame_numbers), frame_numbers[:FIRST_FRAMES].tolist())


def _add(counter: Counter[Key], key: Key, evidence: Evidence) -> None:
    counter.setdefault(key, Evidence()).add(evidence.first_frames, evidence.count)


def _merge(mine: Counter[Key], theirs: Counter[Key]) -> None:
    for key, evidence in theirs.items():
        _add(mine, key, evidence)


def _count_volumes(volumes: dict[int, Volume], keys: Integers, lengths: Integers) -> None:
    if len(keys) and (keys == keys[0]).all():
        different, which = [int(keys[0])], None
        packets, octets = [len(keys)], [int(lengths.sum(dtype=np.int64))]
    else:
        found, which = np.unique(keys, return_inverse=True)
        different = found.tolist()
        packets = np.bincount(which).tolist()
        octets = np.bincount(which, weights=lengths).astype(np.int64).tolist()
    for key, count, size in zip(different, packets, octets, strict=True):
        volumes.setdefault(key, Volume()).add(Volume(count, size))


def _of_both(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
