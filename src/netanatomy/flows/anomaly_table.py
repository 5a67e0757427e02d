"""The anomaly table, made from what kernels noted, what checks found, and what was told about the capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.events import Events
from netanatomy.flows.identity import uid_texts
from netanatomy.flows.oddities.oddity import Hits
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.anomaly_kinds.catalogue import LAYERS, by_name, kinds
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind
from netanatomy.schema.anomaly_table import anomaly_schema
from netanatomy.schema.frozen import changeable
from netanatomy.schema.text import string_array
from netanatomy.tables.arrays import arrow_array

FIRST_FRAMES = 5
"""Frames of a kind that `AnomalyCounts` remembers; bounds a capture in which every frame is odd."""

PACKET_COLUMNS = (
    "frame_number",
    "depth",
    "time",
    "ip_source",
    "ip_destination",
    "source_port",
    "destination_port",
)
"""The columns of the packet table that rows about packets are made from, besides those of the checks."""

_OF_PACKETS: Mapping[str, str] = {
    "ts": "time",
    "frame_number": "frame_number",
    "depth": "depth",
    "source": "ip_source",
    "source_port": "source_port",
    "destination": "ip_destination",
    "destination_port": "destination_port",
}


def events_batch(events: Events, declared: Sequence[AnomalyKind]) -> pa.RecordBatch:
    """What kernels noted, in their order.

    Args:
        events: the notes; they stay as they are.
        declared: the kinds that the numbers in `events` stand for.
    """
    count = int(events.count)
    # Copied: the kernels write over them while the batch is on its way.
    arrays = {name: array[:count].copy() for name, array in events.arrays.items() if "reading" not in name}
    codes = arrays["name"]
    high, low = arrays["uid_high"].astype(np.int64), arrays["uid_low"].astype(np.int64)
    with_uid = (high != 0) | (low != 0)
    numbered = arrays["has_numbers"] != 0
    first, second = _readings(events, arrays["evidence"].astype(np.int32))
    return _batch(
        [kind.name for kind in declared],
        codes,
        {
            "ts": arrow_array(arrays["time"]).cast(pa.int64()).view(pa.timestamp("ns", "UTC")),
            "frame_number": arrow_array(arrays["frame"]),
            "depth": arrow_array(arrays["depth"]),
            "uid": _uids(high, low, with_uid),
            "is_orig": arrow_array(arrays["side"] == 0, with_uid),
            "source": _addresses(arrays["source"].astype(np.int64)),
            "source_port": arrow_array(arrays["source_port"].astype(np.uint16)),
            "destination": _addresses(arrays["destination"].astype(np.int64)),
            "destination_port": arrow_array(arrays["destination_port"].astype(np.uint16)),
            "offset": arrow_array(arrays["offset"]),
            "length": arrow_array(arrays["length"]),
            "value": arrow_array(arrays["value"], numbered & _told(declared, "value")[codes]),
            "expected": arrow_array(arrays["expected"], numbered & _told(declared, "expected")[codes]),
            "other_frame": arrow_array(arrays["other_frame"], numbered & (arrays["other_frame"] != 0)),
            "evidence": first,
            "other_evidence": second,
        },
    )


def hits_batch(
    found: Sequence[Hits],
    packets: pa.RecordBatch,
    uid_high: NDArray[np.int64] | None = None,
    uid_low: NDArray[np.int64] | None = None,
    side: NDArray[np.uint8] | None = None,
) -> pa.RecordBatch:
    """What checks found in a batch of packets, in the order of its rows.

    Args:
        found: from `oddities.find`.
        packets: the batch, with at least PACKET_COLUMNS.
        uid_high: (rows of the batch,) the connection of each packet; 0 in both where it has none.
        uid_low: the other half.
        side: (rows of the batch,) 0 where the originator sent the packet.
    """
    names = [hits.name for hits in found]
    rows = _joined([hits.rows for hits in found])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    codes = np.repeat(np.arange(len(found)), [len(hits.rows) for hits in found])[order]
    offset = _joined([hits.offset for hits in found])[order]
    length = _joined([hits.length for hits in found])[order]
    columns = {name: packets.column(column).take(arrow_array(rows)) for name, column in _OF_PACKETS.items()}
    columns["offset"] = arrow_array(offset.astype(np.uint32), offset >= 0)
    columns["length"] = arrow_array(np.maximum(length, 0).astype(np.uint32))
    columns["value"] = _optional([hits.value for hits in found], found, order)
    columns["expected"] = _optional([hits.expected for hits in found], found, order)
    if uid_high is not None and uid_low is not None:
        high, low = uid_high[rows], uid_low[rows]
        with_uid = (high != 0) | (low != 0)
        columns["uid"] = _uids(high, low, with_uid)
        if side is not None:
            columns["is_orig"] = arrow_array(side[rows] == 0, with_uid)
    return _batch(names, codes, columns)


def notes_batch(notes: Sequence[Anomaly]) -> pa.RecordBatch:
    """What was told about the capture and about what the caps dropped: rows without a packet.

    An offset beyond 32 bits, in a file of many gigabytes, is left out: the note's words have it.
    """
    frames = np.array([note.frame for note in notes], np.uint64)
    offsets = np.array([note.offset for note in notes], np.int64)
    fits = (offsets > 0) & (offsets <= np.iinfo(np.uint32).max)
    columns = {
        "frame_number": arrow_array(frames, frames > 0),
        "offset": arrow_array(np.where(fits, offsets, 0).astype(np.uint32), fits),
    }
    return _batch([note.name for note in notes], np.arange(len(notes)), columns)


def in_order(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches of this table as one, by frame; rows of one frame stay in the order of the batches."""
    table = pa.Table.from_batches(batches, anomaly_schema())
    frames = table["frame_number"].combine_chunks().fill_null(0).to_numpy()
    ordered = table.take(arrow_array(np.argsort(frames, kind="stable"))).combine_chunks()
    found = ordered.to_batches()
    return found[0] if found else pa.RecordBatch.from_pylist([], anomaly_schema())


