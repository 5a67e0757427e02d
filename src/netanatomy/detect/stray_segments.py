"""TCP segments that belong to no connection, by kind, host and second: rows for relations of floods."""

from __future__ import annotations

import numpy as np

from netanatomy.detect.attempts import ACK, DATA, FIN, KINDS, MAIMON, NULL, REFUSED, RST, without_handshake
from netanatomy.detect.detector import Kept
from netanatomy.detect.floods import SECOND, by_second
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import Rows

F, S, R, P, A, U = (1 << bit for bit in range(6))  # RFC 9293 section 3.1
ALL = F | S | R | P | A | U
XMAS, SYN_FIN = 100, 101
"""Kinds beside those of attempts, told by their anomalies."""
ODD = {"flags-null": NULL, "flags-without-ack": FIN, "flags-xmas": XMAS, "flags-syn-fin": SYN_FIN}
NAMES = dict(enumerate(KINDS)) | {
    MAIMON: "FIN-ACK",
    DATA: "PSH-ACK",
    XMAS: "Xmas",
    SYN_FIN: "SYN-FIN",
}
SHAPES = {
    ACK: (F | S | R | A, A),
    DATA: (F | S | R | A, A),
    MAIMON: (F | S | R | A, F | A),
    RST: (F | S | R, R),
    FIN: (F | S | R | A, F),
    NULL: (ALL, 0),
    XMAS: (ALL, F | P | U),
    SYN_FIN: (F | S, F | S),
}
"""Flags of each kind: which ones are looked at, and which of them are set."""
NEVER_RIGHT = (NULL, FIN, XMAS, SYN_FIN)
UNANSWERED = (*NEVER_RIGHT, RST)


def odd_segments(anomalies: Rows) -> Kept:
    """Segments with flags that no state allows, as the anomalies tell them."""
    for name, kind in ODD.items():
        rows = anomalies.rows_named("name", name)
        if len(rows):
            victim = ("victim=destination", "start=ts", "end=ts", "port=destination_port")
            second = anomalies.numbers("ts")[rows] // SECOND
            code = np.uint8(kind)
            table = kept(anomalies, rows, victim, kind=code, second=second, packets=1, refused=0, alone=1)
            yield "seconds", table
            yield "ports", table.append_column("length", table["packets"])
            yield "sources", kept(anomalies, rows, ("victim=destination", "source"), kind=code)
            frame = ("victim=destination", "time=ts", "frame=frame_number", "depth")
            yield "frames", kept(anomalies, rows, frame, kind=code)


def stray_segments(connections: Rows) -> Kept:
    """ACKs, FINs with ACK, RSTs and data in conversations that are nothing else."""
    tries = without_handshake(connections, payload=True)
    tries = tries[np.isin(tries.kind, (ACK, MAIMON, RST, DATA))]
    rows = tries.places
    if not len(rows):
        return
    spread = by_second(connections, rows)
    again = np.searchsorted(rows, spread.places)
    refused = (tries.outcome == REFUSED)[again]
    alone = (connections.at("orig_pkts", rows) == 1)[again]
    victim = ("victim=id.resp_h",)
    yield (
        "seconds",
        kept(
            connections,
            spread.places,
            (*victim, "start=ts", "end=last_time"),
            kind=tries.kind[again],
            second=spread.second,
            packets=spread.packets,
            refused=np.where(refused, spread.packets, 0),
            alone=alone.astype(np.int64),
        ),
    )
    port = (*victim, "port=id.resp_p", "packets=orig_pkts", "length=orig_size_max")
    yield "ports", kept(connections, rows, port, kind=tries.kind)
    yield "sources", kept(connections, rows, (*victim, "source=id.orig_h"), kind=tries.kind)
    yield "senders", kept(connections, rows, (*victim, "mac=orig_l2_addr", "ttl=orig_initial_ttl"))
    frame = (*victim, "time=ts", "frame=first_frame")
    yield "frames", kept(connections, rows, frame, depth=np.uint8(0), kind=tries.kind)
