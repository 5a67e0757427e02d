"""The columns of one batch while a kernel fills them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netanatomy.capture.stream import OctetStream
from netanatomy.schema.frames import MAXIMUM_BATCH_FRAMES, FrameBatch

LEAST_ROOM = 4_096
"""Frames that a batch has room for at least, where the octets could hold as many."""


def room_for(octets: int, least_record: int, before: int) -> int:
    """Frames to make room for: as many as the octets can hold, but no more than twice the last buffer's.

    Room for a buffer of nothing but the smallest records would be as large as the buffer, fetched
    from the system for every one of them, and hardly touched. What does not fit comes in a second
    batch.
    """
    return max(1, min(octets // least_record, max(LEAST_ROOM, 2 * before), MAXIMUM_BATCH_FRAMES))


class Alike:
    """The link type and the interface of all frames of a file, where there is one of each.

    Its batches share two columns, which nobody may write to: they are not filled anew for every buffer.
    """

    def __init__(self, link_type: int, interface: int) -> None:
        self._value = link_type, interface
        self._columns = self._filled(LEAST_ROOM)

    def columns(self, rows: int) -> tuple[NDArray[np.uint16], NDArray[np.uint32]]:
        """Both columns, for so many frames."""
        if rows > len(self._columns[0]):
            self._columns = self._filled(MAXIMUM_BATCH_FRAMES)
        link_type, interface = self._columns
        return link_type[:rows], interface[:rows]

    def _filled(self, rows: int) -> tuple[NDArray[np.uint16], NDArray[np.uint32]]:
        link_type, interface = self._value
        columns = np.full(rows, link_type, np.uint16), np.full(rows, interface, np.uint32)
        for column in columns:
            column.flags.writeable = False
        return columns


class Columns:
    """Room for up to `capacity` frames; the views are what kernels write to."""

    def __init__(self, capacity: int) -> None:
        self.capacity = min(MAXIMUM_BATCH_FRAMES, capacity)
        self._time = np.empty(self.capacity, np.int64)
        self._offset = np.empty(self.capacity, np.int64)
        self._captured = np.empty(self.capacity, np.uint32)
        self._original = np.empty(self.capacity, np.uint32)
        self.time = self._time.data
        self.offset = self._offset.data
        self.captured = self._captured.data
        self.original = self._original.data

    def batch(self, rows: int, stream: OctetStream, alike: Alike) -> FrameBatch:
        """The first `rows` frames as a batch; these columns are not to be filled again."""
        return self._batch(rows, stream, *alike.columns(rows), {}, None)

    def _batch(
        self,
        rows: int,
        stream: OctetStream,
        link_type: NDArray[np.uint16],
        interface: NDArray[np.uint32],
        comments: Mapping[int, str],
        flags: NDArray[np.uint32] | None,
    ) -> FrameBatch:
        """Number them on from the frames that came of the stream before."""
        number = stream.frames + 1
        stream.frames += rows
        return FrameBatch(
            stream.padded(),
            number,
            self._time[:rows],
            self._offset[:rows],
            self._captured[:rows],
            self._original[:rows],
            link_type,
            interface,
            comments,
            flags,
        )


class MixedColumns(Columns):
    """The same of frames that have each its own link type, interface, comments and flags."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._link_type = np.empty(self.capacity, np.uint16)
        self._interface = np.empty(self.capacity, np.uint32)
        self._flags = np.empty(self.capacity, np.uint32)
        self.link_type = self._link_type.data
        self.interface = self._interface.data
        self.flags = self._flags.data

    def mixed_batch(
        self, rows: int, stream: OctetStream, comments: Mapping[int, str], *, flagged: bool
    ) -> FrameBatch:
        """The first `rows` frames as a batch; these columns are not to be filled again."""
        flags = self._flags[:rows] if flagged else None
        return self._batch(rows, stream, self._link_type[:rows], self._interface[:rows], comments, flags)
