"""Ended connections as arrays: the words of their records and details, one array a word.

Records come as lines, and columns want one word of every line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.ended_words import LETTERS, LETTERS_OF_RECORD, place_words, write_histories
from netanatomy.flows.lines import turn_words
from netanatomy.flows.record import DETAIL_SIDES, HISTORY, HISTORY_SEEN, SIDE_WORDS
from netanatomy.schema.column import Kind
from netanatomy.schema.frozen import frozen
from netanatomy.schema.text import string_array

CACHE_LINE = 8
"""Words in one line of the processor's cache."""

EVERY_BIT = -1
"""Of a word."""

STORED = {
    Kind.U8: np.uint8,
    Kind.U16: np.uint16,
    Kind.U32: np.uint32,
    Kind.F64: np.float64,
}


@frozen
class Validity:
    """Which rows of a column have a value.

    Attributes:
        mask: true where there is one; None where there is one everywhere.
        bitmap: the same as Arrow keeps it.
        nulls: rows without.
    """

    mask: NDArray[np.bool_] | None
    bitmap: pa.Buffer | None
    nulls: int

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> Validity:
        """From a mask."""
        nulls = len(mask) - int(np.count_nonzero(mask))
        if nulls == 0:
            return cls(None, None, 0)
        return cls(mask, pa.py_buffer(np.packbits(mask, bitorder="little")), nulls)


EVERYWHERE = Validity(None, None, 0)


