"""RSTs, who usually sends for the sides of the connections they end, and which do not fit: as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import Row
from netanatomy.detect.tables import kept
from netanatomy.tables.rows import NONE, Rows

RST = 4  # RFC 9293 section 3.1
NUMBERS = ("reset-out-of-window", "reset-in-window", "reset-different-number")
GOES_ON = "data-after-reset"
WAY = ("source", "destination", "source_port", "destination_port")
Way: TypeAlias = tuple[bytes, bytes, int, int]
"""Source, destination and their ports."""

PACKET_COLUMNS = (
    "tcp_flags",
    "tcp_sequence",
    "ip_source",
    "ip_destination",
    "source_port",
    "destination_port",
    "eth_source",
    "ip_ttl",
)
"""Columns of the packet table that are needed."""

CONNECTION_COLUMNS = (
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "orig_resets",
    "resp_resets",
    "orig_pkts",
    "resp_pkts",
    "orig_l2_addr",
    "resp_l2_addr",
    "orig_initial_ttl",
    "resp_initial_ttl",
    "ack_delay",
    "orig_data_pkts",
)
"""Columns of the connection table that are needed."""


def resets(packets: Rows) -> Kept:
    """RSTs that can end something: rows for `resets`."""
    rows = np.flatnonzero(packets.numbers("tcp_flags") & RST)
    # The answer of a closed port to a SYN has the number zero: it ends nothing.
    rows = rows[packets.numbers("tcp_sequence")[rows] != 0] if len(rows) else rows
    if len(rows):
        way = ("source=ip_source", "destination=ip_destination", "source_port", "destination_port")
        rest = ("time", "frame=frame_number", "depth", "mac=eth_source", "ttl=ip_ttl", "number=tcp_sequence")
        yield "resets", kept(packets, rows, (*way, *rest), count=1)


def sides(connections: Rows) -> Kept:
    """MAC address and time to live of the sides that sent RSTs within connections: rows for `sides`."""
    for own, peer, column in (("orig", "resp", "orig_resets"), ("resp", "orig", "resp_resets")):
        there = np.flatnonzero(connections.numbers(column))
        # Of one that never came about the system itself says so: the other segments were a scanner's.
        opened = connections.valid_at("ack_delay", there) | (connections.at("orig_data_pkts", there) > 0)
        opened &= connections.at(f"{own}_pkts", there) > connections.at(column, there)
        there = there[opened]
        if len(there):
            ends = (f"source=id.{own}_h", f"destination=id.{peer}_h", f"source_port=id.{own}_p")
            known = (f"destination_port=id.{peer}_p", f"mac={own}_l2_addr", f"ttl={own}_initial_ttl")
            forward = np.full(len(there), own == "orig")
            yield "sides", kept(connections, there, (*ends, *known), forward=forward, packets=1)


def misfits(anomalies: Rows) -> Kept:
    """RSTs with numbers that do not fit, and data after a RST: rows for `odd`."""
    odd = anomalies.rows_named("name", *NUMBERS, GOES_ON) if anomalies.count else NONE
    if len(odd):
        place = ("time=ts", "frame=frame_number", "depth", "offset", "length", "value", "is_orig")
        yield "odd", kept(anomalies, odd, (*WAY, "name", *place))


def by_way(rows: Iterable[Row]) -> Mapping[Way, list[Row]]:
    """Rows by who sent to whom."""
    found: dict[Way, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["source"], row["destination"], row["source_port"], row["destination_port"]].append(row)
    return found
