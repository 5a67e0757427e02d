"""Transport parameters: the examples of RFC 9000, aioquic's, and whatever else may stand there."""

from __future__ import annotations

import pytest
from aioquic.buffer import Buffer
from aioquic.quic.packet import QuicTransportParameters, push_quic_transport_parameters
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import TruncatedError
from netanatomy.layers.application.quic_parameters import MAXIMUM_PARAMETERS, parameters, variable


@pytest.mark.parametrize(
    ("octets", "value"),
    # RFC 9000 appendix A.1.
    [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ],
)
def test_integers(octets: str, value: int) -> None:
    assert variable(bytes.fromhex(octets), 0) == (value, len(octets) // 2)


def test_those_of_aioquic() -> None:
    declared = QuicTransportParameters(
        max_idle_timeout=30_000,
        initial_max_data=1_000_000,
        disable_active_migration=True,
        stateless_reset_token=bytes(range(16)),
        max_datagram_frame_size=65_535,
    )
    buffer = Buffer(capacity=512)
    push_quic_transport_parameters(buffer, declared)
    found = dict(parameters(buffer.data))
    assert found["max_idle_timeout"] == "30000" and found["initial_max_data"] == "1000000"
    assert found["disable_active_migration"] == "yes" and found["max_datagram_frame_size"] == "65535"
    assert found["stateless_reset_token"] == bytes(range(16)).hex()
    for length in range(1, len(buffer.data)):
        try:
            cut = parameters(buffer.data[:length])
        except TruncatedError:
            continue
        assert list(found.items())[: len(cut)] == list(cut)


def test_reserved_numbers_and_thousands() -> None:
    assert parameters(b"\x1b\x00" + b"\x3a\x01a") == ()  # 27 and 58: RFC 9000 section 18.1
    assert len(parameters(b"\x3f\x00" * 5000)) == MAXIMUM_PARAMETERS


@given(st.binary(max_size=300))
def test_anything_is_read_or_refused(octets: bytes) -> None:
    try:
        found = parameters(octets)
    except TruncatedError:
        return
    assert len(found) <= MAXIMUM_PARAMETERS
