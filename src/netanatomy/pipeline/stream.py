"""A table that is made while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import polars as pl


class Stream:
    """A table that is made while it is read: each iteration reads the capture anew.

    Attributes:
        schema: the Arrow schema of its record batches.
    """

    def __init__(self, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        self.schema = schema
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._batches()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Any reader of Arrow takes this stream as it is: Polars, DuckDB, pandas, pyarrow."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def reader(self) -> pa.RecordBatchReader:
        """The stream as pyarrow's reader."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def to_arrow(self) -> pa.Table:
        """The whole table in memory."""
        return self.reader().read_all()

    def to_polars(self) -> pl.DataFrame:
        """The whole table in memory, as a Polars data frame."""
        import polars as pl

        return pl.DataFrame(self)
