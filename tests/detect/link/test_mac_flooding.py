from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from netanatomy.detect.link.mac_flooding import DETECTOR, Config
from netanatomy.detect.relations import Summary
from netanatomy.detect.settings import Settings
from netanatomy.schema.network import NOWHERE
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


def with_one_address(
    count: int, name: Callable[[int], str] = scattered, *, step: float = 0.02, flags: int = -1
) -> list[Timed]:
    """The same datagram, or segment, from each station to one that is there."""
    octets = wire.udp(bytes(20), 4_000, 9) if flags < 0 else wire.tcp(flags)
    packet = wire.ipv4(octets, protocol=17 if flags < 0 else 6)
    return [
        (step * index, wire.ethernet(packet, 0x0800, name(index + 1), wire.BOB)) for index in range(count)
    ]


def test_made_up_stations_within_one_conversation_are_caught() -> None:
    finding = caught("mac-flooding-held-trafgen", "mac-flooding")
    assert finding.counts["stations"] == 900
    assert "10.20.0.66" in finding.others["claimed"]


def test_two_hundred_stations_with_one_address(tmp_path: Path) -> None:
    assert not found(tmp_path, with_one_address(199), "mac-flooding")
    (finding,) = found(tmp_path, with_one_address(200), "mac-flooding")
    assert finding.counts["stations"] == 200
    assert [piece.frame for piece in finding.evidence] == [1, 2, 3, 4, 5]
    assert not found(tmp_path, with_one_address(400, step=0.06), "mac-flooding"), "167 in a window"


def test_stations_with_one_address_that_are_of_one_maker_or_speak_again(tmp_path: Path) -> None:
    assert not found(tmp_path, with_one_address(400, mac), "mac-flooding")
    again = [(time + 30 * turn, frame) for time, frame in with_one_address(400) for turn in range(3)]
    assert not found(tmp_path, again, "mac-flooding")


def test_segments_to_one_station_count_if_they_begin_something(tmp_path: Path) -> None:
    assert found(tmp_path, with_one_address(400, flags=wire.SYN), "mac-flooding")
    assert not found(tmp_path, with_one_address(400, flags=wire.ACK), "mac-flooding")


def test_the_address_of_those_who_have_none_is_no_ones(tmp_path: Path) -> None:
    packet = wire.ipv4(wire.udp(bytes(20), 68, 67), "0.0.0.0", "10.0.0.2", 17)
    frames = [
        (0.02 * index, wire.ethernet(packet, 0x0800, scattered(index + 1), wire.BOB)) for index in range(400)
    ]
    assert not found(tmp_path, frames, "mac-flooding")


def test_the_scope_spares_the_one_who_has_the_address(tmp_path: Path) -> None:
    owner = [
        (0.5 * turn, frame) for turn in range(9) for _, frame in with_one_address(1, lambda _: wire.ALICE)
    ]
    (finding,) = found(tmp_path, [*owner, *with_one_address(300)], "mac-flooding")
    (selector,) = finding.scope
    assert wire.ALICE in {match.value for match in selector.matches}


def test_stations_that_answered_are_real(tmp_path: Path) -> None:
    """Three hundred devices of many makers answer a question each, and send one message of their own."""
    frames: list[Timed] = []
    for index in range(300):
        device, address, time = scattered(index + 1), f"10.1.{index >> 8}.{index & 255}", 0.02 * index
        asked = wire.ipv4(wire.udp(b"?", 5_000, 161), "10.0.0.9", address, 17)
        told = wire.ipv4(wire.udp(b"!", 161, 5_000), address, "10.0.0.9", 17)
        trap = wire.ipv4(wire.udp(b"!!", 161, 162), address, "10.0.0.9", 17)
        frames += [
            (time, wire.ethernet(asked, 0x0800, wire.BOB, device)),
            (time + 0.001, wire.ethernet(told, 0x0800, device, wire.BOB)),
            (time + 0.002, wire.ethernet(trap, 0x0800, device, wire.BOB)),
        ]
    assert not found(tmp_path, frames, "mac-flooding")
    alone = [frame for index, frame in enumerate(frames) if index % 3 == 2]
    assert found(tmp_path, alone, "mac-flooding"), "as a flood looks"


def test_from_which_share_on_a_kind_of_frames_is_the_tools_can_be_set(tmp_path: Path) -> None:
    beside = [
        (0.02 * index, wire.ethernet(bytes(46), 0x88B5, scattered(index + 5_000), mac(index)))
        for index in range(40)
    ]
    (finding,) = found(tmp_path, [*frames_of(200), *beside], "mac-flooding")
    settings = Settings(configs={"mac-flooding": Config(common_share=0.5)})
    (fewer,) = found(tmp_path, [*frames_of(200), *beside], "mac-flooding", settings)
    assert (len(finding.scope), len(fewer.scope)) == (2, 1)


def test_where_there_is_no_room_stations_are_told_as_a_bound(tmp_path: Path) -> None:
    """A relation has so many keys and no more; what is beyond is not known."""
    summary = Summary(DETECTOR.relations, 300)
    stations = np.arange(500)
    mac_numbers = stations * 0x9E3779B1 & 0xFFFFFFFFFFFF
    summary.add(
        "stations",
        pa.table(
            {
                "mac": mac_numbers,
                "frames": np.ones(500, np.int64),
                "known": np.zeros(500, np.int64),
                "start": stations * 10**6,
                "end": stations * 10**6,
            }
        ),
    )
    place = {"time": [0], "frame": [1], "depth": [0], "mac": mac_numbers[:1]}
    shape = {"window": [0], "kind": [0], "proto": [6], "ttl": [64], "size": [40], "tcp_window": [512]}
    summary.add("frames", pa.table({**shape, **place}))
    summary.add("shapes", pa.table({**shape, "count": [500]}))
    (verdict,) = DETECTOR.judge(summary, Config(), NOWHERE)
    assert verdict.counts["stations_at_least"] == 300
    assert "at least 300 stations" in verdict.title
    assert verdict.reason.startswith("At least 300 MAC addresses appeared")
