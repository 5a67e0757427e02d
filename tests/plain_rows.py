"""Rows of tables as Python values, times as numbers of nanoseconds: Python's own hold microseconds."""

from __future__ import annotations

import pyarrow as pa


def plain_rows(table: pa.RecordBatch | pa.Table) -> list[dict[str, object]]:
    """Every row as a dictionary."""
    arrays = [
        column.cast(pa.int64())
        if pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)
        else column
        for column in table.columns
    ]
    made = type(table).from_arrays(arrays, names=table.schema.names)
    rows: list[dict[str, object]] = made.to_pylist()
    return rows
