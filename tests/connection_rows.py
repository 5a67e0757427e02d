"""Connection tables made by hand, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

import pyarrow as pa

from netanatomy.schema.column import Kind
from netanatomy.schema.connections import (
    CONN_STATES,
    CONNECTION_COLUMNS,
    END_REASONS,
    ORIGINATOR_RULES,
    PROTOS,
    TCP_STATES,
    connection_schema,
)

START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000

USUAL: Mapping[str, object] = {
    "ts": START,
    "uid": "C1",
    "id.orig_h": "10.0.0.1",
    "id.orig_p": 40000,
    "id.resp_h": "192.0.2.7",
    "id.resp_p": 443,
    "proto": "tcp",
    "duration": SECOND,
    "orig_bytes": 100,
    "resp_bytes": 2000,
    "conn_state": "SF",
    "missed_bytes": 0,
    "history": "ShADadFf",
    "orig_pkts": 5,
    "orig_ip_bytes": 300,
    "resp_pkts": 4,
    "resp_ip_bytes": 2200,
    "tunnel_parents": [],
    "ip_proto": 6,
    "community_id": "1:wCb3OG7yAFWelaUydu0D+125CLM=",
    "ip_version": 4,
    "originator_rule": "syn",
    "end_reason": "closed",
    "first_frame": 1,
    "last_frame": 9,
    "last_time": START + SECOND,
    "anomalies": 0,
}
NAMES: Mapping[str, tuple[str, ...]] = {
    "proto": PROTOS,
    "conn_state": CONN_STATES,
    "originator_rule": ORIGINATOR_RULES,
    "end_reason": END_REASONS,
    "orig_tcp_state": TCP_STATES,
    "resp_tcp_state": TCP_STATES,
}
"""The dictionaries of the columns of names: the same in every batch."""


def address(text: str) -> bytes:
    """The 16 octets of a table."""
    octets = ip_address(text).packed
    return octets if len(octets) == 16 else bytes(10) + b"\xff\xff" + octets


def connection_batch(*rows: Mapping[str, object]) -> pa.RecordBatch:
    """A batch of these rows; what a row does not say is as in USUAL, or null.

    Dots in names are written as two underscores, so that a row can be `dict(id__orig_h="10.0.0.1")`.
    """
    full = [{**USUAL, **{name.replace("__", "."): value for name, value in row.items()}} for row in rows]
    arrays = []
    for column in CONNECTION_COLUMNS:
        values = [row.get(column.name) for row in full]
        if column.kind is Kind.IP:
            values = [address(str(value)) if value is not None else None for value in values]
        if column.kind is Kind.NAME:
            names = NAMES[column.name]
            codes = pa.array(
                [None if each is None else names.index(str(each)) for each in values], pa.uint16()
            )
            arrays.append(pa.DictionaryArray.from_arrays(codes, pa.array(names)))
        else:
            arrays.append(pa.array(values, column.kind.arrow))
    return pa.RecordBatch.from_arrays(arrays, schema=connection_schema())
