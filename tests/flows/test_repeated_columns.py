"""Columns that are handed out again are what they would be if they were made anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.flows import record as words
from netanatomy.flows import repeated_columns
from netanatomy.flows.connection_table import ConnectionTable, connection_batch
from netanatomy.flows.lines import turn_words
from netanatomy.flows.repeated_columns import PARTS, UNTOLD
from netanatomy.schema.flow_options import FlowOptions

SYN_SENT = 1
ROWS = 20
LONE = {
    words.ORIG_LOW: 1,
    words.PROTOCOL: 6 | 4 << 8 | 1 << 16,
    words.SCOPE_RESP: -1,
    words.STATUS: SYN_SENT,
    words.FIRST_TIME: 5,
    words.LAST_TIME: 5,
    words.LATEST_TIME: 5,
    words.PACKETS_ORIG: 1,
    words.IP_BYTES_ORIG: 60,
    words.HISTORY_SEEN: 1,
    words.HISTORY: 83,
    words.MAC_RESP: -1,
    words.PORTS: 1025 << 16 | 80,
    words.FACTS_ORIG: 64 | 1024 << 8 | 1460 << 24 | 8 << 40 | 1 << 48 | 1 << 52 | 1 << 53 | 1 << 54,
}
VALUES = {
    words.PROTOCOL: (6 | 4 << 8, 17 | 4 << 8, 1 | 4 << 8, 6 | 6 << 8 | 2 << 16),
    words.STATUS: (0, 1, 1 | 3 << 16, 6 | 6 << 3),
    words.PORTS: (53, 1025 << 16 | 80, 2000 << 16 | 80, 1025 << 16 | 443),
    words.SCOPE_ORIG: (0, -1, 5 | 1 << 12),
    words.HISTORY_SEEN: (0, 1, 2),
    words.FACTS_ORIG: (
        0,
        64 | 1 << 52,
        *(LONE[words.FACTS_ORIG] ^ bits for bits in (1, 1 << 9, 1 << 25, 1 << 48)),
    ),
    words.PACKETS_ORIG: (0, 1, 2),
    words.LAST_TIME: (4, 5, 6),
}


@pytest.fixture(autouse=True, scope="module")
def _few_rows_are_worth_while() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeated_columns, "ROWS_WORTH_WHILE", ROWS)
        yield


def told(values: dict[int, int], varied: dict[int, list[int]], rows: int) -> NDArray[np.int64]:
    records = np.zeros((rows, words.RECORD_WORDS), np.int64)
    for word, value in {**LONE, **values}.items():
        records[:, word] = value
    for word, choice in varied.items():
        records[:, word] = np.resize(choice, rows)
    return records


def assert_as_if_alone(
    table: ConnectionTable, records: NDArray[np.int64], reasons: NDArray[np.uint8]
) -> None:
    none = np.empty((0, words.DETAIL_WORDS), np.int64), np.full(len(records), -1)
    batch = table.batch(records, *none, reasons)
    batch.validate(full=True)
    assert batch.equals(connection_batch(records, *none, reasons, FlowOptions()))


changes = st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 5), max_size=3)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(changes, changes, st.integers(1, 4), st.sampled_from((0, 1))), min_size=1, max_size=4)
)
def test_batches_of_a_flood(batches: list[tuple[dict[int, int], dict[int, int], int, int]]) -> None:
    table = ConnectionTable(FlowOptions())
    for chosen, varied, times, more in batches:
        values = {word: VALUES[word][number % len(VALUES[word])] for word, number in chosen.items()}
        choices = {word: list(VALUES[word][: number + 1]) for word, number in varied.items()}
        for time in range(times):
            rows = ROWS + more * time
            records = told(values, choices, rows)
            records[:, words.FIRST_FRAME] = np.arange(rows)  # of each row another
            records[:, words.LINKS] = time
            assert_as_if_alone(table, records, np.full(rows, 6, np.uint8))


def test_a_word_that_changes_from_batch_to_batch() -> None:
    table = ConnectionTable(FlowOptions())
    for word, bits in PARTS:
        for value in (0, 0, 0, 1, 1, 1, 1):
            records = told({}, {}, ROWS)
            records[:, word] ^= bits & 0x0001_0001_0001_0001 * value
            assert_as_if_alone(table, records, np.full(ROWS, 7, np.uint8))


def test_reasons_that_differ() -> None:
    table = ConnectionTable(FlowOptions())
    for last in (7, 7, 7, 7, 3, 3, 7, 7):
        reasons = np.full(ROWS, 7, np.uint8)
        reasons[-1] = last
        assert_as_if_alone(table, told({}, {}, ROWS), reasons)


def test_a_detail_in_between() -> None:
    table = ConnectionTable(FlowOptions())
    records, reasons = told({}, {}, ROWS), np.full(ROWS, 7, np.uint8)
    for detailed in (False, False, False, True, False):
        lines = np.full(ROWS, -1)
        lines[5] = 0 if detailed else -1
        details = np.ones((int(detailed), words.DETAIL_WORDS), np.int64)
        batch = table.batch(records, details, lines, reasons)
        assert batch.equals(connection_batch(records, details, lines, reasons, FlowOptions()))


def test_every_word_is_told_or_not() -> None:
    together = np.zeros(words.RECORD_WORDS, np.int64)
    for word, bits in PARTS:
        assert not together[word] & bits
        together[word] |= bits
    assert set(np.flatnonzero(together == 0)) == set(UNTOLD)
    assert set(together.tolist()) == {0, -1}


@pytest.mark.parametrize("rows", [0, 1, 3, 64, 65, 200])
def test_turned_words(rows: int) -> None:
    random = np.random.default_rng(rows)
    lines = random.integers(0, 4, (rows, 7))
    lines[:, 2] = 3
    columns, bits = np.full((7, rows), -9), np.zeros(7, np.int64)
    turn_words(lines.data, np.array([2, 5]).data, columns.data, bits.data)
    assert (columns[[2, 5]] == lines.T[[2, 5]]).all()
    assert (columns[[0, 1, 3, 4, 6]] == -9).all()
    expected = np.bitwise_or.reduce(lines ^ lines[:1], axis=0) if rows else np.zeros(7, np.int64)
    assert (bits == expected).all()


@pytest.mark.parametrize(
    ("numbers", "columns", "bits"),
    [([7], (7, 4), 7), ([-1], (7, 4), 7), ([0], (7, 3), 7), ([0], (6, 4), 7), ([], (7, 4), 6)],
)
def test_words_that_are_not_there(numbers: list[int], columns: tuple[int, int], bits: int) -> None:
    with pytest.raises(IndexError):
        turn_words(
            np.zeros((4, 7), np.int64).data,
            np.array(numbers, np.int64).data,
            np.zeros(columns, np.int64).data,
            np.zeros(bits, np.int64).data,
        )
