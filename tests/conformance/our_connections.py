"""Our own connection records, in plain Python values."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pyarrow as pa

import netanatomy
from netanatomy.schema.flow_options import FlowOptions
from tests.conformance.records import Record, Value

ADDRESSES = frozenset({"id.orig_h", "id.resp_h"})
HARDWARE = frozenset({"orig_l2_addr", "resp_l2_addr"})


def our_connections(path: Path, options: FlowOptions, columns: Sequence[str]) -> list[Record]:
    """The connections of a capture; addresses as text, times and durations in nanoseconds.

    Raises:
        CaptureError: the file cannot be read.
    """
    records: list[Record] = []
    for batch in netanatomy.open(path).connections(options=options):
        held = {name: _plain(name, batch) for name in columns}
        for row in range(batch.num_rows):
            records.append({name: values[row] for name, values in held.items()})
    return records


def _plain(name: str, batch: pa.RecordBatch) -> list[Value]:
    array = batch.column(name)
    if pa.types.is_duration(array.type) or pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    if name in ADDRESSES:
        return [as_address(octets) for octets in array.to_pylist()]
    if name in HARDWARE:
        return [None if octets is None else octets.hex(":") for octets in array.to_pylist()]
    values: list[Value] = array.to_pylist()
    return [bool(value) for value in values] if name == "tunnel_parents" else values


def as_address(octets: bytes) -> str:
    """Sixteen octets as text, IPv4 in its own form."""
    address = ip_address(octets)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
