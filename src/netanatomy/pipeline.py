"""From a capture to its tables: the only place that names all the stages and joins them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.ahead import ahead
from netanatomy.capture.reader import CaptureReader, open_capture
from netanatomy.capture.source import STANDARD_INPUT
from netanatomy.decode.packets import OCTETS_BATCH_ROWS, PacketCounts, PacketDecoder
from netanatomy.errors import UsageError
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.anomaly_table import anomaly_schema
from netanatomy.schema.capture import CaptureInformation
from netanatomy.schema.column import Column
from netanatomy.schema.connections import CONNECTION_COLUMNS, connection_schema
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frame_columns import frame_batch, frame_schema
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packets import COLUMNS, packet_schema
from netanatomy.schema.streams import stream_schema

if TYPE_CHECKING:
    import polars as pl

    from netanatomy.detect.detector import Proof
    from netanatomy.detect.engine import Detection
    from netanatomy.detect.settings import Settings
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.flows.connections import ConnectionTracker, FlowCounts, Found
    from netanatomy.layers.anatomy import Anatomy
    from netanatomy.report.bpf import FrameFilter
    from netanatomy.report.row_filter import RowFilter
    from netanatomy.report.summary import Summary
    from netanatomy.schema.findings import Evidence, Finding
    from netanatomy.schema.match import Selector

Path: TypeAlias = str | os.PathLike[str]
Watch: TypeAlias = Callable[[CaptureReader, int], None]
"""Called after each batch with the reader and the number of frames read so far."""


class Stream:
    """A table that is made while it is read: each iteration reads the capture anew.

    Attributes:
        schema: the Arrow schema of its record batches.
    """

    def __init__(self, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        self.schema = schema
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._batches()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Any reader of Arrow takes this stream as it is: Polars, DuckDB, pandas, pyarrow."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def reader(self) -> pa.RecordBatchReader:
        """The stream as pyarrow's reader."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def to_arrow(self) -> pa.Table:
        """The whole table in memory."""
        return self.reader().read_all()

    def to_polars(self) -> pl.DataFrame:
        """The whole table in memory, as a Polars data frame."""
        import polars as pl

        return pl.DataFrame(self)


