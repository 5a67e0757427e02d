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


def to(source: str, count: int, *, peer: str = "192.0.2.200", mac: str = EVIL, ttl: int = 64) -> list[Timed]:
    """One stream of datagrams that nobody answers."""
    packet = ipv4(udp(b"log line", 514, 514), source, peer, 17, 0, ttl)
    return [(2 + n / 10, ethernet(packet, 0x0800, mac, ROUTER)) for n in range(count)]


def met(address: str = "10.0.0.66", mac: str = EVIL) -> list[Timed]:
    """A question from an address, and its answer."""
    asked = ipv4(udp(b"?", 41_000, 53), address, SERVER, 17)
    told = ipv4(udp(b"!", 53, 41_000), SERVER, address, 17)
    return [(0.5, ethernet(asked, 0x0800, mac, OWNER)), (0.6, ethernet(told, 0x0800, OWNER, mac))]


FOREIGN = ("203.0.113.9", "198.51.100.7", "192.168.7.7")


def strange(*sources: str, count: int = 5, ttl: int = 64, peer: str = "192.0.2.200") -> list[Timed]:
    return [frame for source in sources for frame in to(source, count, ttl=ttl, peer=peer)]


def test_a_station_that_sends_from_foreign_networks_is_caught() -> None:
    finding = caught("ip-spoofing-held-bogon-out", "ip-spoofing")
    assert finding.severity is Severity.MEDIUM
    assert finding.counts["claimed"] == 3
    assert "00:1b:21:20:00:42" in finding.others["sender"]


@pytest.mark.parametrize(("sources", "count", "told"), [(3, 5, True), (2, 5, False), (3, 4, False)])
def test_three_foreign_networks_with_five_packets_each(
    tmp_path: Path, sources: int, count: int, told: bool
) -> None:
    frames = [*KNOWN, *met(), *strange(*FOREIGN[:sources], count=count)]
    found = findings(tmp_path, frames, "ip-spoofing")
    assert bool(found) is told
    assert not told or set(found[0].others["claimed"]) == set(FOREIGN)


def test_many_short_conversations_count_as_well(tmp_path: Path) -> None:
    """Each datagram from another port."""
    frames = [*KNOWN, *met(), *(frame for source in FOREIGN for frame in sent(source, 5))]
    assert findings(tmp_path, frames, "ip-spoofing")


def test_addresses_of_one_foreign_network_are_those_of_an_interface(tmp_path: Path) -> None:
    frames = [*KNOWN, *met(), *strange("203.0.113.9", "203.0.113.10", "203.0.113.11")]
    assert not findings(tmp_path, frames, "ip-spoofing")


def test_private_addresses_are_those_of_virtual_machines_and_tunnels(tmp_path: Path) -> None:
    frames = [*KNOWN, *met(), *strange("172.17.0.1", "192.168.56.1", "100.64.0.9", "10.8.0.2")]
    assert not findings(tmp_path, frames, "ip-spoofing")


@pytest.mark.parametrize("peer", ["224.0.0.251", "239.255.255.250", "255.255.255.255", "10.0.0.255"])
def test_what_goes_to_groups_from_every_address_of_a_host(tmp_path: Path, peer: str) -> None:
    assert not findings(tmp_path, [*KNOWN, *met(), *strange(*FOREIGN, peer=peer)], "ip-spoofing")


def test_addresses_at_which_it_is_answered_are_in_use(tmp_path: Path) -> None:
    frames = [*KNOWN, *met(), *met(FOREIGN[0]), *strange(*FOREIGN)]
    assert not findings(tmp_path, frames, "ip-spoofing")


def test_one_direction_tells_nothing_of_who_is_answered(tmp_path: Path) -> None:
    assert not findings(tmp_path, [*KNOWN, *met()[:1], *strange(*FOREIGN)], "ip-spoofing")


def test_a_router_hands_on_what_comes_from_afar(tmp_path: Path) -> None:
    """Its own messages come from any of its addresses, but others' packets pass by it as well."""
    passing = to("8.8.8.8", 1, peer="10.0.0.7", ttl=57)
    frames = [*KNOWN, *met(), *strange(*FOREIGN)]
    assert findings(tmp_path, frames, "ip-spoofing")
    assert not findings(tmp_path, [*frames, *passing], "ip-spoofing")


