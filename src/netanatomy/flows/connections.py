"""Packets in, connections and anomalies out: the stage that the rest of the house calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.flows import oddities
from netanatomy.flows.anomaly_table import PACKET_COLUMNS, events_batch, hits_batch, in_order
from netanatomy.flows.arrow_columns import ArrowColumns
from netanatomy.flows.columns import NEEDED
from netanatomy.flows.connection_table import ConnectionTable
from netanatomy.flows.filled_columns import FilledColumns
from netanatomy.flows.foresight import work_out_keys
from netanatomy.flows.server_ports import chosen_servers, known_servers
from netanatomy.flows.streams import Streams
from netanatomy.flows.table import random_word
from netanatomy.flows.track import Tracker
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.anomaly_kinds.transport import KINDS
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.schema.packet_batch import PacketBatch, Piece
from netanatomy.schema.packet_rows import FilledBatch
from netanatomy.schema.packets import CHECKSUM_STATUS

CONNECTION_PACKET_COLUMNS = NEEDED
"""Columns of the packet table that must be decoded for connections."""


def anomaly_packet_columns() -> tuple[str, ...]:
    """Columns of the packet table that must be decoded for connections and anomalies."""
    return tuple(dict.fromkeys((*NEEDED, *PACKET_COLUMNS, *oddities.columns())))


CHECKSUM_RULES = ("auto", "check", "ignore")

JUDGED_ROWS = 4_096
"""Packets by which it is judged whether checksums are to be believed: the same number however many a batch
has, and few enough for nothing to be held back until they are there."""
LEAST_WRONG = 16
"""Wrong checksums of their IPv4 headers before they may be disbelieved: few prove nothing."""
MOSTLY_WRONG = 0.9
"""Share of their IPv4 headers that must be wrong: attackers are never alone."""

_OUTCOMES = ("not_ip", "unassembled", "cut_header", "wrong_ip_checksum", "wrong_checksum", "followed")
_QUEUES = (
    "attempts",
    "udp_unanswered",
    "icmp",
    "other",
    "handshakes",
    "half_open",
    "closed",
    "udp",
    "established",
)


_GOOD, _BAD = CHECKSUM_STATUS.index("good"), CHECKSUM_STATUS.index("bad")

MAXIMUM_ROOMS = 16
"""Pieces of memory whose views are kept. Bounds what a decoder leaves behind that always takes new memory."""

ENDED_AT_ONCE = 4_096
"""Ended connections that make a batch worth while."""


@frozen
class Ended:
    """Connections that ended, as words: lines of records and details (see record.py)."""

    records: NDArray[np.int64]
    details: NDArray[np.int64]
    lines: NDArray[np.int64]
    reasons: NDArray[np.uint8]


@frozen
class PreparedBatch:
    """A batch that is read in place, and its columns as they will be followed."""

    batch: FilledBatch
    columns: FilledColumns


@frozen
class Found:
    """What there was to take: connections that ended, rows of the anomaly table and of the streams table."""

    ended: Ended | None
    anomalies: pa.RecordBatch | None
    streams: pa.RecordBatch | None


@changeable
class FlowCounts:
    """What became of the rows of the packet table: `rows` is the sum of those below it, exactly.

    Attributes:
        rows: rows taken in.
        followed: rows counted with a connection.
        wrong_checksum: rows of a connection whose transport checksum is wrong; not counted with it.
        not_ip: rows without an IP header.
        unassembled: fragments of datagrams that they did not complete.
        cut_header: rows without a whole transport header.
        wrong_ip_checksum: rows whose IPv4 header checksum is wrong.
        connections: connections made.
        evicted: connections given up for room, by the kind of queue they waited in.
    """

    rows: int = 0
    followed: int = 0
    wrong_checksum: int = 0
    not_ip: int = 0
    unassembled: int = 0
    cut_header: int = 0
    wrong_ip_checksum: int = 0
    connections: int = 0
    evicted: dict[str, int] = field(default_factory=dict)


class ConnectionTracker:
    """Follows connections through batches of packets.

    Args:
        options: what a user may set.
        columns: columns of the connection table to make; None for all, empty for none.
        anomalies: whether rows of the anomaly table are to be had; then batches of packets must have
            the columns of `anomaly_packet_columns`, else those of CONNECTION_PACKET_COLUMNS.
        deliver: whether pieces of streams are to be had.
        key: key of the hash table, for tests; random if None.
    """

    def __init__(
        self,
        options: FlowOptions | None = None,
        columns: Sequence[str] | None = None,
        anomalies: bool = False,
        deliver: bool = False,
        key: tuple[int, int] | None = None,
    ) -> None:
        self.options = options = options or FlowOptions()
        if options.checksums not in CHECKSUM_RULES:
            raise UsageError(f"unknown rule for checksums {options.checksums!r}: auto, check or ignore")
        if options.maximum_connections < 1:
            raise UsageError("at least one connection must be kept")
        self._new_table = partial(ConnectionTable, options, columns)
        self._tables = [self._new_table()]
        self.tells_anomalies = anomalies
        self.streams = Streams(options.overlap_policy, options.stream_depth, options.stream_memory, deliver)
        # Of one key, so that what was worked out with it holds for a new tracker too.
        self._key = key or (random_word(), random_word())
        self._tracker = self._new_tracker(options)
        self._undecided = options.checksums == "auto"
        self._disbelieved: tuple[int, int] | None = None
        self._rows = 0
        self._columns = ArrowColumns()
        self._rooms: list[FilledColumns] = []

    @property
    def counts(self) -> FlowCounts:
        """What became of the rows so far."""
        tracker = self._tracker
        outcomes = {name: int(tracker.counts[code]) for code, name in enumerate(_OUTCOMES)}
        evicted = {
            name: int(number) for name, number in zip(_QUEUES, tracker.evictions, strict=True) if number
        }
        return FlowCounts(rows=self._rows, connections=int(tracker.table.made), evicted=evicted, **outcomes)

    @property
    def anomalies(self) -> list[Anomaly]:
        """What the caps on memory have dropped so far, one anomaly a cap."""
        found = []
        if self._disbelieved is not None:
            bad, all_of_them = self._disbelieved
            reason = (
                f"{bad:,} of the first {all_of_them:,} IPv4 headers have a wrong checksum, so none is "
                "believed: it was captured before they were worked out, or made by a program"
            )
            found.append(Anomaly("checksums-disbelieved", "internet", reason))
        evicted = sum(self.counts.evicted.values())
        if evicted:
            reason = f"{evicted:,} connections were ended early for room: the table was full, as in a flood"
            found.append(Anomaly("connections-evicted", "transport", reason))
        return found

    def _new_tracker(self, options: FlowOptions) -> Tracker:
        chosen = options.server_ports
        servers = known_servers() if chosen is None else chosen_servers(chosen)
        try:
            return Tracker(options, servers, chosen is None, self.streams, self._key)
        except MemoryError:
            raise UsageError(
                f"there is no memory for {options.maximum_connections:,} connections: lower the limit"
            ) from None

    def _decide(self, verdicts: NDArray[np.generic]) -> None:
        """Believe checksums or not, by the first packets: where nearly all are wrong they say nothing.

        So it is with what a sender's own capture holds before its card worked them out, and with
        packets that were made or changed by a program that did not care.
        """
        if not self._undecided or not len(verdicts):
            return
        self._undecided = False
        verdicts = verdicts[:JUDGED_ROWS]
        bad, good = int((verdicts == _BAD).sum()), int((verdicts == _GOOD).sum())
        if bad >= LEAST_WRONG and bad >= MOSTLY_WRONG * (bad + good):
            self._tracker = self._new_tracker(replace(self.options, checksums="ignore"))
            self._disbelieved = bad, bad + good

    def observe(self, batch: PacketBatch) -> Iterator[Found]:
        """Follow the packets of a batch, and give what there is to take."""
        self._columns.attach(batch.table)
        self._decide(self._columns.ip_checksums)
        tracker = self._tracker
        tracker.columns = self._columns.columns
        noted: list[pa.RecordBatch] = []
        yield from self._follow(batch.table.num_rows, batch.pieces, noted)
        if self.tells_anomalies:
            found = oddities.find(batch.table, batch.pieces)
            if found:
                rows = batch.table.num_rows
                uids = tracker.uid_high[:rows], tracker.uid_low[:rows]
                noted.append(hits_batch(found, batch.table, *uids, tracker.sides[:rows]))
            if noted:
                yield Found(None, in_order(noted), None)
        yield from self._ready()

    def prepared(self, batch: FilledBatch) -> PreparedBatch:
        """View a batch that is read in place as it will be followed; other threads may do so ahead."""
        for columns in self._rooms:
            if columns.views(batch.rows):
                break
        else:
            columns = FilledColumns(batch.rows)
            # Where two threads do this at once the one or other view is lost, and made again.
            self._rooms = [*self._rooms[-MAXIMUM_ROOMS:], columns]
        columns.attach(batch.rows)
        work_out_keys(columns.columns, self._tracker.table)
        return PreparedBatch(batch, columns)

    def observe_prepared(self, prepared: PreparedBatch) -> Iterator[Found]:
        """Follow the packets of a batch that is read in place, let it go, and give what there is to take.

        Raises:
            UsageError: rows of the anomaly table are to be had: they are made of a table.
        """
        if self.tells_anomalies:
            raise UsageError("anomalies are found in batches that are tables")
        rows = prepared.batch.rows
        self._decide(rows.arrays["ip_checksum_status"][: rows.count])
        self._tracker.columns = prepared.columns.columns
        yield from self._follow(rows.count, prepared.batch.pieces, [])
        prepared.batch.let_go()
        yield from self._ready()

    def _follow(self, rows: int, pieces: Sequence[Piece], noted: list[pa.RecordBatch]) -> Iterator[Found]:
        """Follow the rows that are attached; `noted` gets what the kernels note."""
        tracker = self._tracker
        tracker.reserve(rows)
        self._rows += rows
        for piece in pieces:
            row = piece.first_row
            while row < piece.end_row:
                row = tracker.follow(
                    row, piece.end_row, piece.octets, piece.origin.data, piece.first_number, piece.reassembled
                )
                if row < piece.end_row:
                    noted.extend(self._notes())
                    yield Found(self._ended(), None, self._pieces())
        noted.extend(self._notes())

    def _ready(self) -> Iterator[Found]:
        if self._tracker.table.ended >= ENDED_AT_ONCE or self.streams.chunks.count:
            yield Found(self._ended(), None, self._pieces())

    def finish(self) -> Iterator[Found]:
        """End what is left; call it when no more packets come."""
        done = False
        while not done:
            done = self._tracker.finish()
            yield Found(self._ended(), None, self._pieces())

    def batch(self, ended: Ended) -> pa.RecordBatch:
        """The rows of the connection table for connections that ended; several threads may ask at once."""
        try:
            table = self._tables.pop()  # each has memory of its own
        except IndexError:
            table = self._new_table()
        batch = table.batch(ended.records, ended.details, ended.lines, ended.reasons)
        self._tables.append(table)
        return batch

    def _ended(self) -> Ended | None:
        return Ended(*self._tracker.table.take_ended()) if self._tracker.table.ended else None

    def _pieces(self) -> pa.RecordBatch | None:
        return self.streams.batch() if self.streams.chunks.count else None

    def _notes(self) -> list[pa.RecordBatch]:
        """What the kernels noted since; it is forgotten where nobody asks for anomalies."""
        events = self._tracker.events
        noted = [events_batch(events, KINDS)] if self.tells_anomalies and events.count else []
        events.empty()
        return noted
