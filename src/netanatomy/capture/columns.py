"""The columns of one batch while a kernel fills them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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


class Columns:
    """Room for up to `capacity` frames; the views are what kernels write to."""

    def __init__(self, capacity: int) -> None:
        self.capacity = min(MAXIMUM_BATCH_FRAMES, capacity)
        self._time = np.empty(self.capacity, np.int64)
        self._offset = np.empty(self.capacity, np.int64)
        self._captured = np.empty(self.capacity, np.uint32)
        self._original = np.empty(self.capacity, np.uint32)
        self._link_type = np.empty(self.capacity, np.uint16)
        self._interface = np.empty(self.capacity, np.uint32)
        self._flags = np.empty(self.capacity, np.uint32)
        self.time = self._time.data
        self.offset = self._offset.data
        self.captured = self._captured.data
        self.original = self._original.data
        self.link_type = self._link_type.data
        self.interface = self._interface.data
        self.flags = self._flags.data

    def all_of(self, rows: int, link_type: int, interface: int) -> None:
        """Give the first `rows` frames the same link type and interface."""
        self._link_type[:rows] = link_type
        self._interface[:rows] = interface

    def batch(
        self, rows: int, stream: OctetStream, comments: Mapping[int, str], *, flagged: bool = False
    ) -> FrameBatch:
        """The first `rows` frames as a batch; these columns are not to be filled again."""
        return FrameBatch(
            octets=stream.padded(),
            first_number=1,
            time=self._time[:rows],
            offset=self._offset[:rows],
            captured_length=self._captured[:rows],
            original_length=self._original[:rows],
            link_type=self._link_type[:rows],
            interface=self._interface[:rows],
            comments=comments,
            flags=self._flags[:rows] if flagged else None,
        )