class Capture:
    """One capture, of one or several files. See `netanatomy.open`.

    Opening reads no more than the beginning; what is told by `information`, `anomalies` and
    `counts` grows while a stream is read, and is about the latest reading.
    """

    def __init__(self, paths: Path | Sequence[Path]) -> None:
        self._paths: list[Path] = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        if not self._paths:
            raise UsageError("no capture was named")
        self._reader = open_capture(self._paths)
        self._fresh = True
        self._decoder: PacketDecoder | None = None
        self._tracker: ConnectionTracker | None = None

    @property
    def rereadable(self) -> bool:
        """Whether the capture can be read more than once; standard input cannot."""
        return STANDARD_INPUT not in self._paths

    @property
    def information(self) -> CaptureInformation:
        """What the capture says beside its frames: files, interfaces, names, comments."""
        return self._reader.information

    @property
    def anomalies(self) -> list[Anomaly]:
        """What was odd about the capture, as far as it was read."""
        return [
            *self._reader.anomalies,
            *(self._decoder.anomalies if self._decoder else []),
            *(self._tracker.anomalies if self._tracker else []),
        ]

    @property
    def counts(self) -> PacketCounts:
        """What became of the frames, as far as they were decoded."""
        return self._decoder.counts if self._decoder else PacketCounts()

    @property
    def flow_counts(self) -> FlowCounts | None:
        """What became of the packets as connections were followed, as far as they were."""
        return self._tracker.counts if self._tracker else None

    def packets(
        self,
        columns: Sequence[str] | None = None,
        filter: str | None = None,  # noqa: A002 - the word that users look for
        bpf: str | None = None,
        watch: Watch | None = None,
    ) -> Stream:
        """The packet table: one row per packet, and one more for each packet inside a tunnel.

        Args:
            columns: names of the columns that are wanted, in this order; None for all. Fewer are faster.
            filter: a Polars SQL expression over the columns; rows for which it is true are kept.
                Addresses, times and names are compared as text.
            bpf: a pcap-filter expression; rows of frames that it matches are kept. Needs libpcap.
            watch: called after each batch of frames.

        Raises:
            UsageError: a column is unknown, or a filter cannot be read.
            NetanatomyError: `bpf` is given, and there is no libpcap.
        """
        wanted = _checked(columns, COLUMNS)
        rows = _row_filter(filter)
        decoded = _columns_to_decode(wanted, rows, bpf is not None)
        schema = pa.schema([packet_schema().field(name) for name in wanted])
        if bpf is not None:
            _frame_filter(bpf)  # errors now, not at the first batch

        def batches() -> Iterator[pa.RecordBatch]:
            kept = _KeptFrames(bpf) if bpf is not None else None
            decoder = PacketDecoder(decoded)
            for every in self._decoded(decoder, kept.observe if kept is not None else None, watch):
                some = every if kept is None else every.filter(kept.mask(every))
                if rows is not None:
                    some = some.filter(rows.mask(some))
                yield some.select(list(wanted)) if decoded != wanted else some

        return Stream(schema, batches)

    def connections(
        self,
        options: FlowOptions | None = None,
        columns: Sequence[str] | None = None,
        filter: str | None = None,  # noqa: A002 - the word that users look for
        watch: Watch | None = None,
    ) -> Stream:
        """The connection table: one row per conversation, in the order in which they ended.

        The column `anomalies` is without those that only the octets of streams show (segments sent again
        with other octets): `anomaly_table` has them.

        Args:
            options: time-outs, caps, checksums, local networks.
            columns: names of the columns that are wanted, in this order; None for all.
            filter: a Polars SQL expression over the columns; rows for which it is true are kept.
            watch: called after each batch of frames.

        Raises:
            UsageError: a column is unknown, or a filter or an option cannot be read.
        """
        wanted = _checked(columns, CONNECTION_COLUMNS)
        rows = _row_filter(filter, CONNECTION_COLUMNS)
        made = _columns_to_decode(wanted, rows, by_frame=False)
        schema = pa.schema([connection_schema().field(name) for name in wanted])

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.connections import ConnectionTracker

            # Nothing is asked of the streams' octets here, so none are kept.
            tracker = ConnectionTracker(replace(options or FlowOptions(), stream_depth=0), made)
            for found in self._followed(tracker, watch):
                if found.ended is not None:
                    every = tracker.batch(found.ended)
                    some = every if rows is None else every.filter(rows.mask(every))
                    yield some.select(list(wanted)) if made != wanted else some

        return Stream(schema, batches)

    def anomaly_table(self, options: FlowOptions | None = None, watch: Watch | None = None) -> Stream:
        """The anomaly table: one row for each oddity in the traffic, with where it lies."""

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.anomaly_table import notes_batch
            from netanatomy.flows.connections import ConnectionTracker

            tracker = ConnectionTracker(options, (), anomalies=True)
            for found in self._followed(tracker, watch):
                if found.anomalies is not None:
                    yield found.anomalies
            if self.anomalies:
                yield notes_batch(self.anomalies)

        return Stream(anomaly_schema(), batches)

    def streams(
        self, uid: str | None = None, options: FlowOptions | None = None, watch: Watch | None = None
    ) -> Stream:
        """What the sides of connections said, in order: a row for each piece.

        Args:
            uid: the connection that is wanted; None for all.
            options: as for `connections`; `overlap_policy` and `stream_depth` say what is kept.
            watch: called after each batch of frames.
        """

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.connections import ConnectionTracker

            tracker = ConnectionTracker(options, (), deliver=True)
            for found in self._followed(tracker, watch):
                if found.streams is not None:
                    every = found.streams
                    yield every if uid is None else every.filter(pc.equal(every["uid"], uid))

        return Stream(stream_schema(), batches)

    def frames(self, watch: Watch | None = None) -> Stream:
        """The frame table: one row per record of the capture, with its octets."""

        def batches() -> Iterator[pa.RecordBatch]:
            return (frame_batch(frames) for frames in self._frame_batches(watch))

        return Stream(frame_schema(), batches)

    def frame(self, number: int) -> FrameBatch:
        """A batch of the one frame of this number, counted from 1.

        Raises:
            UsageError: the capture has no such frame.
        """
        read = 0
        for frames in self._frame_batches(None):
            read = frames.first_number + len(frames) - 1
            if frames.first_number <= number <= read:
                at = number - frames.first_number
                one = slice(at, at + 1)
                return FrameBatch(
                    frames.octets,
                    number,
                    frames.time[one],
                    frames.offset[one],
                    frames.captured_length[one],
                    frames.original_length[one],
                    frames.link_type[one],
                    frames.interface[one],
                    {0: frames.comments[at]} if at in frames.comments else {},
                )
        raise UsageError(f"there is no frame {number}: the capture has frames 1 to {read}")

    def summarise(self, watch: Watch | None = None, options: FlowOptions | None = None) -> Summary:
        """Read the capture once and count what `netanatomy analyze` tells."""
        from netanatomy.detect.engine import Detection
        from netanatomy.report.summary import Summary

        summary = Summary()
        self._detected(Detection(only=()), options, watch, summary)
        return summary

    def analyse(
        self,
        settings: Settings | None = None,
        watch: Watch | None = None,
        options: FlowOptions | None = None,
    ) -> tuple[Summary, list[Finding]]:
        """Read the capture once for both: what `netanatomy analyze` counts, and what is wrong."""
        from netanatomy.detect.engine import Detection
        from netanatomy.detect.settings import DEFAULTS
        from netanatomy.report.summary import Summary

        summary = Summary()
        detection = self._detected(Detection(settings or DEFAULTS), options, watch, summary)
        return summary, self._found(detection)

    def findings(
        self,
        settings: Settings | None = None,
        only: Sequence[str] | None = None,
        options: FlowOptions | None = None,
        watch: Watch | None = None,
    ) -> list[Finding]:
        """What is wrong, the gravest first: who did what to whom, with the octets that prove it.

        The capture is read once, and once more as far as the last frame that is evidence.

        Args:
            settings: facts about the network, and thresholds; None for none and the defaults.
            only: names of the detectors to run; None for all.
            options: as for `connections`.
            watch: called after each batch of frames.

        Raises:
            UsageError: there is no detector of that name.
        """
        from netanatomy.detect.engine import Detection
        from netanatomy.detect.settings import DEFAULTS

        detection = Detection(settings or DEFAULTS, only)
        return self._found(self._detected(detection, options, watch))

    def _detected(
        self,
        detection: Detection,
        options: FlowOptions | None,
        watch: Watch | None,
        summary: Summary | None = None,
    ) -> Detection:
        """Read the capture once, and let the detectors (and a summary) see all of it."""
        from netanatomy.detect.feed import Feed
        from netanatomy.flows.connections import ConnectionTracker
        from netanatomy.report.connection_summary import COLUMNS as CONNECTIONS
        from netanatomy.report.summary import COLUMNS as SUMMARY_COLUMNS

        columns = detection.connection_columns
        packets = detection.packet_columns
        if summary is not None:
            columns = tuple(dict.fromkeys((*columns, *CONNECTIONS)))
            packets = tuple(dict.fromkeys((*packets, *SUMMARY_COLUMNS)))
        tracker = ConnectionTracker(options, columns, anomalies=True)
        feed = Feed(detection, pa.schema([connection_schema().field(name) for name in columns]))

        def see(batch: PacketBatch) -> None:
            if summary is not None:
                summary.observe(batch.table)
            feed.packets(batch)

        frames = None if summary is None else summary.frames.observe
        for found in self._followed(tracker, watch, packets, frames, see):
            if found.ended is not None:
                ended = tracker.batch(found.ended)
                feed.connections(ended)
                if summary is not None:
                    summary.connections.observe(ended)
            if found.anomalies is not None:
                feed.anomalies(found.anomalies)
                if summary is not None:
                    summary.connections.observe_anomalies(found.anomalies)
        feed.finish()
        return detection

    def _found(self, detection: Detection) -> list[Finding]:
        """The findings of a detection that has seen everything."""
        from netanatomy.detect.engine import finding, proofs
        from netanatomy.detect.evidence import evidence, unlocated

        judged = detection.judge()
        wanted = proofs(judged)
        located: dict[Proof, Evidence] = {}
        if self.rereadable:
            # A reading of its own: what this one tells of the whole capture is not to be forgotten.
            for number, anatomy in Capture(self._paths).anatomies(sorted(wanted)):
                located.update(zip(wanted[number], evidence(wanted[number], anatomy), strict=True))
        for rest in wanted.values():
            missing = [proof for proof in rest if proof not in located]
            located.update(zip(missing, unlocated(missing), strict=True))
        return [finding(one, (located[proof] for proof in one.verdict.proofs)) for one in judged]

    def packets_of(self, scope: Sequence[Selector], watch: Watch | None = None) -> Stream:
        """The packets that selectors mean, for example all that a finding is about: `finding.scope`.

        Gives the columns `frame_number`, `depth` and `time`.

        Raises:
            UsageError: a selector names a column that does not exist, or compares it with what it cannot be.
        """
        from netanatomy.tables.arrays import arrow_array
        from netanatomy.tables.rows import Rows
        from netanatomy.tables.selection import selected, selected_columns

        wanted = ("frame_number", "depth", "time")
        columns = tuple(dict.fromkeys((*wanted, *selected_columns(scope))))

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in self.packets(columns, watch=watch):
                yield batch.filter(arrow_array(selected(Rows(batch), scope))).select(list(wanted))

        return Stream(pa.schema([packet_schema().field(name) for name in wanted]), batches)

    def annotate(self, findings: Sequence[Finding], file: BinaryIO, watch: Watch | None = None) -> int:
        """Write the capture anew as pcapng, with a comment at every frame that a finding is about.

        Returns:
            How many frames have a comment of a finding. Comments that they had already stay before it.
        """
        from netanatomy.capture.write import PcapngWriter
        from netanatomy.report.annotation import FrameComments

        about = [self.packets_of(finding.scope).to_arrow()["frame_number"].to_numpy() for finding in findings]
        comments = FrameComments(findings, [np.unique(numbers) for numbers in about])
        writer = PcapngWriter(file, application="netanatomy")
        interfaces: dict[int, int] = {}
        annotated = 0
        for frames in self._frame_batches(watch):
            told = comments.of(frames.first_number, len(frames))
            annotated += len(told)
            for at in range(len(frames)):
                number = int(frames.interface[at])
                if number not in interfaces:
                    link_type = int(frames.link_type[at])
                    name = self.information.interfaces[number].name
                    interfaces[number] = writer.interface(link_type, name=name)
                texts = (frames.comments.get(at, ""), told.get(frames.first_number + at, ""))
                writer.frame(
                    int(frames.time[at]),
                    frames.frame(at),
                    interfaces[number],
                    int(frames.original_length[at]),
                    "\n".join(text for text in texts if text),
                )
        return annotated

    def packets_with_octets(
        self, columns: Sequence[str], watch: Watch | None = None
    ) -> Iterator[PacketBatch]:
        """The packet table in batches that come with the octets that their rows point into.

        Raises:
            UsageError: a column is unknown.
        """
        decoder = self._decoder = PacketDecoder(_checked(columns, COLUMNS), OCTETS_BATCH_ROWS)
        for frames in self._frame_batches(watch):
            yield from decoder.decode_with_octets(frames)
        yield from decoder.finish_with_octets()

    def rule_effects(
        self, findings: Sequence[Finding], maximum_harm: float | None = None, watch: Watch | None = None
    ) -> list[Judged]:
        """What the firewall rules of findings do to this capture; those that do harm are made narrower.

        Args:
            findings: all that were found here: one attack's packets are not another one's harm.
            maximum_harm: share of the victims' other packets that a rule may drop, 0 to 1.
            watch: called after each batch of frames.
        """
        from netanatomy.firewall.narrowing import MAXIMUM_HARM, judged

        share = MAXIMUM_HARM if maximum_harm is None else maximum_harm
        return judged(findings, lambda columns: self.packets_with_octets(columns, watch), share)

    def anatomies(self, numbers: Sequence[int]) -> Iterator[tuple[int, Anatomy]]:
        """Some frames, by ascending number, each taken apart header by header.

        The capture is read as far as the last of them; numbers that it does not have are left out.
        """
        from netanatomy.decode.anatomy import dissect

        waiting = iter(numbers)
        number = next(waiting, None)
        if number is None:
            return
        for frames in self._frame_batches(None):
            while number is not None and number < frames.first_number + len(frames):
                at = number - frames.first_number
                yield number, dissect(frames.frame(at), int(frames.link_type[at]))
                number = next(waiting, None)
            if number is None:
                return

    def _followed(
        self,
        tracker: ConnectionTracker,
        watch: Watch | None,
        columns: Sequence[str] = (),
        see_frames: Callable[[FrameBatch], None] | None = None,
        see_packets: Callable[[PacketBatch], None] | None = None,
    ) -> Iterator[Found]:
        """What following the connections of the whole capture finds.

        `see_frames` sees each batch of frames before its packets come, and `see_packets` each batch of
        packets, with at least `columns`, before its connections do.
        """
        from netanatomy.flows.connections import CONNECTION_PACKET_COLUMNS, anomaly_packet_columns

        needed = anomaly_packet_columns() if tracker.tells_anomalies else CONNECTION_PACKET_COLUMNS
        self._tracker = tracker
        decoder = PacketDecoder(tuple(dict.fromkeys((*columns, *needed))), OCTETS_BATCH_ROWS)
        self._decoder = decoder

        def batches() -> Iterator[PacketBatch]:
            for frames in self._frame_batches(watch):
                if see_frames is not None:
                    see_frames(frames)
                yield from decoder.decode_with_octets(frames)
            yield from decoder.finish_with_octets()

        def found() -> Iterator[Found]:
            for batch in ahead(batches()):
                if see_packets is not None:
                    see_packets(batch)
                yield from tracker.observe(batch)
            yield from tracker.finish()

        yield from ahead(found())

    def _decoded(
        self, decoder: PacketDecoder, observe: Callable[[FrameBatch], None] | None, watch: Watch | None
    ) -> Iterator[pa.RecordBatch]:
        """The packets of the whole capture; `observe` sees each batch of frames before its packets come."""
        self._decoder = decoder
        for frames in self._frame_batches(watch):
            if observe is not None:
                observe(frames)
            yield from decoder.decode(frames)
        yield from decoder.finish()

    def _frame_batches(self, watch: Watch | None) -> Iterator[FrameBatch]:
        reader = self._reading()
        read = 0
        for frames in reader.batches():
            read += len(frames)
            yield frames
            if watch is not None:
                watch(reader, read)

    def _reading(self) -> CaptureReader:
        """The reader that opening left, or a new one: a reader can be read once."""
        if not self._fresh:
            if not self.rereadable:
                raise UsageError("standard input can be read only once")
            self._reader = open_capture(self._paths)
        self._fresh = False
        return self._reader


