"""Rows of a table that are equal in some columns, found with NumPy: cheap for ten rows and for a million.

Arrow's own grouping costs about a millisecond however few the rows are, and brings in a large part of
Arrow when it is first used; it remains the way for columns that this module cannot read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import validity, whole
from netanatomy.tables.words import mixed, words

SAMPLE = 256
"""Rows that tell whether a table has few different keys."""

FEW_GROUPS = 64
"""Groups up to which rows are numbered by what a sample knows: a third faster than sorting hashes."""

Words = NDArray[np.uint64]
Places = NDArray[np.int64]


@frozen
class Groups:
    """Which rows are equal.

    Attributes:
        order: the rows, equal ones beside each other, those of one group in the table's order.
        starts: where in `order` each group begins.
    """

    order: Places
    starts: Places

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.starts)

    @property
    def first(self) -> Places:
        """The first row of each group."""
        return self.order[self.starts]

    @property
    def sizes(self) -> Places:
        """How many rows each group has."""
        return np.diff(self.starts, append=len(self.order))

    @property
    def rank(self) -> Places:
        """For each place in `order`, how many rows of the same group come before."""
        return np.arange(len(self.order)) - np.repeat(self.starts, self.sizes)

    def only(self, chosen: Places) -> Groups:
        """Some of the groups, by their numbers in ascending order; the other rows are left out."""
        sizes = self.sizes[chosen]
        starts = np.cumsum(sizes) - sizes
        rows = np.repeat(self.starts[chosen] - starts, sizes) + np.arange(int(sizes.sum()))
        return Groups(self.order[rows], starts)

    def numbers(self) -> Places:
        """(rows,) the number of each row's group."""
        found = np.empty(len(self.order), np.int64)
        found[self.order] = np.repeat(np.arange(self.count), self.sizes)
        return found


def grouped(table: pa.Table, columns: Sequence[str]) -> Groups | None:
    """Rows by their values in some columns; nulls are equal to each other. None where Arrow must do it.

    >>> table = pa.table({"port": pa.array([80, 53, 80])})
    >>> groups = grouped(table, ["port"])
    >>> sorted(groups.first.tolist()), sorted(groups.sizes.tolist())
    ([0, 1], [1, 2])
    """
    if not table.num_rows:
        return Groups(np.zeros(0, np.int64), np.zeros(0, np.int64))
    found: list[Words] = []
    for column in columns:
        array = whole(table[column])
        if not _readable(array.type):
            return None
        found += exact_words(array)
    if not found:
        return Groups(np.arange(table.num_rows), np.zeros(1, np.int64))
    hashes = mixed(found, table.num_rows)
    return _few(hashes, found) or _sorted(hashes, found)


def exact_words(array: pa.Array) -> list[Words]:
    """(rows,) words that are equal where, and only where, the values are; nulls are equal to each other."""
    present = validity(array)
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        codes = array.dictionary_encode().indices
        read = [codes.fill_null(-1).to_numpy().astype(np.int64).view(np.uint64)]
    else:
        read = words(array)
    if present is None:
        return read
    return [np.where(present, word, np.uint64(0)) for word in read] + [present.astype(np.uint64)]


def _readable(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_string(kind)
        or pa.types.is_binary(kind)
    )


def _few(hashes: Words, found: list[Words]) -> Groups | None:
    """The groups where they are few, as a sample tells: then there is nothing to sort but small numbers."""
    if len(hashes) < 2 * SAMPLE:
        return None
    known = np.sort(hashes[:: len(hashes) // SAMPLE])
    known = known[np.concatenate([[True], known[1:] != known[:-1]])]
    if len(known) > FEW_GROUPS:
        return None
    number = np.searchsorted(known, hashes).astype(np.uint8)
    if (known[np.minimum(number, len(known) - 1)] != hashes).any():
        return None  # the sample has missed some
    order = np.argsort(number, kind="stable")
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(number))[:-1]])
    first = order[starts]
    if any((word != word[first][number]).any() for word in found):
        return None  # different values share a hash
    return Groups(order, starts)


def _sorted(hashes: Words, found: list[Words]) -> Groups | None:
    # With the rows' numbers in the lowest bits, words are sorted and not numbers by them: that is faster.
    bits = np.uint64(max(1, (len(hashes) - 1).bit_length()))
    low = (np.uint64(1) << bits) - np.uint64(1)
    packed = hashes & ~low
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    order = (packed & low).view(np.int64)
    packed >>= bits
    new = packed[1:] != packed[:-1]
    if (mixed_up := _mixed_up(order, new, found)).any():
        # Some values share the bits that were left of their hashes: the whole hashes tell them apart.
        run = np.concatenate([np.zeros(1, np.int64), np.cumsum(new)])
        some = np.flatnonzero(np.isin(run, run[1:][mixed_up]))
        rows = order[some]
        again = np.lexsort((rows, hashes[rows], run[some]))
        order[some] = rows[again]
        inside = some[some > 0]
        new[inside - 1] = (run[inside] != run[inside - 1]) | (
            hashes[order[inside]] != hashes[order[inside - 1]]
        )
        if _mixed_up(order, new, found).any():
            return None  # the whole hashes are equal as well: somebody has made them so
    return Groups(order, np.concatenate([np.zeros(1, np.int64), np.flatnonzero(new) + 1]))


def _mixed_up(order: Places, new: NDArray[np.bool_], found: list[Words]) -> NDArray[np.bool_]:
    """(rows - 1,) where neighbours are taken for equal and are not."""
    wrong = np.zeros(len(new), np.bool_)
    same = np.flatnonzero(~new)
    if len(same):
        left, right = order[same], order[same + 1]
        for word in found:
            wrong[same] |= word[left] != word[right]
    return wrong
