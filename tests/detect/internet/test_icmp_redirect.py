from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import Timed, findings
from tests.detect.support import caught, silent
from tests.wire import arp, ethernet, icmp, ipv4, tcp

ROUTER, OTHER_ROUTER, CLIENT = "192.168.1.1", "192.168.1.2", "192.168.1.50"
ROUTER_MAC, OTHER_MAC, EVIL_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:66"
KNOWN: list[Timed] = [
    (0.0, arp(2, ROUTER_MAC, ROUTER, CLIENT)),
    (0.1, arp(2, OTHER_MAC, OTHER_ROUTER, CLIENT)),
    (0.2, arp(2, EVIL_MAC, "192.168.1.66", CLIENT)),
]


def redirect(mac: str, hop: str, victim: str = CLIENT) -> Timed:
    quoted = ipv4(tcp(2, source=victim, destination="198.51.100.9"), victim, "198.51.100.9")[:28]
    message = icmp(5, 1, ip_address(hop).packed + quoted)
    return 1.0, ethernet(ipv4(message, ROUTER, victim, 1), 0x0800, mac)


@pytest.mark.parametrize("name", ["icmp-redirect-hping3", "icmp-redirect-ipv6"])
def test_forged_redirects_are_caught(name: str) -> None:
    assert caught(name, "icmp-redirect").severity is Severity.HIGH


@pytest.mark.parametrize("name", ["busy-browsing", "arp-spoofing-arpspoof"])
def test_without_redirects_there_is_none(name: str) -> None:
    silent(name, "icmp-redirect")


def test_a_router_that_names_another_is_a_fact_of_low_severity(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [*KNOWN, redirect(ROUTER_MAC, OTHER_ROUTER)], "icmp-redirect")
    assert finding.severity is Severity.LOW
    assert finding.attackers == ()


def test_another_station_in_the_routers_name_is_forged(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [*KNOWN, redirect(EVIL_MAC, "192.168.1.66")], "icmp-redirect")
    assert finding.severity is Severity.HIGH
    assert finding.attackers == ("192.168.1.66",)
    assert finding.others["sender"] == (EVIL_MAC,)
    assert finding.others["claimed"] == (ROUTER,)


def test_where_nobody_knows_the_router_it_is_not_sure(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [redirect(EVIL_MAC, "192.168.1.66")], "icmp-redirect")
    assert finding.severity is Severity.LOW


def test_a_station_with_another_name_is_no_router(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, [KNOWN[2], redirect(EVIL_MAC, "192.168.1.77")], "icmp-redirect")
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize("name", ["hping3", "ipv6", "held-nping", "held-ettercap"])
def test_the_rule_names_router_and_victim(name: str) -> None:
    finding = caught(f"icmp-redirect-{name}", "icmp-redirect")
    assert finding.rule is not None
    said = {match.column: match.value for match in finding.rule.matches}
    assert (said["ip_source"],) == finding.others["claimed"]
    assert said["ip_destination"] == finding.victims


def test_of_very_many_victims_the_rule_names_none(tmp_path: Path) -> None:
    """The rest would be let down."""

    def forged(count: int) -> list[Timed]:
        victims = [f"192.168.1.{100 + number}" for number in range(count)]
        return [redirect(EVIL_MAC, "192.168.1.66", victim) for victim in victims]

    for count, named in ((25, 25), (26, 0)):
        (finding,) = findings(tmp_path, [*KNOWN, *forged(count)], "icmp-redirect")
        assert finding.rule is not None
        said = {match.column: match.value for match in finding.rule.matches}
        assert len(said.get("ip_destination", ())) == named
        assert finding.counts["victims"] == count
