"""Streams: what the sides of a connection said, in order, a piece a row.

A piece of a TCP stream is what one segment added to it; of UDP and ICMP it is what one datagram
carried.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from netanatomy.schema.column import Column, Kind, arrow_schema

STREAM_COLUMNS: tuple[Column, ...] = (
    Column("uid", Kind.TEXT, "The connection."),
    Column("is_orig", Kind.BOOL, "Whether the originator sent it."),
    Column(
        "offset",
        Kind.U64,
        "Where it belongs in the sender's stream, counted from 0 behind the SYN; 0 for every datagram.",
        "octets",
    ),
    Column("ts", Kind.TIME, "Time of the frame that carried it.", "ns"),
    Column("frame_number", Kind.U64, "Number of the frame that carried it."),
    Column(
        "missed",
        Kind.U64,
        "Octets of the stream that lie before it and are missing; of a datagram, octets of its end that "
        "were not captured.",
        "octets",
    ),
    Column("data", Kind.OCTETS, "The octets; none where only missing ones are told at the end."),
)


@cache
def stream_schema() -> pa.Schema:
    """The Arrow schema of the streams table.

    >>> stream_schema().field("missed").metadata[b"unit"]
    b'octets'
    """
    return arrow_schema(STREAM_COLUMNS)
