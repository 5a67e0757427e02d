"""Words turned into columns, histories, sizes and spreads: of any lines, and never beyond a buffer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.flows import record as words
from netanatomy.flows.ended_words import LETTERS, place_words, write_histories
from netanatomy.flows.side_numbers import write_sizes, write_spreads

WORDS = 17


@given(
    st.one_of(
        st.lists(st.integers(-1, 9), max_size=100),
        st.integers(0, 100).map(lambda rows: list(range(rows))),  # every row has its detail, in order
        st.integers(0, 100).map(lambda rows: [-1] * rows),
    ),
    st.sets(st.integers(0, WORDS - 1)),
    st.integers(0, 9),
)
def test_any_words_of_any_lines(places: list[int], chosen: set[int], more: int) -> None:
    lines = np.random.default_rng(1).integers(-9, 9, (max([9, *places]) + 1, WORDS))
    columns = np.full((WORDS, len(places) + more), 77)
    numbers = np.array(sorted(chosen), np.int64)
    place_words(lines.data, np.array(places, np.int64).data, numbers.data, columns.data)
    expected = np.full((WORDS, len(places) + more), 77)
    for row, place in enumerate(places):
        expected[numbers, row] = lines[place, numbers] if place >= 0 else 0
    assert (columns == expected).all()


@pytest.mark.parametrize(
    ("places", "numbers", "shape"),
    [([4], [0], (7, 9)), ([0], [7], (7, 9)), ([0], [-1], (7, 9)), ([0], [0], (6, 9)), ([0, 0], [0], (7, 1))],
)
def test_words_that_are_not_there(places: list[int], numbers: list[int], shape: tuple[int, int]) -> None:
    lines = np.zeros((4, 7), np.int64)
    with pytest.raises(IndexError):
        place_words(lines.data, np.array(places).data, np.array(numbers).data, np.zeros(shape, np.int64).data)


@given(st.lists(st.tuples(st.binary(max_size=LETTERS), st.booleans()), max_size=40))
def test_any_histories(histories: list[tuple[bytes, bool]]) -> None:
    rows = len(histories)
    places, details = np.full(rows, -1), np.zeros((rows, 20), np.int64)
    first_letters, lengths = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    expected = []
    for row, (history, kept) in enumerate(histories):
        letters = np.frombuffer(history.ljust(LETTERS, b"\0"), "<i8")
        first_letters[row], lengths[row] = letters[0], len(history)
        if kept:
            places[row], details[row, : len(letters) - 1] = row, letters[1:]
        expected.append(history if kept else history[:8].ljust(len(history), b"\0"))
    offsets, texts = np.zeros(rows + 1, np.int32), np.zeros(lengths.sum() + 8, np.uint8)
    end = write_histories(
        first_letters.data, lengths.data, details.data, places.data, offsets.data, texts.data
    )
    assert end == lengths.sum() == offsets[-1]
    told = texts.tobytes()
    assert [told[begin:end] for begin, end in pairwise(offsets)] == expected


@pytest.mark.parametrize(
    ("length", "place", "shape", "offsets", "room"),
    [
        (9, 1, (1, 20), 2, 99),  # no such detail
        (9, 0, (1, 14), 2, 99),  # too few words in it
        (-1, 0, (1, 20), 2, 99),
        (LETTERS + 1, 0, (1, 20), 2, 999),
        (9, 0, (1, 20), 1, 99),
        (9, 0, (1, 20), 2, 16),
    ],
)
def test_histories_that_have_no_room(
    length: int, place: int, shape: tuple[int, int], offsets: int, room: int
) -> None:
    with pytest.raises(IndexError):
        write_histories(
            np.zeros(1, np.int64).data,
            np.array([length]).data,
            np.zeros(shape, np.int64).data,
            np.array([place]).data,
            np.zeros(offsets, np.int32).data,
            np.zeros(room, np.uint8).data,
        )


@pytest.mark.parametrize(
    ("records", "details", "side"),
    [
        ((words.RECORD_WORDS, 4), (words.DETAIL_WORDS, 5), 0),
        ((words.RECORD_WORDS, 5), (words.DETAIL_WORDS, 4), 1),
        ((words.RECORD_WORDS - 1, 5), (words.DETAIL_WORDS, 5), 0),
        ((words.RECORD_WORDS, 5), (words.DETAIL_WORDS - 1, 5), 0),
        ((words.RECORD_WORDS, 5), (words.DETAIL_WORDS, 5), 2),
        ((words.RECORD_WORDS, 5), (words.DETAIL_WORDS, 5), -1),
    ],
)
def test_sides_that_are_not_there(records: tuple[int, int], details: tuple[int, int], side: int) -> None:
    of_records, of_details = np.zeros(records, np.int64), np.zeros(details, np.int64)
    with pytest.raises(IndexError):
        write_sizes(of_records.data, of_details.data, side, np.zeros(5, np.int64).data)
    with pytest.raises(IndexError):
        spreads(of_records, of_details, side)


@pytest.mark.parametrize("short", range(4))
def test_spreads_that_have_no_room(short: int) -> None:
    of_records = np.zeros((words.RECORD_WORDS, 5), np.int64)
    of_details = np.zeros((words.DETAIL_WORDS, 5), np.int64)
    with pytest.raises(IndexError):
        spreads(of_records, of_details, 0, short)


def spreads(
    of_records: NDArray[np.int64], of_details: NDArray[np.int64], side: int, short: int | None = None
) -> None:
    rows = [4 if number == short else 5 for number in range(4)]
    write_spreads(
        of_records.data,
        of_details.data,
        np.zeros(rows[0], np.int64).data,
        side,
        np.zeros(5).data,  # type: ignore[arg-type]  # NumPy's stub says int
        np.zeros(rows[1], np.uint8).data,
        np.zeros(rows[2], np.int64).data,
        np.zeros(rows[3], np.int64).data,
    )