class RecordArrays:
    """The records of some ended connections.

    Args:
        records: shape (rows, RECORD_WORDS).
        details: shape (details, DETAIL_WORDS).
        detail_line: for every row its line in `details`, or -1.
        scratch: memory for the words of records and details.
    """

    def __init__(
        self,
        records: NDArray[np.int64],
        details: NDArray[np.int64],
        detail_line: NDArray[np.int64],
        scratch: tuple[Scratch, Scratch],
    ) -> None:
        self.count = len(records)
        self.has_detail: NDArray[np.bool_] = detail_line >= 0
        self.detailed = bool(self.has_detail.any())
        self._records = _Turned(records, np.arange(self.count), scratch[0])
        self._details = _Turned(details, detail_line, scratch[1])
        self._nulls: dict[Kind, pa.Array] = {}
        self._zeros: pa.Buffer | None = None

    @property
    def records(self) -> NDArray[np.int64]:
        """All words of every record."""
        return self._records.all()

    def word(self, number: int, bits: int = EVERY_BIT) -> NDArray[np.int64]:
        """One word of every record, of which no more than these bits will be looked at."""
        return self._records.word(number, bits)

    def turn_together(self, numbers: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
        """Turn these words of records and of details; each of the others is turned when it is asked for."""
        self._records.place(numbers[0])
        if self.detailed:
            self._details.place(numbers[1])

    def turn(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn these words of the records, and each of the others when it is asked for.

        Returns of every word the bits in which any record is not as the first.
        """
        return self._records.turn(numbers)

    def turned(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The words of the records that were turned, and those of the details."""
        return self._records.turned(), self._details.turned()

    def note_words(self) -> set[tuple[int, int]]:
        """Which words of the records will have been asked for, and which bits of them."""
        self._records = noted = _Noted(self._records)
        return noted.asked

    def detail(self, number: int) -> NDArray[np.int64]:
        """One word of every detail; 0 where a connection has none."""
        return self._details.word(number) if self.detailed else self._none

    @cached_property
    def _none(self) -> NDArray[np.int64]:
        zeros = np.zeros(self.count, np.int64)
        zeros.flags.writeable = False
        return zeros

    def of_side(self, side: int, number: int) -> NDArray[np.int64]:
        """One word of a side's part of every detail."""
        return self.detail(DETAIL_SIDES + side * SIDE_WORDS + number)

    def turned_words(
        self, of_records: Sequence[int], of_details: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All words of records and of details as columns of rows or more, of which these were turned."""
        return self._records.columns(of_records), self._details.columns(of_details)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Of every row its line in the details, or a negative number."""
        return self._details.places

    @cached_property
    def history_lengths(self) -> NDArray[np.int64]:
        """Letters of every history that are kept."""
        lengths: NDArray[np.int64] = np.minimum(self.word(HISTORY_SEEN) & 0xFFFF, LETTERS)
        return lengths

    def letters(self, width: int) -> NDArray[np.uint8]:
        """The first letters of every history, shape (rows, a multiple of 8 that is at least `width`)."""
        words = 1 + max(0, -(-(width - LETTERS_OF_RECORD) // 8))
        letters = np.zeros((self.count, words), "<i8")
        letters[:, 0] = self.word(HISTORY)
        for number in range(words - 1):
            letters[:, number + 1] = self.detail(number)
        return letters.view(np.uint8)

    def histories(self) -> pa.Array:
        """The history as text, null where nothing happened."""
        lengths = self.history_lengths
        octets = np.empty(int(lengths.sum()) + LETTERS_OF_RECORD, np.uint8)
        if len(octets) == LETTERS_OF_RECORD:
            return self.nulls(Kind.TEXT)
        valid = Validity.of(lengths > 0)
        offsets = np.empty(self.count + 1, np.int32)
        end = write_histories(
            self.word(HISTORY).data,
            lengths.data,
            self._details.all().data,
            self.places.data,
            offsets.data,
            octets.data,
        )
        buffers = [valid.bitmap, pa.py_buffer(offsets), pa.py_buffer(octets[:end])]
        return pa.Array.from_buffers(pa.string(), self.count, buffers, valid.nulls)

    def nulls(self, kind: Kind) -> pa.Array:
        """A column that is null throughout; one piece of memory serves all of a kind."""
        known = self._nulls.get(kind)
        if known is None:
            known = self._nulls[kind] = pa.nulls(self.count, kind.arrow)
        return known

    def numbers(self, kind: Kind, values: NDArray[np.generic], valid: Validity = EVERYWHERE) -> pa.Array:
        """A column of numbers, of which as many of the lowest bits count as it stores; of times or truth."""
        if valid.nulls == self.count:
            return self.nulls(kind)
        if kind is Kind.BOOL:
            values = np.packbits(values.astype(np.bool_, copy=False), bitorder="little")
        elif kind in STORED:
            values = values.astype(STORED[kind], copy=False)
        if values.base is not None:
            values = values.copy()  # a view is of memory that the next batch uses again
        buffers = [valid.bitmap, pa.py_buffer(values)]
        return pa.Array.from_buffers(kind.arrow, self.count, buffers, valid.nulls)

    def named(self, names: tuple[str, ...], codes: NDArray[np.integer]) -> pa.Array:
        """A column of names by their codes; null where the name is empty, as the first one may be."""
        valid = EVERYWHERE
        if names[0] == "":
            valid = Validity.of(codes > 0)
            if valid.nulls == self.count:
                return self.nulls(Kind.NAME)
            codes = np.maximum(codes, 1) - 1
            names = names[1:]
        # Arrow looks at every code: one that has no name is an error, not a read beyond the names.
        return pa.DictionaryArray.from_arrays(self.numbers(Kind.U16, codes, valid), _dictionary(names))

    def lazily(self, kind: Kind, valid: Validity, values: Callable[[], NDArray[np.generic]]) -> pa.Array:
        """The same as `numbers`, of values that are worked out only where a row has any."""
        return self.nulls(kind) if valid.nulls == self.count else self.numbers(kind, values(), valid)

    def zeros(self, valid: Validity) -> pa.Array:
        """A column of counters that count nothing yet; one piece of memory serves all of them."""
        if self._zeros is None:
            self._zeros = pa.py_buffer(np.zeros(self.count, np.uint64))
        if valid.nulls == self.count:
            return self.nulls(Kind.U64)
        return pa.Array.from_buffers(Kind.U64.arrow, self.count, [valid.bitmap, self._zeros], valid.nulls)

    def addresses(self, high: int) -> pa.Array:
        """A column of IP addresses, of two words that hold the octets as they lie in the column."""
        octets = np.empty((self.count, 2), np.int64)
        octets[:, 0] = self.word(high)
        octets[:, 1] = self.word(high + 1)
        return pa.Array.from_buffers(Kind.IP.arrow, self.count, [None, pa.py_buffer(octets)])

    def link_addresses(self, number: int) -> pa.Array:
        """A column of link-layer addresses, of a word that holds 48 bits, or -1."""
        word = self.word(number)
        valid = Validity.of(word >= 0)
        if valid.nulls == self.count:
            return self.nulls(Kind.MAC)
        pieces = word.astype(">i8").view(np.uint16).reshape(-1, 4)
        octets = np.empty((self.count, 3), np.uint16)
        for piece in range(3):  # three strided copies are faster than one of rows of six octets
            octets[:, piece] = pieces[:, piece + 1]
        return pa.Array.from_buffers(
            Kind.MAC.arrow, self.count, [valid.bitmap, pa.py_buffer(octets)], valid.nulls
        )


@cache
def _dictionary(names: tuple[str, ...]) -> pa.Array:
    return string_array(names)


class Scratch:
    """Memory for lines turned into columns, kept from batch to batch: fresh memory costs more."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.int64)

    def columns(self, words: int, lines: int) -> NDArray[np.int64]:
        """Room for so many words of so many lines, with anything in it; the last one given is overwritten.

        There is room for some lines more: columns whose distance is a power of two, or nearly so, contend for
        the same places of the cache.
        """
        room = (-(-lines // CACHE_LINE) | 1) * CACHE_LINE
        if len(self._memory) < words * room:
            self._memory = np.empty(words * room, np.int64)
        return self._memory[: words * room].reshape(words, room)


class _Turned:
    """Lines of words as columns, turned when they are asked for.

    Attributes:
        places: of every row its line, or a negative number where it has none: its words are 0.
    """

    def __init__(self, lines: NDArray[np.int64], places: NDArray[np.int64], scratch: Scratch) -> None:
        self.places = np.ascontiguousarray(places)
        self._lines = np.ascontiguousarray(lines)
        self._scratch = scratch
        self._turned: set[int] = set()

    @cached_property
    def _columns(self) -> NDArray[np.int64]:
        return self._scratch.columns(self._lines.shape[1], len(self.places))

    def all(self) -> NDArray[np.int64]:
        """The lines as they are."""
        return self._lines

    def turned(self) -> NDArray[np.int64]:
        """The words that were turned."""
        return np.array(sorted(self._turned), np.int64)

    def place(self, numbers: NDArray[np.int64]) -> None:
        """Turn these words."""
        place_words(self._lines.data, self.places.data, numbers.data, self._columns.data)
        self._turned.update(numbers.tolist())

    def turn(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn these words of lines, one a row; see `RecordArrays.turn`."""
        bits = np.zeros(self._lines.shape[1], np.int64)
        turn_words(self._lines.data, numbers.data, self._columns.data, bits.data)
        self._turned.update(numbers.tolist())
        return bits

    def columns(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        """All words, of which these were turned."""
        missing = set(numbers) - self._turned
        if missing:
            self.place(np.array(sorted(missing), np.int64))
        return self._columns

    def word(self, number: int, _bits: int = EVERY_BIT) -> NDArray[np.int64]:
        """One word of every line."""
        if number not in self._turned:
            self.place(np.array([number]))
        column: NDArray[np.int64] = self._columns[number, : len(self.places)]
        return column


class _Noted(_Turned):
    """The same, and which bits of which words were asked for."""

    def __init__(self, turned: _Turned) -> None:
        super().__init__(turned.all(), turned.places, Scratch())
        self.asked: set[tuple[int, int]] = set()

    def all(self) -> NDArray[np.int64]:
        """The lines as they are, of which every word may be read."""
        self.asked.update((number, EVERY_BIT) for number in range(self._lines.shape[1]))
        return super().all()

    def word(self, number: int, bits: int = EVERY_BIT) -> NDArray[np.int64]:
        """One word of every line."""
        self.asked.add((number, bits))
        return super().word(number)
