from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.detect import relations
from netanatomy.detect.link.arp_scan import Config
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.built import segment
from tests.detect.link.frames import Timed, arp, dhcp_answer, found, mac
from tests.detect.support import caught, silent
from tests.wire import SYN

SCANNER, OTHER = "02:00:00:00:00:66", "02:00:00:00:00:07"


def asks(count: int, step: float = 0.1) -> list[Timed]:
    return [(step * index, arp(1, SCANNER, "10.0.0.66", f"10.0.0.{index + 100}")) for index in range(count)]


def answers(count: int, step: float = 0.1) -> list[Timed]:
    return [
        (step * index + 0.01, arp(2, OTHER, f"10.0.0.{index + 100}", "10.0.0.66", SCANNER))
        for index in range(count)
    ]


def test_scanners_are_caught() -> None:
    for name in ("arp-scan-arp-scan", "arp-scan-netdiscover"):
        assert caught(name, "arp-scan").counts["answers"] >= 5


def test_ordinary_networks_are_silent() -> None:
    for name in ("busy-browsing", "dhcp-morning-rush", "hosts-booting", "broadcast-noise"):
        silent(name, "arp-scan")


def test_twenty_five_addresses_in_a_window(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(24), "arp-scan")
    (finding,) = found(tmp_path, asks(25), "arp-scan")
    assert finding.attackers == (SCANNER,)


def test_whoever_is_answered_is_no_scanner(tmp_path: Path) -> None:
    assert not found(tmp_path, [*asks(30), *answers(16)], "arp-scan")
    assert found(tmp_path, [*asks(30), *answers(15)], "arp-scan")


def test_announcements_are_no_questions(tmp_path: Path) -> None:
    frames = [(index * 0.1, arp(1, SCANNER, f"10.0.0.{index}", f"10.0.0.{index}")) for index in range(40)]
    assert not found(tmp_path, frames, "arp-scan")


def test_an_allowed_scanner_is_not_told(tmp_path: Path) -> None:
    allowed = Settings(network=Network(allowed_scanners=("10.0.0.66",)))
    assert not found(tmp_path, asks(30), "arp-scan", allowed)


def test_a_gateway_asks_for_others(tmp_path: Path) -> None:
    gateway = Settings(network=Network(gateways=("10.0.0.66",)))
    (finding,) = found(tmp_path, asks(30), "arp-scan", gateway)
    assert finding.severity is Severity.LOW
    assert finding.attackers == ()


def sweep(source: str, targets: range, ttl: int = 57, by: str = SCANNER) -> list[Timed]:
    """SYNs that reach those who are there."""
    return [
        (
            0.2 + 0.1 * index,
            segment(SYN, (40_000, 445), hosts=(source, f"10.0.0.{index + 100}"), mac=by, ttl=ttl),
        )
        for index in targets
    ]


def test_a_router_asks_for_whoever_sweeps_through_it(tmp_path: Path) -> None:
    scan = [*asks(30), *answers(6)]
    (finding,) = found(tmp_path, [*scan, *sweep("198.51.100.9", range(6))], "arp-scan")
    assert finding.severity is Severity.LOW
    assert finding.attackers == ()
    assert finding.others["beyond"] == ("198.51.100.9",)
    for own in (
        sweep("10.0.0.66", range(6)),  # the scanner's own address
        sweep("198.51.100.9", range(6), ttl=64),  # nobody took a hop away
        sweep("198.51.100.9", range(6), by=OTHER),  # somebody else sent them on
        sweep("198.51.100.9", range(2)),  # not those who were asked for
    ):
        (finding,) = found(tmp_path, [*scan, *own], "arp-scan")
        assert finding.attackers == (SCANNER,)


def test_a_router_is_known_by_what_it_sends_on(tmp_path: Path) -> None:
    others = [frame for host in range(3) for frame in sweep(f"198.51.100.{host + 9}", range(1))]
    (finding,) = found(tmp_path, [*asks(30), *others], "arp-scan")
    assert finding.severity is Severity.LOW
    (finding,) = found(tmp_path, [*asks(30), *others[:2]], "arp-scan")
    assert finding.severity is Severity.MEDIUM


def test_a_server_that_looks_for_clients_that_have_gone_scans_nothing(tmp_path: Path) -> None:
    """Requests to one station's own address: the answer is known already (RFC 1122 section 2.3.2.1)."""
    silent("containers", "arp-scan")
    silent("dhcp-starvation-held-macchange", "arp-scan")
    polls = [
        (0.1 * index, arp(1, SCANNER, "10.0.0.66", f"10.0.0.{index + 100}", to=mac(index + 1)))
        for index in range(40)
    ]
    assert not found(tmp_path, polls, "arp-scan")
    everybody = [
        (0.1 * index, arp(1, SCANNER, "10.0.0.66", f"10.0.0.{index + 100}", to="ff:ff:ff:ff:ff:fe"))
        for index in range(40)
    ]
    assert found(tmp_path, everybody, "arp-scan")


def test_a_dhcp_server_asks_for_what_it_offers(tmp_path: Path) -> None:
    for offered, expected in ((6, 0), (5, 1)):
        offers = [
            (
                0.1 * index + 0.05,
                dhcp_answer(2, mac(index + 1), "10.0.0.66", SCANNER, given=f"10.0.0.{index + 100}"),
            )
            for index in range(offered)
        ]
        assert len(found(tmp_path, [*asks(30), *offers], "arp-scan")) == expected


def test_requests_that_nobody_answers_are_shown(tmp_path: Path) -> None:
    assert caught("arp-scan-held-fping", "arp-scan").evidence
    (finding,) = found(tmp_path, [*asks(30), *answers(3)], "arp-scan")
    assert {piece.value for piece in finding.evidence} == {f"10.0.0.{last}" for last in range(103, 108)}


def test_many_addresses_are_counted_exactly(tmp_path: Path) -> None:
    frames = [
        (0.002 * index, arp(1, SCANNER, "10.0.0.66", f"10.1.{index >> 8}.{index & 255}"))
        for index in range(2_000)
    ]
    (finding,) = found(tmp_path, frames, "arp-scan")
    assert finding.counts == {"addresses": 2_000, "requests": 2_000, "answers": 0}
    assert finding.title == f"{SCANNER} scans the local network by ARP: 2000 addresses"
    assert "who has 2000 different addresses, 2000 times" in finding.reason


def test_where_there_is_no_room_addresses_are_told_as_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "ROWS_A_KEY", 0)
    frames = [
        (0.002 * index, arp(1, SCANNER, "10.0.0.66", f"10.1.{index >> 8}.{index & 255}"))
        for index in range(1_500)
    ]
    (finding,) = found(tmp_path, frames, "arp-scan")
    assert (finding.counts["addresses_at_least"], finding.counts["requests"]) == (1_024, 1_500)
    assert finding.title.endswith("at least 1024 addresses")
    assert "At least 0 of" not in finding.reason


def test_how_many_addresses_make_a_router_can_be_set(tmp_path: Path) -> None:
    scan = [*asks(30), *answers(6), *sweep("198.51.100.9", range(1))]
    (finding,) = found(tmp_path, scan, "arp-scan")
    assert finding.severity is Severity.MEDIUM
    one = Settings(configs={"arp-scan": Config(routed=1)})
    (finding,) = found(tmp_path, scan, "arp-scan", one)
    assert finding.severity is Severity.LOW
