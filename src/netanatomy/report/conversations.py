"""Who speaks to whom, on each layer: a few numbers per pair of addresses and per pair of sockets.

Rows are gathered until a window is full, grouped once by their finest key, and counted from
there into each layer's own bounded table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.report.tally import Tally, sum_by
from netanatomy.report.tcp_flags import ACK, FIN, RST, SYN
from netanatomy.tables.arrays import array_integers, arrow_array, integers, octet_rows, validity

WINDOW_ROWS = 131_072
"""Rows that are gathered before they are grouped: some 12 MB."""

MAXIMUM_LINK_PAIRS = 16_384
"""Pairs of MAC addresses: bounds what a flood of forged ones (CAM table overflow) can fill."""

MAXIMUM_ADDRESSES = 32_768
"""IP addresses: bounds floods from forged sources."""

MAXIMUM_ADDRESS_PAIRS = 32_768
"""Pairs of IP addresses: bounds the same, and sweeps over large networks."""

MAXIMUM_SOCKET_PAIRS = 32_768
"""Pairs of sockets: bounds port scans and SYN floods."""

MAXIMUM_SERVICES = 16_384
"""Ports, each with its protocol: bounds scans of all ports."""

# Ethernet first; other links' addresses where there is no Ethernet header.
LINK_SOURCES = ("eth_source", "wlan_source", "wlan_transmitter", "sll_source")
LINK_DESTINATIONS = ("eth_destination", "wlan_destination", "wlan_receiver")

CHECKSUMS = ("ip_checksum_status", "transport_checksum_status")

COLUMNS = (
    "frame_number",
    "time",
    "original_length",
    *LINK_SOURCES,
    *LINK_DESTINATIONS,
    "ip_version",
    "ip_source",
    "ip_destination",
    "ip_protocol",
    "source_port",
    "destination_port",
    "tcp_flags",
    *CHECKSUMS,
)
"""The columns of the packet table that are read here."""

KEYS = (
    "link_source",
    "link_destination",
    "ip_version",
    "ip_source",
    "ip_destination",
    "ip_protocol",
    "source_port",
    "destination_port",
)
VOLUME: Mapping[str, str] = MappingProxyType({"packets": "sum", "octets": "sum"})
SPAN: Mapping[str, str] = MappingProxyType({"first_time": "min", "last_time": "max", "first_frame": "min"})
CALLS: Mapping[str, str] = MappingProxyType({"opened": "sum", "answered": "sum"})
VERDICTS: Mapping[str, str] = MappingProxyType({"right": "sum", "wrong": "sum"})
BOTH_WAYS: Mapping[str, str] = MappingProxyType(
    {**VOLUME, "packets_back": "sum", "octets_back": "sum", **SPAN}
)
WHO_CALLED: Mapping[str, str] = MappingProxyType(
    {"called_by_a": "sum", "called_by_b": "sum", "first_frame_of_a": "min", "first_frame_of_b": "min"}
)
SENT_RECEIVED: Mapping[str, str] = MappingProxyType(
    {
        **VOLUME,
        "sent_packets": "sum",
        "sent_octets": "sum",
        "received_packets": "sum",
        "received_octets": "sum",
        "sent_right": "sum",
        "sent_wrong": "sum",
    }
)
NEVER = np.iinfo(np.int64).max
"""A frame number behind every other: a side that has sent nothing."""


class Conversations:
    """Bounded tables of who speaks to whom. In a pair, `a` is the lower address (or socket).

    Attributes:
        links: by `link_source`, `link_destination`.
        addresses: by `ip_version`, `address`, with what it sent and received, and how many of the packets
            that it sent have right checksums, and wrong ones.
        address_pairs: by `ip_version`, `a`, `b`: `packets` in all, `packets_back` from b to a.
        socket_pairs: by `ip_version`, `ip_protocol`, `a`, `b`, `a_port`, `b_port`, with who called whom.
    """

    def __init__(self) -> None:
        self.links = Tally(("link_source", "link_destination"), {**VOLUME, **SPAN}, MAXIMUM_LINK_PAIRS)
        self.addresses = Tally(("ip_version", "address"), SENT_RECEIVED, MAXIMUM_ADDRESSES)
        self.address_pairs = Tally(("ip_version", "a", "b"), BOTH_WAYS, MAXIMUM_ADDRESS_PAIRS)
        self.socket_pairs = Tally(
            ("ip_version", "ip_protocol", "a", "b", "a_port", "b_port"),
            {**BOTH_WAYS, **WHO_CALLED},
            MAXIMUM_SOCKET_PAIRS,
            # A flood's pairs of sockets are given up one by one; what they called is not forgotten.
            given_up=lambda pairs: self._services.add(called(pairs)),
        )
        self._services = Tally(("ip_protocol", "server_port"), VOLUME, MAXIMUM_SERVICES)
        self._window: list[pa.RecordBatch] = []
        self._rows = 0

    def services(self) -> Tally:
        """Ports that were called, by `ip_protocol` and `server_port`."""
        self.flush()
        services = Tally(self._services.keys, VOLUME, MAXIMUM_SERVICES)
        services.merge(self._services)
        pairs = self.socket_pairs.table()
        if pairs is not None:
            services.add(called(pairs))
        return services

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch of packets."""
        self._window.append(_narrowed(batch))
        self._rows += batch.num_rows
        if self._rows >= WINDOW_ROWS:
            self.flush()

    def merge(self, other: Conversations) -> None:
        """Count what another has counted."""
        self.flush()
        other.flush()
        self.links.merge(other.links)
        self.addresses.merge(other.addresses)
        self.address_pairs.merge(other.address_pairs)
        self.socket_pairs.merge(other.socket_pairs)
        self._services.merge(other._services)

    def flush(self) -> None:
        """Count the window into the tables; until then they lack its rows."""
        if not self._window:
            return
        window = pa.Table.from_batches(self._window)
        self._window, self._rows = [], 0
        window = window.append_column("packets", arrow_array(np.ones(window.num_rows, np.int64)))
        grouped = sum_by(window, KEYS, {**VOLUME, **SPAN, **CALLS, **VERDICTS})
        self.links.add(_with(_with(grouped, "link_source"), "link_destination"))
        internet = _with(grouped, "ip_version")
        self._count_addresses(internet)
        self._count_sockets(_with(internet, "source_port"))

    def _count_addresses(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        zeros = arrow_array(np.zeros(table.num_rows, np.int64))
        none = arrow_array(np.zeros(table.num_rows, np.uint64))
        for role, column in (("sent", "ip_source"), ("received", "ip_destination")):
            other = "received" if role == "sent" else "sent"
            volumes = {
                "packets": table["packets"],
                "octets": table["octets"],
                f"{role}_packets": table["packets"],
                f"{role}_octets": table["octets"],
                f"{other}_packets": zeros,
                f"{other}_octets": zeros,
                "sent_right": table["right"] if role == "sent" else none,
                "sent_wrong": table["wrong"] if role == "sent" else none,
            }
            self.addresses.add(
                pa.table({"ip_version": table["ip_version"], "address": table[column], **volumes})
            )
        swap = _later(table, "ip_source", "ip_destination")
        a, b = _exchanged(table, "ip_source", "ip_destination", swap)
        self.address_pairs.add(
            pa.table({"ip_version": table["ip_version"], "a": a, "b": b, **_both_ways(table, swap)})
        )

    def _count_sockets(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        source, destination = integers(table, "source_port"), integers(table, "destination_port")
        same = (octet_rows(table, "ip_source") == octet_rows(table, "ip_destination")).all(axis=1)
        swap = _later(table, "ip_source", "ip_destination") | (same & (source > destination))
        a, b = _exchanged(table, "ip_source", "ip_destination", swap)
        opened, answered = integers(table, "opened"), integers(table, "answered")
        first = integers(table, "first_frame").astype(np.int64)
        self.socket_pairs.add(
            pa.table(
                {
                    "ip_version": table["ip_version"],
                    "ip_protocol": table["ip_protocol"],
                    "a": a,
                    "b": b,
                    "a_port": arrow_array(np.where(swap, destination, source)),
                    "b_port": arrow_array(np.where(swap, source, destination)),
                    **_both_ways(table, swap),
                    "called_by_a": arrow_array(np.where(swap, answered, opened)),
                    "called_by_b": arrow_array(np.where(swap, opened, answered)),
                    "first_frame_of_a": arrow_array(np.where(swap, NEVER, first)),
                    "first_frame_of_b": arrow_array(np.where(swap, first, NEVER)),
                }
            )
        )


def called(pairs: pa.Table) -> pa.Table:
    """Pairs of sockets with the sides named: `client`, `client_port`, `server`, `server_port`.

    The side that was called is the server: the one that SYN went to, and SYN+ACK or a refusal came
    from. Where that was not captured it is the one with the lower port; of equal ports, the one that
    did not speak first. `packets_back` are the server's.
    """
    a_port, b_port = integers(pairs, "a_port"), integers(pairs, "b_port")
    by_a, by_b = integers(pairs, "called_by_a"), integers(pairs, "called_by_b")
    a_is_later = integers(pairs, "first_frame_of_a") > integers(pairs, "first_frame_of_b")
    a_is_lower = (a_port < b_port) | ((a_port == b_port) & a_is_later)
    swap = (by_b > by_a) | ((by_a == by_b) & a_is_lower)
    client, server = _exchanged(pairs, "a", "b", swap)
    packets, back = integers(pairs, "packets"), integers(pairs, "packets_back")
    octets, octets_back = integers(pairs, "octets"), integers(pairs, "octets_back")
    columns = {
        "client": client,
        "client_port": arrow_array(np.where(swap, b_port, a_port)),
        "server": server,
        "server_port": arrow_array(np.where(swap, a_port, b_port)),
        "packets_back": arrow_array(np.where(swap, packets - back, back)),
        "octets_back": arrow_array(np.where(swap, octets - octets_back, octets_back)),
    }
    kept = ("ip_version", "ip_protocol", "packets", "octets", *SPAN)
    return pa.table({**{name: pairs[name] for name in kept}, **columns})


def _narrowed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The keys and measures of a batch, with one pair of link addresses whatever the link."""
    flags = integers(batch, "tcp_flags")
    handshake = flags & (SYN | ACK | RST | FIN)
    # A refusal (RST) comes from the side that was called, as SYN+ACK does.
    answered = (handshake == SYN | ACK) | (handshake == RST | ACK)
    octets = integers(batch, "original_length").astype(np.int64)
    wrong = _any_is(batch, "bad")
    return pa.record_batch(
        {
            "link_source": _first_of(batch, LINK_SOURCES),
            "link_destination": _first_of(batch, LINK_DESTINATIONS),
            "ip_version": batch["ip_version"],
            "ip_source": batch["ip_source"],
            "ip_destination": batch["ip_destination"],
            "ip_protocol": batch["ip_protocol"],
            "source_port": batch["source_port"],
            "destination_port": batch["destination_port"],
            "octets": arrow_array(octets),
            "first_time": batch["time"].view(pa.int64()),
            "last_time": batch["time"].view(pa.int64()),
            "first_frame": batch["frame_number"],
            "opened": arrow_array((handshake == SYN).view(np.uint8)),
            "answered": arrow_array(answered.view(np.uint8)),
            "right": arrow_array(_any_is(batch, "good") & ~wrong),
            "wrong": arrow_array(wrong),
        }
    )


def _any_is(batch: pa.RecordBatch, verdict: str) -> NDArray[np.bool_]:
    """Where one of the checksums has this verdict."""
    found = np.zeros(batch.num_rows, np.bool_)
    for name in CHECKSUMS:
        column = batch[name]
        names = column.dictionary.to_pylist()
        if verdict in names:
            here = array_integers(column.indices) == names.index(verdict)
            present = validity(column.indices)
            found |= here if present is None else here & present
    return found


def _first_of(batch: pa.RecordBatch, names: tuple[str, ...]) -> pa.Array:
    """The first of several columns that has a value, row by row."""
    columns = [batch[name] for name in names]
    used = [column for column in columns if column.null_count < len(column)]
    if len(used) > 1:
        return pc.coalesce(*used)
    return used[0] if used else columns[0]


def _numbers(table: pa.Table, name: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Addresses as pairs of numbers of which the first is the more significant."""
    halves = octet_rows(table, name).view(">u8").astype(np.uint64)
    return halves[:, 0], halves[:, 1]


def _later(table: pa.Table, one: str, other: str) -> NDArray[np.bool_]:
    """Where the address `one` comes behind `other`."""
    one_high, one_low = _numbers(table, one)
    other_high, other_low = _numbers(table, other)
    later: NDArray[np.bool_] = (one_high > other_high) | ((one_high == other_high) & (one_low > other_low))
    return later


def _exchanged(table: pa.Table, one: str, other: str, swap: NDArray[np.bool_]) -> tuple[pa.Array, pa.Array]:
    """Two address columns, exchanged where `swap` says so."""
    first = octet_rows(table, one).view("V16")[:, 0]
    second = octet_rows(table, other).view("V16")[:, 0]
    return _binary(np.where(swap, second, first)), _binary(np.where(swap, first, second))


def _with(table: pa.Table, name: str) -> pa.Table:
    """The rows that have a column."""
    return table.filter(pc.is_valid(table[name])) if table[name].null_count else table


def _binary(octets: NDArray[np.void]) -> pa.Array:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(octets).view(np.uint8))]
    return pa.Array.from_buffers(pa.binary(octets.dtype.itemsize), len(octets), buffers)


def _both_ways(table: pa.Table, swap: NDArray[np.bool_]) -> dict[str, pa.Array | pa.ChunkedArray]:
    """The volume of directed rows: in all, and how much of it went back."""
    packets, octets = integers(table, "packets"), integers(table, "octets")
    return {
        "packets": table["packets"],
        "octets": table["octets"],
        "packets_back": arrow_array(np.where(swap, packets, 0)),
        "octets_back": arrow_array(np.where(swap, octets, 0)),
        "first_time": table["first_time"],
        "last_time": table["last_time"],
        "first_frame": table["first_frame"],
    }
