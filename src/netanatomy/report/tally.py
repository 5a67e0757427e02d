"""Counting by key, in bounded memory: what the summary of a capture is made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.frozen import changeable
from netanatomy.tables.arrays import array_integers, arrow_array
from netanatomy.tables.groups import Groups
from netanatomy.tables.groups import grouped as grouped_rows
from netanatomy.tables.words import words

FEW_ROWS = 8_192
"""Rows up to which NumPy groups them: Arrow is faster beyond, but takes 0.2 s to load."""

REDUCTIONS = MappingProxyType({"sum": np.add, "min": np.minimum, "max": np.maximum})

FIRST_FRAMES = 5
"""Frame numbers that are kept as evidence, from the beginning of the capture."""

BUCKET_BITS = 16
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplying by it spreads numbers evenly (Knuth, volume 3, 6.4)."""

SIFTED_SHARE = 4
"""The part of a table that one flooded window may claim: a quarter, so that grouping stays rare."""

ROWS_OF_A_TALKER = 16
"""Rows for which a bucket is charged when it is kept: more are one talker's, and grouping joins them."""


@changeable
class Volume:
    """How much: `packets` of together `octets` on the wire."""

    packets: int = 0
    octets: int = 0

    def add(self, other: Volume) -> None:
        """Count another volume in."""
        self.packets += other.packets
        self.octets += other.octets


@changeable
class Evidence:
    """How often something was seen, and the numbers of the first frames in which it was."""

    count: int = 0
    first_frames: list[int] = field(default_factory=list)

    def add(self, frames: Iterable[int], count: int) -> None:
        """Count `count` more; `frames` are the numbers of (at least the first of) them, ascending."""
        self.count += count
        self.first_frames = sorted({*self.first_frames, *frames})[:FIRST_FRAMES]


@changeable
class Dropped:
    """What a full table no longer tells apart: entries that were given up, and their packets."""

    entries: int = 0
    packets: int = 0
    octets: int = 0


class Tally:
    """A table that sums measures by key and never holds more than `capacity` keys for long.

    When it overflows, the keys with the fewest packets are given up and counted in `dropped`, so
    that a flood with forged addresses costs its own lines and not those of the talkers. A key that
    comes back after it was given up is counted from zero, and is an entry of `dropped` each time.

    Args:
        keys: names of the key columns.
        measures: names of the summed columns, each with `sum`, `min` or `max`; `packets` and
            `octets` among them.
        capacity: keys that are kept.
        given_up: called with the rows that are given up, for who wants to count them otherwise.

    >>> tally = Tally(("port",), {"packets": "sum", "octets": "sum"}, capacity=10)
    >>> tally.add(pa.table({"port": [80, 53, 80], "packets": [1, 1, 2], "octets": [60, 70, 120]}))
    >>> tally.table().sort_by("port").to_pylist()
    [{'port': 53, 'packets': 1, 'octets': 70}, {'port': 80, 'packets': 3, 'octets': 180}]
    """

    def __init__(
        self,
        keys: tuple[str, ...],
        measures: Mapping[str, str],
        capacity: int,
        given_up: Callable[[pa.Table], None] | None = None,
    ) -> None:
        self.keys = keys
        self.measures = measures
        self.capacity = capacity
        self.dropped = Dropped()
        self._given_up = given_up
        self._seed = np.uint64(int.from_bytes(os.urandom(8), "big"))
        self._tables: list[pa.Table] = []
        self._rows = 0

    def add(self, table: pa.Table) -> None:
        """Count rows in; other columns than keys and measures are not looked at."""
        if not table.num_rows:
            return
        if table.num_rows > 2 * self.capacity:
            table = self._sifted(table)
        grouped = sum_by(table, self.keys, self.measures)
        if grouped.num_rows > self.capacity:
            grouped = self._kept(grouped, largest(numbers(grouped, "packets"), self.capacity))
        self._tables.append(grouped)
        self._rows += grouped.num_rows
        if self._rows > 3 * self.capacity:
            self._compact()

    def merge(self, other: Tally) -> None:
        """Count another tally of the same keys in."""
        for table in other._tables:
            self.add(table)
        self.dropped.entries += other.dropped.entries
        self.dropped.packets += other.dropped.packets
        self.dropped.octets += other.dropped.octets

    def table(self) -> pa.Table | None:
        """One row a key; None where nothing was counted."""
        self._compact()
        return self._tables[0] if self._tables else None

    def _compact(self) -> None:
        if not self._tables:
            return
        if len(self._tables) > 1:
            self._tables = [sum_by(pa.concat_tables(self._tables), self.keys, self.measures)]
        if self._tables[0].num_rows > self.capacity:
            packets = numbers(self._tables[0], "packets")
            self._tables = [self._kept(self._tables[0], largest(packets, self.capacity))]
        self._rows = self._tables[0].num_rows

    def _sifted(self, table: pa.Table) -> pa.Table:
        """Without the keys that have few packets, found without grouping, which is what costs time.

        Keys are thrown into buckets by a hash that nobody outside can foresee, and the heaviest buckets
        are kept. A talker makes its bucket heavy, however many rows it has.
        """
        packets = numbers(table, "packets")
        buckets = self._hashes(table) >> np.uint64(64 - BUCKET_BITS)
        weights = np.bincount(buckets.view(np.int64), weights=packets, minlength=1 << BUCKET_BITS)
        rows = np.bincount(buckets.view(np.int64), minlength=1 << BUCKET_BITS)
        heaviest = np.argsort(-weights, kind="stable")
        fits = np.cumsum(np.minimum(rows[heaviest], ROWS_OF_A_TALKER)) <= self.capacity // SIFTED_SHARE
        chosen = np.zeros(1 << BUCKET_BITS, np.bool_)
        chosen[heaviest[fits]] = True
        return self._kept(table, chosen[buckets])

    def _hashes(self, table: pa.Table) -> NDArray[np.uint64]:
        hashes = np.full(table.num_rows, self._seed, np.uint64)
        for name in self.keys:
            for word in words(table[name]):
                hashes ^= word
                hashes *= GOLDEN
                hashes ^= hashes >> np.uint64(29)
        return hashes * GOLDEN

    def _kept(self, table: pa.Table, keep: NDArray[np.bool_]) -> pa.Table:
        """The rows to keep; the others are counted as dropped."""
        self.dropped.entries += int(len(keep) - keep.sum())
        self.dropped.packets += int(numbers(table, "packets")[~keep].sum())
        self.dropped.octets += int(numbers(table, "octets")[~keep].sum())
        if self._given_up is not None:
            self._given_up(table.filter(arrow_array(~keep)))
        return table.filter(arrow_array(keep))


