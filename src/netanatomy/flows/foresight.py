"""The keys of rows that come soon, so that memory is fetched before it is needed."""

from __future__ import annotations

import cython
import numpy as np

if not cython.compiled:
    from netanatomy.flows.columns import HAS_PORTS, Columns
    from netanatomy.flows.table import Connections

    # Rows ahead of the one at hand whose bucket, record and detail are fetched: memory takes longer to
    # answer than a packet takes to be followed.
    AHEAD_COLUMNS = 32  # a multiple of eight: columns are fetched for as many rows at once
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32  # more than AHEAD, a power of two


class Foresight:
    """Keys of the rows from the one at hand to `AHEAD` behind it."""

    def __init__(self) -> None:
        self.keys = np.zeros(KEYS, np.uint64).data
        self.known = np.zeros(KEYS, np.uint8).data

    # `Tracker.follow` saw that the columns have the row; a place is below KEYS.
    @cython.boundscheck(False)
    def look(self, columns: Columns, table: Connections, row: cython.Py_ssize_t) -> cython.int:
        """Work out the key of a row that comes soon, and have its bucket fetched."""
        place: cython.Py_ssize_t = row % KEYS
        swap: cython.bint
        kind: cython.ulonglong
        source_high: cython.longlong
        source_low: cython.longlong
        destination_high: cython.longlong
        destination_low: cython.longlong
        self.known[place] = 0
        self.keys[place] = 0
        if not columns.has[row] & HAS_PORTS:
            return 0
        kind = columns.ip_protocol[row] | (columns.ip_version[row] << 8)
        source_high = columns.source(row, 0)
        source_low = columns.source(row, 1)
        destination_high = columns.destination(row, 0)
        destination_low = columns.destination(row, 1)
        if source_high != destination_high:
            swap = source_high > destination_high
        elif source_low != destination_low:
            swap = source_low > destination_low
        else:
            swap = columns.source_port[row] > columns.destination_port[row]
        if swap:
            self.keys[place] = table.hash_from(
                kind,
                destination_high,
                destination_low,
                columns.destination_port[row],
                source_high,
                source_low,
                columns.source_port[row],
            )
        else:
            self.keys[place] = table.hash_from(
                kind,
                source_high,
                source_low,
                columns.source_port[row],
                destination_high,
                destination_low,
                columns.destination_port[row],
            )
        self.known[place] = 1
        return table.expect_bucket(self.keys[place])
