"""What a detector observes: a batch of each table, any of which may be without rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import NOWHERE, Network
from netanatomy.tables.arrays import arrow_array, texts_array
from netanatomy.tables.rows import Places, Rows

PACKET_COLUMNS = ("frame_number", "depth", "time", "payload_offset", "payload_length", "protocols")
"""Columns of the packet table that are always there."""

NUMBERS_AND_TRUTHS = "iufb"  # NumPy's kinds of them


@frozen
class Tables:
    """One batch of each table.

    Attributes:
        packets: rows of the packet table, with the octets of their payloads.
        connections: rows of the connection table: conversations that ended meanwhile.
        anomalies: rows of the anomaly table.
        network: what the user told about the network.
    """

    packets: Rows
    connections: Rows
    anomalies: Rows
    network: Network = NOWHERE


def kept(
    rows: Rows, places: Places, columns: Sequence[str], **further: NDArray[np.generic] | pa.Array
) -> pa.Table:
    """Some rows as a table for a relation: columns of the batch as they are, and others worked out.

    Args:
        rows: the batch.
        places: which of its rows.
        columns: columns to take over; `name=column` takes a column under another name.
        further: columns worked out, one value for each of `places`, or one value for all.

    >>> rows = Rows(pa.record_batch({"ts": pa.array([5, 7]), "id.resp_p": pa.array([80, 53])}))
    >>> kept(rows, np.array([1]), ("ts", "port=id.resp_p"), count=1).to_pylist()
    [{'ts': 7, 'port': 53, 'count': 1}]
    """
    arrays: dict[str, pa.Array] = {}
    for column in columns:
        name, _, source = column.partition("=")
        array = rows.take(source or name, places)
        arrays[name] = array.view(pa.int64()) if pa.types.is_temporal(array.type) else array
    for name, values in further.items():
        arrays[name] = values if isinstance(values, pa.Array) else _arrow(_spread(values, len(places)))
    # Not pa.table(arrays): given a mapping it looks for pandas first.
    return pa.Table.from_arrays(list(arrays.values()), names=list(arrays))


def _arrow(values: NDArray[np.generic]) -> pa.Array:
    if values.dtype.kind in NUMBERS_AND_TRUTHS:
        return arrow_array(cast("NDArray[np.number]", values))
    return texts_array([str(value) for value in values.tolist()])


def _spread(values: NDArray[np.generic], count: int) -> NDArray[np.generic]:
    array = np.asarray(values)
    return np.full(count, array) if array.ndim == 0 else array


def packet_places(rows: Rows, places: Places, **further: NDArray[np.generic] | pa.Array) -> pa.Table:
    """Rows of packets as a `First` relation wants them: time, frame and depth, and what is given."""
    return kept(rows, places, ("time", "frame=frame_number", "depth"), **further)
