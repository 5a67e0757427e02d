from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.report.series import BUCKETS, Series

TIMES = st.lists(st.integers(-(10**18), 2 * 10**18), min_size=1, max_size=50)


def counted(times: list[int]) -> Series:
    series = Series()
    series.observe(np.array(times, np.int64), np.ones(len(times), np.int64))
    return series


@given(TIMES)
def test_nothing_is_lost_and_each_lies_in_its_bucket(times: list[int]) -> None:
    series = counted(times)
    assert series.amounts.sum() == len(times)
    assert len(series.amounts) <= BUCKETS
    expected = [0] * len(series.amounts)
    for time in times:
        expected[time // series.width - series.first] += 1
    assert series.amounts.tolist() == expected


@given(TIMES, TIMES)
def test_merged_is_the_same_as_counted_together(one: list[int], other: list[int]) -> None:
    merged = counted(one)
    merged.merge(counted(other))
    together = counted([*one, *other])
    assert (merged.width, merged.first) == (together.width, together.first)
    assert merged.amounts.tolist() == together.amounts.tolist()


def test_an_empty_series_merges() -> None:
    empty = Series()
    empty.merge(Series())
    empty.merge(counted([5]))
    assert empty.amounts.tolist() == [1]
