from __future__ import annotations

from netanatomy.firewall.limits import SECOND, Buckets
from netanatomy.schema.rules import Action, Per, Rule


def test_a_burst_then_the_rate() -> None:
    buckets = Buckets(Rule((), Action.LIMIT, rate=10, burst=3))
    assert [buckets.over(b"", 0) for _ in range(5)] == [False] * 3 + [True] * 2
    assert buckets.over(b"", SECOND // 10 - 1)
    assert not buckets.over(b"", SECOND // 10)
    assert buckets.over(b"", SECOND // 10)


def test_a_rest_fills_it_to_the_burst_and_no_further() -> None:
    buckets = Buckets(Rule((), Action.LIMIT, rate=10, burst=3))
    assert not buckets.over(b"", 0)
    assert [buckets.over(b"", 60 * SECOND) for _ in range(4)] == [False] * 3 + [True]


def test_whole_nanoseconds_as_the_kernel_counts() -> None:
    buckets = Buckets(Rule((), Action.LIMIT, rate=3, burst=1))  # 333,333,333 ns each
    assert [buckets.over(b"", time) for time in (0, 333_333_332, 333_333_333)] == [False, True, False]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = Buckets(Rule((), Action.LIMIT, rate=10, burst=1))
    assert [buckets.over(b"", time) for time in (SECOND, 0, SECOND // 20)] == [False, True, True]


def test_addresses_apart_and_only_so_many() -> None:
    buckets = Buckets(Rule((), Action.LIMIT, rate=1, burst=1, per=Per.SOURCE), most=2)
    assert [buckets.over(key, 0) for key in (b"a", b"a", b"b", b"b")] == [False, True, False, True]
    # The set is full: nftables cannot take the address in, and lets its packets pass.
    assert [buckets.over(b"c", 1) for _ in range(3)] == [False] * 3
    # Addresses that were forgotten make room.
    assert [buckets.over(b"c", 62 * SECOND) for _ in range(2)] == [False, True]
