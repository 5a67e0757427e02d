"""Amounts over time in memory that does not grow: buckets whose width doubles when the time gets longer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BUCKETS = 256
"""Buckets at most: more than a picture has pixels to tell apart."""

LEAST_WIDTH = 1_000_000
"""Nanoseconds of the narrowest bucket. Widths are this times a power of two, so that any two series merge."""


class Series:
    """Amounts by time.

    Attributes:
        width: nanoseconds of a bucket.
        first: number of the first bucket: it begins at `first * width` ns since 1970.
        amounts: (buckets,) what falls into each.

    >>> series = Series()
    >>> series.observe(np.array([0, 10**9, 10**12]), np.array([5, 6, 7]))
    >>> series.amounts.sum(), len(series.amounts) <= BUCKETS
    (np.int64(18), True)
    """

    def __init__(self) -> None:
        self.width = LEAST_WIDTH
        self.first = 0
        self.amounts = np.zeros(0, np.int64)

    def observe(self, times: NDArray[np.int64], amounts: NDArray[np.integer]) -> None:
        """Count amounts in; both (n,), times in ns since 1970."""
        if not len(times):
            return
        self._reach(int(times.min()), int(times.max()))
        places = times // self.width - self.first
        self.amounts += np.bincount(places, amounts, len(self.amounts)).astype(np.int64)

    def merge(self, other: Series) -> None:
        """Count what another has counted."""
        if not len(other.amounts):
            return
        starts = (other.first + np.arange(len(other.amounts))) * other.width
        while self.width < other.width:
            self._double()
        self.observe(starts, other.amounts)

    def _reach(self, start: int, end: int) -> None:
        """Make room for times from `start` to `end`."""
        if not len(self.amounts):
            self.first = start // self.width
            self.amounts = np.zeros(1, np.int64)
        while True:
            first = min(self.first, start // self.width)
            last = max(self.first + len(self.amounts) - 1, end // self.width)
            if last - first < BUCKETS:
                break
            self._double()
        room = np.zeros(last - first + 1, np.int64)
        room[self.first - first : self.first - first + len(self.amounts)] = self.amounts
        self.first, self.amounts = first, room

    def _double(self) -> None:
        """Make each bucket twice as wide."""
        self.width *= 2
        if not len(self.amounts):
            return
        places = (self.first + np.arange(len(self.amounts))) // 2
        self.first = int(places[0])
        self.amounts = np.bincount(places - self.first, self.amounts).astype(np.int64)
