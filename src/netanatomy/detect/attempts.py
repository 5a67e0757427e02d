"""Beginnings of conversations that came to nothing: what scans, sweeps and floods are made of.

A connection row is an *attempt* where its originator sent a probe or two and no payload ever moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import NONE, Places, Rows
from netanatomy.tables.words import mixed, words

COLUMNS = (
    "ts",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "ip_proto",
    "originator_rule",
    "conn_state",
    "history",
    "ack_delay",
    "last_time",
    "first_frame",
    "last_frame",
    "orig_pkts",
    "resp_pkts",
    "orig_data_pkts",
    "resp_data_pkts",
    "orig_resets",
    "resp_resets",
    "orig_tcp_state",
    "orig_mss",
    "orig_timestamps",
    "orig_size_max",
    "orig_initial_ttl",
    "orig_l2_addr",
)
"""Columns of the connection table that are looked at here, and that most of those need who ask here."""

KINDS = ("SYN", "connect", "FIN", "NULL", "ACK", "Maimon", "UDP", "SCTP", "RST", "data")
"""Kinds of probes, by code. Xmas is told apart from FIN by its anomaly, Window from ACK by nothing."""
SYN, CONNECT, FIN, NULL, ACK, MAIMON, UDP, SCTP, RST, DATA = range(len(KINDS))

REFUSED, SILENT, OPEN = range(3)
"""How an attempt was answered: with a RST, not at all, or with a SYN-ACK."""

TRACEROUTE = (33000, 33534)
"""UDP ports that traceroute (from 33434) and mtr (from 33000) count up through: no services."""

IPPROTO_SCTP = 132
MULTICAST_V4, MULTICAST_V6 = 224, 0xFF
"""First octets of group addresses (RFC 5771, RFC 4291)."""


class Limits(Protocol):
    """Up to where it is an attempt."""

    @property
    def probe_packets(self) -> int:
        """Packets of an originator without a handshake up to which it is a probe."""

    @property
    def short_life(self) -> int:
        """Times to live below it are of somebody who asks the way."""


@frozen
class Attempts:
    """Attempts among the connections of a batch.

    Attributes:
        places: their rows.
        kind: a code of KINDS for each.
        outcome: REFUSED, SILENT or OPEN for each.
    """

    places: Places
    kind: NDArray[np.uint8]
    outcome: NDArray[np.uint8]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Attempts:
        """Some of them."""
        return Attempts(self.places[chosen], self.kind[chosen], self.outcome[chosen])


def attempts(connections: Rows, limits: Limits) -> Attempts:
    """Every attempt of a batch: SYNs that led nowhere, probes without a handshake, unanswered datagrams.

    Args:
        connections: the batch.
        limits: up to where it is one.
    """
    if not connections.count:
        return Attempts(NONE, np.zeros(0, np.uint8), np.zeros(0, np.uint8))
    parts = (
        _handshakes(connections),
        without_handshake(connections, limits.probe_packets),
        _datagrams(connections, limits.short_life),
    )
    return Attempts(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.outcome for part in parts]),
    )


def _handshakes(connections: Rows) -> Attempts:
    """Attempts that began with a SYN: refused, unanswered, or given up without a word."""
    states = connections.numbers("conn_state")
    failed = np.zeros(connections.count, np.bool_)
    for name in ("S0", "REJ", "RSTOS0"):
        failed |= states == connections.code("conn_state", name)
    idle = (connections.numbers("orig_data_pkts") == 0) & (connections.numbers("resp_data_pkts") <= 1)
    begun = connections.numbers("originator_rule") == connections.code("originator_rule", "syn")
    rows = np.flatnonzero(begun & (failed | idle))
    if not len(rows):
        return _none()
    # A half-open connection that nobody resets is a flood's, not a scan's: it is left out here.
    completed = connections.valid_at("ack_delay", rows)
    ended = one_of(
        states[rows], [connections.code("conn_state", name) for name in ("RSTO", "RSTR", "SF", "S2", "S3")]
    )
    there = failed[rows] | ended
    rows, completed = rows[there], completed[there]
    silent = connections.at("resp_pkts", rows) == 0
    outcome = np.where(failed[rows], np.where(silent, SILENT, REFUSED), OPEN).astype(np.uint8)
    # Real stacks offer timestamps or window scaling; who builds SYNs by hand rarely does.
    whole = completed | connections.truths("orig_timestamps", rows)
    return Attempts(rows, np.where(whole, CONNECT, SYN).astype(np.uint8), outcome)


def without_handshake(connections: Rows, most: int, *, payload: bool = False) -> Attempts:
    """Segments without SYN and without a conversation: answered by RST or by nothing.

    Args:
        connections: the batch.
        most: packets of an originator up to which it is a probe.
        payload: whether those with payload are meant too (kind DATA), where they are answered by RST or
            alone.
    """
    tcp = connections.code("proto", "tcp")
    known = [connections.code("originator_rule", name) for name in ("syn", "syn-ack", "reversed")]
    rules = connections.numbers("originator_rule")
    strange = connections.numbers("proto") == tcp
    for code in known:
        strange &= rules != code
    rows = np.flatnonzero(strange)
    if not len(rows):
        return _none()
    sent, back = connections.at("orig_pkts", rows), connections.at("resp_pkts", rows)
    data, resets = connections.at("orig_data_pkts", rows), connections.at("resp_resets", rows)
    probe = (sent > 0) & (sent <= most) & (back == resets) & (back <= sent)
    probe &= (data == 0) | (back > 0) | (sent == 1) if payload else data == 0
    rows = rows[probe]
    if not len(rows):
        return _none()
    letters = first_letters(connections, rows)
    with_ack = connections.valid_at("orig_tcp_state", rows)
    kind = np.full(len(rows), ACK, np.uint8)
    kind[(letters == 0) | (letters == ord("r"))] = NULL
    kind[letters == ord("F")] = FIN
    kind[(letters == ord("F")) & with_ack] = MAIMON
    kind[letters == ord("R")] = RST
    kind[data[probe] > 0] = DATA
    outcome = np.where(back[probe] > 0, REFUSED, SILENT).astype(np.uint8)
    usable = letters != ord("^")
    return Attempts(rows[usable], kind[usable], outcome[usable])


def _datagrams(connections: Rows, short_life: int) -> Attempts:
    """Datagrams and SCTP chunks to one host that nobody answered in the same conversation."""
    silent = (connections.numbers("resp_pkts") == 0) & (connections.numbers("orig_pkts") > 0)
    protocol = connections.numbers("ip_proto")
    udp = connections.numbers("proto") == connections.code("proto", "udp")
    sctp = (protocol == IPPROTO_SCTP) & (connections.numbers("resp_data_pkts") == 0)
    rows = np.flatnonzero((udp & silent) | sctp)
    if not len(rows):
        return _none()
    port = connections.at("id.resp_p", rows)
    place = connections.octets("id.resp_h")[rows]
    v4 = (place[:, :10] == 0).all(axis=1) & (place[:, 10] == 0xFF) & (place[:, 11] == 0xFF)
    first = np.where(v4, place[:, 12], place[:, 0])
    group = np.where(v4, first >= MULTICAST_V4, first == MULTICAST_V6) | (v4 & (place[:, 15] == 0xFF))
    is_sctp = protocol[rows] == IPPROTO_SCTP
    counted_up = (port >= TRACEROUTE[0]) & (port < TRACEROUTE[1])
    asks_way = counted_up | (connections.at("orig_initial_ttl", rows) < short_life)
    chosen = ~group & (is_sctp | ~asks_way)
    kind = np.where(is_sctp, SCTP, UDP).astype(np.uint8)
    return Attempts(rows[chosen], kind[chosen], np.full(int(chosen.sum()), SILENT, np.uint8))


def first_letters(connections: Rows, places: Places) -> NDArray[np.uint8]:
    """The first letter of some rows' histories, zero where nothing is in it.

    >>> import pyarrow as pa
    >>> first_letters(Rows(pa.record_batch({"history": pa.array(["Sr", "", None, "Ar"])})), np.arange(4))
    array([83,  0,  0, 65], dtype=uint8)
    """
    array = connections.array("history")
    _, offsets, letters = array.buffers()
    begin = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
    text = np.frombuffer(letters or b"\0", np.uint8)
    first = begin[places]
    empty = begin[places + 1] == first
    found: NDArray[np.uint8] = np.where(empty, 0, text[np.minimum(first, len(text) - 1)]).astype(np.uint8)
    return found


def hashed(rows: Rows, places: Places, *columns: str) -> NDArray[np.uint64]:
    """A 64-bit number for some columns' values together, to be a short key (splitmix64's finaliser)."""
    return mixed((word for column in columns for word in words(rows.take(column, places))), len(places))


def halves(rows: Rows, places: Places, column: str, name: str) -> dict[str, NDArray[np.uint64]]:
    """An address as two numbers, for relations that keep it beside a short key: numbers are reduced faster.

    >>> import pyarrow as pa
    >>> table = Rows(pa.record_batch({"host": pa.array([bytes(range(16))], pa.binary(16))}))
    >>> parts = halves(table, np.array([0]), "host", "victim")
    >>> whole({key: int(value[0]) for key, value in parts.items()}, "victim") == bytes(range(16))
    True
    """
    high, low = words(rows.take(column, places))
    return {f"{name}_high": high, f"{name}_low": low}


def whole(row: Mapping[str, int], name: str) -> bytes:
    """The address that `halves` took apart."""
    return np.array([row[f"{name}_high"], row[f"{name}_low"]], np.uint64).tobytes()


def _none() -> Attempts:
    return Attempts(NONE, np.zeros(0, np.uint8), np.zeros(0, np.uint8))
