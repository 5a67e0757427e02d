"""Stations that begin something, told apart by whether anybody ever answers: for floods of made-up ones."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.link.mac_numbers import changes, grouped, packed, table_of
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import Places, Rows

SECOND = 10**9  # ns
TCP = 6
ODD, CONVERSATION = 0, 1
"""Frames that nobody can answer, and beginnings of conversations."""


def conversations(connections: Rows, window: int) -> Kept:
    """Rows for the relations `stations`, `shapes` and `frames`, of conversations; `window` in s."""
    rows = connections.rows_with("orig_l2_addr")
    if not len(rows):
        return
    responder = connections.octets("id.resp_h")[rows]
    # Of IPv4 the group addresses 224.0.0.0/4 and above, and broadcasts of networks; of IPv6 ff00::/8.
    version4 = connections.at("ip_version", rows) == 4
    group = np.where(version4, (responder[:, 12] >= 224) | (responder[:, 15] == 255), responder[:, 0] == 0xFF)
    lone = (connections.at("resp_pkts", rows) == 0) & ~(group & (connections.at("ip_proto", rows) != TCP))
    frames = connections.at("orig_pkts", rows)
    mac = packed(connections.octets("orig_l2_addr")[rows])
    yield _stations(mac, lone, frames, connections.at("ts", rows), connections.at("last_time", rows))
    yield from _responders(connections)
    rows = rows[lone]
    if not len(rows):
        return
    shape = {
        "proto": connections.at("ip_proto", rows),
        "ttl": connections.at("orig_initial_ttl", rows),
        "size": connections.at("orig_size_min", rows),
        "tcp_window": connections.at("orig_initial_window", rows),
    }
    yield from _seen(connections, rows, mac[lone], "ts", "first_frame", CONVERSATION, shape, window)


def _responders(connections: Rows) -> Kept:
    """Stations that answered are real."""
    rows = connections.rows_with("resp_l2_addr")
    rows = rows[(connections.at("orig_pkts", rows) > 0) & (connections.at("resp_pkts", rows) > 0)]
    if not len(rows):
        return
    mac = packed(connections.octets_at("resp_l2_addr", rows))
    mac = mac[grouped(mac)]
    mac = mac[changes(mac)]
    nothing = np.zeros(len(mac), np.int64)
    # Who is known counts nowhere, so when it spoke makes no difference.
    yield "stations", table_of(mac=mac, frames=nothing, known=nothing + 1, start=nothing, end=nothing)


def odd_frames(packets: Rows, window: int) -> Kept:
    """The same of frames without a conversation: no IP packet in them, or a broken one."""
    if not packets.has("eth_source"):
        return
    broken = packets.rows_with("stop_reason")
    if len(broken):  # not what the capture has cut short
        broken = broken[packets.at("captured_length", broken) >= packets.at("original_length", broken)]
    other = (
        np.flatnonzero(~packets.valid("ip_version")) if packets.array("ip_version").null_count else broken[:0]
    )
    if len(other):
        other = other[packets.octets_at("eth_destination", other)[:, 0] & 1 == 0]
    if not len(broken) and not len(other):
        return
    rows = broken if len(broken) else other
    if len(broken) and len(other):
        chosen = np.zeros(packets.count, np.bool_)
        chosen[broken] = chosen[other] = True
        rows = np.flatnonzero(chosen)
    rows = rows[packets.valid_at("eth_source", rows) & (packets.at("depth", rows) == 0)]
    if not len(rows):
        return
    mac = packed(packets.octets_at("eth_source", rows))
    time = packets.at("time", rows)
    yield _stations(mac, np.ones(len(rows), np.bool_), np.ones(len(rows), np.int64), time, time)
    ip = packets.valid_at("ip_version", rows)
    shape = {
        "proto": np.where(ip, packets.at("ip_protocol", rows), -1),
        "ttl": packets.at("ip_ttl", rows),
        "size": packets.at("ip_total_length", rows),
        "tcp_window": packets.at("eth_type", rows),
    }
    yield from _seen(packets, rows, mac, "time", "frame_number", ODD, shape, window)


def _stations(
    mac: NDArray[np.int64],
    lone: NDArray[np.bool_],
    frames: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> tuple[str, pa.Table]:
    """One row for each station, or a few: done here, since most connections are of a few stations."""
    order = grouped(mac)
    ordered = mac[order]
    first = changes(ordered)
    columns = {
        "mac": ordered[first],
        "frames": np.add.reduceat(frames[order], first),
        "known": np.add.reduceat((~lone[order]).astype(np.int64), first),
        "start": np.minimum.reduceat(start[order], first),
        "end": np.maximum.reduceat(end[order], first),
    }
    return "stations", table_of(**columns)


def _seen(
    rows: Rows,
    places: Places,
    mac: NDArray[np.int64],
    time: str,
    frame: str,
    kind: int,
    shape: dict[str, NDArray[np.int64]],
    seconds: int,
) -> Kept:
    window = rows.at(time, places) // (seconds * SECOND)
    yield "shapes", kept(rows, places, (), window=window, kind=np.int64(kind), **shape, count=1)
    columns = (f"time={time}", f"frame={frame}")
    alike = {"kind": np.int64(kind), "proto": shape["proto"], "size": shape["size"]}
    yield "frames", kept(rows, places, columns, window=window, **alike, mac=mac, depth=np.uint8(0))
