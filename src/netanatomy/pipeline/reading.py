"""Reading a capture, again and again: its frames, its packets, its connections, batch by batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pyarrow as pa

from netanatomy.ahead import ahead
from netanatomy.capture.reader import CaptureReader, open_capture
from netanatomy.capture.source import STANDARD_INPUT, standard_input_is_kept
from netanatomy.decode.packets import FILLED_ROWS, OCTETS_BATCH_ROWS, PacketDecoder
from netanatomy.errors import UsageError
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.shared_work import shared

if TYPE_CHECKING:
    from netanatomy.flows.connections import ConnectionTracker, Found

Told = TypeVar("Told")

Path: TypeAlias = str | os.PathLike[str]
Watch: TypeAlias = Callable[[CaptureReader, int], None]
"""Called after each batch with the reader and the number of frames read so far."""


class Reading:
    """The stages before any table is asked for, joined; each method reads the capture from its beginning.

    Args:
        paths: of one or several files.

    Attributes:
        paths: the same, as a list.
        decoder: of the latest reading that decoded; None before.
        tracker: of the latest reading that followed connections; None before.

    Raises:
        UsageError: no path is given.
        CaptureError: a file is missing, cannot be read, or is no capture.
    """

    def __init__(self, paths: Path | Sequence[Path]) -> None:
        self.paths: list[Path] = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        if not self.paths:
            raise UsageError("no capture was named")
        self.decoder: PacketDecoder | None = None
        self.tracker: ConnectionTracker | None = None
        self._reader = open_capture(self.paths)
        self._fresh = True

    @property
    def rereadable(self) -> bool:
        """Whether the capture can be read more than once; standard input can where it is a file."""
        return STANDARD_INPUT not in self.paths or standard_input_is_kept()

    @property
    def reader(self) -> CaptureReader:
        """The latest reader."""
        return self._reader

    def frames(self, watch: Watch | None = None) -> Iterator[FrameBatch]:
        """The frames."""
        reader = self._next_reader()
        read = 0
        for frames in reader.batches():
            read += len(frames)
            yield frames
            if watch is not None:
                watch(reader, read)

    def packets(
        self,
        decoder: PacketDecoder,
        observe: Callable[[FrameBatch], None] | None = None,
        watch: Watch | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The packets; `observe` sees each batch of frames before its packets come."""
        self.decoder = decoder
        for frames in self.frames(watch):
            if observe is not None:
                observe(frames)
            yield from decoder.decode(frames)
        yield from decoder.finish()

    def packets_with_octets(
        self,
        decoder: PacketDecoder,
        observe: Callable[[FrameBatch], None] | None = None,
        watch: Watch | None = None,
    ) -> Iterator[PacketBatch]:
        """The same with the octets that their rows point into."""
        self.decoder = decoder
        for frames in self.frames(watch):
            if observe is not None:
                observe(frames)
            yield from decoder.decode_with_octets(frames)
        yield from decoder.finish_with_octets()

    def followed(
        self,
        tracker: ConnectionTracker,
        watch: Watch | None,
        columns: Sequence[str] = (),
        see_frames: Callable[[FrameBatch], None] | None = None,
        see_packets: Callable[[PacketBatch], None] | None = None,
        rows: int = OCTETS_BATCH_ROWS,
    ) -> Iterator[Found]:
        """What following the connections finds, `rows` packets at a time.

        `see_frames` sees each batch of frames before its packets come, and `see_packets` each batch of
        packets, with at least `columns`, before its connections do.
        """
        from netanatomy.flows.connections import CONNECTION_PACKET_COLUMNS, anomaly_packet_columns

        needed = anomaly_packet_columns() if tracker.tells_anomalies else CONNECTION_PACKET_COLUMNS
        decoder = PacketDecoder(tuple(dict.fromkeys((*columns, *needed))), rows)
        self.tracker, self.decoder = tracker, decoder

        def found() -> Iterator[PacketBatch | Found]:
            for batch in ahead(self.packets_with_octets(decoder, see_frames, watch)):
                yield batch
                yield from tracker.observe(batch)
            yield from tracker.finish()

        # Packets are seen where connections are, in this thread: what looks at both need not be made for two.
        for item in ahead(found()):
            if not isinstance(item, PacketBatch):
                yield item
            elif see_packets is not None:
                see_packets(item)

    def told(
        self, tracker: ConnectionTracker, tell: Callable[[Found], Told], watch: Watch | None
    ) -> Iterator[Told]:
        """What `tell` makes of all that following the connections finds, in order.

        Nobody asks for a table of packets here, so none is made. `tell` is called in several threads at once.
        """
        from netanatomy.pipeline.following import Following, groups

        decoder = PacketDecoder((), FILLED_ROWS)
        self.tracker, self.decoder = tracker, decoder
        return shared(groups(self.frames(watch)), Following(decoder, tracker, tell))

    def _next_reader(self) -> CaptureReader:
        """The reader that opening left, or a new one: a reader can be read once."""
        if not self._fresh:
            if not self.rereadable:
                raise UsageError("standard input can be read only once")
            self._reader = open_capture(self.paths)
        self._fresh = False
        return self._reader
