from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.internet.pings import Timed, findings
from tests.detect.support import caught, silent
from tests.wire import ACK, ALICE, SYN, ethernet, ipv4, tcp

HOST = "192.0.2.7"
NO_MAC = "00:00:00:00:00:00"


def to_itself(count: int, *, host: str = HOST, mac: str = ALICE) -> list[Timed]:
    segment = tcp(SYN, 80, 80, b"", host, host)
    return [(number * 0.1, ethernet(ipv4(segment, host, host), 0x0800, mac)) for number in range(count)]


@pytest.mark.parametrize("name", ["land-hping3", "land-udp"])
def test_land_is_caught_and_names_no_attacker(name: str) -> None:
    finding = caught(name, "land")
    assert finding.attackers == ()
    assert finding.others["sender"] == ("00:1b:21:20:00:42",)


@pytest.mark.parametrize("name", ["busy-browsing", "ip-spoofing-neighbour", "syn-flood-spoofed"])
def test_other_forged_sources_are_none(name: str) -> None:
    silent(name, "land")


@pytest.mark.parametrize(("count", "told"), [(3, True), (2, False)])
def test_one_or_two_packets_may_be_damaged(tmp_path: Path, count: int, told: bool) -> None:
    assert bool(findings(tmp_path, to_itself(count), "land")) is told


@pytest.mark.parametrize(("host", "mac"), [("127.0.0.1", ALICE), (HOST, NO_MAC)])
def test_a_loopback_interface_is_none(tmp_path: Path, host: str, mac: str) -> None:
    assert not findings(tmp_path, to_itself(20, host=host, mac=mac), "land")


def test_who_answers_itself_in_sight_talks_to_itself(tmp_path: Path) -> None:
    there, back = tcp(SYN, 40_000, 80, b"", HOST, HOST), tcp(SYN | ACK, 80, 40_000, b"", HOST, HOST)
    frames = [
        (number * 0.1, ethernet(ipv4(segment, HOST, HOST)))
        for number, segment in enumerate([there, back] * 4)
    ]
    assert not findings(tmp_path, frames, "land")
