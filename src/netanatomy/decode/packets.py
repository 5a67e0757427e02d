"""Frames to packets: the stage that the rest of the house calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.decode.columns import ColumnBuilder
from netanatomy.decode.fragments import Fragment, Reassembler
from netanatomy.decode.headers import MAXIMUM_DEPTH
from netanatomy.decode.kernel import walk_datagram, walk_first_fragment, walk_frames
from netanatomy.decode.names import Names
from netanatomy.decode.rows import (
    IN_FRAGMENT,
    IN_FRAGMENT_ANOMALY,
    IN_REASSEMBLY,
    IN_STOP,
    Rows,
    sparse_groups,
)
from netanatomy.decode.sequences import OVERFLOW_NAME
from netanatomy.decode.tables import dispatch
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.frames import MAXIMUM_BATCH_FRAMES, FrameBatch
from netanatomy.schema.frozen import changeable
from netanatomy.schema.packet_batch import PacketBatch, Piece
from netanatomy.schema.packet_rows import FilledBatch, PacketRows
from netanatomy.schema.packets import CHECKSUM_STATUS, STOP_REASONS

_WORD = 8  # octets; buffers of kernels are whole words

OCTETS_BATCH_ROWS = 32_768
"""Rows of a batch that comes with its octets: few enough for the octets to be in a cache still."""

FILLED_ROWS = 4_096
"""Rows of a batch that is read where it was filled: so few that they and their octets are near the core
still, yet many for what each batch costs."""

MAXIMUM_ROOMS = 8
"""Pieces of memory kept to be filled anew. Bounds what a reader leaves behind that held many batches."""

MAXIMUM_BATCH_OCTETS = 64 * 1024 * 1024
"""Octets from which on such a batch ends: as many frames of 64 KiB, as offload makes them, are gigabytes."""


@changeable
class PacketCounts:
    """What became of the frames: `frames = decoded + undecodable`, exactly.

    Attributes:
        frames: frames taken in.
        rows: rows given out, one for each nesting level.
        undecodable: frames of which not one header could be read.
        stopped: rows whose decoding stopped early, by reason.
        checksums: verdicts on transport checksums, by name.
        ip_checksums: verdicts on IPv4 header checksums, by name.
    """

    frames: int = 0
    rows: int = 0
    undecodable: int = 0
    stopped: dict[str, int] = field(default_factory=dict)
    checksums: dict[str, int] = field(default_factory=dict)
    ip_checksums: dict[str, int] = field(default_factory=dict)

    @property
    def decoded(self) -> int:
        """Frames of which at least the first header was read."""
        return self.frames - self.undecodable

    @classmethod
    def sum_of(cls, each: Sequence[PacketCounts]) -> PacketCounts:
        """All of them together; names stand in the order of their codes."""
        return cls(
            sum(counts.frames for counts in each),
            sum(counts.rows for counts in each),
            sum(counts.undecodable for counts in each),
            _sums([counts.stopped for counts in each], STOP_REASONS),
            _sums([counts.checksums for counts in each], CHECKSUM_STATUS),
            _sums([counts.ip_checksums for counts in each], CHECKSUM_STATUS),
        )


class PacketDecoder:
    """Decodes frame batches into record batches of the packet table.

    Args:
        columns: names of the columns to make; None for all of them.
        batch_rows: rows of a batch; where there is a decoder beside, as many as its batches have.
        beside: another decoder of the same packets, in another thread, with which it shares the unfinished
            datagrams, the counts and the memory that is filled anew.

    Attributes:
        reassembler: the unfinished datagrams.
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        batch_rows: int = MAXIMUM_BATCH_FRAMES,
        beside: PacketDecoder | None = None,
    ) -> None:
        self.reassembler: Reassembler = Reassembler() if beside is None else beside.reassembler
        self._counts = PacketCounts()
        self._all_counts: list[PacketCounts] = [] if beside is None else beside._all_counts
        self._all_counts.append(self._counts)
        self._rooms: list[Rows] = [] if beside is None else beside._rooms
        self._dispatch = dispatch()
        self._walk = self._dispatch.walk()
        # Memory of another size that came from the decoder beside would be full and never taken.
        self._full: int = batch_rows if beside is None else beside._full
        self._rows = Rows(self._full + MAXIMUM_DEPTH)
        self._builder = ColumnBuilder(Names(self._walk, self._dispatch), columns)
        self._pieces: list[Piece] | None = None  # kept only where octets are asked for
        self._begun = 0
        self._held = 0
        self._in_place = False
        self._in_order: Callable[[], None] | None = None
        self._group_names = sparse_groups()

    @property
    def counts(self) -> PacketCounts:
        """What became of the frames so far."""
        return PacketCounts.sum_of(self._all_counts)

    @property
    def schema(self) -> pa.Schema:
        """The schema of the record batches."""
        return self._builder.schema

    @property
    def anomalies(self) -> list[Anomaly]:
        """What the caps on memory have dropped so far, one anomaly a cap."""
        evicted, walk = self.reassembler.evicted, self._walk
        # In place no text is made of them.
        sequences = (
            (walk.stacks, walk.tcp_options, walk.ip_options, walk.extensions) if not self._in_place else ()
        )
        dropped = (
            (
                "fragments-evicted",
                evicted,
                "fragmented datagrams were given up for room: they cannot be read, and may be a flood",
            ),
            (
                "sequences-overflowed",
                sum(each.overflowed for each in sequences),
                f"headers or options came in too many different orders and are shown as {OVERFLOW_NAME}",
            ),
        )
        return [
            Anomaly(name, "internet", f"{number:,} {reason}") for name, number, reason in dropped if number
        ]

    def decode(self, frames: FrameBatch) -> Iterator[pa.RecordBatch]:
        """The packets of these frames, and of those before that did not fill a batch."""
        for _ in self._walked(frames):
            yield self._table()

    def decode_with_octets(self, frames: FrameBatch) -> Iterator[PacketBatch]:
        """The same with the octets that the rows point into; from the first batch on, or not at all."""
        if self._pieces is None:
            self._pieces = []
        for _ in self._walked(frames):
            yield self._with_octets()

    def finish_with_octets(self) -> Iterator[PacketBatch]:
        """The packets that did not fill a batch yet, with their octets."""
        if self._rows.count:
            yield self._with_octets()

    def decode_in_place(
        self, batches: Sequence[FrameBatch], in_order: Callable[[], None] | None = None
    ) -> list[FilledBatch]:
        """The same of these frames alone, in memory that is filled anew when a batch is let go.

        It is for who reads each batch once and at once. What goes by the order of frames is done after
        `in_order`, if that is given: another decoder may be at the frames before.

        Args:
            batches: the frames.
            in_order: waits until all frames before were decoded.
        """
        if self._pieces is None:
            self._pieces = []
            self._rows.settle()
            _keep(self._rows, self._rooms)
        self._in_place = True
        self._in_order = in_order
        self._next_room()
        filled = []
        for frames in batches:
            for _ in self._walked(frames):
                filled.append(self._filled())
                self._next_room()
        if self._rows.count:
            filled.append(self._filled())
        else:
            _keep(self._rows, self._rooms)
        return filled

    def _with_octets(self) -> PacketBatch:
        return PacketBatch(self._table(), self._taken())

    def _filled(self) -> FilledBatch:
        rows = self._rows
        self._count()
        members = {
            self._group_names[group]: rows.group_rows[group, : rows.group_counts[group]]
            for group in rows.group_counts.nonzero()[0].tolist()
        }
        packets = PacketRows(int(rows.count), rows.arrays, members)
        return FilledBatch(packets, self._taken(), partial(_keep, rows, self._rooms))

    def _next_room(self) -> None:
        """The rows that come next go to a room that was let go, or to a new one."""
        try:
            self._rows = self._rooms.pop()
        except IndexError:
            self._rows = Rows(self._rows.capacity, True)
        else:
            self._rows.clear()

    def _taken(self) -> tuple[Piece, ...]:
        pieces, self._pieces, self._begun, self._held = tuple(self._pieces or ()), [], 0, 0
        return pieces

    def _walked(self, frames: FrameBatch) -> Iterator[None]:
        """Walk the frames, and say so whenever there is a batch to be taken."""
        number = 0
        self._walk.attach(frames.octets)
        while number < len(frames):
            before = number
            number = walk_frames(
                self._walk,
                self._rows,
                frames.first_number,
                frames.time.data,
                frames.offset.data,
                frames.captured_length.data,
                frames.original_length.data,
                frames.link_type.data,
                frames.interface.data,
                number,
            )
            self._counts.frames += number - before
            if self._walk.fragment:
                self._reassemble(frames, number - 1)
            if self._rows.count >= self._full:
                self._close_piece(frames)
                yield
        self._close_piece(frames)
        if self._pieces:
            self._held += len(frames.octets)
            if self._held >= MAXIMUM_BATCH_OCTETS:
                yield

    def _close_piece(self, frames: FrameBatch) -> None:
        """Note that the rows since the last piece have their octets in these frames."""
        end = int(self._rows.count)
        if self._pieces is not None and end > self._begun:
            self._pieces.append(Piece(self._begun, end, frames.octets, frames.offset, frames.first_number))
            self._begun = end

    def finish(self) -> Iterator[pa.RecordBatch]:
        """The packets that did not fill a batch yet; call it when no more frames come."""
        if self._rows.count:
            yield self._table()

    def _table(self) -> pa.RecordBatch:
        self._count()
        batch = self._builder.batch(self._rows)
        self._rows.renew()
        return batch

    def _count(self) -> None:
        rows, counts = self._rows, self._counts
        arrays, total = rows.arrays, int(rows.count)
        counts.rows += total
        rows.tally()
        for verdicts, tally in zip(
            (counts.checksums, counts.ip_checksums), rows.tallies.tolist(), strict=True
        ):
            for code, number in enumerate(tally):
                if number and CHECKSUM_STATUS[code]:
                    verdicts[CHECKSUM_STATUS[code]] = verdicts.get(CHECKSUM_STATUS[code], 0) + number
        rows.tallies[:] = 0
        stopped = int(rows.group_counts[IN_STOP])
        if stopped:
            _tally(counts.stopped, STOP_REASONS, arrays["stop_reason"][:stopped])
            where = rows.group_rows[IN_STOP, :stopped]
            outermost = arrays["depth"][where] == 0
            at_once = arrays["stop_offset"][:stopped] == 0
            counts.undecodable += int(np.count_nonzero(outermost & at_once))

    def _reassemble(self, frames: FrameBatch, frame: int) -> None:
        """The last row is a fragment: collect it, and walk on if it completes its datagram."""
        if self._in_order is not None:
            self._in_order()
        rows, walk = self._rows, self._walk
        arrays = rows.arrays
        row = int(rows.count) - 1
        place = int(rows.group_counts[IN_FRAGMENT]) - 1
        if walk.incomplete:
            if arrays["ip_version"][row] == 4 and arrays["ip_fragment_offset"][place] == 0:
                walk_first_fragment(walk, rows)
            return
        start = int(frames.offset[frame]) + int(arrays["payload_offset"][row])
        octets = frames.octets[start : start + int(arrays["payload_length"][row])].tobytes()
        version = int(arrays["ip_version"][row])
        protocol = int(arrays["ip_protocol"][row])
        fragment = Fragment(
            key=(
                version,
                arrays["ip_source"][row].tobytes(),
                arrays["ip_destination"][row].tobytes(),
                int(arrays["ip_identification"][row]),
                protocol if version == 4 else 0,  # RFC 791 counts the protocol in, RFC 8200 does not
            ),
            protocol=protocol,
            offset=int(arrays["ip_fragment_offset"][place]),
            more=bool(arrays["ip_more_fragments"][place]),
            octets=octets,
            time=int(frames.time[frame]),
        )
        outcome = self.reassembler.add(fragment)
        if outcome.anomaly:
            place = rows.place(IN_FRAGMENT_ANOMALY, row)
            arrays["fragment_anomaly"][place] = outcome.anomaly
        if outcome.datagram is None:
            return
        place = rows.place(IN_REASSEMBLY, row)
        arrays["reassembled_fragments"][place] = outcome.fragments
        arrays["reassembled_length"][place] = len(outcome.datagram)
        padding = -len(outcome.datagram) % _WORD + _WORD
        buffer = np.frombuffer(outcome.datagram + bytes(padding), np.uint8)
        walk.attach(buffer)
        walk_datagram(walk, rows, outcome.protocol, 0, len(outcome.datagram))
        walk.attach(frames.octets)
        if self._pieces is not None:
            rows_before = row  # those before the completing fragment's lie in the frames
            end = int(rows.count)
            if rows_before > self._begun:
                self._pieces.append(
                    Piece(self._begun, rows_before, frames.octets, frames.offset, frames.first_number)
                )
            origin = np.zeros(1, np.int64)
            self._pieces.append(Piece(row, end, buffer, origin, int(frames.first_number) + frame, True))
            self._begun = end


def _keep(rows: Rows, rooms: list[Rows]) -> None:
    """Keep the memory of rows that were read, to be filled anew."""
    if len(rooms) < MAXIMUM_ROOMS:
        rooms.append(rows)


def _tally(counts: dict[str, int], names: Sequence[str], codes: NDArray[np.generic]) -> None:
    for code, number in enumerate(np.bincount(codes, minlength=1)):
        if number and names[code]:
            counts[names[code]] = counts.get(names[code], 0) + int(number)


def _sums(each: Sequence[dict[str, int]], names: Sequence[str]) -> dict[str, int]:
    """The counts of all of them by name, in the order of `names`."""
    there = [name for name in names if any(name in counts for counts in each)]
    return {name: sum(counts.get(name, 0) for counts in each) for name in there}
