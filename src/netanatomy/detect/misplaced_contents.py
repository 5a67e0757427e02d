"""Segments that say what their port is not for, as rows for relations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.tables import kept
from netanatomy.layers.application.port_contents import (
    ANSWERS,
    ENCRYPTED,
    EXPECTED,
    QUESTIONS,
    REMOTE_CONTROL,
    SHELLS,
    TLS_RECORDS,
    misplaced,
)
from netanatomy.tables.arrays import texts_array
from netanatomy.tables.rows import Rows

PUSH_ACK = 24  # RFC 9293 section 3.1: the segment ends what the program had to say
HEAD = 64
"""Octets that are looked at."""
SHORTEST = 6  # octets
OTHER, TLS, REMOTE, WEB_CLASS, SHELL_CLASS = 1, 2, 3, 4, 5
"""Classes of ports: where another protocol can be told, for TLS, of remote control, the web's, of shells."""
HEADERS = 72  # octets: IPv4 and TCP with timestamps are 52, with IPv6 72
LONGEST = np.array([-HEADERS, 600, 255, 65_535, 255, 255]) + HEADERS
"""Octets by class of port: a client's hello of TLS has 600, a banner of SSH 255 (RFC 4253 section 4.2)."""
WEB = 80


def _classes() -> NDArray[np.uint8]:
    """By port its class; 0 where it is not judged."""
    classes = np.zeros(65_536, np.uint8)
    classes[list(EXPECTED)] = OTHER
    classes[WEB] = WEB_CLASS
    classes[list(ENCRYPTED)] = TLS
    classes[list(SHELLS)] = SHELL_CLASS
    classes[list(REMOTE_CONTROL)] = REMOTE
    classes.flags.writeable = False
    return classes


CLASSES = _classes()
STARTS = np.array([int.from_bytes(word, "big") for word in (*QUESTIONS, *ANSWERS)], np.int64)
AT_HOME = np.array([int.from_bytes(word, "big") for word in (b"GET ", b"POST", b"HEAD", b"HTTP")], np.int64)
RECORDS = np.array([int.from_bytes(start, "big") for start in TLS_RECORDS], np.int64)


COLUMNS = (
    "tcp_flags",
    "ip_total_length",
    "source_port",
    "destination_port",
    "ip_source",
    "ip_destination",
)
"""Columns of the packet table that are needed."""


def said(packets: Rows) -> Kept:
    """Rows for `said` and `frames`, by client, server, port, content and side."""
    rows = np.flatnonzero(
        (packets.numbers("tcp_flags") == PUSH_ACK) & (packets.numbers("payload_length") >= SHORTEST)
    )
    if len(rows):
        to, of = packets.numbers("destination_port")[rows], packets.numbers("source_port")[rows]
        asks = CLASSES[to] > 0
        kind = np.where(asks, CLASSES[to], CLASSES[of])
        # By what the packet says: captures are cut.
        short = packets.numbers("ip_total_length")[rows] <= LONGEST[kind]
        chosen = short & ~(asks & (kind == WEB_CLASS))
        yield from _said(packets, rows[chosen], asks[chosen])


def _said(packets: Rows, rows: NDArray[np.int64], asks: NDArray[np.bool_]) -> Kept:
    if not len(rows):
        return
    first = packets.payload_heads(rows, 4)
    word = first.view(">u4").ravel().astype(np.int64)
    ports = np.where(asks, packets.at("destination_port", rows), packets.at("source_port", rows))
    printable = ((first >= 32) & (first < 127)).all(axis=1)
    begins = (
        np.isin(word, STARTS)
        | (np.isin(word >> 16, RECORDS) & (CLASSES[ports] != TLS))
        | (first[:, 0] == 255)
    )
    likely = begins & ~((ports == WEB) & np.isin(word, AT_HOME)) | (
        printable & np.isin(CLASSES[ports], (TLS, REMOTE, SHELL_CLASS))
    )
    rows, asks, ports = rows[likely], asks[likely], ports[likely]
    for client in (True, False):
        mine = asks == client
        heads = [
            bytes(head[:length])
            for head, length in zip(
                packets.payload_heads(rows[mine], HEAD), packets.at("payload_length", rows[mine]), strict=True
            )
        ]
        told = [
            misplaced(port, head, asks=client) for port, head in zip(ports[mine].tolist(), heads, strict=True)
        ]
        good = np.array([place for place, name in enumerate(told) if name], np.int64)
        if not len(good):
            continue
        names = texts_array([told[place] or "" for place in good])
        ends = ("client=ip_source", "server=ip_destination", "port=destination_port")
        if not client:
            ends = ("client=ip_destination", "server=ip_source", "port=source_port")
        chosen = rows[mine][good]
        yield (
            "said",
            kept(
                packets,
                chosen,
                (*ends, "start=time", "end=time"),
                content=names,
                asks=np.bool_(client),
                packets=1,
            ),
        )
        columns = (*ends, "time", "frame=frame_number", "depth")
        yield "frames", kept(packets, chosen, columns, content=names, asks=np.bool_(client))