def sum_by(table: pa.Table, keys: tuple[str, ...], measures: Mapping[str, str]) -> pa.Table:
    """One row for each different key, its measures summed (or their least or greatest)."""
    if table.num_rows <= FEW_ROWS and all(_is_plain(table[name]) for name in measures):
        groups = grouped_rows(table, keys)
        if groups is not None and groups.count:
            return _reduced(table, groups, keys, measures)
    grouped = table.group_by(list(keys), use_threads=False).aggregate(list(measures.items()))
    summed = {f"{name}_{function}": name for name, function in measures.items()}
    named = grouped.rename_columns([summed.get(name, name) for name in grouped.column_names])
    return named.select([*keys, *measures])


def _is_plain(column: pa.ChunkedArray) -> bool:
    """Whether NumPy can sum it: whole numbers, truths or times, all of them there."""
    kind = column.type
    known = pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or pa.types.is_boolean(kind)
    return known and not column.null_count


def _plain(array: pa.Array) -> pa.Array:
    """Times and truths as whole numbers."""
    if pa.types.is_temporal(array.type):
        return array.cast(pa.int64())
    return array.cast(pa.uint8()) if pa.types.is_boolean(array.type) else array


def _reduced(table: pa.Table, groups: Groups, keys: tuple[str, ...], measures: Mapping[str, str]) -> pa.Table:
    """The same by NumPy, with the types that Arrow gives; truths are summed only."""
    # In the order in which the keys were met, as Arrow has them.
    met = np.argsort(groups.first)
    first = arrow_array(groups.first[met])
    columns = {key: table[key].combine_chunks().take(first) for key in keys}
    for name, how in measures.items():
        array = table[name].combine_chunks()
        plain = _plain(array)
        values = array_integers(plain)[groups.order]
        if how == "sum":
            values = values.astype(np.uint64 if pa.types.is_unsigned_integer(plain.type) else np.int64)
        found = arrow_array(REDUCTIONS[how].reduceat(values, groups.starts)[met])
        columns[name] = found if how == "sum" else found.cast(array.type)
    return pa.table(columns)


def numbers(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A column of numbers without nulls."""
    values: NDArray[np.int64] = table[name].to_numpy()
    return values


def largest(values: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Which are the `count` largest values; among equals the first.

    >>> largest(np.array([1, 5, 3, 5, 1]), 4).tolist()
    [True, True, True, True, False]
    """
    if len(values) <= count:
        return np.ones(len(values), np.bool_)
    least = np.partition(values, len(values) - count)[len(values) - count]
    keep: NDArray[np.bool_] = values > least
    ties = np.flatnonzero(values == least)[: count - int(keep.sum())]
    keep[ties] = True
    return keep
