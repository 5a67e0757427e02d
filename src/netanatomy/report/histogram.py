"""How amounts are spread, in memory that does not grow: bins of equal ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS_PER_DOUBLING = 16
"""A bin reaches from one amount to 2^(1/16) times as much, so its middle is right to 2.2 per cent."""

DOUBLINGS = 64
"""Every amount that 64 bits can hold has its bin."""


class Histogram:
    """Amounts from 0 on.

    Attributes:
        count: how many amounts.
        least: the least of them, exact; None without any.
        greatest: the greatest of them, exact.

    >>> spread = Histogram()
    >>> spread.observe(np.array([1000, 2000, 900_000]))
    >>> spread.count, spread.least, spread.greatest, abs(spread.median() - 2000) < 2000 * 0.022
    (3, 1000, 900000, True)
    """

    def __init__(self) -> None:
        self.count = 0
        self.least: int | None = None
        self.greatest: int | None = None
        self._bins = np.zeros(BINS_PER_DOUBLING * DOUBLINGS, np.int64)

    def observe(self, amounts: NDArray[np.int64]) -> None:
        """Count amounts in; none may be negative."""
        if not len(amounts):
            return
        # 0 shares the bin of 1: it has no logarithm, and a nanosecond is near enough.
        bins = np.log2(np.maximum(amounts, 1)) * BINS_PER_DOUBLING
        self._bins += np.bincount(bins.astype(np.int64), minlength=len(self._bins))
        self.count += len(amounts)
        self._stretch(int(amounts.min()), int(amounts.max()))

    def merge(self, other: Histogram) -> None:
        """Count what another has counted."""
        self._bins += other._bins
        self.count += other.count
        if other.least is not None and other.greatest is not None:
            self._stretch(other.least, other.greatest)

    def median(self) -> int | None:
        """The lower median, to 2.2 per cent; None without amounts."""
        if self.least is None or self.greatest is None:
            return None
        place = int(np.searchsorted(np.cumsum(self._bins), (self.count + 1) // 2))
        middle = round(2 ** ((place + 0.5) / BINS_PER_DOUBLING))
        return min(max(middle, self.least), self.greatest)

    def _stretch(self, least: int, greatest: int) -> None:
        self.least = least if self.least is None else min(least, self.least)
        self.greatest = greatest if self.greatest is None else max(greatest, self.greatest)
