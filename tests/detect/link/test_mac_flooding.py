from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import wire
from tests.detect.link.frames import Timed, arp, found, mac, scattered
from tests.detect.support import caught, silent


def frames_of(count: int, name: Callable[[int], str] = scattered) -> list[Timed]:
    """A SYN from each station, to nobody who would answer."""
    frames = []
    for index in range(count):
        source = f"10.1.{index >> 8}.{index & 255}"
        segment = wire.tcp(wire.SYN, 1024 + index, source=source)
        frame = wire.ethernet(wire.ipv4(segment, source), 0x0800, name(index + 1), scattered(index + 70_000))
        frames.append((0.02 * index, frame))
    return frames


def test_macof_is_caught_at_two_speeds() -> None:
    for name, stations in (("mac-flooding-macof", 2_500), ("mac-flooding-slow", 1_200)):
        finding = caught(name, "mac-flooding")
        assert finding.attackers == ()
        assert finding.counts["stations"] == stations


def test_ordinary_networks_and_other_floods_are_silent() -> None:
    for name in ("busy-browsing", "nat-gateway", "syn-flood-spoofed", "dhcp-morning-rush", "peer-to-peer"):
        silent(name, "mac-flooding")


def test_two_hundred_stations_in_a_window(tmp_path: Path) -> None:
    assert not found(tmp_path, frames_of(199), "mac-flooding")
    (finding,) = found(tmp_path, frames_of(200), "mac-flooding")
    assert finding.counts["stations"] == 200
    assert len(finding.evidence) == 5


def test_stations_of_one_maker_are_real(tmp_path: Path) -> None:
    assert not found(tmp_path, frames_of(400, mac), "mac-flooding")


def test_stations_that_speak_again_are_real(tmp_path: Path) -> None:
    again = [(time + 30 * turn, frame) for time, frame in frames_of(400) for turn in range(3)]
    assert not found(tmp_path, again, "mac-flooding")


def test_broadcasts_of_many_stations_are_no_flood(tmp_path: Path) -> None:
    frames = [
        (0.01 * index, arp(1, scattered(index + 1), f"10.1.{index >> 8}.{index & 255}", "10.0.0.1"))
        for index in range(400)
    ]
    assert not found(tmp_path, frames, "mac-flooding")


def test_frames_without_ip_count_if_they_are_for_one_station(tmp_path: Path) -> None:
    frames = [
        (0.01 * index, wire.ethernet(bytes(46), 0x88B5, scattered(index + 1), mac(index)))
        for index in range(400)
    ]
    (finding,) = found(tmp_path, frames, "mac-flooding")
    assert finding.counts["stations"] == 400
