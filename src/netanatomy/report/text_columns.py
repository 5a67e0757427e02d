"""Columns of a table as people read them: addresses, MACs and times as text, durations in seconds."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.layers.internet.addresses import address_texts
from netanatomy.layers.link.vendors import mac_texts
from netanatomy.report.units import NANOSECONDS
from netanatomy.schema.column import Column, Kind
from netanatomy.schema.packets import COLUMNS
from netanatomy.tables.arrays import array_integers, arrow_array, octet_rows, validity

IP_VERSION = "ip_version"
"""The column that says how 16 octets of address are written."""

ALWAYS_IPV4 = frozenset({"arp_sender_protocol", "arp_target_protocol"})

Texts: TypeAlias = pa.StringArray


def needs(columns: tuple[str, ...], table: tuple[Column, ...] = COLUMNS) -> tuple[str, ...]:
    """The columns of a table with what else it takes to write them: addresses need the version of IP.

    A table without a column for it has addresses of both in one row; there ::ffff:a.b.c.d counts as IPv4.

    >>> needs(("frame_number", "ip_source"))
    ('frame_number', 'ip_source', 'ip_version')
    """
    kinds = {column.name: column.kind for column in table}
    if IP_VERSION not in kinds or IP_VERSION in columns:
        return columns
    written = any(kinds.get(name) is Kind.IP and name not in ALWAYS_IPV4 for name in columns)
    return (*columns, IP_VERSION) if written else columns


def text_batch(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> pa.RecordBatch:
    """The columns with addresses, MACs, times and names as text; numbers and lists of texts stay."""
    arrays = [text_array(batch, column) for column in columns]
    return pa.record_batch(arrays, names=[column.name for column in columns])


def text_array(batch: pa.RecordBatch, column: Column) -> pa.Array:
    """One column as text, if it is not a number, a truth or a list; a duration as seconds."""
    array = batch[column.name]
    match column.kind:
        case Kind.IP:
            return _addresses(batch, column.name)
        case Kind.MAC:
            return _blank(mac_texts(octet_rows(batch, column.name)), array)
        case Kind.TIME:
            return _times(array)
        case Kind.NAME:
            return array.dictionary_decode()
        case Kind.DURATION:
            return _seconds(array)
        case Kind.OCTETS:
            return _hexadecimal(array)
        case _:
            return array


def _addresses(batch: pa.RecordBatch, name: str) -> Texts:
    array, octets = batch[name], octet_rows(batch, name)
    if len(octets) < len(array):  # a column of nulls need not have octets
        return pa.nulls(len(array), pa.string())
    if name in ALWAYS_IPV4:
        versions = np.full(len(array), 4, np.uint8)
    elif IP_VERSION in batch.schema.names:
        versions = array_integers(batch[IP_VERSION]).astype(np.uint8)
    else:
        versions = _versions(octets)
    present = validity(array)
    if present is not None:
        versions = np.where(present, versions, 0).astype(np.uint8)
    return address_texts(octets, versions)


def _versions(octets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    mapped = (octets[:, :10] == 0).all(axis=1) & (octets[:, 10:12] == 0xFF).all(axis=1)
    return np.where(mapped, 4, 6).astype(np.uint8)


def _times(array: pa.TimestampArray) -> Texts:
    moments = array_integers(array.view(pa.int64())).view("datetime64[ns]")
    return _blank(pa.array(np.datetime_as_string(moments, timezone="UTC")), array)


def _seconds(array: pa.DurationArray) -> pa.DoubleArray:
    seconds = arrow_array(array_integers(array.view(pa.int64())) / NANOSECONDS)
    return _blank(seconds, array)


def _hexadecimal(array: pa.BinaryArray) -> Texts:
    return pa.array([None if octets is None else octets.hex() for octets in array.to_pylist()], pa.string())


def _blank(texts: pa.Array, array: pa.Array) -> pa.Array:
    """Null where the array is."""
    if not array.null_count:
        return texts
    return pc.if_else(array.is_valid(), texts, pa.scalar(None, texts.type))
