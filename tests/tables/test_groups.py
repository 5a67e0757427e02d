"""Grouping against Python's own dictionaries, also where hashes are made to collide."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.tables import groups
from netanatomy.tables.groups import grouped
from netanatomy.tables.words import BLOCK, mixed

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 5)),
        st.sampled_from([None, "", "a", "b"]),
        st.one_of(st.none(), st.sampled_from([bytes(6), b"\0\0\0\0\0\1"])),
        st.booleans(),
    ),
    max_size=60,
)
COLUMNS = ("number", "text", "mac", "truth")


def table(rows: list[tuple[int | None, str | None, bytes | None, bool]]) -> pa.Table:
    types = (pa.uint16(), pa.string(), pa.binary(6), pa.bool_())
    arrays = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(types)]
    return pa.Table.from_arrays(arrays, names=list(COLUMNS))


@settings(deadline=None, max_examples=80)
@given(ROWS, st.integers(1, len(COLUMNS)))
def test_groups_against_a_dictionary(
    rows: list[tuple[int | None, str | None, bytes | None, bool]], columns: int
) -> None:
    expected: dict[object, list[int]] = {}
    for place, row in enumerate(rows):
        expected.setdefault(row[:columns], []).append(place)
    found = grouped(table(rows), COLUMNS[:columns])
    assert found is not None
    parts = np.split(found.order, found.starts[1:]) if rows else []
    # Rows of one group keep the table's order.
    assert sorted(part.tolist() for part in parts) == sorted(expected.values())
    assert found.sizes.tolist() == [len(part) for part in parts]
    assert [found.order[at] for at in found.starts] == found.first.tolist()


def test_hashes_that_share_bits_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(columns: Iterable[NDArray[np.uint64]], rows: int) -> NDArray[np.uint64]:
        (words,) = columns  # small numbers: they differ only in bits that the rows' numbers take
        return words.copy()

    monkeypatch.setattr(groups, "mixed", alike)
    keys = np.arange(5_000) % 400
    found = grouped(pa.table({"key": pa.array(keys)}), ["key"])
    assert found is not None
    assert found.count == 400
    assert all(len(set(keys[part])) == 1 for part in np.split(found.order, found.starts[1:]))


def test_equal_hashes_of_different_values_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(columns: Iterable[NDArray[np.uint64]], rows: int) -> NDArray[np.uint64]:
        return np.zeros(rows, np.uint64)

    monkeypatch.setattr(groups, "mixed", same)
    assert grouped(pa.table({"key": pa.array([1, 2, 1])}), ["key"]) is None
    assert grouped(pa.table({"key": pa.array(np.arange(2_000) % 3)}), ["key"]) is None


@pytest.mark.parametrize("keys", [1, 2, groups.FEW_GROUPS, groups.FEW_GROUPS + 1])
@pytest.mark.parametrize("rare", [0, 1, 7])
def test_few_groups_are_found_without_sorting_and_none_is_missed(keys: int, rare: int) -> None:
    numbers = np.random.default_rng(keys).integers(0, keys, 3_000)
    numbers[1_001 : 1_001 + rare] = 10_000 + np.arange(rare)  # what a sample may miss
    found = grouped(pa.table({"key": numbers, "same": np.zeros(3_000, np.int64)}), ["key", "same"])
    assert found is not None
    parts = np.split(found.order, found.starts[1:])
    different = {int(number): np.flatnonzero(numbers == number).tolist() for number in np.unique(numbers)}
    assert sorted(part.tolist() for part in parts) == sorted(different.values())


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.sets(st.integers(0, 9)))
def test_some_groups_are_the_same_without_the_others(rows: list[int], wanted: set[int]) -> None:
    every = grouped(pa.table({"key": rows}), ["key"])
    assert every is not None
    chosen = np.array(sorted(number for number in wanted if number < every.count), np.int64)
    some = every.only(chosen)
    parts = np.split(every.order, every.starts[1:])
    assert some.sizes.tolist() == every.sizes[chosen].tolist()
    assert some.order.tolist() == [row for number in chosen.tolist() for row in parts[number].tolist()]


def test_reals_are_left_to_arrow() -> None:
    assert grouped(pa.table({"key": pa.array([1.0, 2.0])}), ["key"]) is None


def test_a_hash_does_not_depend_on_how_many_rows_there_are() -> None:
    word = np.arange(BLOCK + 5, dtype=np.uint64)
    assert (mixed([word], len(word))[-5:] == mixed([word[-5:]], 5)).all()
