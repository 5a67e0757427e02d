"""Segments that say what their port is not for, as rows for relations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.open_shells import lines
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
UNKNOWN, OTHER, TLS, REMOTE, WEB_CLASS, SHELL_CLASS, TERMINAL = range(7)
"""Classes of ports: nothing is known, another protocol can be told, for TLS, of remote control, the web's,
of shells, and of terminals, where a command line is as it should be."""
HEADERS = 72  # octets: IPv4 and TCP with timestamps are 52, with IPv6 72
LONGEST = np.array([255, 600, 255, 65_535, 255, 255, -HEADERS]) + HEADERS
"""Octets by class of port: a client's hello of TLS has 600, a banner of SSH 255 (RFC 4253 section 4.2)."""
WEB = 80
TERMINALS = (512, 513, 514)
"""Ports of exec, login and shell (RFC 1282), beside that of telnet, which is among EXPECTED."""


def _classes() -> NDArray[np.uint8]:
    """By port its class."""
    classes = np.zeros(65_536, np.uint8)
    classes[list(TERMINALS)] = TERMINAL
    classes[list(EXPECTED)] = OTHER
    classes[WEB] = WEB_CLASS
    classes[list(ENCRYPTED)] = TLS
    classes[list(SHELLS)] = SHELL_CLASS
    classes[list(REMOTE_CONTROL)] = REMOTE
    classes.flags.writeable = False
    return classes


CLASSES = _classes()
STARTS = np.array(sorted(int.from_bytes(word, "big") for word in (*QUESTIONS, *ANSWERS)), np.int64)
AT_HOME = np.isin(STARTS, [int.from_bytes(word, "big") for word in (b"GET ", b"POST", b"HEAD", b"HTTP")])
"""Of STARTS those that the port of the web is for."""
BEGINS, BEGINS_TLS, TELNET = 1, 2, 255
IN_TEXT = np.isin(np.arange(SHELL_CLASS + 2), (TLS, REMOTE, SHELL_CLASS))
"""Classes of ports where text is looked at."""


def _beginnings() -> NDArray[np.uint8]:
    """By the first two octets what begins so: one of STARTS or telnet, or a record of TLS."""
    beginnings = np.zeros(65_536, np.uint8)
    beginnings[STARTS >> 16] = BEGINS
    beginnings[TELNET << 8 :] = BEGINS
    beginnings[[int.from_bytes(start, "big") for start in TLS_RECORDS]] = BEGINS_TLS
    beginnings.flags.writeable = False
    return beginnings


BEGINNINGS = _beginnings()


COLUMNS = (
    "tcp_flags",
    "ip_total_length",
    "source_port",
    "destination_port",
    "ip_source",
    "ip_destination",
    "captured_length",
    "original_length",
)
"""Columns of the packet table that are needed."""


def said(packets: Rows, shortest: int) -> Kept:
    """Rows for `said` and `frames`, by client, server, port, content and side, and those of SHELLS.

    Args:
        packets: the batch.
        shortest: octets from which a segment is looked at.
    """
    says = (packets.numbers("tcp_flags") == PUSH_ACK) & (packets.numbers("payload_length") >= shortest)
    # By what the packet says: captures are cut. Longer ones count where remote control is known for the port.
    short = packets.numbers("ip_total_length") <= LONGEST[OTHER]
    rows, long = np.flatnonzero(says & short), np.flatnonzero(says & ~short)
    if len(long):
        remote = CLASSES.take(packets.numbers("destination_port")[long]) == REMOTE
        remote |= CLASSES.take(packets.numbers("source_port")[long]) == REMOTE
        rows = np.sort(np.concatenate([rows, long[remote]])) if remote.any() else rows
    if len(rows):
        asked, answered = (CLASSES[packets.numbers(f"{end}_port")[rows]] for end in ("destination", "source"))
        asks = asked > 0
        kind = np.where(asks, asked, answered)
        chosen = packets.numbers("ip_total_length")[rows] <= LONGEST[kind]
        chosen &= ~(asks & (kind == WEB_CLASS))
        unknown = chosen & (kind == UNKNOWN)
        chosen &= ~unknown
        yield from _said(packets, rows[chosen], asks[chosen])
        if len(rest := rows[unknown]):
            # Of what was cut off nobody knows how it ends.
            whole = packets.at("captured_length", rest) == packets.at("original_length", rest)
            yield from lines(packets, rest[whole])


def _said(packets: Rows, rows: NDArray[np.int64], asks: NDArray[np.bool_]) -> Kept:
    if not len(rows):
        return
    ports = np.where(asks, packets.numbers("destination_port")[rows], packets.numbers("source_port")[rows])
    first = packets.payload_heads(rows, 4)
    words = first.view(">u4").ravel()
    kind, begins = CLASSES[ports], BEGINNINGS[first.view(">u2")[:, 0]]
    text = IN_TEXT[kind]
    # Of most of them two octets say that they are as they should be.
    some = np.flatnonzero((begins == BEGINS) | ((begins == BEGINS_TLS) & (kind != TLS)) | text)
    word, octets, at_web = words[some].astype(np.int64), first[some], ports[some] == WEB
    place = np.minimum(np.searchsorted(STARTS, word), len(STARTS) - 1)
    start = STARTS[place] == word
    certain = (begins[some] == BEGINS) & (start | (octets[:, 0] == TELNET))
    certain |= (begins[some] == BEGINS_TLS) & (kind[some] != TLS)
    printable = ((octets >= 32) & (octets < 127)).all(axis=1)
    likely = some[certain & ~(at_web & start & AT_HOME[place]) | (printable & text[some])]
    if not len(likely):
        return
    rows, asks, ports = rows[likely], asks[likely], ports[likely]
    heads, lengths = packets.payload_heads(rows, HEAD), packets.at("payload_length", rows)
    for client in (True, False):
        mine = np.flatnonzero(asks == client)
        told = [
            misplaced(port, bytes(head[:length]), asks=client)
            for port, head, length in zip(
                ports[mine].tolist(), heads[mine], lengths[mine].tolist(), strict=True
            )
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
