"""The message is built by hand here; the tests of probes hold the bits against openssl s_client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.tls_fields import vector
from netanatomy.layers.application.tls_finite_field import prime_bits


def record(octets: bytes, kind: int = 22) -> bytes:
    return bytes([kind]) + b"\x03\x03" + vector(octets, 2)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(body, 3)


PRIME = b"\x00\x80" + bytes(127)
EXCHANGE = message(12, vector(PRIME, 2) + vector(b"\x02", 2) + vector(bytes(128), 2) + b"signature")
FLIGHT = message(2, bytes(40)) + message(11, bytes(900)) + EXCHANGE + message(14, b"")


def test_the_prime_is_found_wherever_records_end() -> None:
    assert prime_bits(record(FLIGHT)) == 1024
    for size in (1, 7, 500):
        pieces = [record(FLIGHT[place : place + size]) for place in range(0, len(FLIGHT), size)]
        assert prime_bits(b"".join(pieces)) == 1024


@pytest.mark.parametrize(
    "octets", [record(message(2, b"")), record(FLIGHT, 23), b"", b"HTTP/1.1 400", b"\x16"]
)
def test_where_there_is_none(octets: bytes) -> None:
    assert prime_bits(octets) is None


def test_every_truncation() -> None:
    whole = record(FLIGHT)
    found = {prime_bits(whole[:length]) for length in range(len(whole))}
    assert found == {None, 1024}


@given(st.binary(max_size=300), st.integers(0, len(FLIGHT)))
def test_any_octets(octets: bytes, kept: int) -> None:
    for whole in (octets, record(octets), record(FLIGHT)[:kept] + octets):
        bits = prime_bits(whole)
        assert bits is None or bits >= 0
