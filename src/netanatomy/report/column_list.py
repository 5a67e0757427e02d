"""The columns of the tables, as a list for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from netanatomy.report.json import json_text
from netanatomy.schema import anomaly_table, connections, frame_columns, packets, streams
from netanatomy.schema.column import Column, Kind, arrow_schema

FILTER_TYPES = {
    Kind.IP: "text",
    Kind.MAC: "text",
    Kind.TIME: "text",
    Kind.NAME: "text",
    Kind.TEXT: "text",
    Kind.TEXTS: "list of texts",
    Kind.DURATION: "seconds",
    Kind.BOOL: "true or false",
}
"""How a filter expression sees a column; as a number where nothing is said."""

FOOTNOTE = """
The columns of a group are null together: a group says which rows have them.
In a filter, addresses, MAC addresses, times and names are compared as text:
ip_source = '10.0.0.1', eth_source LIKE '02:42:%', time >= '2026-01-01T12:00'."""


def column_list(table: str, declared: tuple[Column, ...] | None = None) -> Iterator[str]:
    """The columns of a table, one a line; those of packets under the headings of their groups.

    Args:
        table: its name.
        declared: its columns, where the table is of messages.
    """
    group = None
    schema, _, groups = _table(table, declared)
    width = max(len(name) for name in schema.names)
    for field in schema:
        if table == "packets" and groups[field.name] != group:
            group = groups[field.name]
            yield f"\n{group}: {packets.GROUPS[group]}" if group else ""
        unit = f" [{_said(field, 'unit')}]" if _said(field, "unit") else ""
        yield f"  {field.name:<{width}}  {_type(field.type):<9}  {_said(field, 'meaning')}{unit}"
    if table == "packets":
        yield FOOTNOTE


def column_json(table: str, declared: tuple[Column, ...] | None = None) -> str:
    """The same as JSON."""
    schema, kinds, groups = _table(table, declared)
    return json_text(
        {
            "table": table,
            "columns": [
                {
                    "name": field.name,
                    "type": _type(field.type),
                    "unit": _said(field, "unit"),
                    "meaning": _said(field, "meaning"),
                    "group": groups[field.name],
                    "rows": packets.GROUPS.get(groups[field.name], ""),
                    "in_filters": kinds.get(field.name, ""),
                }
                for field in schema
            ],
        }
    )


def _table(
    table: str, declared: tuple[Column, ...] | None
) -> tuple[pa.Schema, dict[str, str], dict[str, str]]:
    if table == "frames":
        schema = frame_columns.frame_schema()
        return schema, {}, dict.fromkeys(schema.names, "")
    if declared is not None:
        kinds = {column.name: FILTER_TYPES.get(column.kind, "number") for column in declared}
        return arrow_schema(declared), kinds, dict.fromkeys(kinds, "")
    filtered = {
        "connections": (connections.connection_schema, connections.CONNECTION_COLUMNS),
        "anomalies": (anomaly_table.anomaly_schema, anomaly_table.ANOMALY_COLUMNS),
        "streams": (streams.stream_schema, streams.STREAM_COLUMNS),
    }
    if table in filtered:
        make, known = filtered[table]
        kinds = {column.name: FILTER_TYPES.get(column.kind, "number") for column in known}
        return make(), kinds, dict.fromkeys(make().names, "")
    columns = packets.COLUMNS
    return (
        packets.packet_schema(),
        {column.name: FILTER_TYPES.get(column.kind, "number") for column in columns},
        {column.name: column.group for column in columns},
    )


def _said(field: pa.Field, what: str) -> str:
    metadata: dict[bytes, bytes] = field.metadata or {}
    return metadata.get(what.encode(), b"").decode()


def _type(arrow: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow):
        return "name"
    if pa.types.is_fixed_size_binary(arrow):
        return "address" if arrow.byte_width == 16 else "mac"
    if pa.types.is_timestamp(arrow):
        return "time"
    return {"large_binary": "octets", "string": "text"}.get(str(arrow), str(arrow))
