"""TCP segments that belong to no connection, by kind, host and second: rows for relations of floods."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.attempts import (
    ACK,
    DATA,
    FIN,
    KINDS,
    MAIMON,
    NULL,
    REFUSED,
    RST,
    first_letters,
    without_handshake,
)
from netanatomy.detect.detector import Kept, threshold
from netanatomy.detect.floods import SECOND, by_second
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Places, Rows

F, S, R, P, A, U = (1 << bit for bit in range(6))  # RFC 9293 section 3.1
ALL = F | S | R | P | A | U
XMAS, SYN_FIN = 100, 101
"""Kinds beside those of attempts, told by their anomalies."""
DAMAGED = 102
"""Segments with a wrong checksum, of any flags: every receiver throws them away without an answer."""
ODD = {"flags-null": NULL, "flags-without-ack": FIN, "flags-xmas": XMAS, "flags-syn-fin": SYN_FIN}
NAMES = dict(enumerate(KINDS)) | {
    MAIMON: "FIN-ACK",
    DATA: "PSH-ACK",
    XMAS: "Xmas",
    SYN_FIN: "SYN-FIN",
    DAMAGED: "wrong checksum",
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
UNANSWERED = (*NEVER_RIGHT, RST, DAMAGED)


@frozen
class Config:
    """Thresholds: which segments belong to nothing, and from how many on they are a flood."""

    rate: int = threshold(50, "segments/s", "segments of no connection a second", "as of SYN floods")
    burst: int = threshold(
        500, "segments/s", "the same in one second alone", "ten times the rate: no system's retries"
    )
    seconds: int = threshold(2, "s", "seconds at that rate", "a restart refuses old connections once")
    refused_share: float = threshold(
        0.5, "", "share of segments with ACK that must be refused with RST", "one direction shows none"
    )
    masses: int = threshold(
        1_000,
        "segments",
        "unrefused segments with ACK, one a conversation, that are a flood all the same",
        "lab",
    )
    segments_of_a_source: float = threshold(
        4.0, "segments", "segments of a source up to which many sources are taken for forged", "SYN floods"
    )
    claimed: int = threshold(
        50,
        "conversations",
        "SYN-ACKs of one server that nobody asked for, to be backscatter",
        "the laboratory",
    )
    reflectors: int = threshold(
        10, "servers", "servers whose SYN-ACKs nobody asked for, to be a reflected attack", "the laboratory"
    )
    reflected_rate: int = threshold(
        50, "SYN-ACK/s", "of these a second to one address", "as of floods of segments"
    )
    high_rate: int = threshold(
        1_000, "segments/s", "from which a flood is of high severity", "Linux sends 1,000 ICMP a second"
    )
    probe_packets: int = threshold(
        4,
        "packets",
        "of a source without a handshake, beyond which it goes on although it is refused",
        "up to them it is a probe",
        ("port-scan", "probe_packets"),
    )
    heedless: float = threshold(
        0.9,
        "",
        "share of its segments refused with RST, from which on a sender does not heed it",
        "RFC 9293 section 3.10.7: the first ends a connection; what is on its way comes within a second",
    )
    alone_share: float = threshold(
        0.9,
        "",
        "share of unrefused or damaged segments that are alone in their conversations",
        "the laboratory",
    )
    few_ports: int = threshold(
        16, "ports", "of a host, beyond which few segments to each are a scan of ports", "a service has a few"
    )
    few_sources: int = threshold(
        16,
        "sources",
        "more than these with few segments each are taken for forged",
        "as of SYN floods",
        ("syn-flood", "few_sources"),
    )
    ways: int = threshold(
        2,
        "times to live",
        "different ones up to which unrefused segments came from one maker",
        "packets may be captured before and behind a router",
    )


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


def stray_segments(connections: Rows, limits: Config) -> Kept:
    """ACKs, FINs with ACK, RSTs and data in conversations that are nothing else."""
    tries = without_handshake(connections, limits.probe_packets, payload=True)
    tries = tries[one_of(tries.kind, (ACK, MAIMON, RST, DATA))]
    if len(tries.places):
        yield from _stray(connections, tries.places, tries.kind, tries.outcome == REFUSED)
    rows = _heedless(connections, limits)
    if len(rows):
        kind = np.where(connections.at("orig_data_pkts", rows) > 0, DATA, ACK).astype(np.uint8)
        yield from _stray(connections, rows, kind, np.ones(len(rows), np.bool_))


def _heedless(connections: Rows, limits: Config) -> Places:
    """Conversations without a handshake in which nearly every one of many segments is refused."""
    rows = np.flatnonzero(connections.numbers("resp_resets") > 0)
    if not len(rows):
        return rows
    sent, back = connections.at("orig_pkts", rows), connections.at("resp_pkts", rows)
    # Equal ones are taken for one that the capture holds again.
    resets = connections.at("resp_resets", rows) + connections.at("resp_duplicates", rows)
    refused = (back >= limits.heedless * sent) & (resets >= back)
    refused &= (sent > limits.probe_packets) & (connections.at("orig_resets", rows) == 0)
    refused &= connections.at("last_time", rows) - connections.at("ts", rows) >= SECOND
    rows = rows[refused]
    return rows[one_of(first_letters(connections, rows), (ord("A"), ord("D")))]


def _stray(connections: Rows, rows: Places, kind: NDArray[np.uint8], refused: NDArray[np.bool_]) -> Kept:
    """Rows of relations of some conversations: a kind for each, and whether all of it was refused."""
    spread = by_second(connections, rows)
    again = np.searchsorted(rows, spread.places)
    alone = (connections.at("orig_pkts", rows) == 1)[again]
    victim = ("victim=id.resp_h",)
    yield (
        "seconds",
        kept(
            connections,
            spread.places,
            (*victim, "start=ts", "end=last_time"),
            kind=kind[again],
            second=spread.second,
            packets=spread.packets,
            refused=np.where(refused[again], spread.packets, 0),
            alone=alone.astype(np.int64),
        ),
    )
    port = (*victim, "port=id.resp_p", "packets=orig_pkts", "length=orig_size_max")
    yield "ports", kept(connections, rows, port, kind=kind)
    yield "sources", kept(connections, rows, (*victim, "source=id.orig_h"), kind=kind)
    sender = (*victim, "mac=orig_l2_addr", "ttl=orig_initial_ttl")
    yield "senders", kept(connections, rows, sender, kind=kind)
    frame = (*victim, "time=ts", "frame=first_frame")
    yield "frames", kept(connections, rows, frame, depth=np.uint8(0), kind=kind)


def damaged_segments(anomalies: Rows) -> Kept:
    """Segments with a wrong checksum, by second."""
    rows = anomalies.rows_named("name", "tcp-checksum-bad")
    if len(rows):
        second = anomalies.numbers("ts")[rows] // SECOND
        victim = ("victim=destination", "start=ts", "end=ts")
        counts = {"packets": 1, "refused": 0, "alone": 0}
        yield "seconds", kept(anomalies, rows, victim, kind=np.uint8(DAMAGED), second=second, **counts)


def damaged_conversations(connections: Rows) -> Kept:
    """Conversations of which nothing is known but segments with a wrong checksum.

    A card that works checksums out later, or breaks them, leaves few conversations with many segments each.
    """
    nothing = (connections.numbers("orig_pkts") == 0) & (connections.numbers("resp_pkts") == 0)
    rows = np.flatnonzero(nothing & (connections.numbers("proto") == connections.code("proto", "tcp")))
    rows = rows[first_letters(connections, rows) == ord("C")]
    if not len(rows):
        return
    victim, code, none = ("victim=id.resp_h",), np.uint8(DAMAGED), np.int64(0)
    second = connections.numbers("ts")[rows] // SECOND
    times = (*victim, "start=ts", "end=ts")
    yield (
        "seconds",
        kept(connections, rows, times, kind=code, second=second, packets=none, refused=none, alone=1),
    )
    port = (*victim, "port=id.resp_p")
    yield "ports", kept(connections, rows, port, kind=code, packets=np.int64(1), length=none)
    yield "sources", kept(connections, rows, (*victim, "source=id.orig_h"), kind=code)
    frame = (*victim, "time=ts", "frame=first_frame")
    yield "frames", kept(connections, rows, frame, depth=np.uint8(0), kind=code)
