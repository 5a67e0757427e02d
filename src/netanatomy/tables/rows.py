"""A record batch of any table as NumPy arrays, made when asked for, and the octets that packets point into.

Most of those who look at a batch must be able to say "nothing here" at once: `has` looks only at a
count of nulls, and `at` takes a column's numbers for the few rows that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.packet_batch import Piece
from netanatomy.tables.arrays import arrow_array, one_of

Result = TypeVar("Result")
Numbers = NDArray[np.integer]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
"""Indices of rows, ascending."""

Words = NDArray[np.uint64]
"""(words, count) addresses as whole words, which are compared eight octets at once."""

NONE: Places = np.zeros(0, np.int64)

FEW = 4
"""One row in this many, up to which numbers are better taken one by one than with all the others."""

_WORD = 8  # octets

_SIGNED: dict[int, type[np.integer[Any]]] = {1: np.int8, 2: np.int16, 4: np.int32}
_NARROW: dict[int, type[np.integer[Any]]] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}


class Rows:
    """One batch.

    Args:
        batch: rows of a table.
        pieces: the octets that they point into, where they are packets and the octets are at hand.

    Attributes:
        batch: as given.
        count: rows.

    >>> rows = Rows(pa.record_batch({"port": pa.array([53, None, 80], pa.uint16())}))
    >>> rows.rows_with("port"), rows.numbers("port")
    (array([0, 2]), array([53,  0, 80], dtype=uint16))
    """

    def __init__(self, batch: pa.RecordBatch, pieces: Sequence[Piece] = ()) -> None:
        self.batch = batch
        self.count: int = batch.num_rows
        self._pieces = pieces
        self._arrays: dict[str, pa.Array] = {}
        self._numbers: dict[str, Numbers] = {}
        self._valid: dict[str, Mask] = {}
        self._octets: dict[str, NDArray[np.uint8]] = {}
        self._words: dict[str, Words] = {}
        self._extremes: dict[str, tuple[int, int]] = {}
        self._known_origins: tuple[Places, Places, Places, Mask] | None = None
        self._codes: dict[str, dict[str, int]] = {}
        self._with: dict[str, Places] = {}
        self._worked_out: dict[Callable[[Rows], object], object] = {}

    def array(self, name: str) -> pa.Array:
        """A column as it is in Arrow."""
        known = self._arrays.get(name)
        if known is None:
            known = self._arrays[name] = self.batch.column(name)
        return known

    def has(self, name: str) -> bool:
        """Whether any row has a value in this column."""
        return bool(self.array(name).null_count < self.count)

    def valid(self, name: str) -> Mask:
        """(count,) which rows have a value in the column; not to be written to."""
        known = self._valid.get(name)
        if known is None:
            known = self._valid[name] = self._read_valid(name)
        return known

    def valid_at(self, name: str, rows: Places) -> Mask:
        """Which of a few rows have a value in the column."""
        array = self.array(name)
        if not array.null_count:
            return np.ones(len(rows), np.bool_)
        if array.null_count == self.count:
            return np.zeros(len(rows), np.bool_)
        if name in self._valid or len(rows) * FEW > self.count:
            return self.valid(name)[rows]
        return _bits(array.buffers()[0], rows + array.offset)

    def rows_with(self, name: str) -> Places:
        """The rows that have a value in the column; not to be written to."""
        if not self.has(name):
            return NONE
        known = self._with.get(name)
        if known is None:
            some = bool(self.array(name).null_count)
            known = self._with[name] = np.flatnonzero(self.valid(name)) if some else np.arange(self.count)
        return known

    def once(self, work_out: Callable[[Rows], Result]) -> Result:
        """What a function makes of these rows; it is asked the first time only.

        >>> rows = Rows(pa.record_batch({"port": pa.array([53, 80])}))
        >>> rows.once(lambda rows: rows.count)
        2
        """
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        return cast("Result", self._worked_out[work_out])

    def numbers(self, name: str) -> Numbers:
        """(count,) numbers, times in ns, or codes of names; zero where they are null."""
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = self._read(name)
        return known

    def at(self, name: str, rows: Places) -> NDArray[np.int64]:
        """Numbers of a few rows, wide enough to calculate with; zero where they are null."""
        if name in self._numbers or len(rows) * FEW > self.count:
            return self.numbers(name)[rows].astype(np.int64)
        array, dtype = self._storage(name)
        if array.null_count == self.count:
            return np.zeros(len(rows), np.int64)
        values = np.frombuffer(array.buffers()[1], dtype, self.count, array.offset * dtype.itemsize)
        found = values[rows].astype(np.int64)
        if array.null_count:
            found[~self.valid_at(name, rows)] = 0
        return found

    def reals(self, name: str, rows: Places) -> NDArray[np.float64]:
        """Real numbers of a few rows; NaN where they are null."""
        taken = self.array(name).take(arrow_array(rows)).cast(pa.float64())
        numbers: NDArray[np.float64] = taken.to_numpy(zero_copy_only=False)
        return numbers

    def truths(self, name: str, rows: Places) -> Mask:
        """A column of truths, of a few rows; False where it is null."""
        array = self.array(name)
        if array.null_count == self.count:
            return np.zeros(len(rows), np.bool_)
        return _bits(array.buffers()[1], rows + array.offset) & self.valid_at(name, rows)

    def octets(self, name: str) -> NDArray[np.uint8]:
        """(count, width) octets of addresses; zeros where they are null."""
        array = self.array(name)
        width = array.type.byte_width
        if array.null_count == self.count:
            return np.zeros((self.count, width), np.uint8)
        octets = np.frombuffer(array.buffers()[1], np.uint8, self.count * width, array.offset * width)
        octets = octets.reshape(-1, width)
        if not array.null_count:
            return octets
        known = self._octets.get(name)
        if known is None:
            known = self._octets[name] = np.where(self.valid(name)[:, None], octets, np.uint8(0))
        return known

    def words(self, name: str) -> Words:
        """(words, count) addresses as whole words, see `words_of`; zeros where they are null."""
        known = self._words.get(name)
        if known is None:
            known = self._words[name] = words_of(self.octets(name))
        return known

    def extremes(self, name: str) -> tuple[int, int]:
        """The least and the greatest number of a column that has one in every row; there must be rows."""
        known = self._extremes.get(name)
        if known is None:
            numbers = self.numbers(name)
            known = self._extremes[name] = int(numbers.min()), int(numbers.max())
        return known

    def octets_at(self, name: str, rows: Places) -> NDArray[np.uint8]:
        """(n, width) octets of addresses of a few rows; zeros where they are null."""
        array = self.array(name)
        width = array.type.byte_width
        if array.null_count == self.count:
            return np.zeros((len(rows), width), np.uint8)
        taken = _items(np.frombuffer(array.buffers()[1], np.uint8), width, width)[rows + array.offset]
        octets: NDArray[np.uint8] = taken.view(np.uint8).reshape(-1, width)
        if array.null_count:
            octets[~self.valid_at(name, rows)] = 0
        return octets

    def code(self, name: str, text: str) -> int:
        """The code that a name has in a column of names, or -1 where no row can have it.

        >>> rows = Rows(pa.record_batch({"proto": pa.array(["udp", "tcp"]).dictionary_encode()}))
        >>> rows.code("proto", "tcp"), rows.code("proto", "icmp")
        (1, -1)
        """
        known = self._codes.get(name)
        if known is None:
            names = self.array(name).dictionary.to_pylist()
            known = self._codes[name] = {each: code for code, each in reversed(list(enumerate(names)))}
        return known.get(text, -1)

    def rows_named(self, name: str, *texts: str) -> Places:
        """The rows whose column of names has one of these names."""
        codes = [code for code in (self.code(name, text) for text in texts) if code >= 0]
        if not codes or not self.has(name):
            return NONE
        chosen = one_of(self.numbers(name), codes)
        return np.flatnonzero(chosen & self.valid(name))

    def texts(self, name: str, rows: Places) -> pa.StringArray:
        """A column of names or texts, of a few rows, as text."""
        taken = self.array(name).take(arrow_array(rows))
        return taken.cast(pa.string())

    def take(self, name: str, rows: Places) -> pa.Array:
        """A column as it is in Arrow, of a few rows; names become text: codes hold for one batch only.

        >>> Rows(pa.record_batch({"port": pa.array([53, 80])})).take("port", np.array([1, 1])).to_pylist()
        [80, 80]
        """
        array = self.array(name)
        # As many rows need not be all rows: some may be asked for twice.
        every = len(rows) == self.count and np.array_equal(rows, np.arange(self.count))
        if pa.types.is_dictionary(array.type):
            return (array if every else array.take(arrow_array(rows))).cast(pa.string())
        if every:
            return array
        if pa.types.is_boolean(array.type) or not pa.types.is_primitive(array.type) | _is_octets(array):
            return array.take(arrow_array(rows))
        return self._items_of(name, array, rows)

    def _items_of(self, name: str, array: pa.Array, rows: Places) -> pa.Array:
        """Values of one width, of a few rows: NumPy takes them in a quarter of the time that Arrow needs."""
        if array.null_count == self.count:
            return array.slice(0, 0) if not len(rows) else array.take(arrow_array(rows))
        width = array.type.bit_width // 8
        values = _items(np.frombuffer(array.buffers()[1], np.uint8), width, width)[rows + array.offset]
        validity, nulls = None, 0
        if array.null_count:
            present = self.valid_at(name, rows)
            nulls = len(rows) - int(np.count_nonzero(present))
            validity = pa.py_buffer(np.packbits(present, bitorder="little")) if nulls else None
        return pa.Array.from_buffers(
            array.type, len(rows), [validity, pa.py_buffer(values.view(np.uint8))], nulls
        )

    def payload(self, row: int, length: int) -> bytes:
        """Up to `length` octets of a packet's payload, as far as they were captured."""
        heads = self.payload_heads(np.array([row]), min(length, int(self.numbers("payload_length")[row])))
        return bytes(heads[0])

    def payload_heads(self, rows: Places, length: int) -> NDArray[np.uint8]:
        """(n, length) the first octets of the payloads of a few packets; zeros behind their end.

        Needs the columns `payload_offset`, `payload_length` and `frame_number`.
        """
        return self.heads(rows, self.at("payload_offset", rows), self.at("payload_length", rows), length)

    def heads(
        self, rows: Places, begin: NDArray[np.int64], size: NDArray[np.int64], length: int
    ) -> NDArray[np.uint8]:
        """(n, length) the first octets of a part of a few packets each; zeros behind its end.

        Args:
            rows: which packets.
            begin: (n,) where the part begins, as `payload_offset` counts.
            size: (n,) how many octets it has, no more than were captured.
            length: how many are wanted.

        Needs the column `frame_number`.
        """
        found = np.zeros((len(rows), length), np.uint8)
        if not self._pieces or not len(rows):
            return found
        begins, origins, base, per_frame = self._origins()
        which = np.searchsorted(begins, rows, side="right") - 1
        frames = self.at("frame_number", rows)
        places = origins[base[which] + np.where(per_frame[which], frames, 0)] + begin
        # What would reach beyond a buffer begins at the last place there, and is put right afterwards.
        last = self._lasts(length)[which]
        some = np.minimum(places, last)
        items = found.view(f"V{length}").ravel()
        in_order = bool((which[1:] >= which[:-1]).all())
        bounds = np.searchsorted(which, np.arange(len(begins) + 1)).tolist() if in_order else []
        for number in np.flatnonzero(np.bincount(which)).tolist():
            octets = self._pieces[number].octets
            mine = slice(*bounds[number : number + 2]) if in_order else np.flatnonzero(which == number)
            if len(octets) >= length:
                items[mine] = _items(octets, length, 1)[some[mine]]
        for row in np.flatnonzero(places > last).tolist():
            rest = self._pieces[which[row]].octets[places[row] :][:length]
            found[row] = 0
            found[row, : len(rest)] = rest
        if len(short := np.flatnonzero(size < length)):
            # Numbers that are no wider than they must be are compared many at once.
            narrow = np.min_scalar_type(length)
            ends, reach = np.clip(size, 0, length).astype(narrow), np.arange(length, dtype=narrow)
            if len(short) * FEW > len(rows):
                found *= (reach < ends[:, None]).view(np.uint8)
            else:
                found[short] *= (reach < ends[short, None]).view(np.uint8)
        return found

    def _lasts(self, length: int) -> Places:
        """Of each piece the last place from which on it has so many octets; negative where it has fewer."""
        return np.array([len(piece.octets) for piece in self._pieces]) - length

    def _origins(self) -> tuple[Places, Places, Places, Mask]:
        """Of each piece its first row, of all together where their frames begin, and how to find these.

        The origin of a frame is at `base[piece] + frame number`, that of a datagram at `base[piece]`.
        """
        if self._known_origins is None:
            lengths = np.array([len(piece.origin) for piece in self._pieces])
            per_frame = np.array([not piece.reassembled for piece in self._pieces])
            first = np.array([piece.first_number for piece in self._pieces])
            self._known_origins = (
                np.array([piece.first_row for piece in self._pieces]),
                np.concatenate([piece.origin for piece in self._pieces]),
                np.cumsum(lengths) - lengths - np.where(per_frame, first, 0),
                per_frame,
            )
        return self._known_origins

    def _read_valid(self, name: str) -> Mask:
        array = self.array(name)
        if not array.null_count or array.null_count == self.count:
            return np.full(self.count, not array.null_count)
        end = array.offset + self.count
        bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), count=end, bitorder="little")
        return bits[array.offset :].view(np.bool_)

    def _read(self, name: str) -> Numbers:
        array, dtype = self._storage(name)
        if array.null_count == self.count:
            return np.zeros(self.count, dtype)
        values = np.frombuffer(array.buffers()[1], dtype, self.count, array.offset * dtype.itemsize)
        return np.where(self.valid(name), values, dtype.type(0)) if array.null_count else values

    def _storage(self, name: str) -> tuple[pa.Array, np.dtype[np.integer[Any]]]:
        """The array with a column's numbers, and what they are."""
        array = self.array(name)
        if pa.types.is_dictionary(array.type):
            array = array.indices
        if array.type == pa.uint64():
            return array, np.dtype(np.uint64)
        width = array.type.bit_width // 8
        signed = pa.types.is_signed_integer(array.type) and width < 8
        return array, np.dtype(_SIGNED[width] if signed else _NARROW[width])


def words_of(octets: NDArray[np.uint8]) -> Words:
    """(n, width) octets as (words, n) words in the machine's own order; short ones get zeros in front.

    >>> words_of(np.array([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0]], np.uint8)).shape
    (1, 2)
    """
    count, width = octets.shape
    size = -(-width // _WORD) * _WORD
    padded = np.zeros((count, size), np.uint8)
    padded[:, size - width :] = octets
    return np.ascontiguousarray(padded.view(np.uint64).T)


def _items(octets: NDArray[np.uint8], length: int, step: int) -> NDArray[np.void]:
    """Every `length` octets, `step` apart, as one item each: to take some of them is a copy of octets."""
    count = (len(octets) - length) // step + 1
    return np.ndarray((count,), f"V{length}", np.ascontiguousarray(octets), 0, (step,))


def _is_octets(array: pa.Array) -> bool:
    return bool(pa.types.is_fixed_size_binary(array.type))


def _bits(buffer: pa.Buffer, places: Places) -> Mask:
    bitmap = np.frombuffer(buffer, np.uint8)
    found: Mask = (bitmap[places >> 3] >> (places & 7).astype(np.uint8) & 1).view(np.bool_)
    return found
