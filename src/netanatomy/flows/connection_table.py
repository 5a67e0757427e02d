"""Ended connections to the connection table: how each column comes out of the words of the records.

A column is one entry of `COLUMNS_FROM`; what several need is worked out once, in `EndedConnections`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.flows import record as words
from netanatomy.flows.community_ids import community_id_texts
from netanatomy.flows.ended_connections import LOW, EndedConnections
from netanatomy.flows.identity import uid_texts
from netanatomy.flows.record import ORIGINATOR, RESPONDER
from netanatomy.flows.record_arrays import EVERYWHERE, Scratch, Validity
from netanatomy.flows.repeated_columns import RepeatedColumns
from netanatomy.flows.side_numbers import ICMP, ICMPV6, TCP, UDP
from netanatomy.flows.tcp_words import (
    T_DUPLICATE_ACKS,
    T_DUPLICATES,
    T_PAYLOADS,
    T_RESETS,
    T_RETRANSMISSIONS,
    T_STATE,
)
from netanatomy.schema.column import Kind
from netanatomy.schema.connections import (
    CONN_STATES,
    END_REASONS,
    ORIGINATOR_RULES,
    PROTOS,
    TCP_STATES,
    connection_schema,
)
from netanatomy.schema.flow_options import FlowOptions

Rows: TypeAlias = EndedConnections
ColumnFrom: TypeAlias = Callable[[EndedConnections], pa.Array]

V4_MAPPED_BITS = 96  # of an IPv4 address in a table, in front of it

PROTO_CODES = np.full(256, PROTOS.index("unknown_transport"), np.uint16)
PROTO_CODES[[TCP, UDP, ICMP, ICMPV6]] = [PROTOS.index(name) for name in ("tcp", "udp", "icmp", "icmp")]
PROTO_CODES.flags.writeable = False

SYN_SENT = TCP_STATES.index("SYN-SENT")

TCP_COUNTERS = {
    # Words of S_ANALYSIS: the counter in the high half, and that in the low half.
    "retransmissions": (T_RETRANSMISSIONS, True),
    "fast_retransmissions": (T_RETRANSMISSIONS, False),
    "duplicates": (T_DUPLICATES, True),
    "out_of_order": (T_DUPLICATES, False),
    "duplicate_acks": (T_DUPLICATE_ACKS, True),
    "zero_windows": (T_DUPLICATE_ACKS, False),
    "resets": (T_RESETS, True),
    "congestion_marks": (T_RESETS, False),
    "data_pkts": (T_PAYLOADS, False),
}
ENTROPY_SCALE = 1000  # EXTRA counts thousandths of a bit


class ConnectionTable:
    """Makes batches of the connection table.

    Args:
        options: the local networks are taken from here.
        columns: names of the columns to make, in their order; None for all.

    Attributes:
        schema: the Arrow schema of every batch.

    Raises:
        UsageError: there is no column of that name.
    """

    def __init__(self, options: FlowOptions, columns: Sequence[str] | None = None) -> None:
        schema = connection_schema()
        names = schema.names if columns is None else list(columns)
        unknown = [name for name in names if name not in COLUMNS_FROM]
        if unknown:
            raise UsageError(f"connections have no column {unknown[0]!r}")
        self.schema: pa.Schema = pa.schema([schema.field(name) for name in names])
        self._columns = RepeatedColumns([COLUMNS_FROM[name] for name in names])
        self._options = options
        self._scratch = (Scratch(), Scratch())

    def batch(
        self,
        records: NDArray[np.int64],
        details: NDArray[np.int64],
        detail_line: NDArray[np.int64],
        reasons: NDArray[np.uint8],
    ) -> pa.RecordBatch:
        """Connections that ended, as rows.

        Args:
            records: shape (rows, RECORD_WORDS).
            details: shape (details, DETAIL_WORDS).
            detail_line: for every row its line in `details`, or -1.
            reasons: for every row why it ended, an index of END_REASONS.
        """
        rows = EndedConnections(records, details, detail_line, reasons, self._options, self._scratch)
        return pa.RecordBatch.from_arrays(self._columns.arrays(rows), schema=self.schema)


def connection_batch(
    records: NDArray[np.int64],
    details: NDArray[np.int64],
    detail_line: NDArray[np.int64],
    reasons: NDArray[np.uint8],
    options: FlowOptions,
    columns: Sequence[str] | None = None,
) -> pa.RecordBatch:
    """One batch of the connection table; see `ConnectionTable`, which is faster for many."""
    return ConnectionTable(options, columns).batch(records, details, detail_line, reasons)


def _word(kind: Kind, number: int) -> ColumnFrom:
    return lambda rows: rows.numbers(kind, rows.word(number))


def _port(shift: int) -> ColumnFrom:
    return lambda rows: rows.numbers(Kind.U16, rows.word(words.PORTS, 0xFFFF << shift) >> shift)


def _size(side: int) -> ColumnFrom:
    return lambda rows: rows.lazily(Kind.U64, rows.lasted, lambda: rows.sizes[side])


def _tag(shift: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        valid = Validity.of(rows.scope >> shift + 12 & 1 != 0)
        return rows.lazily(Kind.U16, valid, lambda: rows.scope >> shift & 0xFFF)

    return column


def _delay(number: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        delay = rows.detail(number)
        valid = rows.has_detail & (delay >= 0) & (rows.protocol == TCP)
        return rows.numbers(Kind.DURATION, delay, Validity.of(valid))

    return column


def _missed(rows: Rows) -> pa.Array:
    if not rows.detailed:
        return rows.zeros(EVERYWHERE)
    missed = rows.of_side(ORIGINATOR, words.S_MISSED) + rows.of_side(RESPONDER, words.S_MISSED)
    return rows.numbers(Kind.U64, missed)


def _parents(rows: Rows) -> pa.Array:
    high, low = rows.word(words.PARENT_HIGH), rows.word(words.PARENT_LOW)
    valid = Validity.of((high != 0) | (low != 0))
    if valid.nulls == rows.count:
        return rows.nulls(Kind.TEXTS)
    offsets = np.arange(rows.count + 1, dtype=np.int32)
    if valid.mask is not None:
        np.cumsum(valid.mask, out=offsets[1:])
        high, low = high[valid.mask], low[valid.mask]
    return pa.Array.from_buffers(
        Kind.TEXTS.arrow,
        rows.count,
        [valid.bitmap, pa.py_buffer(offsets)],
        valid.nulls,
        children=[uid_texts(high, low)],
    )


def _local(high: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        networks = rows.options.local_networks
        if not networks:
            return rows.nulls(Kind.BOOL)
        inside = np.zeros(rows.count, np.bool_)
        for network in networks:
            inside |= _inside(rows, high, network)
        return rows.numbers(Kind.BOOL, inside)

    return column


def _inside(rows: Rows, high: int, network: IPv4Network | IPv6Network) -> NDArray[np.bool_]:
    octets, mask = network.network_address.packed, network.netmask.packed
    if isinstance(network, IPv4Network):
        octets, mask = bytes(10) + b"\xff\xff" + octets, b"\xff" * (V4_MAPPED_BITS // 8) + mask
    wanted, masks = np.frombuffer(octets, np.int64), np.frombuffer(mask, np.int64)
    inside: NDArray[np.bool_] = rows.ip_version == network.version
    for number in range(2):
        inside &= rows.word(high + number) & masks[number] == wanted[number]
    return inside


def _tcp_state(side: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        codes = rows.of_side(side, words.S_ANALYSIS + T_STATE) & 0xFF
        if side == ORIGINATOR:
            codes = np.where(rows.has_detail, codes, SYN_SENT)
        return rows.named(TCP_STATES, np.where(rows.protocol == TCP, codes, 0))

    return column


def _counter(side: int, word: int, *, high: bool) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        if not rows.detailed:
            return rows.zeros(rows.tcp)
        return rows.lazily(Kind.U64, rows.tcp, lambda: rows.counter(side, word, high=high))

    return column


def _syn_number(kind: Kind, side: int, shift: int, mask: int, taken: int = 0) -> ColumnFrom:
    """A field of the SYN that is 0 where its option is absent; `taken` was added for that."""

    def column(rows: Rows) -> pa.Array:
        syn = rows.first_syn[side]
        if syn.nulls == rows.count:
            return rows.nulls(kind)
        number = rows.fact(side, shift, mask)
        valid = number != 0
        return rows.numbers(
            kind, number - taken, Validity.of(valid if syn.mask is None else valid & syn.mask)
        )

    return column


def _fact(kind: Kind, side: int, which: str, shift: int, mask: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        valid: Validity = getattr(rows, which)[side]
        return rows.lazily(kind, valid, lambda: rows.fact(side, shift, mask))

    return column


def _size_bound(side: int, shift: int) -> ColumnFrom:
    def bound(rows: Rows) -> NDArray[np.int64]:
        whole = rows.word(words.IP_BYTES_ORIG + side)  # of a connection without detail it is one packet's
        if not rows.detailed:
            return whole
        return np.where(rows.has_detail, rows.of_side(side, words.S_SIZES) >> shift & LOW, whole)

    return lambda rows: rows.lazily(Kind.U32, rows.sent[side], lambda: bound(rows))


def _size_mean(rows: Rows, side: int) -> NDArray[np.float64]:
    packets = np.maximum(rows.word(words.PACKETS_ORIG + side), 1)
    mean: NDArray[np.float64] = rows.word(words.IP_BYTES_ORIG + side) / packets
    return mean


def _size_deviation(rows: Rows, side: int) -> NDArray[np.float64]:
    return rows.spreads[side].sizes if rows.detailed else np.zeros(rows.count)


def _gap(side: int, word: int) -> ColumnFrom:
    return lambda rows: rows.lazily(Kind.DURATION, rows.gaps[side], lambda: rows.of_side(side, word))


def _gap_mean(side: int, *, deviation: bool) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        if not rows.detailed:
            return rows.nulls(Kind.DURATION)
        spreads = rows.spreads[side]
        times = spreads.deviations if deviation else spreads.means
        return rows.numbers(Kind.DURATION, times, spreads.has_gaps)

    return column


def _entropy(side: int) -> ColumnFrom:
    def column(rows: Rows) -> pa.Array:
        extra = rows.word(words.EXTRA)
        valid = Validity.of(extra >> 32 + side & 1 != 0)
        return rows.lazily(Kind.F64, valid, lambda: (extra >> 16 * side & 0xFFFF) / ENTROPY_SCALE)

    return column


def _of_side(side: int, prefix: str) -> dict[str, ColumnFrom]:
    """The columns that either side has."""
    columns: dict[str, ColumnFrom] = {
        "pkts": _word(Kind.U64, words.PACKETS_ORIG + side),
        "ip_bytes": _word(Kind.U64, words.IP_BYTES_ORIG + side),
        "bytes": _size(side),
        "l2_addr": lambda rows: rows.link_addresses(words.MAC_ORIG + side),
        "tcp_state": _tcp_state(side),
        "initial_ttl": _fact(Kind.U8, side, "facts_present", 0, 0xFF),
        "initial_window": _fact(Kind.U16, side, "first_segment", 8, 0xFFFF),
        "mss": _syn_number(Kind.U16, side, 24, 0xFFFF),
        "window_scale": _syn_number(Kind.U8, side, 40, 0xFF, taken=1),
        "sack_permitted": _fact(Kind.BOOL, side, "first_syn", 48, 1),
        "timestamps": _fact(Kind.BOOL, side, "first_segment", 49, 1),
        "data_bytes": _word(Kind.U64, words.BYTES_ORIG + side),
        "size_min": _size_bound(side, 32),
        "size_max": _size_bound(side, 0),
        "size_mean": lambda rows: rows.lazily(Kind.F64, rows.sent[side], lambda: _size_mean(rows, side)),
        "size_deviation": lambda rows: rows.lazily(
            Kind.F64, rows.sent[side], lambda: _size_deviation(rows, side)
        ),
        "gap_min": _gap(side, words.S_GAP_LEAST),
        "gap_max": _gap(side, words.S_GAP_MOST),
        "gap_mean": _gap_mean(side, deviation=False),
        "gap_deviation": _gap_mean(side, deviation=True),
        "entropy": _entropy(side),
    }
    for name, (word, high) in TCP_COUNTERS.items():
        columns[name] = _counter(side, word, high=high)
    return {f"{prefix}_{name}": column for name, column in columns.items()}


COLUMNS_FROM: Mapping[str, ColumnFrom] = MappingProxyType(
    {
        "ts": _word(Kind.TIME, words.FIRST_TIME),
        "uid": lambda rows: uid_texts(rows.word(words.UID_HIGH), rows.word(words.UID_LOW)),
        "id.orig_h": lambda rows: rows.addresses(words.ORIG_HIGH),
        "id.orig_p": _port(16),
        "id.resp_h": lambda rows: rows.addresses(words.RESP_HIGH),
        "id.resp_p": _port(0),
        "proto": lambda rows: rows.named(PROTOS, PROTO_CODES[rows.protocol]),
        "duration": lambda rows: rows.lazily(Kind.DURATION, rows.lasted, lambda: rows.duration),
        "conn_state": lambda rows: rows.named(CONN_STATES, rows.conn_state),
        "local_orig": _local(words.ORIG_HIGH),
        "local_resp": _local(words.RESP_HIGH),
        "missed_bytes": _missed,
        "history": lambda rows: rows.histories(),
        "tunnel_parents": _parents,
        "ip_proto": lambda rows: rows.numbers(Kind.U8, rows.protocol),
        "vlan": _tag(0),
        "inner_vlan": _tag(13),
        "community_id": lambda rows: community_id_texts(rows.records),
        "ip_version": lambda rows: rows.numbers(Kind.U8, rows.ip_version),
        "originator_rule": lambda rows: rows.named(ORIGINATOR_RULES, rows.word(words.PROTOCOL) >> 16 & 0xFF),
        "end_reason": lambda rows: rows.named(END_REASONS, rows.reasons),
        "first_frame": _word(Kind.U64, words.FIRST_FRAME),
        "last_frame": _word(Kind.U64, words.LAST_FRAME),
        "last_time": _word(Kind.TIME, words.LATEST_TIME),
        "anomalies": lambda rows: rows.numbers(Kind.U64, rows.detail(words.D_ANOMALIES)),
        "syn_ack_delay": _delay(words.D_RTT_RESP),
        "ack_delay": _delay(words.D_RTT_ORIG),
        "ecn": lambda rows: rows.lazily(Kind.BOOL, rows.tcp, lambda: rows.word(words.STATUS) >> 19 & 1),
        **_of_side(ORIGINATOR, "orig"),
        **_of_side(RESPONDER, "resp"),
    }
)
"""How every column is made."""
