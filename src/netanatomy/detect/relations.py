"""What detectors keep of the tables they saw: small tables that merge, in any order, to the same.

A *relation* is a kind of table with a rule how its rows become fewer:

- `Totals`: rows with equal keys become one; numbers are added up, or the least or greatest is kept.
- `Distinct`: different values are kept for each key, up to a cap; how many more there were is estimated.
- `First`: the first few rows of each key are kept, in the order of time and frame.

All three are associative and commutative, so it makes no difference where a capture is cut, which
shard saw which row, and in which order shards are merged. A cap on the number of keys bounds what a
flood of made-up addresses can cost; what it drops is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import array_integers, arrow_array, different, whole
from netanatomy.tables.groups import Groups, grouped
from netanatomy.tables.python_rows import python_rows
from netanatomy.tables.words import mixed, words

MAXIMUM_KEYS = 131_072
"""Keys of one relation. Bounds floods of made-up addresses; what is dropped is counted in `dropped`."""

ROWS_A_KEY = 8
"""Rows of a `Distinct` relation for each key that it may have, from which on it keeps less. Bounds floods of
values; what is dropped is counted in `dropped`."""

EVERY_VALUE = 65_537
"""Values of a key that are all kept as long as there is room: each port, each address of a /16 is counted
exactly. One more than these: of as many as a cap there may have been more."""

COMPACT_ROWS = 65_536
"""Rows that are let pile up before they are reduced: reducing costs less a row when there are many."""

FEW_ROWS = 512
"""Rows of a batch that are cheaper to keep than to look through for the first of each key: done later."""

PLENTY = 8
"""Times the cap from which a key has so many rows that most of them need not be looked at."""

SAMPLE = 2_048
"""Rows that tell whether most of a table's rows differ."""

COUNTER_BITS = 16
"""Bits of a hash by which keys are counted to see whether any can have too many values."""

COUNTED_WEIGHT = 4_096
"""Weights below it are counted to find the least that stays; of greater ones there are few."""

ORDER = ("time", "frame", "depth")
"""What says which row is first. `First` relations must have these columns."""

HASH = "_hash"
TOTAL = "total"
"""Column of a `Distinct` relation's judged table: how many different values there were (see `distinct`)."""


