"""The walk's own arithmetic."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from tests.decode.agreement import Frame
from tests.decode.oracle import ones_complement
from tests.decode.test_packets import table


def status(payload: bytes, shift: int, wrong: int = 0) -> str:
    """The verdict on a UDP datagram with this payload, that begins at an odd or even octet."""
    addresses = bytes([192, 0, 2, 1, 192, 0, 2, 2])
    udp = struct.pack("!HHHH", 20_000, 20_001, 8 + len(payload), 0) + payload
    checksum = 0xFFFF - ones_complement(addresses + struct.pack("!HH", 17, len(udp)) + udp)
    udp = udp[:6] + struct.pack("!H", (checksum or 0xFFFF) ^ wrong) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + addresses
    # Frames lie one behind the other: the first one's length decides where the second one begins.
    rows, _ = table([Frame(bytes(shift), 228), Frame(header + udp, 228)])
    found = rows["transport_checksum_status"].to_pylist()[1]
    assert isinstance(found, str)
    return found


@given(st.binary(max_size=600), st.integers(0, 9), st.integers(1, 0xFFFE))
def test_checksums_are_right_wherever_the_octets_lie(payload: bytes, shift: int, wrong: int) -> None:
    assert status(payload, shift) == "good"
    assert status(payload, shift, wrong) != "good"


def test_sums_do_not_overflow() -> None:
    for size in (0, 1, 7, 8, 9, 65_000):
        assert status(b"\xff" * size, 3) == "good"
        assert status(b"\xff" * size, 3, 0x0100) == "bad"
