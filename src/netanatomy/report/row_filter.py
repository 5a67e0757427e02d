"""Choosing rows by a Polars SQL expression over the documented columns.

Addresses, MACs, times and names are compared as text, so that `ip_source = '10.0.0.1'`,
`eth_source LIKE '02:42:%'` and `time >= '2026-01-01T12:00'` say what they mean. The text is made
only of the columns that an expression names. A duration is compared as a number of seconds.

A column with a dot in its name may be written as it is, `id.orig_h = '10.0.0.1'`: SQL would take
the dot for a field of a structure, so known names are quoted before it reads them.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

import polars as pl
import pyarrow as pa
from polars.datatypes import DataTypeClass
from polars.exceptions import PolarsError

from netanatomy.errors import UsageError
from netanatomy.report.text_columns import needs, text_batch
from netanatomy.schema.column import Column, Kind

_KIND_TYPES: dict[Kind, pl.DataType | DataTypeClass] = {
    Kind.U8: pl.UInt8,
    Kind.U16: pl.UInt16,
    Kind.U32: pl.UInt32,
    Kind.U64: pl.UInt64,
    Kind.I8: pl.Int8,
    Kind.I64: pl.Int64,
    Kind.F64: pl.Float64,
    Kind.DURATION: pl.Float64,
    Kind.BOOL: pl.Boolean,
    Kind.TEXTS: pl.List(pl.String),
}

_TOKENS = re.compile(
    r"""
    '(?:[^']|'')*(?:'|\Z)          # a text
    | "(?:[^"]|"")*(?:"|\Z)        # a name in quotes
    | `[^`]*(?:`|\Z)
    | --[^\n]*                     # a comment
    | /\*.*?(?:\*/|\Z)
    | \d[\w.]*                     # a number
    | (?P<word>[^\W\d]\w*(?:\.\w+)*)
    """,
    re.VERBOSE | re.DOTALL,
)
"""What SQL is made of, as far as it takes to tell a column's name from text that looks like one."""


class RowFilter:
    """A compiled expression.

    Args:
        text: the expression, for example `ip_ttl < 5 AND protocols LIKE '%tcp%'`.
        columns: the columns that it may name.

    Attributes:
        needs: names of the columns that a batch must have.

    Raises:
        UsageError: it cannot be read, names an unknown column, or is neither true nor false.
    """

    def __init__(self, text: str, columns: tuple[Column, ...]) -> None:
        known = {column.name: column for column in columns}
        try:
            self._expression = pl.sql_expr(quoted(text, tuple(known)))
            named = tuple(dict.fromkeys(self._expression.meta.root_names()))
        except PolarsError as error:
            raise UsageError(f"the filter cannot be read: {_first_line(error)}") from error
        unknown = [name for name in named if name not in known]
        if unknown:
            raise UsageError(unknown_column(unknown[0], tuple(known)))
        self._columns = tuple(known[name] for name in named)
        self.needs = needs(named, columns)
        self._check()

    def mask(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Which rows the expression is true for; where it is null it is not.

        Raises:
            UsageError: it cannot be worked out for these rows.
        """
        if not self._columns:
            frame = pl.DataFrame({"row": range(batch.num_rows)})
        else:
            frame = pl.DataFrame(text_batch(batch, self._columns))
        return self._evaluated(frame).to_arrow()

    def _evaluated(self, frame: pl.DataFrame) -> pl.Series:
        try:
            found = frame.select(self._expression.alias("kept")).to_series()
        except PolarsError as error:
            raise UsageError(f"the filter does not fit its columns: {_first_line(error)}") from error
        if found.dtype == pl.Null:
            found = found.cast(pl.Boolean)
        if found.dtype != pl.Boolean:
            raise UsageError("the filter must be a condition, true or false for each row")
        if len(found) != len(frame):
            if self._columns:
                raise UsageError(
                    "the filter must be worked out row by row, without SUM, COUNT and their like"
                )
            found = found.new_from_index(0, len(frame))
        return found.fill_null(False)

    def _check(self) -> None:
        """Find out on two empty rows what would go wrong on the first of millions."""
        schema = {column.name: _KIND_TYPES.get(column.kind, pl.String) for column in self._columns}
        nothing = {column.name: [None, None] for column in self._columns}
        self._evaluated(pl.DataFrame(nothing or {"row": [1, 2]}, schema=schema or {"row": pl.Int64}))


def quoted(text: str, known: tuple[str, ...]) -> str:
    r"""An expression with the names of columns that have dots in quotes, unless they are in quotes.

    Raises:
        UsageError: a name with a dot begins like one of these, and is none.

    >>> quoted("id.orig_h = 'id.orig_h' AND duration > 1.5", ("id.orig_h", "duration"))
    '"id.orig_h" = \'id.orig_h\' AND duration > 1.5'
    """
    dotted = frozenset(name for name in known if "." in name)
    if not dotted:
        return text
    beginnings = {name.partition(".")[0] for name in dotted} - set(known)

    def in_quotes(token: re.Match[str]) -> str:
        word = token["word"]
        if word is None or "." not in word:
            return token[0]
        if word in dotted:
            return f'"{word}"'
        if word.partition(".")[0] in beginnings:
            raise UsageError(unknown_column(word, known))
        return word

    return _TOKENS.sub(in_quotes, text)


def unknown_column(name: str, known: tuple[str, ...]) -> str:
    """What to say about a column that does not exist.

    >>> unknown_column("ip_src", ("ip_source", "eth_type"))
    "there is no column 'ip_src'; did you mean ip_source? (netanatomy columns lists them)"
    """
    near = get_close_matches(name, known, 2, 0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ";"
    return f"there is no column {name!r}{hint} (netanatomy columns lists them)"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
