"""Arrow columns as NumPy arrays, without copies and without turning integers into floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column as one array; where it lies in one piece already, that piece and no copy of it.

    >>> whole(pa.chunked_array([[1, 2], [3]])).to_pylist()
    [1, 2, 3]
    """
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def integers(table: pa.RecordBatch | pa.Table, name: str) -> Integers:
    """A column of integers, zero where it is null."""
    return array_integers(whole(table[name]))


def array_integers(column: pa.Array) -> Integers:
    """An array of integers, zero where it is null."""
    values = np.frombuffer(column.buffers()[1] or b"", column.type.to_pandas_dtype())
    values = values[column.offset : column.offset + len(column)]
    present = validity(column)
    return values if present is None else np.where(present, values, values.dtype.type(0))


def arrow_array(values: NDArray[np.generic], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers or truths as an Arrow array, without a copy of the numbers; null where they are not valid.

    `pyarrow.array` would do, but looks for masked arrays first and so imports `numpy.ma` at each start.

    >>> arrow_array(np.array([True, False])).to_pylist(), arrow_array(np.array([1, 2])).type
    ([True, False], DataType(int64))
    >>> arrow_array(np.array([80, 0]), np.array([True, False])).to_pylist()
    [80, None]
    """
    there = None if valid is None else _bits(valid)
    if values.dtype == np.bool_:
        return pa.Array.from_buffers(pa.bool_(), len(values), [there, _bits(values)])
    plain = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(plain.dtype), len(plain), [there, pa.py_buffer(plain)])


def _bits(truths: NDArray[np.generic]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(truths.view(np.uint8), bitorder="little"))


def one_of(values: NDArray[Any], choices: Iterable[object]) -> NDArray[np.bool_]:
    """Whether each value is one of a few.

    `numpy.isin` would do, but may look for masked arrays and so import `numpy.ma` at each start.

    >>> one_of(np.array([80, 22, 53]), (53, 80)).tolist()
    [True, False, True]
    """
    found = np.zeros(values.shape, np.bool_)
    for choice in choices:
        found |= values == choice
    return found


def different(values: NDArray[Any]) -> NDArray[Any]:
    """Each value once, ascending; as `numpy.unique`, but for what `one_of` says.

    >>> different(np.array([2, 1, 2])).tolist()
    [1, 2]
    """
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def texts_array(texts: Sequence[str]) -> pa.StringArray:
    """Texts as an Arrow array; `pyarrow.array` would look for pandas first, and import it.

    >>> texts_array(["DNS", "", "NTP"]).to_pylist()
    ['DNS', '', 'NTP']
    """
    octets = [text.encode() for text in texts]
    offsets = np.zeros(len(octets) + 1, np.int32)
    np.cumsum([len(each) for each in octets], out=offsets[1:])
    return pa.StringArray.from_buffers(len(octets), pa.py_buffer(offsets), pa.py_buffer(b"".join(octets)))


def octets_array(values: Sequence[bytes], width: int) -> pa.FixedSizeBinaryArray:
    """Octets of one width as an Arrow array, likewise.

    >>> octets_array([b"ab", b"cd"], 2).to_pylist()
    [b'ab', b'cd']
    """
    buffer = pa.py_buffer(b"".join(values))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(values), [None, buffer])


def octet_rows(table: pa.RecordBatch | pa.Table, name: str) -> NDArray[np.uint8]:
    """A column of octets of one width as (rows, octets); what stands where it is null is unknown."""
    column = whole(table[name])
    width = column.type.byte_width
    octets = np.frombuffer(column.buffers()[1] or b"", np.uint8)
    return octets[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)


def validity(column: pa.Array) -> NDArray[np.bool_] | None:
    """Which values are there; None where all are."""
    if not column.null_count:
        return None
    bitmap = np.frombuffer(column.buffers()[0], np.uint8)
    bits = np.unpackbits(bitmap, count=column.offset + len(column), bitorder="little")
    return bits[column.offset :].view(np.bool_)


def codes(column: pa.DictionaryArray) -> tuple[Integers, list[str]]:
    """The codes of a column of names (of its rows that have one) and what they stand for."""
    indices = array_integers(column.indices)
    present = validity(column.indices)
    return (indices if present is None else indices[present]), column.dictionary.to_pylist()
