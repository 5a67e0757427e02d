from __future__ import annotations

import random
from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import Timed, datagram, findings
from tests.detect.support import caught, silent
from tests.detect.support import findings as lab_findings
from tests.wire import arp, ethernet, ipv4, udp

SERVER = "10.0.0.53"
EVIL, OWNER, ROUTER = "02:00:00:00:00:66", "02:00:00:00:00:07", "02:00:00:00:00:01"
KNOWN: list[Timed] = [
    (0.0, arp(1, EVIL, "10.0.0.66", SERVER)),
    (0.1, arp(1, OWNER, "10.0.0.7", SERVER)),
    (0.2, arp(1, ROUTER, "10.0.0.1", SERVER)),
]


def sent(source: str, count: int, *, mac: str = EVIL, ttl: int = 64) -> list[Timed]:
    return [(1 + n / 10, datagram(source, SERVER, mac=mac, ttl=ttl, port=40_000 + n)) for n in range(count)]


def strangers(count: int, *, mac: str, ttls: tuple[int, ...]) -> list[Timed]:
    made_up = random.Random(7)
    return [
        (1 + n / 10, datagram(f"{made_up.randint(1, 99)}.1.{n // 250}.{n % 250}", SERVER, mac=mac, ttl=ttl))
        for n in range(count)
        for ttl in (ttls[n % len(ttls)],)
    ]


def answered_from_afar(mac: str) -> list[Timed]:
    """A question to a server outside, and its answer, which a router handed on."""
    there = ipv4(udp(b"question", 41_000, 53), "10.0.0.7", "192.0.2.200", 17)
    back = ipv4(udp(b"answer", 53, 41_000), "192.0.2.200", "10.0.0.7", 17, 0, 57)
    return [(0.5, ethernet(there, 0x0800, OWNER)), (0.6, ethernet(back, 0x0800, mac))]


@pytest.mark.parametrize("name", ["ip-spoofing-neighbour", "ip-spoofing-random", "ip-spoofing-martians"])
def test_forged_sources_are_caught_and_no_attacker_is_named(name: str) -> None:
    finding = caught(name, "ip-spoofing")
    assert finding.severity is Severity.MEDIUM
    assert finding.attackers == ()
    assert "00:1b:21:20:00:42" in finding.others["sender"]


def test_a_flood_from_outside_has_sources_all_at_one_distance() -> None:
    (finding,) = lab_findings("syn-flood-spoofed", "ip-spoofing")
    assert finding.counts["ttl"] == 63
    assert finding.victims == ("10.20.0.10",)


@pytest.mark.parametrize("name", ["busy-browsing", "port-scan-syn", "ping-flood-hping3"])
def test_own_addresses_are_none(name: str) -> None:
    silent(name, "ip-spoofing")


@pytest.mark.parametrize(("count", "told"), [(5, True), (4, False)])
def test_a_neighbours_name_is_taken_from_five_packets_on(tmp_path: Path, count: int, told: bool) -> None:
    assert bool(findings(tmp_path, [*KNOWN, *sent("10.0.0.7", count)], "ip-spoofing")) is told


def test_a_station_may_speak_in_its_own_name_and_a_router_in_everybodys(tmp_path: Path) -> None:
    frames = [*KNOWN, *sent("10.0.0.66", 30), *sent("10.0.0.7", 30, mac=OWNER)]
    frames += [frame for n in range(30) for frame in sent(f"192.0.2.{n}", 2, mac=ROUTER, ttl=57)]
    frames += [frame for n in range(30) for frame in sent(f"192.0.3.{n}", 2, mac=ROUTER)]
    frames += answered_from_afar(ROUTER)
    assert not findings(tmp_path, frames, "ip-spoofing")


@pytest.mark.parametrize(("count", "told"), [(8, True), (7, False)])
def test_a_host_has_few_addresses(tmp_path: Path, count: int, told: bool) -> None:
    frames = [frame for n in range(count) for frame in sent(f"192.0.2.{n}", 1)]
    assert bool(findings(tmp_path, [*KNOWN, *frames], "ip-spoofing")) is told


@pytest.mark.parametrize(
    ("count", "severity"), [(2, None), (3, Severity.LOW), (19, Severity.LOW), (20, Severity.MEDIUM)]
)
def test_impossible_sources_by_their_number(tmp_path: Path, count: int, severity: Severity | None) -> None:
    found = findings(tmp_path, sent("127.0.0.1", count), "ip-spoofing")
    assert [one.severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize("source", ["0.0.0.0", "169.254.7.7", "10.0.0.9"])
def test_possible_sources_are_none(tmp_path: Path, source: str) -> None:
    assert not findings(tmp_path, sent(source, 40), "ip-spoofing")


@pytest.mark.parametrize(("ttls", "told"), [((54,), True), ((54, 117, 49, 242, 52), False)])
def test_strangers_are_made_up_when_all_are_at_one_distance(
    tmp_path: Path, ttls: tuple[int, ...], told: bool
) -> None:
    found = findings(tmp_path, strangers(80, mac=ROUTER, ttls=ttls), "ip-spoofing")
    assert bool(found) is told


@pytest.mark.parametrize(("count", "told"), [(50, True), (49, False)])
def test_strangers_count_from_fifty_on(tmp_path: Path, count: int, told: bool) -> None:
    assert bool(findings(tmp_path, strangers(count, mac=ROUTER, ttls=(54,)), "ip-spoofing")) is told


@pytest.mark.parametrize(("count", "told"), [(5, True), (4, False)])
def test_an_inside_address_that_comes_in_through_the_router(tmp_path: Path, count: int, told: bool) -> None:
    frames = [*KNOWN, *answered_from_afar(ROUTER), *sent("10.0.0.7", count, mac=ROUTER, ttl=57)]
    found = findings(tmp_path, frames, "ip-spoofing")
    assert bool(found) is told
    assert not told or "10.0.0.7" in found[0].victims
