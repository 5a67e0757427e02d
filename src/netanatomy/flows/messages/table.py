"""Messages as rows of Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from netanatomy.flows.messages.protocol import MessageProtocol
from netanatomy.flows.messages.stage import Told
from netanatomy.schema.column import Column, Kind, arrow_schema
from netanatomy.schema.messages import MESSAGE_COLUMNS, PROTOCOL

BATCH_ROWS = 8_192
"""Messages of a batch."""

MAXIMUM_NAMES = 65_536
"""Different names of a column of names, whose codes have 16 bits; further ones are null."""


def table_columns(protocol: MessageProtocol | None) -> tuple[Column, ...]:
    """The columns of a protocol's table; of the table of all protocols where none is given."""
    return (*MESSAGE_COLUMNS, *((PROTOCOL,) if protocol is None else protocol.columns))


class MessageTable:
    """Makes batches of a message table.

    Args:
        protocol: whose table it is; None for the table of all protocols.
    """

    def __init__(self, protocol: MessageProtocol | None) -> None:
        self._columns = table_columns(protocol)
        self._schema = arrow_schema(self._columns)
        # Codes are never given anew: a file's dictionary can only grow.
        self._names: dict[str, dict[str, int]] = {
            column.name: {} for column in self._columns if column.kind is Kind.NAME
        }

    def batches(self, told: Sequence[Told]) -> Iterator[pa.RecordBatch]:
        """Messages as rows."""
        for start in range(0, len(told), BATCH_ROWS):
            yield self._batch([_values(each) for each in told[start : start + BATCH_ROWS]])

    def _batch(self, rows: list[dict[str, object]]) -> pa.RecordBatch:
        arrays = [self._array(column, [row.get(column.name) for row in rows]) for column in self._columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _array(self, column: Column, values: list[object]) -> pa.Array:
        match column.kind:
            case Kind.NAME:
                return self._named(self._names[column.name], values)
            case Kind.TEXT:
                values = [_text(value) for value in values]
            case Kind.TEXTS:
                values = [
                    [_text(text) for text in value] if isinstance(value, list | tuple) else None
                    for value in values
                ]
        return pa.array(values, column.kind.arrow)

    def _named(self, names: dict[str, int], values: list[object]) -> pa.DictionaryArray:
        codes: list[int | None] = []
        for value in values:
            text = _text(value)
            if text is not None and len(names) < MAXIMUM_NAMES:
                names.setdefault(text, len(names))
            codes.append(None if text is None else names.get(text))
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.uint16()), pa.array(names, pa.string()))


def _values(told: Told) -> dict[str, object]:
    message, ends = told.message, told.ends
    values: dict[str, object] = {
        "ts": message.ts,
        "frame_number": message.frame_number,
        **message.row,
        "uid": told.uid,
        "inside": message.inside or None,
        "protocol": message.protocol.name,
    }
    if ends is not None:
        values["id.orig_h"], values["id.orig_p"] = ends.originator, ends.originator_port
        values["id.resp_h"], values["id.resp_p"] = ends.responder, ends.responder_port
        values["usual_port"] = None if message.inside else ends.responder_port in message.protocol.ports
    return values


def _text(value: object) -> str | None:
    """A text that Arrow takes: lone surrogates as escapes."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
