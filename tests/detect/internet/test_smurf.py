from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.internet.pings import Timed, echo, findings, ipv6
from tests.detect.support import caught, incidents, silent

EVERYBODY = "ff:ff:ff:ff:ff:ff"
VICTIM = "10.0.0.7"


def requests(count: int, rate: float, target: str, to_mac: str = EVERYBODY) -> list[Timed]:
    return [(index / rate, echo(VICTIM, target, number=index, to_mac=to_mac)) for index in range(count)]


def replies(hosts: int, each: int, rate: float) -> list[Timed]:
    return [
        (index / rate + host / 1e4, echo(f"10.0.1.{host + 1}", VICTIM, reply=True, number=index))
        for index in range(each)
        for host in range(hosts)
    ]


@pytest.mark.parametrize("name", ["smurf-hping3", "smurf-amplifier", "smurf-ipv6"])
def test_attacker_and_amplifier_see_requests_in_the_victims_name(name: str) -> None:
    finding = caught(name, "smurf")
    (incident,) = incidents(name)
    assert set(finding.others["reflector"]) == set(incident.others["reflector"])
    assert finding.others["sender"]


def test_the_victim_sees_answers_to_what_it_never_asked() -> None:
    finding = caught("smurf-victim", "smurf")
    (incident,) = incidents("smurf-victim")
    assert set(finding.others["reflector"]) == set(incident.others["reflector"])


@pytest.mark.parametrize("name", ["busy-browsing", "ping-flood-spoofed", "ping-sweep-nmap"])
def test_floods_sweeps_and_pings_are_none(name: str) -> None:
    silent(name, "smurf")


@pytest.mark.parametrize(("count", "rate", "told"), [(20, 5, True), (19, 5, False), (60, 1, False)])
def test_an_administrator_who_pings_all_nodes_is_none(
    tmp_path: Path, count: int, rate: float, told: bool
) -> None:
    assert bool(findings(tmp_path, requests(count, rate, "224.0.0.1"), "smurf")) is told


@pytest.mark.parametrize(("hosts", "each", "told"), [(3, 50, True), (2, 100, False), (3, 33, False)])
def test_a_victim_needs_several_hosts_and_many_replies(
    tmp_path: Path, hosts: int, each: int, told: bool
) -> None:
    assert bool(findings(tmp_path, replies(hosts, each, 20.0), "smurf")) is told


def test_replies_once_a_second_are_a_monitor_seen_from_one_side(tmp_path: Path) -> None:
    assert not findings(tmp_path, replies(60, 30, 1.0), "smurf")


def test_an_address_that_ends_in_255_may_be_a_hosts(tmp_path: Path) -> None:
    asked = requests(100, 20.0, "10.0.1.255", wire.ALICE)
    assert not findings(tmp_path, asked, "smurf")
    (finding,) = findings(tmp_path, asked + replies(4, 100, 20.0), "smurf")
    assert finding.severity is Severity.HIGH
    assert finding.victims == (VICTIM,)
    assert finding.attackers == ()


def test_a_group_that_asks_is_the_same_turned_round(tmp_path: Path) -> None:
    message = wire.icmp(128, 0, bytes(12))
    packet = ipv6(message, "ff02::1", "2001:db8::9", 58)
    frames = [(number / 20, wire.ethernet(packet, 0x86DD)) for number in range(40)]
    (finding,) = findings(tmp_path, frames, "smurf")
    assert finding.severity is Severity.MEDIUM
    assert finding.victims == ("2001:db8::9",)
    assert finding.others["claimed"] == ("ff02::1",)


def test_requests_that_nobody_answers_do_no_harm(tmp_path: Path) -> None:
    asked = requests(40, 20.0, "224.0.0.1")
    (finding,) = findings(tmp_path, asked, "smurf")
    assert finding.severity is Severity.LOW
    (finding,) = findings(tmp_path, asked + replies(1, 40, 20.0), "smurf")
    assert finding.severity is Severity.MEDIUM
