"""The keys of rows that come soon, so that memory is fetched before it is needed."""

from __future__ import annotations

import cython
import numpy as np

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

    def expect_bucket(table: Connections, key: int) -> int:
        """Compiled, have the processor fetch a bucket."""
        return 0 * table.limit * key

    def expect_record(table: Connections, slot: int) -> int:
        """The same for the lines of a record that every packet needs."""
        return 0 * table.limit * slot

    def expect_detail(table: Connections, line: int) -> int:
        """The same for a detail."""
        return 0 * table.limit * line

    def keys_at_once(columns: Columns, table: Connections) -> int:
        """Compiled, work out the keys of as many rows as vectors take at once; of how many."""
        return 0 * columns.rows * table.limit


class Foresight:
    """What is known of the rows from the one at hand to `AHEAD` behind it.

    Attributes:
        keys: of each row the key of its connection, 0 where it is not known.
        slots: the first record in the bucket of that, as it was when the record was asked for.
    """

    def __init__(self) -> None:
        self.keys = np.zeros(KEYS, np.uint64).data
        self.slots = np.full(KEYS, NOTHING, np.uint32).data

    # Places are below KEYS, for their bits are; what is read of the table is looked at before. As nothing can
    # go wrong this has no calls and so no registers to save: every packet comes here.
    @cython.boundscheck(False)
    def expect(self, table: Connections, row: cython.Py_ssize_t, key: cython.ulonglong) -> cython.bint:
        """Do what `look` does, with the key of `row`."""
        place: cython.Py_ssize_t = row & (KEYS - 1)
        bucket: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        line: cython.longlong
        self.keys[place] = key
        expect_bucket(table, key)
        place = (row - (AHEAD - AHEAD_RECORD)) & (KEYS - 1)
        key = self.keys[place]
        if key:
            bucket = key & table.mask
            slot = NOTHING
            if 0 <= bucket < len(table.bucket) and table.bucket[bucket]:
                slot = table.bucket[bucket]
                slot -= 1
                expect_record(table, slot)
            self.slots[place] = slot
        place = (row - (AHEAD - AHEAD_DETAIL)) & (KEYS - 1)
        if not self.keys[place]:
            return False
        slot = self.slots[place]
        if slot >= len(table.record):  # NOTHING is beyond all records
            return True
        line = table.record[slot, PLACE] & NOTHING
        if line != NOTHING:
            expect_detail(table, line)
        return (table.record[slot, EXTRA] >> 32) & 3 != 3

    if not cython.compiled:  # compiled, this is inline: see foresight.pxd

        def look(self, columns: Columns, table: Connections, row: int, end: int) -> bool:
            """Have fetched what `row` needs first, and what some rows before it need next.

            `row` is AHEAD rows ahead of the one at hand; from `end` on there is nothing. Returns whether the
            payload of the row AHEAD_DETAIL ahead will be looked at: not so where both sides have spoken.
            """
            if row >= end:
                return self.expect(table, row, 0)
            if columns.keyed:
                return self.expect(table, row, columns.keys[row])
            return self.expect(table, row, key_from(columns, table, row))


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


# All columns that are read, and the room for the keys, are looked at before.
@cython.boundscheck(False)
def work_out_keys(columns: Columns, table: Connections) -> None:
    """Work out the keys of all rows, so that whoever follows them need not.

    They depend on the columns and on the key of the table alone: another thread may do it ahead. Where the
    processor can, several rows are worked out at once; `key_from` is what the others are, and the truth.
    """
    row: cython.Py_ssize_t
    rows: cython.Py_ssize_t = columns.rows
    if (
        len(columns.keys) < rows
        or len(columns.has) < rows
        or len(columns.ip_version) < rows
        or len(columns.ip_protocol) < rows
        or len(columns.ip_source) < 2 * rows
        or len(columns.ip_destination) < 2 * rows
        or len(columns.source_port) < rows
        or len(columns.destination_port) < rows
    ):
        raise IndexError("there is no room for the keys, or a column is shorter than its batch")
    with cython.nogil:
        for row in range(keys_at_once(columns, table), rows):
            columns.keys[row] = key_from(columns, table, row)
    columns.keyed = True
