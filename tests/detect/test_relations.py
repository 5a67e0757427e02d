"""Relations against naive oracles, whatever is cut and merged in which order."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.detect import relations
from netanatomy.detect.relations import Distinct, First, Summary, Totals

RELATIONS = {
    "totals": Totals(("key", "address"), ("count", "octets"), ("start",), ("end",)),
    "distinct": Distinct(("key",), ("value", "address"), 16),
    "first": First(("key",), ("value",), 3),
}

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(0, 1_000), st.integers(0, 3)), max_size=200
)


def table(rows: list[tuple[int, int, int, int]]) -> pa.Table:
    """Rows of key, value, time and depth; the address follows from the value."""
    count = len(rows)
    return pa.table(
        {
            "key": pa.array([row[0] for row in rows], pa.uint16()),
            "value": pa.array([row[1] for row in rows], pa.int64()),
            "address": pa.array([bytes([row[1] % 7] * 16) for row in rows], pa.binary(16)),
            "count": pa.array(np.ones(count, np.int64)),
            "octets": pa.array([row[1] for row in rows], pa.int64()),
            "start": pa.array([row[2] for row in rows], pa.int64()),
            "end": pa.array([row[2] for row in rows], pa.int64()),
            "time": pa.array([row[2] for row in rows], pa.int64()),
            "frame": pa.array([row[2] * 10 + row[3] for row in rows], pa.uint64()),
            "depth": pa.array([row[3] for row in rows], pa.uint8()),
        }
    )


def summary(rows: list[tuple[int, int, int, int]]) -> Summary:
    found = Summary(RELATIONS)
    for name in RELATIONS:
        found.add(name, table(rows))
    return found


@settings(deadline=None, max_examples=60)
@given(ROWS, st.lists(st.integers(0, 3), min_size=200, max_size=200), st.permutations(range(4)))
def test_cut_and_merged_in_any_order_it_is_the_same(
    rows: list[tuple[int, int, int, int]], shards: list[int], order: list[int]
) -> None:
    whole = summary(rows)
    parts = [
        summary([row for row, shard in zip(rows, shards, strict=False) if shard == number])
        for number in order
    ]
    merged = Summary(RELATIONS)
    for part in parts:
        merged.merge(part)
    for name in RELATIONS:
        assert merged[name].equals(whole[name]), name


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_totals_against_a_loop(rows: list[tuple[int, int, int, int]]) -> None:
    count: Counter[tuple[int, bytes]] = Counter()
    times = defaultdict(list)
    for key, value, time, _ in rows:
        count[key, bytes([value % 7] * 16)] += 1
        times[key, bytes([value % 7] * 16)].append(time)
    found = {(row["key"], row["address"]): row for row in summary(rows).rows("totals")}
    assert {key: row["count"] for key, row in found.items()} == dict(count)
    assert {key: (row["start"], row["end"]) for key, row in found.items()} == {
        key: (min(moments), max(moments)) for key, moments in times.items()
    }


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_first_rows_against_sorting(rows: list[tuple[int, int, int, int]]) -> None:
    expected = defaultdict(set)
    for key, value, time, depth in rows:
        expected[key].add((time, time * 10 + depth, depth, value))
    found = defaultdict(list)
    for row in summary(rows).rows("first"):
        found[row["key"]].append((row["time"], row["frame"], row["depth"], row["value"]))
    assert {key: sorted(got) for key, got in found.items()} == {
        key: sorted(values)[:3] for key, values in expected.items()
    }


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_distinct_values_are_counted_exactly_up_to_the_cap(rows: list[tuple[int, int, int, int]]) -> None:
    values = defaultdict(set)
    for key, value, _, _ in rows:
        values[key].add(value)
    found = {row["key"]: row["total"] for row in summary(rows).counted("distinct").to_pylist()}
    assert set(found) == set(values)
    for key, different in values.items():
        if len(different) < 16:
            assert found[key] == len(different)
        else:
            assert found[key] >= 16


def test_beyond_the_cap_the_number_is_estimated() -> None:
    many = Summary({"distinct": Distinct(("key",), ("value",), 1_024)})
    for start in range(0, 200_000, 20_000):
        values = np.arange(start, start + 20_000)
        many.add("distinct", pa.table({"key": np.zeros(20_000, np.int64), "value": values}))
    (row,) = many.counted("distinct").to_pylist()
    assert row["total"] == pytest.approx(200_000, rel=0.12)  # four standard errors at 1,024
    assert many["distinct"].num_rows == 1_024


def test_a_flood_of_keys_costs_no_more_than_the_cap_and_the_heaviest_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relations, "COMPACT_ROWS", 500)
    flood = Summary({"totals": Totals(("key",), ("count",))}, keys=100)
    for start in range(0, 10_000, 500):
        keys = np.concatenate([np.arange(start + 100, start + 600), np.full(50, 7)])
        flood.add("totals", pa.table({"key": keys, "count": np.ones(550, np.int64)}))
    rows = flood.rows("totals")
    assert len(rows) <= 100
    assert {"key": 7, "count": 1_000} in rows
    assert flood.dropped["totals"] >= 9_000


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 12))
def test_what_stays_under_a_cap_is_what_reducing_all_would_give(
    rows: list[tuple[int, int, int, int]], keys: int
) -> None:
    totals = Totals(("value", "depth"), ("count", "octets"), ("start",), ("end",))
    every = {(row["value"], row["depth"]): row for row in totals.reduce(table(rows)).to_pylist()}
    kept, left_out = totals.compact(table(rows), keys)
    found = {(row["value"], row["depth"]): row for row in kept.to_pylist()}
    assert len(found) + left_out == len(every)
    assert all(every[key] == row for key, row in found.items())
    weights = sorted((row["count"] for row in every.values()), reverse=True)
    assert sorted((row["count"] for row in found.values()), reverse=True) == weights[: len(found)]
    assert len(found) == min(keys, len(every))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=300), st.data())
def test_the_least_hashes_are_found_without_sorting(hashes: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(hashes)))
    found = relations._least(np.array(hashes, np.uint64), count)
    assert sorted(hashes[place] for place in found.tolist()) == sorted(hashes)[:count]
    assert len(set(found.tolist())) == count


def test_a_flood_of_keys_with_one_value_leaves_the_ones_with_many() -> None:
    flood = Summary({"distinct": Distinct(("key",), ("value",))}, keys=8)
    keys = np.concatenate([np.arange(10, 510), np.full(40, 3)])
    flood.add("distinct", pa.table({"key": keys, "value": np.arange(540)}))
    rows = flood.rows("distinct")
    assert len([row for row in rows if row["key"] == 3]) == 40
    assert flood.dropped["distinct"] > 400


def test_text_and_nulls_are_keys_too() -> None:
    kinds = Summary({"distinct": Distinct(("key",), ("name",), 2)})
    names = pa.array(["a", None, "b", "a", "c", None], pa.string())
    kinds.add("distinct", pa.table({"key": np.zeros(6, np.int64), "name": names}))
    assert len(kinds["distinct"]) == 2


def test_nothing_kept_is_empty() -> None:
    nothing = Summary(RELATIONS)
    assert nothing.empty
    assert "totals" not in nothing
    assert nothing.rows("totals") == []
    assert nothing.counted("distinct").num_rows == 0
    with pytest.raises(TypeError):
        nothing.counted("totals")


def roomy(keys: int) -> Summary:
    return Summary({"distinct": Distinct(("key",), ("value",), 16, 1_000)}, keys)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90)), max_size=300),
    st.lists(st.integers(0, 3), min_size=300, max_size=300),
    st.permutations(range(4)),
    st.integers(0, 40),
)
def test_where_room_ends_makes_no_difference_to_cuts(
    rows: list[tuple[int, int]], shards: list[int], order: list[int], keys: int
) -> None:
    """Four keys with up to 91 values each, and room for eight times `keys`: exact, or the least hashes."""
    keys = max(16, keys)  # light keys are forgotten where there are more than a quarter of these
    whole = roomy(keys)
    columns = {"key": [row[0] for row in rows], "value": [row[1] for row in rows]}
    whole.add("distinct", pa.table(columns))
    merged = roomy(keys)
    for number in order:
        part = roomy(keys)
        some = [row for row, shard in zip(rows, shards, strict=False) if shard == number]
        part.add("distinct", pa.table({"key": [row[0] for row in some], "value": [row[1] for row in some]}))
        merged.merge(part)
    assert merged["distinct"].equals(whole["distinct"])
    different = set(rows)
    fits = len(different) <= keys * 8
    assert whole.exact("distinct") == (fits or whole["distinct"].num_rows == len(different))
    if fits:
        assert {(row["key"], row["value"]) for row in whole.rows("distinct")} == different


def test_what_may_not_be_all_is_not_exact() -> None:
    summary = Summary({"distinct": Distinct(("key",), ("value",), 16)})
    summary.add("distinct", pa.table({"key": np.zeros(40, np.int64), "value": np.arange(40)}))
    assert summary["distinct"].num_rows == 16
    assert summary.exact("distinct", 15)
    assert not summary.exact("distinct", 16)
