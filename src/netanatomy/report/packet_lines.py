"""The packet table, or another one, as lines: aligned text, JSON lines, CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from netanatomy.report.escape import csv_text, visible
from netanatomy.report.text_columns import text_batch
from netanatomy.schema.column import Column, Kind

DEFAULT_COLUMNS = (
    "frame_number",
    "time",
    "ip_source",
    "source_port",
    "ip_destination",
    "destination_port",
    "original_length",
    "protocols",
    "tcp_flags",
    "stop_reason",
)
"""What text, CSV and JSON lines show unless columns are named: who to whom, what, and how it ended."""

WIDTHS = {
    Kind.U8: 3,
    Kind.U16: 5,
    Kind.U32: 10,
    Kind.U64: 10,
    Kind.I8: 4,
    Kind.I64: 10,
    Kind.F64: 8,
    Kind.BOOL: 5,
    Kind.TIME: 30,
    Kind.DURATION: 11,
    Kind.MAC: 17,
    Kind.IP: 15,
    Kind.NAME: 18,
    Kind.TEXT: 18,
    Kind.TEXTS: 18,
    Kind.OCTETS: 18,
}
"""Characters of a column to begin with; it grows when a batch needs more."""

NUMBERS = frozenset({Kind.U8, Kind.U16, Kind.U32, Kind.U64, Kind.I8, Kind.I64, Kind.F64, Kind.DURATION})
TEXTS = frozenset({Kind.NAME, Kind.TEXT, Kind.TEXTS})

SEPARATOR = ","
"""Between the texts of a list, where one cell holds it."""


def text_lines(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...]) -> Iterator[str]:
    """Aligned text; a value that is not there is a dash."""
    widths = [max(WIDTHS[column.kind], len(column.name)) for column in columns]
    right = [column.kind in NUMBERS for column in columns]
    yield _aligned([column.name for column in columns], widths, right)
    for batch in batches:
        cells = [cells_of(array) for array in text_batch(batch, columns).columns]
        widths = [
            max(width, max(map(len, column), default=0)) for width, column in zip(widths, cells, strict=True)
        ]
        for row in zip(*cells, strict=True):
            yield _aligned(row, widths, right)


def csv_lines(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...]) -> Iterator[str]:
    """CSV (RFC 4180) with a header line; no cell begins a formula."""
    import polars as pl

    yield ",".join(column.name for column in columns)
    for batch in batches:
        frame = pl.DataFrame(text_batch(batch, columns))
        lists = [column.name for column in columns if column.kind is Kind.TEXTS]
        frame = frame.with_columns(pl.col(lists).list.join(SEPARATOR))
        names = [column.name for column in columns if column.kind in TEXTS]
        safe = frame.with_columns(pl.col(names).map_elements(csv_text, return_dtype=pl.String))
        yield from safe.write_csv(include_header=False).splitlines()


def json_lines(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...]) -> Iterator[str]:
    """One JSON object a line; a value that is not there is null."""
    import polars as pl

    for batch in batches:
        frame = pl.DataFrame(text_batch(batch, columns))
        yield from frame.write_ndjson().splitlines()


def cells_of(array: pa.Array) -> list[str]:
    """What `text_array` gives, a cell each: a dash where there is nothing."""
    if pa.types.is_list(array.type):
        return [visible(SEPARATOR.join(each)) if each else "-" for each in array.to_pylist()]
    if pa.types.is_floating(array.type):
        return ["-" if value is None else f"{value:.6f}" for value in array.to_pylist()]
    return ["-" if value is None else visible(str(value)) for value in array.to_pylist()]


def _aligned(row: Sequence[str], widths: list[int], right: list[bool]) -> str:
    cells = (
        cell.rjust(width) if flush else cell.ljust(width)
        for cell, width, flush in zip(row, widths, right, strict=True)
    )
    return "  ".join(cells).rstrip()
