"""The packets that findings are about: of however many findings, in one reading, and none of them kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa

from netanatomy.decode.packets import PacketDecoder
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.selection import selected, selected_columns

if TYPE_CHECKING:
    from netanatomy.capture.write import PcapngWriter
    from netanatomy.pipeline.reading import Reading, Watch
    from netanatomy.report.annotation import FrameComments
    from netanatomy.report.series import Series
    from netanatomy.schema.findings import Finding
    from netanatomy.schema.frames import FrameBatch
    from netanatomy.schema.match import Selector


PACKET_NAMES = ("frame_number", "depth", "time")
"""Columns of the packets that selectors mean."""


def packets_of(
    reading: Reading, scope: Sequence[Selector], watch: Watch | None
) -> Callable[[], Iterator[pa.RecordBatch]]:
    """Reads the packets that selectors mean."""
    columns = tuple(dict.fromkeys((*PACKET_NAMES, *selected_columns(scope))))

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reading.packets(PacketDecoder(columns), watch=watch):
            yield batch.filter(arrow_array(selected(Rows(batch), scope))).select(list(PACKET_NAMES))

    return batches


def packets_over_time(
    reading: Reading, scopes: Sequence[Sequence[Selector]], watch: Watch | None
) -> list[Series]:
    """For each scope, how many packets there are of it over time."""
    from netanatomy.report.series import Series

    found = [Series() for _ in scopes]
    if not found:
        return found
    columns = selected_columns(selector for scope in scopes for selector in scope)
    decoder = PacketDecoder(tuple(dict.fromkeys(("time", *columns))))
    for batch in reading.packets(decoder, watch=watch):
        rows = Rows(batch)
        times = rows.numbers("time").astype(np.int64, copy=False)
        for scope, series in zip(scopes, found, strict=True):
            mine = times[selected(rows, scope)]
            series.observe(mine, np.ones(len(mine), np.int64))
    return found


def annotate(reading: Reading, findings: Sequence[Finding], file: BinaryIO, watch: Watch | None) -> int:
    """Write the capture anew, with comments; a frame waits until its packets have come."""
    from netanatomy.capture.write import PcapngWriter
    from netanatomy.report.annotation import FrameComments

    comments = FrameComments(findings)
    copy = _Copy(PcapngWriter(file, application="netanatomy"), reading, comments)
    if not findings:
        for frames in reading.frames(watch):
            copy.write(frames)
        return copy.annotated
    waiting: deque[FrameBatch] = deque()
    decoder = PacketDecoder(comments.columns)
    for batch in reading.packets(decoder, waiting.append, watch):
        reached = comments.observe(batch)
        while waiting and waiting[0].first_number + len(waiting[0]) <= reached + 1:
            copy.write(waiting.popleft())
    for frames in waiting:
        copy.write(frames)
    return copy.annotated


class _Copy:
    """Writes frames as they were, with the comments of findings behind those that they had."""

    def __init__(self, writer: PcapngWriter, reading: Reading, comments: FrameComments) -> None:
        self.annotated = 0
        self._writer = writer
        self._reading = reading
        self._comments = comments
        self._interfaces: dict[int, int] = {}

    def write(self, frames: FrameBatch) -> None:
        told = self._comments.taken(frames.first_number, len(frames))
        self.annotated += len(told)
        for at in range(len(frames)):
            texts = (frames.comments.get(at, ""), told.get(frames.first_number + at, ""))
            self._writer.frame(
                int(frames.time[at]),
                frames.frame(at),
                self._interface(int(frames.interface[at]), int(frames.link_type[at])),
                int(frames.original_length[at]),
                "\n".join(text for text in texts if text),
            )

    def _interface(self, number: int, link_type: int) -> int:
        known = self._interfaces.get(number)
        if known is None:
            name = self._reading.reader.information.interfaces[number].name
            known = self._interfaces[number] = self._writer.interface(link_type, name=name)
        return known