@frozen
class Totals:
    """Rows with equal keys become one.

    Attributes:
        keys: columns that tell rows apart.
        sums: columns that are added up. The first of them is the weight: when there are too many keys,
            those with the least of it go first.
        minima: columns of which the least is kept.
        maxima: columns of which the greatest is kept.
    """

    keys: tuple[str, ...]
    sums: tuple[str, ...]
    minima: tuple[str, ...] = ()
    maxima: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in order."""
        return (*self.keys, *self.sums, *self.minima, *self.maxima)

    def reduce(self, table: pa.Table) -> pa.Table:
        """One row for each key."""
        return self.compact(table, table.num_rows)[0]

    def compact(self, table: pa.Table, keys: int) -> tuple[pa.Table, int]:
        """One row for each of so many keys, those with the most weight; and how many keys were left out."""
        measured = (*self.sums, *self.minima, *self.maxima)
        countable = all(
            pa.types.is_integer(table.schema.field(name).type) and not table[name].null_count
            for name in measured
        )
        groups = grouped(table, self.keys) if countable else None
        if groups is None:
            return self._bounded(self._by_arrow(table), keys)
        if groups.count == table.num_rows:
            return self._bounded(table.select(list(self.columns)), keys)
        left_out = max(0, groups.count - keys)
        if left_out:
            # What will not stay need not be worked out: in a flood that is the half of it.
            weights = np.add.reduceat(array_integers(whole(table[self.sums[0]]))[groups.order], groups.starts)
            first = table.select(list(self.keys)).take(arrow_array(groups.first))
            groups = groups.only(_heaviest(weights, _hashes(first, self.keys), keys))
        return self._reduced(table, groups), left_out

    def _reduced(self, table: pa.Table, groups: Groups) -> pa.Table:
        taken = groups.first
        first = arrow_array(taken)
        arrays = [whole(table[name]).take(first) for name in self.keys]
        # Most groups of a flood are single rows, which are what they are.
        several = np.flatnonzero(groups.sizes > 1)
        inside = groups.only(several) if len(several) < groups.count else groups
        for names, how in ((self.sums, np.add), (self.minima, np.minimum), (self.maxima, np.maximum)):
            for name in names:
                values = array_integers(whole(table[name]))
                wide = np.dtype(np.int64) if how is np.add else values.dtype
                found = values[taken].astype(wide, copy=False)
                if len(several):
                    found[several] = how.reduceat(
                        values[inside.order].astype(wide, copy=False), inside.starts
                    )
                arrays.append(arrow_array(found).cast(table.schema.field(name).type))
        return pa.Table.from_arrays(arrays, names=list(self.columns))

    def _by_arrow(self, table: pa.Table) -> pa.Table:
        asked = [
            *((name, "sum") for name in self.sums),
            *((name, "min") for name in self.minima),
            *((name, "max") for name in self.maxima),
        ]
        grouped = table.group_by(list(self.keys), use_threads=False).aggregate(asked)
        arrays = [grouped[name] for name in self.keys] + [grouped[f"{name}_{how}"] for name, how in asked]
        return pa.Table.from_arrays(
            [
                array.cast(table.schema.field(name).type)
                for name, array in zip(self.columns, arrays, strict=True)
            ],
            names=list(self.columns),
        )

    def _bounded(self, table: pa.Table, keys: int) -> tuple[pa.Table, int]:
        if table.num_rows <= keys:
            return table, 0
        weights = array_integers(whole(table[self.sums[0]]))
        heaviest = _heaviest(weights, _hashes(table, self.keys), keys)
        return table.take(arrow_array(heaviest)), table.num_rows - keys


@frozen
class Distinct:
    """Different values for each key.

    Attributes:
        keys: columns that say whose values they are.
        values: columns that together are a value.
        cap: values kept for each key. Those with the least hashes are kept, so that the same ones stay
            whatever comes in which order, and the number of all can be estimated from them.
        roomy: values kept for each key instead, if more, until all keys together have no room for so many;
            from then on it is `cap` for each.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]
    cap: int = 1_024
    roomy: int = 0

    @property
    def most(self) -> int:
        """Values kept for each key while there is room; a key that has as many may have had more."""
        return max(self.cap, self.roomy)

    @property
    def crowded(self) -> Distinct:
        """The same where there is no room any more."""
        return Distinct(self.keys, self.values, self.cap) if self.roomy else self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in order."""
        return (*self.keys, *self.values)

    def reduce(self, table: pa.Table) -> pa.Table:
        """Each value once, and no more than the cap for each key."""
        plain = table.select(list(self.columns))
        crowd = self._crowd(plain)
        if crowd <= self.most:
            return _unique(plain)
        if crowd <= PLENTY * self.most or not _mostly_different(plain):
            return self._least(_unique(plain))
        # Of a key with plenty of rows, those with the least hashes are enough, unless they say the same.
        groups, hashes = every_group(plain, self.keys), _hashes(plain, self.values)
        large = groups.sizes > PLENTY * self.most
        numbers = groups.numbers()
        limits = (PLENTY / 2 * self.most / np.maximum(groups.sizes, PLENTY * self.most) * 2.0**64).astype(
            np.uint64
        )
        mine = large[numbers]
        likely = self._least(
            _unique(plain.take(arrow_array(np.flatnonzero(mine & (hashes <= limits[numbers])))))
        )
        sizes = every_group(likely, self.keys).sizes
        if len(sizes) < large.sum() or (sizes < self.most).any():
            return self._least(_unique(plain))
        others = self._least(_unique(plain.take(arrow_array(np.flatnonzero(~mine)))))
        return pa.concat_tables([likely, others]).combine_chunks()

    def _crowd(self, table: pa.Table) -> int:
        """No key has more rows than this: keys that share a counter make it too great, never too small."""
        if table.num_rows <= self.most:
            return int(table.num_rows)
        counters = _hashes(table, self.keys) >> np.uint64(64 - COUNTER_BITS)
        return int(np.bincount(counters.view(np.int64)).max())

    def _least(self, unique: pa.Table) -> pa.Table:
        """No more rows for each key than the cap: those with the least hashes."""
        if self._crowd(unique) <= self.most:
            return unique
        groups = every_group(unique, self.keys)
        if groups.sizes.max() <= self.most:
            return unique
        # Of the groups that are too large, those with the least hashes; the others are left alone.
        numbers = groups.numbers()
        large = np.flatnonzero(groups.sizes[numbers] > self.most)
        hashes = _hashes(unique.take(arrow_array(large)), self.values)
        order = np.lexsort((hashes, numbers[large]))
        ordered = numbers[large][order]
        begin = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        rank = np.arange(len(order)) - np.repeat(begin, np.diff(begin, append=len(order)))
        stays = np.ones(unique.num_rows, np.bool_)
        stays[large[order[rank >= self.most]]] = False
        return unique.take(arrow_array(np.flatnonzero(stays)))

    def compact(self, table: pa.Table, keys: int) -> tuple[pa.Table, int]:
        """The same of the keys with the most values, where there are more rows than there may be.

        Returns:
            The table, and how many rows were left out.
        """
        reduced = self.reduce(table)
        if reduced.num_rows <= keys * ROWS_A_KEY:
            return reduced, 0
        bounded = self.crowded._least(self._bounded(reduced, keys))
        return bounded, reduced.num_rows - bounded.num_rows

    def _bounded(self, table: pa.Table, keys: int) -> pa.Table:
        groups = every_group(table, self.keys)
        hashes = _hashes(table.select(list(self.keys)).take(arrow_array(groups.first)), self.keys)
        stays = np.zeros(groups.count, np.bool_)
        stays[_heaviest(groups.sizes, hashes, max(1, keys // 4))] = True
        return table.take(arrow_array(np.flatnonzero(stays[groups.numbers()])))


@frozen
class First:
    """The first few rows of each key, in the order of time and frame; they become evidence.

    Attributes:
        keys: columns that say whose rows they are.
        others: further columns that are kept.
        first: rows kept for each key.
    """

    keys: tuple[str, ...]
    others: tuple[str, ...] = ()
    first: int = 5

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in order."""
        return (*self.keys, *ORDER, *self.others)

    def reduce(self, table: pa.Table) -> pa.Table:
        """The first rows of each key."""
        wanted = table.select(list(self.columns))
        if not wanted.num_rows:
            return wanted
        numbers = every_group(wanted, self.keys).numbers()
        depth, frame, time = (array_integers(whole(wanted[name])) for name in reversed(ORDER))
        order = np.lexsort((depth, frame, time, numbers))
        same = np.ones(len(order) - 1, np.bool_)
        for values in (depth, frame, time, numbers):
            same &= values[order[1:]] == values[order[:-1]]
        if same.any():
            # Ties are broken by every other column: in which order rows came in must make no difference.
            by = [(name, "ascending") for name in (*ORDER, *self.others)]
            unique = _unique(wanted)
            return _first_of_each(unique.take(pc.sort_indices(unique, sort_keys=by)), self.keys, self.first)
        ordered = numbers[order]
        begin = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        rank = np.arange(len(order)) - np.repeat(begin, np.diff(begin, append=len(order)))
        return wanted.take(arrow_array(np.sort(order[rank < self.first])))

    def pruned(self, table: pa.Table) -> pa.Table:
        """The first rows of each key of a batch: cheap where it is in the order of time, as packets are."""
        if table.num_rows <= max(self.first, FEW_ROWS):
            return table
        time, frame = (array_integers(whole(table[name])) for name in ("time", "frame"))
        ordered = (time[1:] > time[:-1]) | ((time[1:] == time[:-1]) & (frame[1:] > frame[:-1]))
        return _first_of_each(table, self.keys, self.first) if ordered.all() else self.reduce(table)

    def compact(self, table: pa.Table, keys: int) -> tuple[pa.Table, int]:
        """The same of the rows that came first, where there are too many; and how many were left out."""
        reduced, limit = self.reduce(table), keys * self.first
        if reduced.num_rows <= limit:
            return reduced, 0
        order = pc.sort_indices(reduced, sort_keys=[(name, "ascending") for name in ORDER])
        return reduced.take(order[:limit]), reduced.num_rows - limit