@changeable
class KindCount:
    """How often a kind was met, and where first.

    Attributes:
        count: rows.
        frames: numbers of the first frames that have it, at most FIRST_FRAMES.
    """

    count: int = 0
    frames: list[int] = field(default_factory=list)


class AnomalyCounts:
    """Counts anomalies by kind, in memory that depends on nothing but the number of kinds.

    Attributes:
        kinds: what was counted, by name.
    """

    def __init__(self) -> None:
        self.kinds: dict[str, KindCount] = {}

    @property
    def total(self) -> int:
        """Rows of all kinds."""
        return sum(each.count for each in self.kinds.values())

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of the anomaly table."""
        names = batch.column("name")
        codes = names.indices.to_numpy()
        frames = batch.column("frame_number").fill_null(0).to_numpy()
        for code, count in enumerate(np.bincount(codes, minlength=1).tolist()):
            if not count:
                continue
            known = self.kinds.setdefault(names.dictionary[code].as_py(), KindCount())
            known.count += count
            if len(known.frames) < FIRST_FRAMES:
                for frame in frames[codes == code][: FIRST_FRAMES * FIRST_FRAMES].tolist():
                    if frame and frame not in known.frames and len(known.frames) < FIRST_FRAMES:
                        known.frames.append(frame)


def _batch(
    names: Sequence[str], codes: NDArray[np.generic], columns: Mapping[str, pa.Array]
) -> pa.RecordBatch:
    """A batch of the whole table; what `columns` lacks is null.

    The dictionaries hold every kind and layer there is, so that they are the same in every batch.
    """
    count = len(codes)
    places, dictionary, layers = _dictionary()
    kind = np.array([places[name] for name in names], np.uint16)[codes] if count else np.zeros(0, np.uint16)
    given = {
        **columns,
        "name": pa.DictionaryArray.from_arrays(arrow_array(kind), dictionary),
        "layer": pa.DictionaryArray.from_arrays(arrow_array(layers[kind]), string_array(LAYERS)),
    }
    schema = anomaly_schema()
    arrays = [
        given[field.name].cast(field.type) if field.name in given else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@cache
def _dictionary() -> tuple[Mapping[str, int], pa.StringArray, NDArray[np.uint16]]:
    """The place of each kind's name, the names, and the layer of each by its place in LAYERS."""
    names = [kind.name for kind in kinds()]
    layers = np.array([LAYERS.index(by_name()[name].layer) for name in names], np.uint16)
    return {name: place for place, name in enumerate(names)}, string_array(names), layers


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _optional(
    parts: Sequence[NDArray[np.int64] | None], found: Sequence[Hits], order: NDArray[np.int64]
) -> pa.Array:
    """Numbers that only some kinds have."""
    sizes = [len(hits.rows) for hits in found]
    values = [
        np.zeros(size, np.int64) if part is None else part for part, size in zip(parts, sizes, strict=True)
    ]
    valid = np.repeat(np.array([part is not None for part in parts], np.bool_), sizes)
    return arrow_array(_joined(values)[order], valid[order])


def _addresses(words: NDArray[np.int64]) -> pa.Array:
    """Addresses from pairs of words, whose memory is the address's."""
    return pa.Array.from_buffers(pa.binary(16), len(words), [None, pa.py_buffer(words.tobytes())])


def _uids(high: NDArray[np.int64], low: NDArray[np.int64], valid: NDArray[np.bool_]) -> pa.Array:
    places = np.cumsum(valid) - 1
    return uid_texts(high[valid], low[valid]).take(arrow_array(places, valid))


def _told(declared: Sequence[AnomalyKind], what: str) -> NDArray[np.bool_]:
    """Whether a kind says what a column means; where it does not, the column is null."""
    return np.array([bool(getattr(kind, what)) for kind in declared], np.bool_)


def _readings(events: Events, evidence: NDArray[np.int32]) -> tuple[pa.Array, pa.Array]:
    """The two readings of the same octets, where there are two."""
    count = int(events.evidence_count)
    lengths = np.asarray(events.arrays["reading_length"])[:count].tolist()
    places = arrow_array(evidence, evidence >= 0)

    def octets(name: str) -> pa.Array:
        readings = np.asarray(events.arrays[name])
        taken = [readings[at, :length].tobytes() for at, length in enumerate(lengths)]
        return pa.array(taken, pa.binary()).take(places)

    return octets("first_reading"), octets("second_reading")
