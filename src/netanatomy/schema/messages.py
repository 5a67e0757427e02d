"""Messages: what every table of an application protocol begins with."""

from __future__ import annotations

from netanatomy.schema.column import Column, Kind

MESSAGE_COLUMNS: tuple[Column, ...] = (
    Column("ts", Kind.TIME, "Time of the frame that brought the message's first octets.", "ns"),
    Column("uid", Kind.TEXT, "The connection."),
    Column("id.orig_h", Kind.IP, "The originator's address."),
    Column("id.orig_p", Kind.U16, "The originator's port."),
    Column("id.resp_h", Kind.IP, "The responder's address."),
    Column("id.resp_p", Kind.U16, "The responder's port."),
    Column(
        "usual_port",
        Kind.BOOL,
        "Whether the responder's port is one that is usual for the protocol; null inside another protocol, "
        "where there is no port to tell it.",
    ),
    Column(
        "inside",
        Kind.TEXTS,
        "The protocols that this one is spoken inside, the outermost first; null where there are none.",
    ),
    Column("frame_number", Kind.U64, "Number of that frame."),
)
"""Columns of every message table. The ends (`id.…`) are null where a row had to be made early, for room."""

PROTOCOL = Column("protocol", Kind.NAME, "The protocol, told by what is said and not by the port.")
"""A column of the table of all protocols, behind those."""
