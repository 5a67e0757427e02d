"""Connections that only look what is there: which of them belong to a scan of services."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import Row, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import Rows

SECOND = 10**9  # ns
COLUMNS = (
    "ts",
    "last_time",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "syn_ack_delay",
    "ack_delay",
    "orig_data_bytes",
    "orig_resets",
)
"""Columns of the connection table that are needed."""
VISITS = Totals(("client", "server", "port", "slot"), ("connections",), ("start",), ("end",))


def visits(connections: Rows, lengths: NDArray[np.bool_], longest: int) -> Kept:
    """Rows of VISITS: answered connections that are short, and on which the client hardly spoke.

    Args:
        connections: the batch.
        lengths: by number of octets whether a probe has so many; greater ones count as the last.
        longest: s up to which a connection is short; by this time visits are put together.
    """
    rows = connections.rows_with("syn_ack_delay")
    if not len(rows):
        return
    said, resets = connections.at("orig_data_bytes", rows), connections.at("orig_resets", rows)
    looked = (said == 0) & (connections.valid_at("ack_delay", rows) | (resets > 0))
    short = connections.at("last_time", rows) - connections.at("ts", rows) < longest * SECOND
    rows = rows[short & (looked | lengths[np.minimum(said, len(lengths) - 1)])]
    if len(rows):
        slot = connections.numbers("ts")[rows] // (longest * SECOND)
        columns = ("client=id.orig_h", "server=id.resp_h", "port=id.resp_p", "start=ts", "end=last_time")
        yield "visits", kept(connections, rows, columns, slot=slot, connections=np.int64(1))


@frozen
class Scan:
    """When it was, in ns, and which ports were visited."""

    start: int
    end: int
    ports: tuple[int, ...]


def around(questions: Sequence[Row], visited: Sequence[Row], near: int) -> Scan:
    """The time of the questions and of the visits shortly before and after, and the ports of both.

    Args:
        questions: rows with `port`, `start` and `end`, of one client and one server.
        visited: rows of VISITS of the same two.
        near: s before and after.

    >>> around(
    ...     [{"port": 80, "start": 32 * SECOND, "end": 33 * SECOND}],
    ...     [{"port": 21, "start": 25 * SECOND, "end": 26 * SECOND}, {"port": 22, "start": 0, "end": 1}],
    ...     10,
    ... )
    Scan(start=25000000000, end=33000000000, ports=(21, 80))
    """
    start, end = min(row["start"] for row in questions), max(row["end"] for row in questions)
    first, last = start - near * SECOND, end + near * SECOND
    some = [row for row in visited if row["end"] >= first and row["start"] <= last]
    return Scan(
        min([start, *(row["start"] for row in some)]),
        max([end, *(row["end"] for row in some)]),
        tuple(sorted({row["port"] for row in (*questions, *some)})),
    )
