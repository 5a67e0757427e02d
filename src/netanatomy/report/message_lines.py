"""Message tables for people: which columns are shown, and how many messages there are of each protocol."""

from __future__ import annotations

import pyarrow as pa

from netanatomy.report.document import Document, Section, Table
from netanatomy.report.json import Json
from netanatomy.report.units import count
from netanatomy.schema.frozen import changeable

LEADING_COLUMNS = ("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
"""What text shows of every message: when, and between whom."""

COUNTED_COLUMNS = ("protocol", "usual_port", "inside")
"""What counting looks at."""


@changeable
class ProtocolCount:
    """Messages of one protocol."""

    messages: int = 0
    at_unusual_ports: int = 0
    inside_another: int = 0

    def json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "messages": self.messages,
            "at_unusual_ports": self.at_unusual_ports,
            "inside_another": self.inside_another,
        }


class MessageCounts:
    """How many messages there are of each protocol.

    Attributes:
        protocols: by name.
    """

    def __init__(self) -> None:
        self.protocols: dict[str, ProtocolCount] = {}

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count rows that have COUNTED_COLUMNS."""
        columns = (batch[name].to_pylist() for name in COUNTED_COLUMNS)
        for protocol, usual, inside in zip(*columns, strict=True):
            found = self.protocols.setdefault(protocol, ProtocolCount())
            found.messages += 1
            found.at_unusual_ports += usual is False
            found.inside_another += inside is not None

    def document(self) -> Document:
        """The protocols, the most frequent first."""
        ordered = sorted(self.protocols.items(), key=lambda each: (-each[1].messages, each[0]))
        rows = tuple(
            (name, count(each.messages), count(each.at_unusual_ports), count(each.inside_another))
            for name, each in ordered
        )
        headings = ("protocol", ">messages", ">at unusual ports", ">inside another protocol")
        table = Table("", headings, rows, "" if rows else "no protocol that is known was spoken")
        total = sum(each.messages for each in self.protocols.values())
        return Document(f"{count(total)} messages", (Section("By protocol", "", (table,)),))
