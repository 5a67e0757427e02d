"""Columns of which every row says the same, batch after batch, as in a flood: made once and handed out again.

What a column says is worked out of some words of the records, and of nothing else where no connection has a
detail. Where these words are the same in every record, and the same as in the batch before, so is the column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.ended_connections import EndedConnections
from netanatomy.flows.record import (
    BUCKET,
    DEADLINE,
    FACTS_ORIG,
    FACTS_RESP,
    FIRST_NUMBERS,
    FIRST_OPTIONS,
    LINKS,
    PLACE,
    PORTS,
    RECORD_WORDS,
)
from netanatomy.flows.record_arrays import EVERY_BIT

ColumnFrom: TypeAlias = Callable[[EndedConnections], pa.Array]

ROWS_WORTH_WHILE = 1024
"""Fewer rows of a batch are not looked through for what they have in common."""

UNTOLD = (PLACE, LINKS, DEADLINE, BUCKET, FIRST_NUMBERS, FIRST_OPTIONS)
"""Words that serve the connection table while a connection lives, and no column."""

PORT = 0xFFFF
FACTS = (0xFF, 0xFFFF << 8, 0xFFFF << 24, 0xFF << 40, -1 << 48)
"""TTL, window, largest segment, window scale, and bits, as `facts` keeps them."""

PARTS: tuple[tuple[int, int], ...] = (
    *((PORTS, part) for part in (PORT, PORT << 16, ~(PORT << 16 | PORT))),
    *((word, part) for word in (FACTS_ORIG, FACTS_RESP) for part in FACTS),
    *(
        (word, EVERY_BIT)
        for word in range(RECORD_WORDS)
        if word not in (*UNTOLD, PORTS, FACTS_ORIG, FACTS_RESP)
    ),
)
"""What may be the same by itself: words, and bits of them. A flood varies some of them and not others."""

WORDS = np.array([word for word, _ in PARTS], np.int64)
BITS = np.array([bits for _, bits in PARTS], np.int64)


class RepeatedColumns:
    """Makes columns, and remembers those that said the same in every row of the batch before.

    Args:
        columns: how each is made of ended connections.
    """

    def __init__(self, columns: Sequence[ColumnFrom]) -> None:
        self._columns = list(columns)
        none = np.empty(0, np.int64)
        self._turned = none
        self._together = none, none
        self._in_common = b""
        self._repeated: list[bool] = []
        self._known: list[pa.Array | None] = []
        self._known_rows = 0

    def arrays(self, rows: EndedConnections) -> list[pa.Array]:
        """The columns of a batch."""
        if rows.detailed or rows.count < ROWS_WORTH_WHILE or rows.reasons.min() != rows.reasons.max():
            rows.turn_together(self._together)  # what was asked for before will be asked for again
            arrays = [column(rows) for column in self._columns]
            self._together = rows.turned()
            return arrays
        same = rows.turn(self._turned)[WORDS] & BITS == 0
        in_common = np.where(same, rows.records[0, WORDS] & BITS, 0)
        known_by = same.tobytes() + in_common.tobytes() + rows.reasons[:1].tobytes()
        if known_by != self._in_common:
            self._in_common = known_by
            self._known_rows = 0
            self._repeated = []
            self._turned = np.empty(0, np.int64)
            return [column(rows) for column in self._columns]
        if not self._repeated:
            self._repeated = [_is_repeated(column, rows, same) for column in self._columns]
        if rows.count > self._known_rows:
            arrays = [column(rows) for column in self._columns]
            self._known = [
                array if repeated else None for array, repeated in zip(arrays, self._repeated, strict=True)
            ]
            self._known_rows = rows.count
            return arrays
        arrays = [
            column(rows) if known is None else known.slice(0, rows.count)
            for column, known in zip(self._columns, self._known, strict=True)
        ]
        self._turned = rows.turned()[0]
        return arrays


def _is_repeated(column: ColumnFrom, rows: EndedConnections, same: NDArray[np.bool_]) -> bool:
    """Whether all that a column is made of is the same in every row; what that is tells one row."""
    one = rows.only_first()
    asked = one.note_words()
    column(one)
    read = np.zeros(RECORD_WORDS, np.int64)
    for word, bits in asked:
        read[word] |= bits
    told = np.ones(RECORD_WORDS, np.bool_)
    told[list(UNTOLD)] = False
    return not read[~told].any() and bool(same[read[WORDS] & BITS != 0].all())
