"""Arrow columns as 64-bit words: good for telling values apart, not for their order."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.tables.arrays import whole

BLOCK = 16_384
"""Rows that are hashed at a time: as many as stay in a processor's nearest cache."""


def words(column: pa.ChunkedArray | pa.Array) -> list[NDArray[np.uint64]]:
    """(rows,) words that are equal where the values are; of null any word.

    >>> words(pa.array([1, 2], pa.uint16()))
    [array([1, 2], dtype=uint64)]
    """
    array = whole(column)
    if pa.types.is_fixed_size_binary(array.type):
        width = array.type.byte_width
        octets = np.frombuffer(array.buffers()[1] or b"", np.uint8)
        octets = octets[array.offset * width : (array.offset + len(array)) * width].reshape(-1, width)
        if width % 8:
            padded = np.zeros((len(octets), width + -width % 8), np.uint8)
            padded[:, :width] = octets
            octets = padded
        numbers = octets.view(np.uint64)
        return [numbers[:, word] for word in range(numbers.shape[1])]
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        encoded = array.dictionary_encode()
        known = [zlib.crc32(value.as_buffer()) if value.is_valid else 0 for value in encoded.dictionary]
        return [np.array(known or [0], np.uint64)[encoded.indices.fill_null(0).to_numpy()]]
    if pa.types.is_boolean(array.type):
        return [array.fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint64)]
    if pa.types.is_temporal(array.type):
        array = array.cast(pa.int64())
    values = np.frombuffer(array.buffers()[1] or b"", array.type.to_pandas_dtype())
    values = values[array.offset : array.offset + len(array)]
    if array.null_count:
        values = np.where(array.is_valid().to_numpy(zero_copy_only=False), values, values.dtype.type(0))
    return [values.astype(np.int64).view(np.uint64)]


def mixed(columns: Iterable[NDArray[np.uint64]], rows: int) -> NDArray[np.uint64]:
    """(rows,) a 64-bit hash of some words: splitmix64's finaliser (Steele et al. 2014), chained."""
    state = np.full(rows, 0x9E3779B97F4A7C15, np.uint64)
    room = np.empty(min(rows, BLOCK), np.uint64)
    for word in columns:
        for begin in range(0, rows, BLOCK):
            part = state[begin : begin + BLOCK]
            shifted = room[: len(part)]
            part ^= word[begin : begin + BLOCK]
            part *= np.uint64(0xBF58476D1CE4E5B9)
            np.right_shift(part, np.uint64(27), out=shifted)
            part ^= shifted
            part *= np.uint64(0x94D049BB133111EB)
            np.right_shift(part, np.uint64(31), out=shifted)
            part ^= shifted
    return state
