"""Zeek's ASCII log format: Zeek manual, "Zeek Log Formats"; in its source, the formatter `Ascii`.

Whoever reads conn.log reads this: a line of header for each of `#separator` to `#types`, a line of
cells with tabs between them for each row, and `#close` at the end. What does not print, the
separators and the words for "unset" and "empty" are escaped inside cells, so a reader can always
tell what was data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pyarrow as pa

from netanatomy.report.text_columns import text_array
from netanatomy.report.units import EPOCH, NANOSECONDS
from netanatomy.schema.column import Column, Kind

SEPARATOR = "\t"
SET_SEPARATOR = ","
EMPTY = "(empty)"
UNSET = "-"

CONNECTION_FIELDS = (
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "local_orig",
    "local_resp",
    "missed_bytes",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "tunnel_parents",
    "ip_proto",
)
"""The fields of conn.log, in Zeek's order (Zeek 8)."""

UNTOLD = Column("service", Kind.TEXT, "The application protocol.")
"""A field of conn.log that the connection table does not have; readers expect it, so it is unset."""

TYPES = {
    Kind.U8: "count",
    Kind.U16: "count",
    Kind.U32: "count",
    Kind.U64: "count",
    Kind.I8: "int",
    Kind.I64: "int",
    Kind.F64: "double",
    Kind.BOOL: "bool",
    Kind.TIME: "time",
    Kind.DURATION: "interval",
    Kind.MAC: "string",
    Kind.IP: "addr",
    Kind.NAME: "string",
    Kind.TEXT: "string",
    Kind.TEXTS: "set[string]",
    Kind.OCTETS: "string",
}
NAMED_TYPES = {
    **dict.fromkeys(("id.orig_p", "id.resp_p", "request_p", "bound_p", "peer_p"), "port"),
    "proto": "enum",
}
"""Columns whose type in Zeek says more than their type here."""

STRINGS = frozenset({Kind.TEXT, Kind.NAME, Kind.OCTETS, Kind.MAC})


def zeek_lines(
    batches: Iterable[pa.RecordBatch], columns: tuple[Column, ...], path: str = "conn"
) -> Iterator[str]:
    """A log, line by line, in ASCII.

    `#open` and `#close` are the times of the first row and of the latest one: a log of the same
    capture is always the same. They are left out where there is no row with a `ts`.

    Args:
        batches: rows; a column that they lack is unset.
        columns: fields, in this order.
        path: what Zeek calls the log.
    """
    iterator = iter(batches)
    first = next((batch for batch in iterator if batch.num_rows), None)
    latest = _latest(first)
    # The separator's own line is the one that cannot use it.
    yield r"#separator \x09"
    yield _header("set_separator", SET_SEPARATOR)
    yield _header("empty_field", EMPTY)
    yield _header("unset_field", UNSET)
    yield _header("path", path)
    if first is not None and latest is not None:
        yield _header("open", _moment(first["ts"][0].value))
    yield _header("fields", *(column.name for column in columns))
    yield _header("types", *(NAMED_TYPES.get(each.name, TYPES[each.kind]) for each in columns))
    if first is None:
        return
    yield from _rows(first, columns)
    for batch in iterator:
        if batch.num_rows:
            yield from _rows(batch, columns)
            latest = max(filter(None, (latest, _latest(batch))), default=None)
    if latest is not None:
        yield _header("close", _moment(latest))


def escaped(text: str, *, in_set: bool = False) -> str:
    r"""A text as it stands in a cell: octets that do not print, and what has a meaning here, as \x...

    >>> print(escaped("a\tb\\ü"), escaped("-"), escaped("(empty)"), escaped("a,b", in_set=True), escaped(""))
    a\x09b\\\xc3\xbc \x2d \x28empty) a\x2cb (empty)
    """
    if not text:
        return EMPTY
    if text in (UNSET, EMPTY):
        return f"\\x{ord(text[0]):02x}{text[1:]}"
    plain = text.isascii() and text.isprintable() and "\\" not in text
    if plain and not (in_set and SET_SEPARATOR in text):
        return text
    return "".join(_escaped_octet(octet, in_set) for octet in text.encode("utf-8", "surrogateescape"))


def _escaped_octet(octet: int, in_set: bool) -> str:
    if octet == ord("\\"):
        return "\\\\"
    if not 0x20 <= octet < 0x7F or (in_set and octet == ord(SET_SEPARATOR)):
        return f"\\x{octet:02x}"
    return chr(octet)


def _header(name: str, *values: str) -> str:
    return SEPARATOR.join((f"#{name}", *values))


def _moment(nanoseconds: int) -> str:
    return f"{EPOCH + timedelta(seconds=nanoseconds // NANOSECONDS):%Y-%m-%d-%H-%M-%S}"


def _latest(batch: pa.RecordBatch | None) -> int | None:
    if batch is None or "ts" not in batch.schema.names:
        return None
    times: list[int | None] = batch["ts"].view(pa.int64()).to_pylist()
    return max((each for each in times if each is not None), default=None)


def _rows(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> Iterator[str]:
    cells = [_cells(batch, column) for column in columns]
    for row in zip(*cells, strict=True):
        line = SEPARATOR.join(row)
        # A line that began so would be taken for a header.
        yield f"\\x23{line[1:]}" if line.startswith("#") else line


def _cells(batch: pa.RecordBatch, column: Column) -> list[str]:
    if column.name not in batch.schema.names:
        return [UNSET] * batch.num_rows
    array = batch[column.name]
    if column.kind in (Kind.TIME, Kind.DURATION):
        return _each(array.view(pa.int64()), _seconds)
    texts = text_array(batch, column)
    if column.kind in STRINGS:
        return _each(texts, escaped)
    if column.kind is Kind.TEXTS:
        return _each(texts, _set)
    if column.kind is Kind.BOOL:
        return _each(texts, lambda truth: "T" if truth else "F")
    if column.kind is Kind.F64:
        return _each(texts, lambda number: f"{number:.6f}")
    return _each(texts, str)


def _each(array: pa.Array, form: Callable[..., str]) -> list[str]:
    return [UNSET if value is None else form(value) for value in array.to_pylist()]


def _set(texts: list[str]) -> str:
    return SET_SEPARATOR.join(escaped(each, in_set=True) for each in texts) if texts else EMPTY


def _seconds(nanoseconds: int) -> str:
    """Seconds with six decimals, rounded, and exact: a float does not hold today's nanoseconds.

    >>> _seconds(1_700_000_000_123_456_500), _seconds(-1_500)
    ('1700000000.123457', '-0.000002')
    """
    microseconds = (abs(nanoseconds) + 500) // 1000
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"
