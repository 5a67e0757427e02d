"""The connection table as people and programs read it: which columns, in which order, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.report.document import Table
from netanatomy.report.packet_lines import NUMBERS, cells_of
from netanatomy.report.text_columns import text_array
from netanatomy.report.units import count, duration, volume
from netanatomy.schema.column import Column, Kind
from netanatomy.tables.arrays import array_integers, arrow_array, integers, validity

Amounts: TypeAlias = NDArray[np.int64] | NDArray[np.float64]

DEFAULT_COLUMNS = (
    "ts",
    "uid",
    "proto",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "history",
)
"""What text, CSV and JSON lines show unless columns are named: who called whom, and how it went."""

TERMINAL_COLUMNS = (
    "ts",
    "proto",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "history",
)
"""The same on a terminal, which is narrow."""

MAXIMUM_DRAWN = 1000
"""Rows of a table on a terminal: a table is drawn when its widths are known, so its rows are kept."""

SORTS = {
    "ts": ("ts",),
    "duration": ("duration",),
    "bytes": ("orig_bytes", "resp_bytes"),
    "packets": ("orig_pkts", "resp_pkts"),
}
"""What rows can be ordered by: the sum of these columns. Times ascend, amounts descend."""

TIE = "first_frame"
"""Breaks ties, so that the same packets give the same order."""


def columns_to_sort(by: str | None) -> tuple[str, ...]:
    """The columns that sorting looks at.

    >>> columns_to_sort("bytes"), columns_to_sort(None)
    (('orig_bytes', 'resp_bytes', 'first_frame'), ())
    """
    return () if by is None else (*SORTS[by], TIE)


def chosen(batches: Iterable[pa.RecordBatch], by: str | None, first: int | None) -> Iterator[pa.RecordBatch]:
    """Rows in order, the first of them.

    Without `by` rows come as connections end, and nothing is kept. With `by` and `first` no more
    than twice `first` rows and one batch are kept; with `by` alone all of them.

    Args:
        batches: record batches with the columns of `columns_to_sort`.
        by: a key of SORTS.
        first: how many rows; None for all.
    """
    if by is None:
        yield from _cut(batches, first)
        return
    kept: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        kept.append(batch)
        rows += batch.num_rows
        if first is not None and rows > 2 * first:
            kept = [_sorted(kept, by).slice(0, first)]
            rows = kept[0].num_rows
    if kept:
        yield from _cut([_sorted(kept, by)], first)


def terminal_table(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...]) -> Table:
    """The first MAXIMUM_DRAWN rows as a table, with volumes and times in handy units."""
    rows: list[tuple[str, ...]] = []
    more = 0
    for batch in batches:
        shown = batch.slice(0, MAXIMUM_DRAWN - len(rows))
        more += batch.num_rows - shown.num_rows
        cells = [_handy(shown, column) for column in columns]
        rows.extend(zip(*cells, strict=True))
    headings = tuple(f">{each.name}" if each.kind in NUMBERS else each.name for each in columns)
    note = f"{count(more)} more connections (see --first, --sort, --filter and -o)" if more else ""
    return Table("", headings, tuple(rows), note or ("" if rows else "no connections"))


def _handy(batch: pa.RecordBatch, column: Column) -> list[str]:
    array = batch[column.name]
    if column.kind is Kind.DURATION:
        lengths = array.view(pa.int64()).to_pylist()
        return ["-" if length is None else duration(length) for length in lengths]
    if column.unit == "octets" and column.kind is Kind.U64:
        return ["-" if octets is None else volume(octets) for octets in array.to_pylist()]
    if column.kind is Kind.TIME:
        # To the microsecond: more does not fit beside the rest.
        return [text[:26].replace("T", " ") for text in cells_of(text_array(batch, column))]
    return cells_of(text_array(batch, column))


def _cut(batches: Iterable[pa.RecordBatch], first: int | None) -> Iterator[pa.RecordBatch]:
    if first is None:
        yield from batches
        return
    for batch in batches:
        yield batch.slice(0, first)
        first -= batch.num_rows
        if first <= 0:
            return


def _sorted(batches: list[pa.RecordBatch], by: str) -> pa.RecordBatch:
    """All rows as one batch, in order; rows that lack what they are ordered by come last."""
    table = pa.Table.from_batches(batches).unify_dictionaries()
    amounts, missing = _amounts(table, SORTS[by])
    order = np.lexsort((integers(table, TIE), amounts if by == "ts" else -amounts, missing))
    ordered = table.take(arrow_array(order)).combine_chunks()
    columns = [column.combine_chunks() for column in ordered.columns]
    return pa.RecordBatch.from_arrays(columns, schema=ordered.schema)


def _amounts(table: pa.Table, names: tuple[str, ...]) -> tuple[Amounts, NDArray[np.bool_]]:
    """The sum of some columns, and where none of them has a value."""
    columns = [table[name].combine_chunks() for name in names]
    missing = np.ones(table.num_rows, np.bool_)
    for column in columns:
        present = validity(column)
        missing &= False if present is None else ~present
    if pa.types.is_temporal(columns[0].type):
        return array_integers(columns[0].view(pa.int64())).astype(np.int64), missing
    # Sums of two 64-bit numbers; a capture has no amounts that a float would not tell apart.
    return np.sum([array_integers(column).astype(np.float64) for column in columns], axis=0), missing
