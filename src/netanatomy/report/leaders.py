"""The rows with the greatest amounts, and no others, of a table that is never held whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.tables.arrays import arrow_array, integers

Row: TypeAlias = Mapping[str, object]

TIE = "first_frame"
"""Among equal amounts the earlier frame leads, so that it does not matter how the table was cut."""


class Leaders:
    """The `capacity` rows with the greatest amounts.

    Args:
        columns: columns that are kept of a row, `first_frame` among them.
        capacity: rows that are kept.

    >>> leaders = Leaders(("port", "first_frame"), 2)
    >>> leaders.observe(pa.table({"port": [1, 2, 3], "first_frame": [7, 8, 9]}), np.array([5, 9, 5]))
    >>> [row["port"] for row in leaders.rows()]
    [2, 1]
    """

    def __init__(self, columns: tuple[str, ...], capacity: int) -> None:
        self._columns = list(columns)
        self._capacity = capacity
        self._rows: list[tuple[int, int, Row]] = []

    def observe(self, table: pa.Table, amounts: NDArray[np.int64]) -> None:
        """Look at rows; those with a negative amount have none, and are passed over."""
        frames = integers(table, TIE).astype(np.int64)
        hopeful = amounts >= 0
        if len(self._rows) == self._capacity:
            least, latest = -self._rows[-1][0], self._rows[-1][1]
            hopeful &= (amounts > least) | ((amounts == least) & (frames < latest))
        rows = np.flatnonzero(hopeful)
        if not len(rows):
            return
        rows = rows[np.lexsort((frames[rows], -amounts[rows]))[: self._capacity]]
        found = table.select(self._columns).take(arrow_array(rows)).to_pylist()
        self._add(list(zip((-amounts[rows]).tolist(), frames[rows].tolist(), found, strict=True)))

    def merge(self, other: Leaders) -> None:
        """Look at what another has kept."""
        self._add(other._rows)

    def rows(self) -> list[Row]:
        """The rows, the greatest first."""
        return [row for _, _, row in self._rows]

    def _add(self, rows: list[tuple[int, int, Row]]) -> None:
        self._rows = sorted([*self._rows, *rows], key=lambda each: each[:2])[: self._capacity]
