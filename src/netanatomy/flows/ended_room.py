"""Room for the connections that ended, handed out without being copied, and used again when it was let go.

What is handed out are views. A room is used again only when nobody holds a view of it any more, which
CPython's count of references tells; as long as somebody does, there is another room.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen

CACHE_LINE = 64
"""Octets, of every processor that we know of."""

MAXIMUM_ROOMS = 4
"""Rooms that are kept to be used again. Bounds what a reader leaves behind that once held many at a time."""


def lines_of(count: int, words: int, *, zeros: bool = True) -> NDArray[np.int64]:
    """So many lines, of zeros or of anything, the first of which begins where a line of the cache does."""
    memory = (np.zeros if zeros else np.empty)(count * words + CACHE_LINE // 8, np.int64)
    first = -memory.ctypes.data % CACHE_LINE // 8
    return memory[first : first + count * words].reshape(count, words)


@frozen
class EndedRoom:
    """Records and details of connections that ended, as lines.

    Attributes:
        record: shape (rows, words of a record).
        detail: shape (rows, words of a detail).
        line: for every row the line of its detail, or -1.
        reason: for every row why it ended.
    """

    record: NDArray[np.int64]
    detail: NDArray[np.int64]
    line: NDArray[np.int64]
    reason: NDArray[np.uint8]

    def holders(self) -> int:
        """References to the memory: a view of a view counts with the memory itself."""
        owners = (self.record.base, self.detail.base, self.line.base, self.reason.base)
        return sum(sys.getrefcount(owner) for owner in owners)


class EndedRooms:
    """Rooms of so many rows.

    Args:
        rows: of every room.
        record_words: words of a record.
        detail_words: words of a detail.
    """

    def __init__(self, rows: int, record_words: int, detail_words: int) -> None:
        self._shape = rows, record_words, detail_words
        self._rooms: list[EndedRoom] = []
        self._unheld = self._new().holders()

    def free(self) -> EndedRoom:
        """A room that nobody holds a view of."""
        for room in self._rooms:
            if room.holders() == self._unheld:
                return room
        room = self._new()
        if len(self._rooms) < MAXIMUM_ROOMS:
            self._rooms.append(room)
        return room

    def _new(self) -> EndedRoom:
        rows, record_words, detail_words = self._shape
        # Lines are written before they are read, as in a room that is used again.
        return EndedRoom(
            lines_of(rows, record_words, zeros=False),
            lines_of(rows, detail_words, zeros=False),
            np.empty((rows, 1), np.int64).reshape(rows),
            np.empty((rows, 1), np.uint8).reshape(rows),
        )
