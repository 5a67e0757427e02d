"""Connections whose handshake seems broken only since the recorder lost a frame of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import Relation, Summary, Totals
from netanatomy.detect.tables import kept
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows

TCP = 6  # Assigned Internet Protocol Numbers, IANA
CONNECTION_COLUMNS = ("uid", "ip_proto", "orig_pkts", "resp_pkts", "anomalies", "missed_bytes", "history")
"""Columns of the connection table that are needed."""
RELATIONS: dict[str, Relation] = {
    "losses": Totals(("capture",), ("connections",)),
    "went_on": Totals(("uid",), ("count",), (), ("unseen", "accepted")),
}


def went_on(connections: Rows) -> Kept:
    """Connections with anomalies in which both sides spoke: how they went on (see `history`)."""
    if not connections.count:
        return
    both = (connections.numbers("orig_pkts") > 0) & (connections.numbers("resp_pkts") > 0)
    rows = np.flatnonzero(both & (connections.numbers("ip_proto") == TCP))
    rows = rows[connections.at("anomalies", rows) > 0]
    if not len(rows):
        return
    missed = (connections.at("missed_bytes", rows) > 0).astype(np.int64)
    yield "losses", kept(connections, rows, (), capture=0, connections=missed)
    history = connections.take("history", rows)
    # No SYN-ACK of either side, but data, acknowledgments or a FIN of the responder: it did answer.
    answered = pc.match_substring_regex(history, "^[^Hh]*[adf][^Hh]*$")
    # The originator's own ACK, or a gap (G) where it was: it took the SYN-ACK and what came with it.
    accepted = pc.match_substring_regex(history, "[ADFG]")
    there = np.flatnonzero(pc.or_(answered, accepted).to_numpy(zero_copy_only=False))
    yield (
        "went_on",
        kept(
            connections,
            rows[there],
            ("uid",),
            unseen=answered.take(arrow_array(there)).cast(pa.int64()),
            accepted=accepted.take(arrow_array(there)).cast(pa.int64()),
            count=1,
        ),
    )


def lost_frames(summary: Summary, connections: Iterable[str], lossy: int) -> set[tuple[str, bool]]:
    """Connections, and whether the responder's way, whose oddities are frames that the recorder lost.

    Args:
        summary: with the relations `RELATIONS`.
        connections: identifiers of those with segments before the handshake.
        lossy: connections with octets missing, from which the capture itself is held for incomplete.
    """
    asked = pa.array(sorted(set(connections) - {""}), pa.string())
    if not len(asked) or "went_on" not in summary:
        return set()
    table = summary["went_on"]
    incomplete = sum(row["connections"] for row in summary.rows("losses")) >= lossy
    found: set[tuple[str, bool]] = set()
    for row in table.filter(pc.is_in(table["uid"].cast(pa.string()), value_set=asked)).to_pylist():
        if row["unseen"]:
            found |= {(row["uid"], False), (row["uid"], True)}
        elif row["accepted"] and incomplete:
            found.add((row["uid"], True))
    return found
