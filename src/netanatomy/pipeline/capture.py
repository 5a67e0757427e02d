"""What may be asked of a capture: the tables, the findings, single frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from netanatomy.decode.packets import OCTETS_BATCH_ROWS, PacketCounts, PacketDecoder
from netanatomy.pipeline.choice import FrameChoice, RowChoice, chosen_columns
from netanatomy.pipeline.reading import Path, Reading, Watch
from netanatomy.pipeline.stream import Stream
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.anomaly_table import anomaly_schema
from netanatomy.schema.capture import CaptureInformation
from netanatomy.schema.column import arrow_schema
from netanatomy.schema.connections import CONNECTION_COLUMNS, connection_schema
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frame_columns import frame_batch, frame_schema
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packets import COLUMNS, packet_schema
from netanatomy.schema.streams import stream_schema

if TYPE_CHECKING:
    from netanatomy.detect.settings import Settings
    from netanatomy.firewall.narrowing import Judged
    from netanatomy.flows.connections import FlowCounts, Found
    from netanatomy.flows.messages.stage import MessageStage
    from netanatomy.layers.anatomy import Anatomy
    from netanatomy.report.series import Series
    from netanatomy.report.summary import Summary
    from netanatomy.schema.findings import Finding
    from netanatomy.schema.match import Selector


class Capture:
    """One capture, of one or several files. See `netanatomy.open`.

    Opening reads no more than the beginning; what is told by `information`, `anomalies` and
    `counts` grows while a stream is read, and is about the latest reading.
    """

    def __init__(self, paths: Path | Sequence[Path]) -> None:
        self._reading = Reading(paths)
        self._messages: MessageStage | None = None

    @property
    def rereadable(self) -> bool:
        """Whether the capture can be read more than once; standard input can where it is a file."""
        return self._reading.rereadable

    @property
    def information(self) -> CaptureInformation:
        """What the capture says beside its frames: files, interfaces, names, comments."""
        return self._reading.reader.information

    @property
    def anomalies(self) -> list[Anomaly]:
        """What was odd about the capture, as far as it was read."""
        decoder, tracker = self._reading.decoder, self._reading.tracker
        return [
            *self._reading.reader.anomalies,
            *(decoder.anomalies if decoder else []),
            *(tracker.anomalies if tracker else []),
            *(self._messages.anomalies if self._messages else []),
        ]

    @property
    def counts(self) -> PacketCounts:
        """What became of the frames, as far as they were decoded."""
        return self._reading.decoder.counts if self._reading.decoder else PacketCounts()

    @property
    def flow_counts(self) -> FlowCounts | None:
        """What became of the packets as connections were followed, as far as they were."""
        return self._reading.tracker.counts if self._reading.tracker else None

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
        rows = RowChoice(columns, COLUMNS, filter, () if bpf is None else FrameChoice.needs)
        if bpf is not None:
            FrameChoice(bpf)  # errors now, not at the first batch

        def batches() -> Iterator[pa.RecordBatch]:
            kept = None if bpf is None else FrameChoice(bpf)
            observe = None if kept is None else kept.observe
            for every in self._reading.packets(PacketDecoder(rows.decoded), observe, watch):
                yield rows.of(every if kept is None else kept.of(every))

        return Stream(rows.schema(packet_schema()), batches)

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
        rows = RowChoice(columns, CONNECTION_COLUMNS, filter)

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.connections import ConnectionTracker

            # Nothing is asked of the streams' octets here, so none are kept.
            tracker = ConnectionTracker(replace(options or FlowOptions(), stream_depth=0), rows.decoded)

            def tell(found: Found) -> pa.RecordBatch | None:
                return None if found.ended is None else tracker.batch(found.ended)

            for batch in self._reading.told(tracker, tell, watch):
                if batch is not None:
                    yield rows.of(batch)

        return Stream(rows.schema(connection_schema()), batches)

    def anomaly_table(self, options: FlowOptions | None = None, watch: Watch | None = None) -> Stream:
        """The anomaly table: one row for each oddity in the traffic, with where it lies."""

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.anomaly_table import notes_batch
            from netanatomy.flows.connections import ConnectionTracker

            tracker = ConnectionTracker(options, (), anomalies=True)
            for found in self._reading.followed(tracker, watch):
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
            import pyarrow.compute as pc

            from netanatomy.flows.connections import ConnectionTracker

            tracker = ConnectionTracker(options, (), deliver=True)
            for every in self._reading.told(tracker, lambda found: found.streams, watch):
                if every is not None:
                    yield every if uid is None else every.filter(pc.equal(every["uid"], uid))

        return Stream(stream_schema(), batches)

    def messages(
        self,
        protocol: str | None = None,
        options: FlowOptions | None = None,
        columns: Sequence[str] | None = None,
        filter: str | None = None,  # noqa: A002 - the word that users look for
        watch: Watch | None = None,
    ) -> Stream:
        """What was said in an application protocol: a row for each message, as connections end.

        Which protocol a connection speaks is told by what is said, not by its port, and also inside
        another one, as TLS through a proxy. Only TCP is listened to.

        Args:
            protocol: whose table is wanted, `tls` or `socks`; None for one of all protocols, which tells
                of each message where it was and of which protocol.
            options: as for `connections`; `stream_depth` says how much of a connection is heard.
            columns: names of the columns that are wanted, in this order; None for all.
            filter: a Polars SQL expression over the columns; rows for which it is true are kept.
            watch: called after each batch of frames.

        Raises:
            UsageError: the protocol or a column is unknown, or a filter or an option cannot be read.
        """
        from netanatomy.flows.messages.registry import protocol_of
        from netanatomy.flows.messages.table import MessageTable, table_columns

        whose = None if protocol is None else protocol_of(protocol)
        known = table_columns(whose)
        rows = RowChoice(columns, known, filter)

        def batches() -> Iterator[pa.RecordBatch]:
            from netanatomy.flows.connections import ConnectionTracker
            from netanatomy.flows.messages.stage import CONNECTION_COLUMNS as ENDS
            from netanatomy.flows.messages.stage import PACKET_COLUMNS, MessageStage

            tracker = ConnectionTracker(options, ENDS, deliver=True)
            self._messages = stage = MessageStage(None if whose is None else (whose.name,))
            table = MessageTable(whose)
            for found in self._reading.followed(tracker, watch, PACKET_COLUMNS, see_packets=stage.see):
                ended = None if found.ended is None else tracker.batch(found.ended)
                for batch in table.batches(stage.observe(found.streams, ended)):
                    yield rows.of(batch.select(list(rows.decoded)))

        return Stream(rows.schema(arrow_schema(known)), batches)

    def frames(self, watch: Watch | None = None) -> Stream:
        """The frame table: one row per record of the capture, with its octets."""

        def batches() -> Iterator[pa.RecordBatch]:
            return (frame_batch(frames) for frames in self._reading.frames(watch))

        return Stream(frame_schema(), batches)

    def frame(self, number: int) -> FrameBatch:
        """A batch of the one frame of this number, counted from 1.

        Raises:
            UsageError: the capture has no such frame.
        """
        from netanatomy.pipeline.frames import frame

        return frame(self._reading, number)

    def anatomies(self, numbers: Sequence[int]) -> Iterator[tuple[int, Anatomy]]:
        """Some frames, by ascending number, each taken apart header by header.

        The capture is read as far as the last of them; numbers that it does not have are left out.
        """
        from netanatomy.pipeline.frames import anatomies

        return anatomies(self._reading, numbers)

    def packets_with_octets(
        self, columns: Sequence[str], watch: Watch | None = None
    ) -> Iterator[PacketBatch]:
        """The packet table in batches that come with the octets that their rows point into.

        Raises:
            UsageError: a column is unknown.
        """
        decoder = PacketDecoder(chosen_columns(columns, COLUMNS), OCTETS_BATCH_ROWS)
        return self._reading.packets_with_octets(decoder, watch=watch)

    def summarise(self, watch: Watch | None = None, options: FlowOptions | None = None) -> Summary:
        """Read the capture once and count what `netanatomy analyze` tells."""
        from netanatomy.pipeline.detection import detected
        from netanatomy.report.summary import Summary

        summary = Summary()
        detected(self._reading, None, (), options, watch, summary)
        return summary

    def analyse(
        self,
        settings: Settings | None = None,
        watch: Watch | None = None,
        options: FlowOptions | None = None,
    ) -> tuple[Summary, list[Finding]]:
        """Read the capture once for both: what `netanatomy analyze` counts, and what is wrong."""
        from netanatomy.pipeline.detection import detected
        from netanatomy.report.summary import Summary

        summary = Summary()
        return summary, detected(self._reading, settings, None, options, watch, summary)

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
        from netanatomy.pipeline.detection import detected

        return detected(self._reading, settings, only, options, watch)

    def packets_of(self, scope: Sequence[Selector], watch: Watch | None = None) -> Stream:
        """The packets that selectors mean, for example all that a finding is about: `finding.scope`.

        Gives the columns `frame_number`, `depth` and `time`. Of many findings at once
        `packets_over_time` and `annotate` tell more cheaply.

        Raises:
            UsageError: a selector names a column that does not exist, or compares it with what it cannot be.
        """
        from netanatomy.pipeline.incidents import PACKET_NAMES, packets_of

        schema = pa.schema([packet_schema().field(name) for name in PACKET_NAMES])
        return Stream(schema, packets_of(self._reading, scope, watch))

    def packets_over_time(
        self, scopes: Sequence[Sequence[Selector]], watch: Watch | None = None
    ) -> list[Series]:
        """For each scope, how many packets there are of it over time; read once, in bounded memory.

        Raises:
            UsageError: as for `packets_of`.
        """
        from netanatomy.pipeline.incidents import packets_over_time

        return packets_over_time(self._reading, scopes, watch)

    def annotate(self, findings: Sequence[Finding], file: BinaryIO, watch: Watch | None = None) -> int:
        """Write the capture anew as pcapng, with a comment at every frame that a finding is about.

        The capture is read once, in bounded memory.

        Returns:
            How many frames have a comment of a finding. Comments that they had already stay before it.
        """
        from netanatomy.pipeline.incidents import annotate

        return annotate(self._reading, findings, file, watch)

    def rule_effects(
        self,
        findings: Sequence[Finding],
        maximum_harm: float | None = None,
        watch: Watch | None = None,
        besides: Sequence[Finding] = (),
    ) -> list[Judged]:
        """What the firewall rules of findings do to this capture; those that do harm are made narrower.

        The capture is read once for all of them, and once more where a rule has to be made narrower.

        Args:
            findings: those whose rules are measured.
            maximum_harm: share of the victims' other packets that a rule may drop, 0 to 1.
            watch: called after each batch of frames.
            besides: all others that were found here: one attack's packets are not another one's harm.
        """
        from netanatomy.firewall.narrowing import MAXIMUM_HARM, judged

        share = MAXIMUM_HARM if maximum_harm is None else maximum_harm
        return judged(
            findings, lambda columns: self.packets_with_octets(columns, watch), share, besides=besides
        )