Relation: TypeAlias = Totals | Distinct | First
Relations: TypeAlias = Mapping[str, Relation]
Row: TypeAlias = dict[str, Any]
"""A row as Python values: addresses are octets, times ns since 1970."""


class Summary:
    """What one detector keeps: its relations, filled.

    Args:
        relations: what there is, by name.
        keys: cap on keys of each relation.
    """

    def __init__(self, relations: Relations, keys: int = MAXIMUM_KEYS) -> None:
        self._relations = relations
        self._keys = keys
        self._parts: dict[str, list[pa.Table]] = {name: [] for name in relations}
        self._rows: dict[str, int] = dict.fromkeys(relations, 0)
        self._due: dict[str, int] = dict.fromkeys(relations, COMPACT_ROWS)
        self.dropped: dict[str, int] = dict.fromkeys(relations, 0)

    def add(self, name: str, table: pa.Table) -> None:
        """Take in rows; the table has at least the relation's columns."""
        if not table.num_rows:
            return
        relation = self._relations[name]
        part = table.select(list(relation.columns))
        if isinstance(relation, First):
            part = relation.pruned(part)
        self._parts[name].append(part)
        self._rows[name] += part.num_rows
        if self._rows[name] > self._due[name]:
            self._compact(name)

    def merge(self, other: Summary) -> Summary:
        """Take in what another summary of the same detector holds."""
        for name in self._relations:
            for part in other._parts[name]:
                self._parts[name].append(part)
                self._rows[name] += part.num_rows
            self.dropped[name] += other.dropped[name]
            if self._rows[name] > self._due[name]:
                self._compact(name)
        return self

    def __contains__(self, name: str) -> bool:
        """Whether a relation has any rows."""
        return bool(self._rows[name])

    @property
    def empty(self) -> bool:
        """Whether nothing was kept at all."""
        return not any(self._rows.values())

    def __getitem__(self, name: str) -> pa.Table:
        """A relation's rows, reduced and sorted by its columns; a table without columns if it has none."""
        if not self._rows[name]:
            return pa.Table.from_arrays([], names=[])
        self._compact(name)
        (table,) = self._parts[name]
        order = [(column, "ascending") for column in self._relations[name].columns]
        return table.take(pc.sort_indices(table, sort_keys=order))

    def rows(self, name: str) -> list[Row]:
        """A relation's rows as Python values; for relations that stay small."""
        return python_rows(self[name])

    def groups(self, name: str, *keys: str) -> dict[tuple[Any, ...], list[Row]]:
        """A relation's rows by the values of some columns; for relations that stay small."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows(name):
            found.setdefault(tuple(row[key] for key in keys), []).append(row)
        return found

    def counted(self, name: str) -> pa.Table:
        """The keys of a `Distinct` relation with the column `total`: how many different values each has.

        Exact up to the relation's cap, estimated beyond it (k least hashes; Beyer et al. 2007): the
        standard error is 1/sqrt(cap - 2), 3 % at 1,024. Such a number is for thresholds; what is told of it
        is what `exact` allows.
        """
        table = self[name]
        relation = self._distinct(name)
        if not table.num_rows:
            return table
        groups = every_group(table, relation.keys)
        kept, hashes = groups.sizes, _hashes(table, relation.values)
        greatest = np.maximum.reduceat(hashes[groups.order], groups.starts).astype(np.float64) / 2.0**64
        estimate = (relation.most - 1) / np.maximum(greatest, 1e-18)
        total = np.where(kept < relation.most, kept, np.maximum(estimate, relation.most)).astype(np.int64)
        order = np.argsort(groups.first)  # the rows are sorted, and so are their keys
        counted = table.select(list(relation.keys)).take(arrow_array(groups.first[order]))
        return counted.append_column(TOTAL, arrow_array(total[order]))

    def exact(self, name: str, values: int = 0) -> bool:
        """Whether a relation holds all that it was given; a `Distinct` one, all of a key with so many values.

        What is not exact is told as a lower bound (see `quantities.py`).
        """
        if len(self._parts[name]) > 1:
            self._compact(name)
        relation = self._relations[name]
        return not self.dropped[name] and not (isinstance(relation, Distinct) and values >= relation.most)

    def _distinct(self, name: str) -> Distinct:
        """A relation of different values, as it keeps them by now."""
        relation = self._relations[name]
        if not isinstance(relation, Distinct):
            raise TypeError(f"{name} does not hold distinct values")
        # Sets that were cut once are cut from then on: so it makes no difference when that was.
        return relation.crowded if self.dropped[name] else relation

    def _compact(self, name: str) -> None:
        table = _joined(self._parts[name])
        self._parts[name] = []  # the parts are in the table now: not both at once
        relation = self._relations[name]
        relation = self._distinct(name) if isinstance(relation, Distinct) else relation
        bounded, dropped = relation.compact(table, self._keys)
        self.dropped[name] += dropped
        self._parts[name] = [bounded]
        self._rows[name] = bounded.num_rows
        self._due[name] = max(COMPACT_ROWS, 2 * bounded.num_rows)


def every_group(table: pa.Table, columns: Sequence[str]) -> Groups:
    """Rows by their values in some columns, found by Arrow where it must be."""
    found = grouped(table, columns)
    if found is not None:
        return found
    places = table.select(list(columns)).append_column(HASH, arrow_array(np.arange(table.num_rows)))
    listed = places.group_by(list(columns), use_threads=False).aggregate([(HASH, "list")])[f"{HASH}_list"]
    lists = whole(listed)
    offsets = array_integers(lists.offsets).astype(np.int64)
    return Groups(
        array_integers(lists.values)[offsets[0] : offsets[-1]].astype(np.int64), offsets[:-1] - offsets[0]
    )


def _mostly_different(table: pa.Table) -> bool:
    """Whether most rows of a sample differ."""
    some = table.take(arrow_array(np.arange(0, table.num_rows, -(-table.num_rows // SAMPLE))))
    return bool(len(different(_hashes(some, table.column_names))) * 2 > some.num_rows)


def _unique(table: pa.Table) -> pa.Table:
    """Each row once."""
    groups = every_group(table, table.column_names)
    if groups.count == table.num_rows:
        return table
    stays = np.zeros(table.num_rows, np.bool_)
    stays[groups.first] = True
    return table.filter(arrow_array(stays))


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    """Parts as one table; numbers that came in several widths get that of the first part."""
    schema = parts[0].schema
    return pa.concat_tables(
        [part if part.schema.equals(schema) else part.cast(schema) for part in parts]
    ).combine_chunks()


def _first_of_each(table: pa.Table, keys: Sequence[str], first: int) -> pa.Table:
    """The first rows of each key, in the order in which the table has them."""
    groups = every_group(table, keys)
    some = groups.order[groups.rank < first]
    return table if len(some) == table.num_rows else table.take(arrow_array(np.sort(some)))


def _heaviest(weights: NDArray[np.integer[Any]], hashes: NDArray[np.uint64], count: int) -> NDArray[np.int64]:
    """Rows with the most weight, ascending; of equal ones those with the least hashes: none is favoured."""
    if len(weights) <= count:
        return np.arange(len(weights))
    # Most weights of a flood are equal, which no partition likes; small ones are counted.
    counts = np.bincount(np.clip(weights, 0, COUNTED_WEIGHT).astype(np.int64), minlength=COUNTED_WEIGHT + 1)
    least = int(np.flatnonzero(np.cumsum(counts[::-1]) >= count)[0])
    limit = COUNTED_WEIGHT - least
    if limit in (0, COUNTED_WEIGHT):
        limit = np.partition(weights, len(weights) - count)[len(weights) - count]
    above, equal = np.flatnonzero(weights > limit), np.flatnonzero(weights == limit)
    if (rest := count - len(above)) < len(equal):
        equal = equal[_least(hashes[equal], rest)]
    return np.sort(np.concatenate([above, equal]))


def _least(hashes: NDArray[np.uint64], count: int) -> NDArray[np.int64]:
    """Places of the least hashes, found by counting their first bits: three times as fast as a partition."""
    first = (hashes >> np.uint64(64 - COUNTER_BITS)).view(np.int64)
    counts = np.cumsum(np.bincount(first, minlength=1 << COUNTER_BITS))
    last = int(np.searchsorted(counts, count))  # the bits up to which they are enough
    sure, maybe = np.flatnonzero(first < last), np.flatnonzero(first == last)
    among = np.argsort(hashes[maybe], kind="stable")[: count - len(sure)]
    return np.concatenate([sure, maybe[among]])


def _hashes(table: pa.Table, columns: Iterable[str]) -> NDArray[np.uint64]:
    """(rows,) a 64-bit hash of some columns."""
    return mixed((word for column in columns for word in words(table[column])), table.num_rows)
