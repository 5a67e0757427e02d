"""How a column is declared: name, type, unit and meaning in one place."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

import pyarrow as pa

from netanatomy.schema.frozen import frozen


class Kind(StrEnum):
    """The types that table columns have, and what they are in Arrow."""

    U8 = "u8"
    U16 = "u16"
    U32 = "u32"
    U64 = "u64"
    I8 = "i8"
    I64 = "i64"
    F64 = "f64"
    BOOL = "bool"
    TIME = "time"  # nanoseconds since 1970-01-01 UTC
    DURATION = "duration"  # nanoseconds
    MAC = "mac"  # 6 octets
    IP = "ip"  # 16 octets, IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2)
    NAME = "name"  # one of a list of names, dictionary-encoded
    TEXT = "text"
    TEXTS = "texts"  # a list of texts
    OCTETS = "octets"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type."""
        return _arrow_types()[self]


@cache
def _arrow_types() -> dict[Kind, pa.DataType]:
    return {
        Kind.U8: pa.uint8(),
        Kind.U16: pa.uint16(),
        Kind.U32: pa.uint32(),
        Kind.U64: pa.uint64(),
        Kind.I8: pa.int8(),
        Kind.I64: pa.int64(),
        Kind.F64: pa.float64(),
        Kind.BOOL: pa.bool_(),
        Kind.TIME: pa.timestamp("ns", "UTC"),
        Kind.DURATION: pa.duration("ns"),
        Kind.MAC: pa.binary(6),
        Kind.IP: pa.binary(16),
        Kind.NAME: pa.dictionary(pa.uint16(), pa.string()),
        Kind.TEXT: pa.string(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.OCTETS: pa.binary(),
    }


@frozen
class Column:
    """One column of a table.

    Attributes:
        name: as it stands in the table.
        kind: its type.
        meaning: what it says, in a sentence a student follows.
        unit: for example `octets` or `ns`; empty where a number counts nothing.
        group: columns of one group are null in the same rows.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    group: str = ""

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field, with unit and meaning as its metadata."""
        metadata = {"meaning": self.meaning, "unit": self.unit}
        return pa.field(self.name, self.kind.arrow, metadata={k: v for k, v in metadata.items() if v})


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of a table."""
    return pa.schema([column.arrow for column in columns])
