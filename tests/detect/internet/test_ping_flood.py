from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import Timed, echo, findings
from tests.detect.support import caught, silent

VICTIM = "10.0.0.1"


def flood(rate: int, seconds: int, sources: int = 1) -> list[Timed]:
    return [
        (index / rate, echo(f"192.0.2.{index % sources + 1}", VICTIM, number=index))
        for index in range(rate * seconds)
    ]


@pytest.mark.parametrize("name", ["ping-flood-hping3", "ping-flood-ipv6"])
def test_a_flood_from_its_own_address_names_it(name: str) -> None:
    assert caught(name, "ping-flood").severity.rank >= Severity.MEDIUM.rank


def test_made_up_sources_are_no_attackers_and_steady_visitors_no_part_of_it() -> None:
    finding = caught("ping-flood-spoofed", "ping-flood")
    assert finding.attackers == ()
    assert "198.51.100.100" not in finding.others["claimed"]
    assert finding.counts["sources"] > 1_000
    assert finding.rule is not None
    assert not any(match.column == "ip_source" for match in finding.rule.matches)


@pytest.mark.parametrize("name", ["busy-browsing", "ping-sweep-fping", "smurf-victim"])
def test_pings_once_a_second_sweeps_and_replies_are_no_flood(name: str) -> None:
    silent(name, "ping-flood")


@pytest.mark.parametrize(
    ("rate", "seconds", "told"), [(50, 3, True), (49, 10, False), (50, 2, False), (150, 1, True)]
)
def test_it_begins_at_rate_and_number(tmp_path: Path, rate: int, seconds: int, told: bool) -> None:
    assert bool(findings(tmp_path, flood(rate, seconds), "ping-flood")) is told


def test_many_monitors_that_each_ask_once_a_second_are_none(tmp_path: Path) -> None:
    assert not findings(tmp_path, flood(100, 10, sources=100), "ping-flood")


def test_a_group_is_not_flooded(tmp_path: Path) -> None:
    frames = [(index / 100, echo("10.0.0.9", "224.0.0.1", number=index)) for index in range(500)]
    assert not findings(tmp_path, frames, "ping-flood")


def test_a_monitor_beside_a_flood_of_made_up_sources_is_no_part_of_it() -> None:
    """It asks seldom, as each made-up source does, but from another station and with other hops left."""
    finding = caught("ping-flood-held-trafgen", "ping-flood")
    assert "10.20.0.101" not in finding.others["claimed"]
    assert "00:1b:21:20:00:65" not in finding.others["sender"]
    assert finding.counts["requests"] == 1786
