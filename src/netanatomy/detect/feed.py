"""Gathers what the stages give into batches that are worth a detector's while."""

from __future__ import annotations

import pyarrow as pa

from netanatomy.detect.engine import Detection
from netanatomy.detect.tables import Tables
from netanatomy.schema.anomaly_table import anomaly_schema
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packets import packet_schema
from netanatomy.tables.rows import Rows

BATCH_ROWS = 32_768
"""Rows of connections or anomalies that are gathered: a detector costs as much for ten as for a thousand."""


class Feed:
    """Hands tables to a detection.

    Args:
        detection: what observes them.
        connection_schema: of the connections that will come.
    """

    def __init__(self, detection: Detection, connection_schema: pa.Schema) -> None:
        self._detection = detection
        self._no_packets = _none(
            pa.schema([packet_schema().field(name) for name in detection.packet_columns])
        )
        self._connections = _Gathered(connection_schema)
        self._anomalies = _Gathered(anomaly_schema())

    def packets(self, batch: PacketBatch) -> None:
        """Packets are observed as they come: their octets are there only now."""
        self._observe(packets=Rows(batch.table, batch.pieces))

    def connections(self, batch: pa.RecordBatch) -> None:
        """Connections that ended."""
        if gathered := self._connections.add(batch):
            self._observe(connections=gathered)

    def anomalies(self, batch: pa.RecordBatch) -> None:
        """Rows of the anomaly table."""
        if gathered := self._anomalies.add(batch):
            self._observe(anomalies=gathered)

    def finish(self) -> None:
        """Hand over what is left."""
        self._observe(connections=self._connections.take(), anomalies=self._anomalies.take())

    def _observe(
        self, packets: Rows | None = None, connections: Rows | None = None, anomalies: Rows | None = None
    ) -> None:
        self._detection.observe(
            Tables(
                packets or self._no_packets,
                connections or self._connections.none,
                anomalies or self._anomalies.none,
                self._detection.settings.network,
            )
        )


class _Gathered:
    """Batches of one table until they are enough."""

    def __init__(self, schema: pa.Schema) -> None:
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0
        self.none = _none(schema)

    def add(self, batch: pa.RecordBatch) -> Rows | None:
        self._batches.append(batch)
        self._rows += batch.num_rows
        return self.take() if self._rows >= BATCH_ROWS else None

    def take(self) -> Rows | None:
        if not self._rows:
            return None
        gathered = Rows(pa.concat_batches(self._batches))
        self._batches, self._rows = [], 0
        return gathered


def _none(schema: pa.Schema) -> Rows:
    return Rows(pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema))