LOGS = "10.0.0.51"


def logs(
    mac: str = OWNER, source: str = "10.0.0.7", *, peer: str = LOGS, times: tuple[float, ...]
) -> list[Timed]:
    """Log lines, each from another port, as the owner's own program sends them."""
    return [
        (time, ethernet(ipv4(udp(b"line", 40_000 + n, 514), source, peer, 17), 0x0800, mac, ROUTER))
        for n, time in enumerate(times)
    ]


def test_lines_in_the_name_of_neighbours_that_log_there_too() -> None:
    finding = caught("ip-spoofing-held-syslog", "ip-spoofing")
    assert finding.severity is Severity.MEDIUM
    assert finding.attackers == ()
    assert finding.others["claimed"] == ("10.20.0.101", "10.20.0.102", "10.20.0.104")
    assert finding.counts["packets"] == 42


@pytest.mark.parametrize(("count", "told"), [(5, True), (4, False)])
def test_a_stream_in_the_name_of_a_neighbour_that_speaks_there(
    tmp_path: Path, count: int, told: bool
) -> None:
    frames = [*KNOWN, *logs(times=(1.0, 2.2, 3.0)), *to("10.0.0.7", count, peer=LOGS)]
    found = findings(tmp_path, frames, "ip-spoofing")
    assert bool(found) is told
    assert not told or found[0].victims == (LOGS, "10.0.0.7")


def test_a_neighbour_that_is_heard_elsewhere_only_may_be_relayed(tmp_path: Path) -> None:
    """A balancer that hands on what came for it leaves the sender's address as it is."""
    stream = to("10.0.0.7", 20, peer=LOGS)
    assert not findings(tmp_path, [*KNOWN, *stream], "ip-spoofing")
    elsewhere = logs(peer="10.0.0.52", times=(1.0, 2.2, 5.0))
    assert not findings(tmp_path, [*KNOWN, *elsewhere, *stream], "ip-spoofing")


def test_who_is_told_the_lines_passes_them_on(tmp_path: Path) -> None:
    """A relay of log lines that keeps their senders' names, and senders that write to both."""
    both = [*logs(times=(1.0, 2.2, 5.0)), *logs(peer="10.0.0.66", times=(1.0, 2.2, 5.0))]
    assert not findings(tmp_path, [*KNOWN, *both, *to("10.0.0.7", 20, peer=LOGS)], "ip-spoofing")


def test_a_host_that_moves_to_another_card_is_not_at_two_places_at_once(tmp_path: Path) -> None:
    frames = [*KNOWN, *logs(times=(0.5, 1.0, 1.9)), *to("10.0.0.7", 20, peer=LOGS)]
    assert not findings(tmp_path, frames, "ip-spoofing")
    frames = [*KNOWN, *logs(times=(4.5, 5.0, 5.9)), *to("10.0.0.7", 20, peer=LOGS)]
    assert not findings(tmp_path, frames, "ip-spoofing")


def test_a_station_that_claims_the_address_too_may_use_it(tmp_path: Path) -> None:
    """Two cards of one host: Linux answers for each of its addresses by all of them."""
    frames = [*KNOWN, (0.3, arp(1, EVIL, "10.0.0.7", SERVER)), *logs(times=(1.0, 2.2, 5.0))]
    assert not findings(tmp_path, [*frames, *to("10.0.0.7", 20, peer=LOGS)], "ip-spoofing")


def test_what_a_router_hands_on_is_no_borrowed_name(tmp_path: Path) -> None:
    """A mirrored port that shows packets before the router and after it."""
    frames = [*KNOWN, *logs(times=(1.0, 2.2, 5.0))]
    assert not findings(tmp_path, [*frames, *to("10.0.0.7", 20, peer=LOGS, ttl=63)], "ip-spoofing")
    afar = to("192.0.2.9", 5, peer=LOGS, ttl=57)
    assert not findings(tmp_path, [*frames, *to("10.0.0.7", 20, peer=LOGS), *afar], "ip-spoofing")
