"""Filled rows to an Arrow record batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.decode.names import Names
from netanatomy.decode.rows import Rows, sparse_groups
from netanatomy.schema.column import Column, Kind
from netanatomy.schema.packet_rows import DENSE
from netanatomy.schema.packets import COLUMNS


class ColumnBuilder:
    """Makes record batches of the wanted columns.

    Args:
        names: the dictionary of each column of names, asked for anew whenever a batch is made.
        wanted: names of the columns to make, in their order; None for all.
    """

    def __init__(self, names: Names, wanted: Sequence[str] | None = None) -> None:
        by_name = {column.name: column for column in COLUMNS}
        self.columns = COLUMNS if wanted is None else tuple(by_name[name] for name in wanted)
        self.schema = pa.schema([column.arrow for column in self.columns])
        self._names = names
        self._group_numbers = {group: number for number, group in enumerate(sparse_groups())}
        self._nulls: dict[Kind, pa.Array] = {}

    def batch(self, rows: Rows) -> pa.RecordBatch:
        """The rows that the kernels filled as a record batch."""
        return _Batch(self, rows).record_batch()

    def nulls(self, kind: Kind, length: int) -> pa.Array:
        """A column that is null throughout; one piece of memory serves all of them."""
        known = self._nulls.get(kind)
        if known is None or len(known) < length:
            # Of a dictionary type pa.nulls makes an empty dictionary, which is what is wanted.
            known = self._nulls[kind] = pa.nulls(max(length, 1), kind.arrow)
        return known.slice(0, length)

    def group_number(self, group: str) -> int:
        """The number of a sparse group."""
        return self._group_numbers[group]

    def dictionary(self, column: str) -> pa.Array:
        """The names that the codes of a column stand for."""
        return self._names.dictionary(column)


class _Batch:
    """One record batch in the making: validity is worked out once for each group."""

    def __init__(self, builder: ColumnBuilder, rows: Rows) -> None:
        self.builder = builder
        self.rows = rows
        self.count = int(rows.count)
        self.arrays: Mapping[str, NDArray[np.generic]] = rows.arrays
        self.present = self.arrays["present"][: self.count].astype(np.uint16, copy=False)
        self.validity: dict[str, tuple[pa.Buffer | None, int]] = {}

    def record_batch(self) -> pa.RecordBatch:
        arrays = [self.column(column) for column in self.builder.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self.builder.schema)

    def column(self, column: Column) -> pa.Array:
        if column.group == "frame":
            return self.dense(column, None, 0)
        if column.group in DENSE:
            validity, nulls = self.dense_validity(column.group)
            if nulls == self.count:
                return self.builder.nulls(column.kind, self.count)
            return self.dense(column, validity, nulls)
        return self.sparse(column)

    def dense_validity(self, group: str) -> tuple[pa.Buffer | None, int]:
        known = self.validity.get(group)
        if known is None:
            known = self.validity[group] = _bitmap(np.bitwise_and(self.present, DENSE[group]) != 0)
        return known

    def sparse(self, column: Column) -> pa.Array:
        number = self.builder.group_number(column.group)
        having = int(self.rows.group_counts[number])
        if having == 0:
            return self.builder.nulls(column.kind, self.count)
        where = self.rows.group_rows[number, :having]
        if column.group not in self.validity:
            mask = np.zeros(self.count, np.bool_)
            mask[where] = True
            self.validity[column.group] = _bitmap(mask)
        validity, nulls = self.validity[column.group]
        held = _stored(column.kind, self.arrays[column.name][:having])
        values = np.zeros((self.count, *held.shape[1:]), held.dtype)
        values[where] = held
        return self.array(column, values, validity, nulls)

    def dense(self, column: Column, validity: pa.Buffer | None, nulls: int) -> pa.Array:
        values = _stored(column.kind, self.arrays[column.name][: self.count])
        if self.count * 2 < len(self.arrays[column.name]):
            values = values.copy()  # a small batch does not hold on to a large one's memory
        return self.array(column, values, validity, nulls)

    def array(
        self, column: Column, values: NDArray[np.generic], validity: pa.Buffer | None, nulls: int
    ) -> pa.Array:
        kind = column.kind
        if kind is Kind.BOOL:
            values = np.packbits(values != 0, bitorder="little")
        buffers = [validity, pa.py_buffer(values)]
        if kind is Kind.NAME:
            codes = pa.Array.from_buffers(pa.uint16(), self.count, buffers, nulls)
            return pa.DictionaryArray.from_arrays(codes, self.builder.dictionary(column.name), safe=False)
        return pa.Array.from_buffers(kind.arrow, self.count, buffers, nulls)


def _stored(kind: Kind, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """What kernels wrote, in the octet order of Arrow's fixed-size binary."""
    if kind is Kind.IP:
        return values.byteswap(inplace=True) if np.little_endian else values
    if kind is Kind.MAC:
        pieces = values.astype(">u8").view(np.uint16).reshape(-1, 4)
        octets = np.empty((len(values), 3), np.uint16)
        for piece in range(3):  # three strided copies are faster than one of rows of six octets
            octets[:, piece] = pieces[:, piece + 1]
        return octets
    return values


def _bitmap(mask: NDArray[np.bool_]) -> tuple[pa.Buffer | None, int]:
    """Arrow's validity bitmap for a mask, and how many are null; no bitmap where none is."""
    nulls = len(mask) - int(np.count_nonzero(mask))
    return (pa.py_buffer(np.packbits(mask, bitorder="little")) if nulls else None), nulls
