"""Rows of a relation that are worth looking at one by one, found without looking at the others so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def selected(table: pa.Table, column: str, values: Sequence[int]) -> pa.Table:
    """The rows whose column has one of some values; of a table without columns, none.

    >>> selected(pa.table({"pair": [1, 2, 2], "port": [80, 22, 23]}), "pair", [2]).num_rows
    2
    >>> selected(pa.table({}), "pair", [2]).num_rows
    0
    """
    if not table.num_rows:
        return table
    return table.filter(pc.is_in(table[column], pa.array(values, table[column].type)))


def keys_over(table: pa.Table, keys: Sequence[str], least: int) -> list[int]:
    """Values of the first key for which rows with equal keys are at least so many.

    >>> keys_over(pa.table({"pair": [7, 7, 8], "hour": [1, 1, 1]}), ("pair", "hour"), 2)
    [7]
    """
    places = table.select(list(keys)).append_column("_rows", pa.array(np.ones(table.num_rows, np.int64)))
    counted = places.group_by(list(keys), use_threads=False).aggregate([("_rows", "sum")])
    over = counted.filter(pc.greater_equal(counted["_rows_sum"], least))
    values: list[int] = pc.unique(over[keys[0]]).to_pylist()
    return sorted(values)
