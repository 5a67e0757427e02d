"""However the tables of a capture are cut and merged, the findings are the same."""

from __future__ import annotations

import random
from binascii import crc32
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

import netanatomy
from netanatomy.detect.engine import Detection, Judged
from netanatomy.detect.tables import Tables
from netanatomy.flows.connections import ConnectionTracker
from netanatomy.pipeline import Capture
from netanatomy.schema.anomaly_table import anomaly_schema
from netanatomy.schema.connections import connection_schema
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packets import packet_schema
from netanatomy.tables.rows import Rows
from tests.detect.support import capture, names

FEW, MANY = 4, 24  # shards
WAYS = ("by time", "by row", "by pair of hosts", "at single rows")


@cache
def tables(name: str) -> tuple[list[PacketBatch], pa.RecordBatch, pa.RecordBatch]:
    """The tables of a capture: packets in batches, connections and anomalies in one each."""
    packets: list[PacketBatch] = []
    detection = Detection()
    tracker = ConnectionTracker(None, detection.connection_columns, anomalies=True)
    connections, anomalies = [], []
    opened = Capture(capture(name))
    for found in opened._reading.followed(tracker, None, detection.packet_columns, None, packets.append):
        if found.ended is not None:
            connections.append(tracker.batch(found.ended))
        if found.anomalies is not None:
            anomalies.append(found.anomalies)
    return (
        packets,
        _joined(connections, _schema(connection_schema(), detection.connection_columns)),
        _joined(anomalies, anomaly_schema()),
    )


def _schema(schema: pa.Schema, columns: tuple[str, ...]) -> pa.Schema:
    return pa.schema([schema.field(name) for name in columns])


def _joined(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    return pa.concat_batches(batches) if batches else pa.RecordBatch.from_pylist([], schema)


def shards(rows: Rows, way: str, count: int, chance: random.Random) -> np.ndarray:
    """For each row, the shard that sees it."""
    if way == "by time":
        cuts = sorted(chance.randrange(rows.count + 1) for _ in range(count - 1))
        return np.searchsorted(np.array(cuts), np.arange(rows.count), side="right")
    if way == "by pair of hosts":
        columns = [
            name
            for name in ("ip_source", "ip_destination", "id.orig_h", "id.resp_h", "source", "destination")
            if rows.batch.schema.get_field_index(name) >= 0
        ]
        if columns:
            # The sum does not depend on the direction.
            return sum(rows.octets(name).astype(np.int64).sum(axis=1) for name in columns) % count
    return np.array([chance.randrange(count) for _ in range(rows.count)], np.int64)


def detected(name: str, way: str, seed: int) -> list[Judged]:
    """The verdicts when every table was cut into shards that were merged in some order."""
    chance = random.Random(seed)
    count = MANY if way == "at single rows" else FEW
    packets, connections, anomalies = tables(name)
    parts = [Detection() for _ in range(count)]
    nothing = Tables(
        Rows(pa.RecordBatch.from_pylist([], _schema(packet_schema(), parts[0].packet_columns))),
        Rows(connections.slice(0, 0)),
        Rows(anomalies.slice(0, 0)),
    )
    for batch in packets:
        for piece in batch.pieces:
            rows = Rows(batch.table.slice(piece.first_row, piece.end_row - piece.first_row))
            which = shards(rows, way, count, chance)
            for shard in np.unique(which):
                some = pa.array(which == shard)
                mine = rows.batch.filter(some)
                kept = type(piece)(
                    0, mine.num_rows, piece.octets, piece.origin, piece.first_number, piece.reassembled
                )
                parts[shard].observe(Tables(Rows(mine, (kept,)), nothing.connections, nothing.anomalies))
    for table, place in ((connections, 1), (anomalies, 2)):
        rows = Rows(table)
        which = shards(rows, way, count, chance)
        for shard in np.unique(which):
            mine = Rows(table.filter(pa.array(which == shard)))
            given = (
                (nothing.packets, mine, nothing.anomalies)
                if place == 1
                else (nothing.packets, nothing.connections, mine)
            )
            parts[shard].observe(Tables(*given))
    while len(parts) > 1:  # in any order, and those that were merged with one another as well
        chance.shuffle(parts)
        taken = parts.pop()
        parts[0].merge(taken)
    return parts[0].judge()


@pytest.mark.parametrize("name", names())
def test_cut_anywhere_and_merged_in_any_order(name: str) -> None:
    whole, seed = _whole(name), crc32(name.encode())
    for way in WAYS:
        assert detected(name, way, seed) == whole, way


def _whole(name: str) -> list[Judged]:
    packets, connections, anomalies = tables(name)
    detection = Detection()
    none = Rows(connections.slice(0, 0)), Rows(anomalies.slice(0, 0))
    for batch in packets:
        detection.observe(Tables(Rows(batch.table, batch.pieces), *none))
    last = packets[-1].table.slice(0, 0)
    detection.observe(Tables(Rows(last), Rows(connections), Rows(anomalies)))
    return detection.judge()


def test_there_are_captures_with_and_without_findings() -> None:
    found = {name: bool(netanatomy.open(capture(name)).findings()) for name in names("transport")}
    assert any(found.values())
