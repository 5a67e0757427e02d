"""A frame that was captured only as far as into its TCP header has no payload that could be compared."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import netanatomy
from tests import wire

HEADERS = 14 + 20 + 20
TIMESTAMPS = 12


def segment(value: int, payload: bytes) -> bytes:
    """The same octets of the stream every time; only the clock of the sender goes on."""
    header = struct.pack(">HHIIBBHHH", 443, 50_000, 1_000, 500, 0x80, wire.ACK, 1024, 0, 0)
    options = struct.pack(">BBBBII", 1, 1, 8, 10, value, 7)
    return wire.ethernet(wire.ipv4(header + options + payload, "192.0.2.7", "10.0.0.1"))


def capture(path: Path, captured: int) -> Path:
    frames = [segment(value, b"x" * 500) for value in (100, 200)]
    octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, captured, 1)
    for second, frame in enumerate(frames):
        octets += struct.pack("<IIII", second, 0, captured, len(frame)) + frame[:captured]
    path.write_bytes(octets)
    return path


@pytest.mark.parametrize("captured", range(HEADERS, HEADERS + TIMESTAMPS + 1))
def test_the_same_segment_sent_again_differs_in_nothing(captured: int, tmp_path: Path) -> None:
    opened = netanatomy.open(capture(tmp_path / "cut.pcap", captured))
    names = {name for batch in opened.anomaly_table() for name in batch["name"].to_pylist()}
    assert "retransmission" in names
    assert not {name for name in names if "differ" in name or "overlap" in name}
    assert list(opened.findings()) == []
