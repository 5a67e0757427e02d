"""The anomaly table: one row for each oddity in the traffic, with where it lies."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from netanatomy.schema.column import Column, Kind, arrow_schema

ANOMALY_COLUMNS: tuple[Column, ...] = (
    Column("ts", Kind.TIME, "Time of the frame.", "ns"),
    Column("name", Kind.NAME, "Stable name of the kind of anomaly."),
    Column("layer", Kind.NAME, "capture, link, internet, transport or application."),
    Column("frame_number", Kind.U64, "Number of the frame."),
    Column("depth", Kind.U8, "Nesting level of the packet."),
    Column("uid", Kind.TEXT, "The connection, where the packet belongs to one."),
    Column("is_orig", Kind.BOOL, "Whether the originator sent the packet; null without a connection."),
    Column("source", Kind.IP, "Source address."),
    Column("source_port", Kind.U16, "Source port."),
    Column("destination", Kind.IP, "Destination address."),
    Column("destination_port", Kind.U16, "Destination port."),
    Column("offset", Kind.U32, "Where in the frame the octets lie that are odd.", "octets"),
    Column("length", Kind.U32, "How many octets they are.", "octets"),
    Column("value", Kind.I64, "The number that is odd; its meaning is told with each kind."),
    Column("expected", Kind.I64, "The number that would be right, where there is one."),
    Column("other_frame", Kind.U64, "The frame that this one contradicts."),
    Column("evidence", Kind.OCTETS, "The octets of this frame, where two readings of the same data differ."),
    Column("other_evidence", Kind.OCTETS, "The octets that came before in their place."),
)


@cache
def anomaly_schema() -> pa.Schema:
    """The Arrow schema of the anomaly table.

    >>> anomaly_schema().field("uid").type
    DataType(string)
    """
    return arrow_schema(ANOMALY_COLUMNS)
