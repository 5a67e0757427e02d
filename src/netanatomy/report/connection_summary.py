"""The summary of the connections of a capture: facts that are counted while connections end.

`observe` takes batches of the connection table, `merge` puts two summaries together. All memory is
bounded by the constants below, whatever the traffic: what a full table gives up is counted.

Octets here are those of IP packets. What TCP's sequence numbers claim to have been sent (`orig_bytes`)
can be anything that somebody writes into a header, and would make a forger the top talker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.report.histogram import Histogram
from netanatomy.report.leaders import Leaders
from netanatomy.report.tally import FIRST_FRAMES, Evidence, Tally
from netanatomy.schema.frozen import changeable
from netanatomy.tables.arrays import array_integers, arrow_array, codes, different, integers, validity

WINDOW_ROWS = 65_536
"""Rows that are gathered before they are grouped: grouping has a price for each call."""

MAXIMUM_HOSTS = 32_768
"""IP addresses: bounds floods from forged sources."""

MAXIMUM_FAILED = 32_768
"""Sockets, and addresses, whose handshakes failed: bounds port scans and SYN floods."""

MAXIMUM_LEADERS = 1000
"""Connections that are kept as the largest, and as the longest: as many as a report may list."""

UNANSWERED = frozenset({"S0"})
REJECTED = frozenset({"REJ"})
ABORTED = frozenset({"RSTOS0", "RSTRH", "SH", "SHR"})
"""States of TCP in which no connection came about; those here end a handshake half way."""

TCP = "tcp"

LEADER_COLUMNS = (
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "ip_version",
    "first_frame",
)
"""What is kept of a connection that is among the largest or the longest."""

COLUMNS = (
    *LEADER_COLUMNS,
    "end_reason",
    "syn_ack_delay",
    "ack_delay",
    "orig_data_pkts",
    "resp_data_pkts",
    "orig_retransmissions",
    "resp_retransmissions",
)
"""The columns of the connection table that are read here."""

HOST_MEASURES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("packets", "octets", "connections", "originated", "sent_octets", "received_octets"),
        "sum",
    )
)
FAILED_MEASURES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("packets", "octets", "connections", "unanswered", "rejected", "aborted"), "sum")
)


@changeable
class StateCount:
    """Connections of one protocol and state."""

    connections: int = 0
    octets: int = 0


@changeable
class Oddity:
    """Anomalies of one name."""

    layer: str
    seen: Evidence = field(default_factory=Evidence)


class ConnectionSummary:
    """What the connections of a capture are like.

    Attributes:
        connections: how many.
        states: by `proto` and `conn_state`.
        ends: connections by `end_reason`.
        hosts: by `ip_version`, `address`: octets and packets of all its connections, and on which side.
        failed_services: failed TCP handshakes by the socket that was called: `ip_version`, `address`, `port`.
        failed_originators: the same by who called: `ip_version`, `address`.
        largest: connections with the most octets of IP packets.
        longest: connections that lasted longest.
        data_packets: TCP segments with payload.
        retransmissions: TCP segments that were sent before, SYNs and FINs among them.
        delay_to_responder: from SYN to SYN-ACK, ns.
        delay_to_originator: from SYN-ACK to ACK, ns.
        round_trip: the sum of both of one connection, ns.
        anomalies: by name.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.states: dict[tuple[str, str], StateCount] = {}
        self.ends: dict[str, int] = {}
        self.hosts = Tally(("ip_version", "address"), HOST_MEASURES, MAXIMUM_HOSTS)
        self.failed_services = Tally(("ip_version", "address", "port"), FAILED_MEASURES, MAXIMUM_FAILED)
        self.failed_originators = Tally(("ip_version", "address"), FAILED_MEASURES, MAXIMUM_FAILED)
        self.largest = Leaders(LEADER_COLUMNS, MAXIMUM_LEADERS)
        self.longest = Leaders(LEADER_COLUMNS, MAXIMUM_LEADERS)
        self.data_packets = 0
        self.retransmissions = 0
        self.delay_to_responder = Histogram()
        self.delay_to_originator = Histogram()
        self.round_trip = Histogram()
        self.anomalies: dict[str, Oddity] = {}
        self._window: list[pa.RecordBatch] = []
        self._rows = 0

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of connections with (at least) the columns of `COLUMNS`."""
        if not batch.num_rows:
            return
        self._window.append(batch.select(list(COLUMNS)))
        self._rows += batch.num_rows
        if self._rows >= WINDOW_ROWS:
            self.flush()

    def observe_anomalies(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of the anomaly table."""
        if not batch.num_rows:
            return
        frames = integers(batch, "frame_number")
        values, names = codes(batch["name"])
        layers = array_integers(batch["layer"].indices)
        layer_names = batch["layer"].dictionary.to_pylist()
        for code in different(values).tolist():
            rows = np.flatnonzero(values == code)
            oddity = self.anomalies.setdefault(names[code], Oddity(layer_names[int(layers[rows[0]])]))
            oddity.seen.add(np.sort(frames[rows])[:FIRST_FRAMES].tolist(), len(rows))

    def merge(self, other: ConnectionSummary) -> None:
        """Count what another has counted."""
        self.flush()
        other.flush()
        self.connections += other.connections
        for key, state in other.states.items():
            self._count_state(key, state.connections, state.octets)
        for reason, number in other.ends.items():
            self.ends[reason] = self.ends.get(reason, 0) + number
        self.hosts.merge(other.hosts)
        self.failed_services.merge(other.failed_services)
        self.failed_originators.merge(other.failed_originators)
        self.largest.merge(other.largest)
        self.longest.merge(other.longest)
        self.data_packets += other.data_packets
        self.retransmissions += other.retransmissions
        self.delay_to_responder.merge(other.delay_to_responder)
        self.delay_to_originator.merge(other.delay_to_originator)
        self.round_trip.merge(other.round_trip)
        for name, oddity in other.anomalies.items():
            seen = self.anomalies.setdefault(name, Oddity(oddity.layer)).seen
            seen.add(oddity.seen.first_frames, oddity.seen.count)

    def flush(self) -> None:
        """Count the window; until then its rows are lacking."""
        if not self._window:
            return
        window = pa.Table.from_batches(self._window).unify_dictionaries().combine_chunks()
        self._window, self._rows = [], 0
        self.connections += window.num_rows
        octets = _signed(window, "orig_ip_bytes") + _signed(window, "resp_ip_bytes")
        self._count_states(window, octets)
        reasons, names = _coded(window, "end_reason")
        for code, number in enumerate(np.bincount(reasons, minlength=len(names)).tolist()):
            if number:
                self.ends[names[code]] = self.ends.get(names[code], 0) + number
        self._count_hosts(window, octets)
        self._count_failed(window, octets)
        durations = _delays(window, "duration")
        plain = _with_plain_times(window)
        self.largest.observe(plain, octets)
        self.longest.observe(plain, durations)
        for side in ("orig", "resp"):
            self.data_packets += int(_signed(window, f"{side}_data_pkts").sum())
            self.retransmissions += int(_signed(window, f"{side}_retransmissions").sum())
        to_responder, to_originator = _delays(window, "syn_ack_delay"), _delays(window, "ack_delay")
        self.delay_to_responder.observe(to_responder[to_responder >= 0])
        self.delay_to_originator.observe(to_originator[to_originator >= 0])
        both = (to_responder >= 0) & (to_originator >= 0)
        self.round_trip.observe((to_responder + to_originator)[both])

    def _count_states(self, window: pa.Table, octets: NDArray[np.int64]) -> None:
        protos, proto_names = _coded(window, "proto")
        states, state_names = _coded(window, "conn_state")
        cells = protos * len(state_names) + states
        connections = np.bincount(cells)
        # Float sums are exact up to 2^53 octets, and a window holds 65,536 connections at most.
        volumes = np.bincount(cells, weights=octets)
        for cell in np.flatnonzero(connections).tolist():
            proto, state = divmod(cell, len(state_names))
            key = (proto_names[proto], state_names[state])
            self._count_state(key, int(connections[cell]), int(volumes[cell]))

    def _count_state(self, key: tuple[str, str], connections: int, octets: int) -> None:
        state = self.states.setdefault(key, StateCount())
        state.connections += connections
        state.octets += octets

    def _count_hosts(self, window: pa.Table, octets: NDArray[np.int64]) -> None:
        packets = arrow_array(_signed(window, "orig_pkts") + _signed(window, "resp_pkts"))
        for here, there in (("orig", "resp"), ("resp", "orig")):
            originated = np.full(window.num_rows, here == "orig").astype(np.int64)
            self.hosts.add(
                pa.table(
                    {
                        "ip_version": window["ip_version"],
                        "address": window[f"id.{here}_h"],
                        "packets": packets,
                        "octets": arrow_array(octets),
                        "connections": arrow_array(np.ones(window.num_rows, np.int64)),
                        "originated": arrow_array(originated),
                        "sent_octets": arrow_array(_signed(window, f"{here}_ip_bytes")),
                        "received_octets": arrow_array(_signed(window, f"{there}_ip_bytes")),
                    }
                )
            )

    def _count_failed(self, window: pa.Table, octets: NDArray[np.int64]) -> None:
        protos, proto_names = _coded(window, "proto")
        states, state_names = _coded(window, "conn_state")
        tcp = np.array([name == TCP for name in proto_names])[protos]
        kinds = {
            name: tcp & np.array([state in some for state in state_names])[states]
            for name, some in (("unanswered", UNANSWERED), ("rejected", REJECTED), ("aborted", ABORTED))
        }
        failed = np.any(list(kinds.values()), axis=0)
        if not failed.any():
            return
        packets = _signed(window, "orig_pkts") + _signed(window, "resp_pkts")
        table = pa.table(
            {
                "ip_version": window["ip_version"],
                "orig_h": window["id.orig_h"],
                "resp_h": window["id.resp_h"],
                "port": window["id.resp_p"],
                "packets": arrow_array(packets),
                "octets": arrow_array(octets),
                "connections": arrow_array(np.ones(window.num_rows, np.int64)),
                **{name: arrow_array(rows.astype(np.int64)) for name, rows in kinds.items()},
            }
        ).filter(arrow_array(failed))
        self.failed_services.add(_renamed(table, "resp_h"))
        self.failed_originators.add(_renamed(table, "orig_h"))


def _renamed(table: pa.Table, name: str) -> pa.Table:
    return table.rename_columns(["address" if each == name else each for each in table.column_names])


def _signed(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A column of counts; zero where it is null."""
    return integers(table, name).astype(np.int64)


def _delays(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A column of durations in nanoseconds; -1 where it is null."""
    column = table[name].combine_chunks()
    values = array_integers(column.view(pa.int64())).astype(np.int64)
    present = validity(column)
    return values if present is None else np.where(present, values, -1)


def _coded(table: pa.Table, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """A column of names as codes, and what they stand for; where it is null, an empty name."""
    column = table[name].combine_chunks()
    names: list[str] = [*column.dictionary.to_pylist(), ""]
    indices = array_integers(column.indices).astype(np.int64)
    present = validity(column.indices)
    return (indices if present is None else np.where(present, indices, len(names) - 1)), names


def _with_plain_times(table: pa.Table) -> pa.Table:
    """Times and durations as numbers of nanoseconds: Python's own hold microseconds."""
    plain = {name: table[name].combine_chunks().view(pa.int64()) for name in ("ts", "duration")}
    return pa.table({name: plain.get(name, table[name]) for name in LEADER_COLUMNS})
