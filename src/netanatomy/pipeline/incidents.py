"""The packets that findings are about: of however many findings, in one reading, and none of them kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa

from netanatomy.decode.packets import PacketDecoder
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.selection import selected, selected_columns

if TYPE_CHECKING:
    from netanatomy.capture.pcapng_copy import PcapngCopy
    from netanatomy.capture.write import PcapngWriter
    from netanatomy.pipeline.reading import Reading, Watch
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
    from netanatomy.report.annotation import FrameComments

    comments = FrameComments(findings)
    with ExitStack() as closing:
        copy = _copy(reading, file, closing)
        annotated = 0

        def write(frames: FrameBatch) -> None:
            nonlocal annotated
            told = comments.taken(frames.first_number, len(frames))
            annotated += len(told)
            copy.write(frames, {number - frames.first_number: text for number, text in told.items()})

        if findings:
            waiting: deque[FrameBatch] = deque()
            for batch in reading.packets(PacketDecoder(comments.columns), waiting.append, watch):
                reached = comments.observe(batch)
                while waiting and waiting[0].first_number + len(waiting[0]) <= reached + 1:
                    write(waiting.popleft())
        else:
            waiting = deque()
            for frames in reading.frames(watch):
                write(frames)
        for frames in waiting:
            write(frames)
        copy.finish()
    return annotated


def _copy(reading: Reading, file: BinaryIO, closing: ExitStack) -> _Blocks | _Frames:
    """What writes the copy: block by block where the capture is one pcapng file, else frame by frame."""
    from netanatomy.capture.pcapng_copy import PcapngCopy
    from netanatomy.capture.write import PcapngWriter

    files = reading.reader.information.files
    if len(files) == 1 and files[0].format == "pcapng" and files[0].size is not None:
        return _Blocks(closing.enter_context(PcapngCopy(files[0].name, file)))
    return _Frames(PcapngWriter(file, application="netanatomy"), reading)


class _Blocks:
    """Copies a pcapng file, of which everything stays."""

    def __init__(self, copy: PcapngCopy) -> None:
        self._copy = copy

    def write(self, frames: FrameBatch, comments: Mapping[int, str]) -> None:
        self._copy.frames(len(frames), comments)

    def finish(self) -> None:
        self._copy.finish()


class _Frames:
    """Writes the frames of any other capture, or of several files, with what is known of interfaces and keys.

    Comments of findings stand behind those that a frame had.
    """

    def __init__(self, writer: PcapngWriter, reading: Reading) -> None:
        self._writer = writer
        self._reading = reading
        self._interfaces: dict[int, int] = {}
        self._secrets = 0

    def write(self, frames: FrameBatch, comments: Mapping[int, str]) -> None:
        from netanatomy.capture.formats.pcapng_blocks import secrets_type

        # Keys stand before the frames that they open; they are known since these were read.
        secrets = self._reading.reader.information.secrets
        for each in secrets[self._secrets :]:
            self._writer.secrets(secrets_type(each.kind), each.octets)
        self._secrets = len(secrets)
        for at in range(len(frames)):
            texts = (frames.comments.get(at, ""), comments.get(at, ""))
            self._writer.frame(
                int(frames.time[at]),
                frames.frame(at),
                self._interface(int(frames.interface[at]), int(frames.link_type[at])),
                int(frames.original_length[at]),
                "\n".join(text for text in texts if text),
                0 if frames.flags is None else int(frames.flags[at]),
            )

    def finish(self) -> None:
        """Nothing stands behind the last frame."""

    def _interface(self, number: int, link_type: int) -> int:
        known = self._interfaces.get(number)
        if known is None:
            told = self._reading.reader.information.interfaces[number]
            known = self._interfaces[number] = self._writer.interface(
                link_type,
                name=told.name,
                description=told.description,
                snap_length=told.snap_length,
                filter=told.filter,
                comment="\n".join(told.comments),
            )
        return known
