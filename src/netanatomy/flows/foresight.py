"""The keys of rows that come soon, so that memory is fetched before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython
import numpy as np

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.columns import HAS_PORTS, Columns
    from netanatomy.flows.record import *
    from netanatomy.flows.table import NOTHING, Connections

    # Rows ahead of the one at hand whose bucket, record and detail are fetched: memory takes longer to
    # answer than a packet takes to be followed.
    AHEAD_COLUMNS = 32  # a multiple of eight: columns are fetched for as many rows at once
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32  # more than AHEAD, a power of two

    def expect_record(record: LongsView) -> int:
        """Compiled, have the processor fetch the lines of a record that every packet needs."""
        return 0 * len(record)

    def expect_detail(detail: LongsView) -> int:
        """The same for a detail."""
        return 0 * len(detail)


class Foresight:
    """What is known of the rows from the one at hand to `AHEAD` behind it.

    Attributes:
        keys: of each row the key of its connection, 0 where it is not known.
        slots: the first record in the bucket of that, as it was when the record was asked for.
    """

    def __init__(self) -> None:
        self.keys = np.zeros(KEYS, np.uint64).data
        self.slots = np.full(KEYS, NOTHING, np.uint32).data

    # Places are below KEYS, for their bits are; `table` looks at its own numbers.
    @cython.boundscheck(False)
    def look(
        self, columns: Columns, table: Connections, row: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> cython.bint:
        """Have fetched what `row` needs first, and what some rows before it need next.

        `row` is AHEAD rows ahead of the one at hand; from `end` on there is nothing. Returns whether the
        payload of the row AHEAD_DETAIL ahead will be looked at: not so where both sides have spoken.
        """
        place: cython.Py_ssize_t = row & (KEYS - 1)
        slot: cython.Py_ssize_t
        line: cython.longlong
        record: cython.p_longlong
        self.keys[place] = 0
        if row < end:
            self.keys[place] = columns.keys[row] if columns.keyed else key_from(columns, table, row)
            table.expect_bucket(self.keys[place])
        place = (row - (AHEAD - AHEAD_RECORD)) & (KEYS - 1)
        if self.keys[place]:
            slot = table.first_of(self.keys[place])
            self.slots[place] = slot
            if slot != NOTHING:
                expect_record(table.record_line(slot))
        place = (row - (AHEAD - AHEAD_DETAIL)) & (KEYS - 1)
        if not self.keys[place]:
            return False
        slot = self.slots[place]
        if slot == NOTHING:
            return True
        record = table.record_line(slot)
        line = record[PLACE] & NOTHING
        if line != NOTHING:
            expect_detail(table.detail_line(line))
        return (record[EXTRA] >> 32) & 3 != 3


# Whoever asks saw that the columns have the row.
@cython.boundscheck(False)
def key_from(columns: Columns, table: Connections, row: cython.Py_ssize_t) -> cython.ulonglong:
    """The key of a row's connection, or 0."""
    swap: cython.bint
    high: cython.longlong
    low: cython.longlong
    port: cython.ulonglong
    other_high: cython.longlong
    other_low: cython.longlong
    other_port: cython.ulonglong
    kind: cython.ulonglong
    if not columns.has[row] & HAS_PORTS:
        return 0
    kind = columns.ip_protocol[row] | (columns.ip_version[row] << 8)
    high = columns.source(row, 0)
    low = columns.source(row, 1)
    port = columns.source_port[row]
    other_high = columns.destination(row, 0)
    other_low = columns.destination(row, 1)
    other_port = columns.destination_port[row]
    if high != other_high:
        swap = high > other_high
    elif low != other_low:
        swap = low > other_low
    else:
        swap = port > other_port
    return table.hash_from(
        kind,
        other_high if swap else high,
        other_low if swap else low,
        other_port if swap else port,
        high if swap else other_high,
        low if swap else other_low,
        port if swap else other_port,
    )


def work_out_keys(columns: Columns, table: Connections) -> None:
    """Work out the keys of all rows, so that whoever follows them need not.

    They depend on the columns and on the key of the table alone: another thread may do it ahead.
    """
    row: cython.Py_ssize_t
    if len(columns.keys) < columns.rows:
        raise IndexError("there is no room for the keys")
    with cython.nogil:
        for row in range(columns.rows):
            columns.keys[row] = key_from(columns, table, row)
    columns.keyed = True
