"""Rows of a relation that are worth looking at one by one, found without looking at the others so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.relations import Totals, every_group
from netanatomy.tables.arrays import array_integers, arrow_array, whole


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
    groups = every_group(table, keys)
    over = groups.first[groups.sizes >= least]
    values: list[int] = table[keys[0]].take(arrow_array(over)).to_pylist()
    return sorted(set(values))


def totalled(table: pa.Table, keys: Sequence[str], column: str) -> pa.Table:
    """One row for each key with its total of a column.

    >>> totalled(pa.table({"pair": [7, 7], "count": [1, 3]}), ["pair"], "count")["count"].to_pylist()
    [4]
    """
    return Totals(tuple(keys), (column,)).reduce(table)


def over(table: pa.Table, column: str, least: float) -> pa.Table:
    """The rows whose number in a column is at least so much.

    >>> over(pa.table({"count": [1, 5]}), "count", 2).num_rows
    1
    """
    return table.filter(arrow_array(array_integers(whole(table[column])) >= least))


def among(table: pa.Table, keys: Sequence[str], wanted: pa.Table) -> pa.Table:
    """The rows whose keys are those of any row of another table.

    >>> pairs = pa.table({"pair": [7, 8, 7], "count": [1, 2, 3]})
    >>> among(pairs, ["pair"], pa.table({"pair": [7, 9]}))["count"].to_pylist()
    [1, 3]
    """
    both = pa.concat_tables([wanted.select(list(keys)), table.select(list(keys))])
    groups = every_group(both, keys)
    numbers = groups.numbers()
    meant = np.zeros(groups.count, np.bool_)
    meant[numbers[: wanted.num_rows]] = True
    return table.filter(arrow_array(meant[numbers[wanted.num_rows :]]))
