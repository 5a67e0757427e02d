"""Attempts that are left open, by service and second: which of them are a flood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.detect.cells import cells
from netanatomy.detect.floods import NAMED, Lasting, lasting
from netanatomy.detect.relations import Row, Totals
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.words import words

TALKER_CELLS = 4_096
"""Counters of sources for each host. Bounds forged ones, of which none is loud; few real ones share none."""
TALKERS = Totals(("victim", "bare", "cell"), ("attempts",), ("high", "low"))
LOUD = 0.01
"""Share of all attempts from which a source is named, where sources are not forged."""
MINUTE = 60
"""Seconds that a half-open connection lasts: Linux sends five SYN-ACKs, which takes 63 s."""
RETRIED = 1.5
"""SYNs of an unanswered attempt, on average, from which real systems retransmit; tools send each once."""


class Limits(Lasting, Protocol):
    """From how many attempts on it is a flood."""

    @property
    def half_open(self) -> int:
        """Attempts a minute of a slow flood."""

    @property
    def completed_share(self) -> float:
        """Share of completed handshakes above which it is load."""


def of_many(table: pa.Table, limits: Limits) -> pa.Table:
    """The rows of those hosts that were tried often enough to look at them."""
    summed = Totals(("victim",), ("open",)).reduce(table)
    least = min(limits.rate * limits.seconds, limits.half_open)
    some = summed.filter(pc.greater_equal(summed["open"], least))["victim"]
    return table.filter(pc.is_in(table["victim"], some.combine_chunks()))


def together(rows: Sequence[Row]) -> list[Row]:
    """Rows of several ports as rows of seconds."""
    found: dict[int, Row] = {}
    for row in rows:
        one = found.setdefault(
            row["second"], {**row, "open": 0, "completed": 0, "answered": 0, "reset": 0, "frames": 0}
        )
        for name in ("open", "completed", "answered", "reset", "frames"):
            one[name] += row[name]
        one["start"], one["end"] = min(one["start"], row["start"]), max(one["end"], row["end"])
    return [found[second] for second in sorted(found)]


def talkers(connections: Rows, places: Places, bare: NDArray[np.bool_]) -> pa.Table:
    """Rows for TALKERS: which sources there are, in counters that they rarely share."""
    high, low = words(connections.take("id.orig_h", places))
    return kept(
        connections,
        places,
        ("victim=id.resp_h",),
        cell=cells(connections, places, "id.orig_h") % TALKER_CELLS,
        bare=bare,
        attempts=np.int64(1),
        high=high,
        low=low,
    )


def loudest(rows: Sequence[Row], count: int) -> list[Row]:
    """Sources, as rows with `source`, that made a share of all attempts that counts."""
    order = sorted(rows, key=lambda row: (-int(row["attempts"]), int(row["cell"])))
    return [
        {"source": np.array([row["high"], row["low"]], np.uint64).tobytes()}
        for row in order
        if row["attempts"] >= LOUD * count
    ]


def flooded(rows: Sequence[Row], sources: int, limits: Limits) -> bool:
    """Whether seconds of one service show a flood."""
    fast = [row for row in rows if row["open"] >= limits.rate]
    if lasting([row["open"] for row in fast], limits) and _abandoned(fast, limits):
        return True
    ordered = sorted(rows, key=lambda row: int(row["second"]))
    first, open_now = 0, 0
    for last, row in enumerate(ordered):
        open_now += row["open"]
        while ordered[first]["second"] <= row["second"] - MINUTE:
            open_now -= ordered[first]["open"]
            first += 1
        if open_now >= limits.half_open and sources > NAMED and _abandoned(ordered[first : last + 1], limits):
            return True
    return False


def _abandoned(rows: Sequence[Row], limits: Limits) -> bool:
    count, completed = sum(row["open"] for row in rows), sum(row["completed"] for row in rows)
    if completed > limits.completed_share * (count + completed):
        return False
    answered, frames = sum(row["answered"] for row in rows), sum(row["frames"] for row in rows)
    return bool(answered * 2 >= count or frames < RETRIED * count)
