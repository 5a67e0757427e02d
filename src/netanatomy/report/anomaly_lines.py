"""The anomaly table for people and programs: which rows, which columns, what a kind means, how many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from textwrap import wrap

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.report.document import Table
from netanatomy.report.escape import visible
from netanatomy.report.json import Json
from netanatomy.report.row_filter import RowFilter
from netanatomy.report.text_columns import IP_VERSION
from netanatomy.report.units import count
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind
from netanatomy.schema.anomaly_table import ANOMALY_COLUMNS
from netanatomy.schema.column import Column, Kind
from netanatomy.tables.arrays import arrow_array, octet_rows

DEFAULT_COLUMNS = (
    "frame_number",
    "ts",
    "layer",
    "name",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "offset",
    "length",
    "value",
    "expected",
    "other_frame",
    "uid",
)
"""What text, CSV and JSON lines show: where, what, whose, and which octets prove it."""

VERSION = Column(IP_VERSION, Kind.U8, "4 or 6.")
LINE = 96
"""Characters of a line of an explanation."""


def with_versions(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with the column by which addresses are written; ::ffff:a.b.c.d counts as IPv4."""
    if IP_VERSION in batch.schema.names:
        return batch
    octets = octet_rows(batch, "source").reshape(-1, 16)
    mapped = (octets[:, :10] == 0).all(axis=1) & (octets[:, 10:12] == 0xFF).all(axis=1)
    versions = np.where(mapped, 4, 6).astype(np.uint8)
    if len(versions) < batch.num_rows:  # a column of nulls need not have octets
        versions = np.zeros(batch.num_rows, np.uint8)
    return batch.append_column(IP_VERSION, arrow_array(versions))


class AnomalyFilter:
    """A Polars SQL expression over the columns of the anomaly table.

    Raises:
        UsageError: it cannot be read, or names an unknown column.
    """

    def __init__(self, text: str) -> None:
        self._rows = RowFilter(text, ANOMALY_COLUMNS)

    def mask(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Which rows the expression is true for."""
        return self._rows.mask(with_versions(batch))


def chosen(
    batches: Iterable[pa.RecordBatch],
    names: Sequence[str] = (),
    layers: Sequence[str] = (),
    condition: AnomalyFilter | None = None,
    first: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """The first rows of any of some names, of any of some layers, for which a condition is true."""
    for batch in batches:
        some = batch
        for column, wanted in (("name", names), ("layer", layers)):
            if wanted:
                texts = some.column(column).dictionary_decode()
                some = some.filter(pc.is_in(texts, pa.array(list(wanted), pa.string())))
        if condition is not None:
            some = some.filter(condition.mask(some))
        if first is not None:
            some = some.slice(0, first)
            first -= some.num_rows
        if some.num_rows:
            yield with_versions(some)
        if first == 0:
            return


def count_table(counted: Iterable[tuple[AnomalyKind, int, Sequence[int]]]) -> Table:
    """Kinds with how often they were met and in which frames first, the most frequent first."""
    ordered = sorted(counted, key=lambda each: (-each[1], each[0].name))
    rows = tuple(
        (kind.name, kind.layer, count(number), ", ".join(map(str, frames)), _first_sentence(kind.meaning))
        for kind, number, frames in ordered
    )
    headings = ("name", "layer", ">count", "first frames", "meaning")
    return Table("", headings, rows, "" if rows else "no anomalies")


def explanation(kind: AnomalyKind) -> Iterator[str]:
    """What there is to know about a kind, in lines."""
    yield f"{visible(kind.name)} ({kind.layer} layer)"
    yield ""
    yield from wrap(visible(kind.meaning), LINE)
    yield ""
    yield from wrap(f"Looks the same and is harmless: {visible(kind.benign)}", LINE)
    yield ""
    for label, text in facts(kind):
        yield from wrap(f"{label}: {visible(text)}", LINE, subsequent_indent="  ")


def facts(kind: AnomalyKind) -> tuple[tuple[str, str], ...]:
    """What columns say and what others call it, with a label each; only what there is.

    >>> from netanatomy.schema.anomaly_kinds.catalogue import by_name
    >>> facts(by_name()["ttl-zero"])[0]
    ('value', 'time to live')
    """
    lines = (
        ("value", kind.value),
        ("expected", kind.expected),
        ("other_frame", kind.other_frame),
        ("Rule", kind.source),
        ("Zeek", kind.zeek),
        ("Suricata", kind.suricata),
        ("Wireshark", kind.wireshark),
    )
    return tuple((label, text) for label, text in lines if text)


def explanation_json(kind: AnomalyKind) -> dict[str, Json]:
    """The same for programs."""
    return {each.name: getattr(kind, each.name) for each in fields(kind)}


def _first_sentence(text: str) -> str:
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
