"""TLS records in any pieces, SSL 2.0's as well, and holes in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.tls_fields import vector
from netanatomy.layers.application.tls_records import SSL_2, RecordLayer, TlsRecord


def record(content: bytes, kind: int = 22) -> bytes:
    return bytes([kind]) + b"\x03\x01" + vector(content, 2)


def all_of(layer: RecordLayer, *pieces: bytes) -> list[TlsRecord]:
    return [found for each in pieces for found in layer.take(each)]


WHOLE = record(b"hello") + record(b"\1", 20) + record(b"", 22) + record(b"secret", 23) + record(b"\2\x28", 21)
EXPECTED = [
    TlsRecord(22, 0x0301, b"hello"),
    TlsRecord(20, 0x0301, b"\1"),
    TlsRecord(22, 0x0301, b""),
    TlsRecord(23, 0x0301, b""),  # application data are never kept
    TlsRecord(21, 0x0301, b"\2\x28"),
]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12).map(sorted))
def test_records_however_they_are_cut(cuts: list[int]) -> None:
    pieces = [WHOLE[start:end] for start, end in zip([0, *cuts], [*cuts, len(WHOLE)], strict=True)]
    layer = RecordLayer()
    assert all_of(layer, *pieces) == EXPECTED
    assert not layer.partial and not layer.broken


def test_what_is_encrypted_is_not_kept() -> None:
    layer, found = RecordLayer(), []
    for each in layer.take(record(b"\1", 20) + record(b"finished") * 2):
        found.append(each)
        layer.encrypted = True
    assert [each.content for each in found] == [b"\1", b"", b""]


@pytest.mark.parametrize(
    ("octets", "at"),
    [
        (b"GET / HTTP/1.1", 0),
        (record(b"x") + b"\x16\x02\0\0\0", 6),
        (b"\x16\x03\x01\x48\x01", 0),  # longer than a record may be
        (b"\x19\x03\x03\0\x01", 0),
    ],
)
def test_what_is_no_record_ends_them(octets: bytes, at: int) -> None:
    layer = RecordLayer()
    assert len(all_of(layer, octets, WHOLE)) == at // 6
    assert layer.broken.startswith(f"no TLS record at octet {at}: ") and not layer.lost


def test_only_the_first_record_may_be_of_ssl_2() -> None:
    layer = RecordLayer()
    assert all_of(layer, b"\x80", b"\x03\1\0", b"\2", record(b"x")) == [
        TlsRecord(SSL_2, 2, b"\1\0\2"),
        TlsRecord(22, 0x0301, b"x"),
    ]
    layer = RecordLayer()
    all_of(layer, record(b"x"), b"\x80\x03\1\0\2")
    assert layer.broken


def test_a_hole_within_a_record_costs_that_record() -> None:
    layer = RecordLayer()
    assert all_of(layer, record(b"0123456789")[:7]) == []
    assert layer.miss(8)
    assert all_of(layer, record(b"x")) == [TlsRecord(22, 0x0301, b"x")]


def test_a_hole_in_what_is_encrypted_costs_nothing() -> None:
    layer = RecordLayer()
    all_of(layer, record(b"0123456789", 23)[:7])
    assert layer.miss(3)
    assert all_of(layer, b"56789" + record(b"x")) == [TlsRecord(23, 0x0301, b""), TlsRecord(22, 0x0301, b"x")]


@pytest.mark.parametrize("begun", [0, 3, 7, 15])
def test_a_hole_over_an_end_loses_the_records(begun: int) -> None:
    layer = RecordLayer()
    all_of(layer, record(b"0123456789")[:begun])
    assert not layer.miss(16)
    assert layer.lost and all_of(layer, WHOLE) == []


@given(st.lists(st.one_of(st.binary(max_size=60), st.integers(1, 40_000)), max_size=12))
def test_anything(pieces: list[bytes | int]) -> None:
    layer = RecordLayer()
    for each in pieces:
        if isinstance(each, int):
            layer.miss(each)
        else:
            list(layer.take(each))
