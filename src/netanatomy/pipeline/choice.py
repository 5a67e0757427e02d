"""Which columns and rows of a table were asked for, and what has to be decoded to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netanatomy.report.bpf import FrameFilter
    from netanatomy.report.row_filter import RowFilter
    from netanatomy.schema.column import Column
    from netanatomy.schema.frames import FrameBatch


def chosen_columns(columns: Sequence[str] | None, known: tuple[Column, ...]) -> tuple[str, ...]:
    """The names of the columns that are wanted; None is all that are known.

    Raises:
        UsageError: one of them is not known, or there is none.
    """
    names = tuple(column.name for column in known)
    if columns is None:
        return names
    if isinstance(columns, str):
        raise UsageError("columns are a list of names, not one text")
    for name in columns:
        if name not in names:
            from netanatomy.report.row_filter import unknown_column

            raise UsageError(unknown_column(name, names))
    if not columns:
        raise UsageError("at least one column must be wanted")
    return tuple(dict.fromkeys(columns))


class RowChoice:
    """Columns and rows of a table.

    Args:
        columns: names of the columns that are wanted, in this order; None for all.
        known: the table's columns.
        filter_text: a Polars SQL expression; None for all rows.
        besides: further columns that have to be decoded.

    Attributes:
        decoded: the columns to make: those wanted, and those that are looked at.

    Raises:
        UsageError: a column is unknown, or the filter cannot be read.
    """

    def __init__(
        self,
        columns: Sequence[str] | None,
        known: tuple[Column, ...],
        filter_text: str | None,
        besides: Sequence[str] = (),
    ) -> None:
        self._wanted = chosen_columns(columns, known)
        self._rows = _row_filter(filter_text, known)
        looked_at = self._rows.needs if self._rows is not None else ()
        self.decoded = tuple(dict.fromkeys((*self._wanted, *looked_at, *besides)))

    def schema(self, table: pa.Schema) -> pa.Schema:
        """The schema of what is given out."""
        return pa.schema([table.field(name) for name in self._wanted])

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """What was asked for, of a batch that has all of `decoded`."""
        some = batch if self._rows is None else batch.filter(self._rows.mask(batch))
        return some.select(list(self._wanted)) if self.decoded != self._wanted else some


class FrameChoice:
    """The frames that a BPF filter keeps, remembered until their packets have come.

    Args:
        expression: a pcap-filter expression.

    Raises:
        UsageError: it cannot be read.
        NetanatomyError: there is no libpcap.
    """

    needs = ("frame_number",)

    def __init__(self, expression: str) -> None:
        self._filter = _frame_filter(expression)
        self._numbers = np.zeros(0, np.uint64)

    def observe(self, frames: FrameBatch) -> None:
        """Apply the filter to frames."""
        kept = np.flatnonzero(self._filter.mask(frames)) + frames.first_number
        self._numbers = np.concatenate([self._numbers, kept.astype(np.uint64)])

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of kept frames; packets come in the order of their frames."""
        rows = batch["frame_number"].to_numpy()
        found = pa.array(np.isin(rows, self._numbers))
        if len(rows):
            self._numbers = self._numbers[self._numbers >= rows[-1]]
        return batch.filter(found)


def _row_filter(text: str | None, columns: tuple[Column, ...]) -> RowFilter | None:
    if text is None:
        return None
    from netanatomy.report.row_filter import RowFilter

    return RowFilter(text, columns)


def _frame_filter(expression: str) -> FrameFilter:
    from netanatomy.report.bpf import FrameFilter

    return FrameFilter(expression)
