"""Counters shared by values with equal hashes: how often something happened, at a bounded and small price.

They are for questions like "does this host answer anything?", asked of few but observed of all. Values
that share a counter make it too great, never too small: so they may only ever excuse, not accuse.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Places, Rows

CELLS = 65_536
"""Counters. Bounds floods of made-up addresses; it is far more than a network has services."""
MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0x94D049BB133111EB))
"""Odd numbers with well spread bits (splitmix64, Steele et al. 2014)."""


def cells(rows: Rows, places: Places, address: str, port: str = "") -> NDArray[np.int64]:
    """The counter of each of some rows, by an address and a port.

    >>> rows = Rows(pa.record_batch({"host": pa.array([bytes(16), bytes(16)], pa.binary(16))}))
    >>> int(np.ptp(cells(rows, np.array([0, 1]), "host")))
    0
    """
    words = np.ascontiguousarray(rows.octets_at(address, places)).view(np.uint64)
    mixed = words[:, 0] ^ (words[:, 1] * MIX[0])
    if port:
        mixed = (mixed ^ rows.at(port, places).astype(np.uint64)) * MIX[1]
    mixed = (mixed ^ (mixed >> np.uint64(31))) * MIX[1]
    found: NDArray[np.int64] = (mixed >> np.uint64(48)).astype(np.int64)
    return found


def counted(found: NDArray[np.int64]) -> pa.Table:
    """How many rows each counter has, for a relation `Totals(("cell",), ("count",))`.

    >>> counted(np.array([7, 3, 7])).to_pylist()
    [{'cell': 3, 'count': 1}, {'cell': 7, 'count': 2}]
    """
    counts = np.bincount(found, minlength=CELLS)
    there = np.flatnonzero(counts)
    arrays = [arrow_array(values.astype(np.int64)) for values in (there, counts[there])]
    return pa.Table.from_arrays(arrays, names=["cell", "count"])