def open(paths: Path | Sequence[Path]) -> Capture:  # noqa: A001 - read as netanatomy.open
    """Open a capture: a file of any known format and compression, `-`, a folder, or several of these.

    Raises:
        NotACaptureError: a file is of no known capture format.
        CaptureError: a file is missing or cannot be read.
    """
    return Capture(paths)


def _checked(columns: Sequence[str] | None, known: tuple[Column, ...]) -> tuple[str, ...]:
    names = tuple(column.name for column in known)
    if columns is None:
        return names
    if isinstance(columns, str):
        raise UsageError("columns are a list of names, not one text")
    for name in columns:
        if name not in names:
            from netanatomy.report.row_filter import unknown_column

            raise UsageError(unknown_column(name, names))
    if not columns:
        raise UsageError("at least one column must be wanted")
    return tuple(dict.fromkeys(columns))


def _columns_to_decode(wanted: tuple[str, ...], rows: RowFilter | None, by_frame: bool) -> tuple[str, ...]:
    """The columns to decode: those wanted, and those that filters look at."""
    looked_at = [*(rows.needs if rows is not None else ()), *(["frame_number"] if by_frame else [])]
    return tuple(dict.fromkeys((*wanted, *looked_at)))


def _row_filter(text: str | None, columns: tuple[Column, ...] = COLUMNS) -> RowFilter | None:
    if text is None:
        return None
    from netanatomy.report.row_filter import RowFilter

    return RowFilter(text, columns)


def _frame_filter(expression: str) -> FrameFilter:
    from netanatomy.report.bpf import FrameFilter

    return FrameFilter(expression)


class _KeptFrames:
    """The frames that a BPF filter keeps, remembered until their packets have come."""

    def __init__(self, expression: str) -> None:
        self._filter = _frame_filter(expression)
        self._numbers = np.zeros(0, np.uint64)

    def observe(self, frames: FrameBatch) -> None:
        """Apply the filter to frames."""
        kept = np.flatnonzero(self._filter.mask(frames)) + frames.first_number
        self._numbers = np.concatenate([self._numbers, kept.astype(np.uint64)])

    def mask(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """The rows of kept frames; packets come in the order of their frames."""
        rows = batch["frame_number"].to_numpy()
        found = pa.array(np.isin(rows, self._numbers))
        if len(rows):
            self._numbers = self._numbers[self._numbers >= rows[-1]]
        return found
