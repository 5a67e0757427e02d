from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests import wire
from tests.detect.built import SECOND, datagram, found, segment
from tests.detect.support import caught, silent
from tests.wire import FIN, PSH, SYN, URG

NULL_WITH_OPTIONS = bytes([3, 3, 10, 1, 2, 4, 1, 9, 4, 2, 1, 1])


def with_options(flags: int, options: bytes = NULL_WITH_OPTIONS, window: int = 128) -> bytes:
    """A segment with options in its header."""
    header = struct.pack(">HHIIBBHHH", 40_000, 80, 1, 0, (20 + len(options)) << 2, flags, window, 0, 0)
    octets = header + options
    pseudo = bytes([10, 0, 0, 1, 192, 0, 2, 7]) + struct.pack(">HH", 6, len(octets))
    octets = octets[:16] + wire.checksum(pseudo + octets).to_bytes(2, "big") + octets[18:]
    return wire.ethernet(wire.ipv4(octets))


PROBES = [
    with_options(0),
    with_options(SYN | FIN | PSH | URG, window=256),
    datagram(b"C" * 300, (40_000, 40_125)),
    wire.ethernet(wire.ipv4(b"\x08\x09" + wire.icmp(8, 9, bytes(124))[2:], protocol=1)),
]


def test_nmap_is_found() -> None:
    assert caught("os-fingerprinting-nmap", "os-fingerprinting").counts["kinds"] >= 5


def test_scans_with_odd_flags_are_none() -> None:
    for name in ("port-scan-null", "port-scan-xmas", "port-scan-fin", "tcp-flood-xmas", "busy-browsing"):
        silent(name, "os-fingerprinting")


@pytest.mark.parametrize(("probes", "findings"), [(2, 0), (3, 1), (4, 1)])
def test_three_kinds_of_probes(tmp_path: Path, probes: int, findings: int) -> None:
    frames = [(number * SECOND, octets) for number, octets in enumerate(PROBES[:probes])]
    assert len(found(tmp_path, frames, "os-fingerprinting")) == findings


def test_one_kind_a_hundred_times_is_one_kind(tmp_path: Path) -> None:
    frames = [(number * SECOND, PROBES[0]) for number in range(100)]
    assert not found(tmp_path, frames, "os-fingerprinting")


def test_flags_without_options_are_a_scan(tmp_path: Path) -> None:
    frames = [
        (0, segment(0)),
        (1, segment(FIN | PSH | URG)),
        (2, datagram(b"D" * 300, (40_000, 40_125))),
    ]
    assert not found(tmp_path, frames, "os-fingerprinting")
