from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.link.frames import Timed, found, hsrp, vrrp
from tests.detect.support import caught, findings, silent

FIRST, SECOND_ONE, ATTACKER, VIRTUAL = "10.0.0.2", "10.0.0.3", "10.0.0.66", "10.0.0.254"
ACTIVE, STANDBY, SPEAK = 16, 8, 4


def active(source: str, priority: int, start: float, count: int) -> list[Timed]:
    return [(start + 3 * turn, hsrp(ACTIVE, priority, source)) for turn in range(count)]


def master(source: str, priority: int, start: float, count: int) -> list[Timed]:
    return [(start + turn, vrrp(priority, source)) for turn in range(count)]


def test_all_three_protocols_are_caught() -> None:
    for protocol in ("hsrp", "vrrp", "glbp"):
        finding = caught(f"first-hop-takeover-{protocol}", "first-hop-takeover")
        assert finding.severity is Severity.HIGH
        assert finding.victims == ("10.20.0.150", "10.20.0.254")
        assert {piece.field for piece in finding.evidence} == {"Priority"}


def test_virtual_addresses_of_ipv6_are_read_whole() -> None:
    (finding,) = (one for one in findings("first-hop-takeover-held-vrrp3", "first-hop-takeover"))
    assert "fe80::fe" in finding.victims
    assert not any("." in victim for victim in finding.victims)


def test_failover_is_silent() -> None:
    silent("vrrp-failover", "first-hop-takeover")


def test_the_highest_priority_from_nowhere(tmp_path: Path) -> None:
    frames = [*active(FIRST, 110, 0, 4), *active(ATTACKER, 255, 10, 4)]
    (finding,) = found(tmp_path, frames, "first-hop-takeover")
    assert (finding.attackers, finding.victims) == ((ATTACKER,), (FIRST, VIRTUAL))
    assert {(piece.field, piece.value) for piece in finding.evidence} == {("Priority", "255")}


def test_active_without_having_stood_by(tmp_path: Path) -> None:
    frames = [*active(FIRST, 110, 0, 4), *active(ATTACKER, 200, 10, 4)]
    (finding,) = found(tmp_path, frames, "first-hop-takeover")
    assert finding.severity is Severity.MEDIUM
    stood_by = [(1.0, hsrp(STANDBY, 200, ATTACKER))]
    assert not found(tmp_path, [*frames, *stood_by], "first-hop-takeover")


def test_a_lower_priority_takes_over_from_nobody(tmp_path: Path) -> None:
    frames = [*active(FIRST, 110, 0, 4), *active(SECOND_ONE, 110, 10, 4)]
    assert not found(tmp_path, frames, "first-hop-takeover")


def test_after_silence_it_is_failover(tmp_path: Path) -> None:
    # Hellos come every 3 s, so that 10.5 s are three of them and a half.
    late = [*active(FIRST, 110, 0, 4), *active(SECOND_ONE, 255, 9 + 10.1, 4)]
    assert not found(tmp_path, late, "first-hop-takeover")
    early = [*active(FIRST, 110, 0, 4), *active(SECOND_ONE, 255, 9 + 9.9, 4)]
    assert found(tmp_path, early, "first-hop-takeover")


def test_a_router_that_comes_up_with_vrrp_is_told_quietly(tmp_path: Path) -> None:
    frames = [*master(FIRST, 150, 0, 10), *master(SECOND_ONE, 200, 9.5, 10)]
    (finding,) = found(tmp_path, frames, "first-hop-takeover")
    assert finding.severity is Severity.LOW
    highest = [*master(FIRST, 150, 0, 10), *master(ATTACKER, 255, 9.5, 10)]
    (finding,) = found(tmp_path, highest, "first-hop-takeover")
    assert finding.severity is Severity.HIGH


def test_the_owner_of_the_address_has_the_highest_priority(tmp_path: Path) -> None:
    owner = [(9.5 + turn, vrrp(255, VIRTUAL)) for turn in range(5)]
    (finding,) = found(tmp_path, [*master(FIRST, 150, 0, 10), *owner], "first-hop-takeover")
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize("speak", [active, master])
def test_named_gateways_may(tmp_path: Path, speak: Callable[[str, int, float, int], list[Timed]]) -> None:
    frames = [*speak(FIRST, 110, 0, 4), *speak(ATTACKER, 255, 3.5, 4)]
    named = Settings(network=Network(gateways=(ATTACKER,)))
    assert not found(tmp_path, frames, "first-hop-takeover", named)


def test_captures_of_others(corpora: Path) -> None:
    """Election, coup and failover of real routers, in the order that RFC 2281 wants."""
    folder = corpora / "the-tcpdump-group+tcpdump" / "tests"
    for name in ("HSRP_coup", "HSRP_election", "HSRP_failover"):
        file = folder / f"{name}.pcap"
        if not file.exists():
            pytest.skip(f"{file} is not there")
        assert not netanatomy.open(file).findings(only=["first-hop-takeover"])
