from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.report.tally import FIRST_FRAMES, Evidence, Tally

MEASURES = {"packets": "sum", "octets": "sum", "first": "min", "last": "max"}
ROWS = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 5)), max_size=60)


def rows_of(rows: list[tuple[int, int]]) -> pa.Table:
    keys, packets = [key for key, _ in rows], [each for _, each in rows]
    numbers = list(range(len(rows)))
    octets = [10 * each for each in packets]
    table = {"key": keys, "packets": packets, "octets": octets, "first": numbers, "last": numbers}
    return pa.table({name: pa.array(values, pa.int64()) for name, values in table.items()})


@given(ROWS, st.integers(0, 60))
def test_it_sums_like_a_dictionary_however_the_rows_are_cut(rows: list[tuple[int, int]], cut: int) -> None:
    tally, other = Tally(("key",), MEASURES, 100), Tally(("key",), MEASURES, 100)
    table = rows_of(rows)
    tally.add(table.slice(0, cut))
    other.add(table.slice(cut))
    tally.merge(other)
    expected: Counter[int] = Counter()
    for key, packets in rows:
        expected[key] += packets
    found = tally.table()
    assert {row["key"]: row["packets"] for row in found.to_pylist()} == expected if found else not expected
    if found:
        assert all(row["octets"] == 10 * row["packets"] for row in found.to_pylist())
        assert min(found["first"].to_pylist()) == 0
        assert max(found["last"].to_pylist()) == len(rows) - 1


@given(st.lists(ROWS, max_size=10))
def test_what_it_drops_it_counts(batches: list[list[tuple[int, int]]]) -> None:
    given_up: list[int] = []
    tally = Tally(
        ("key",), MEASURES, 3, given_up=lambda table: given_up.append(sum(table["packets"].to_pylist()))
    )
    for rows in batches:
        tally.add(rows_of(rows))
    table = tally.table()
    kept = sum(table["packets"].to_pylist()) if table else 0
    assert table is None or table.num_rows <= 3
    assert kept + tally.dropped.packets == sum(packets for rows in batches for _, packets in rows)
    assert sum(given_up) == tally.dropped.packets


def test_a_flood_does_not_drive_out_the_talkers() -> None:
    tally = Tally(("key",), MEASURES, 100)
    for wave in range(20):
        talkers = [(key, 10) for key in range(20)]
        flood = [(1000 + wave * 400 + each, 1) for each in range(400)]
        tally.add(rows_of(flood + talkers))
    table = tally.table()
    packets = {row["key"]: row["packets"] for row in table.to_pylist()}
    assert all(packets[key] == 200 for key in range(20))
    assert tally.dropped.packets >= 20 * 400 - 100


@given(st.lists(st.integers(1, 1000)))
def test_evidence_keeps_the_first_frames(numbers: list[int]) -> None:
    evidence = Evidence()
    for number in numbers:
        evidence.add([number], 1)
    assert evidence.count == len(numbers)
    assert evidence.first_frames == sorted(set(numbers))[:FIRST_FRAMES]
