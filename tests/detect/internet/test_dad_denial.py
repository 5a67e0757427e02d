from __future__ import annotations

from pathlib import Path

from tests.detect.built_messages import Timed, advertisement, found, solicitation
from tests.detect.support import caught, silent

HOST, OTHER, THIRD = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"


def asks(count: int) -> list[Timed]:
    return [(2.0 * index, solicitation(HOST, "::", f"2001:db8::{index + 1}")) for index in range(count)]


def denies(count: int, delay: float = 0.01, mac: str = OTHER) -> list[Timed]:
    return [(2.0 * index + delay, advertisement(mac, f"2001:db8::{index + 1}")) for index in range(count)]


def test_made_up_stations_are_no_attackers() -> None:
    for name in ("dad-denial-thc", "dad-denial-solicit"):
        finding = caught(name, "dad-denial")
        assert finding.others["sender"]
        assert len(finding.others["claimed"]) == 5


def test_a_station_that_is_known_otherwise_is_named(tmp_path: Path) -> None:
    itself = [(0.0, solicitation(OTHER, "2001:db8::aa", "2001:db8::bb"))]
    (finding,) = found(tmp_path, [*itself, *asks(3), *denies(3)], "dad-denial")
    assert finding.attackers == (OTHER,)
    assert finding.victims == (HOST,)


def test_two_addresses_are_duplicates_and_three_are_an_attack(tmp_path: Path) -> None:
    assert not found(tmp_path, [*asks(2), *denies(2)], "dad-denial")
    assert len(found(tmp_path, [*asks(3), *denies(3)], "dad-denial")) == 1


def test_two_addresses_denied_by_two_stations_that_do_nothing_else(tmp_path: Path) -> None:
    (first, _), (second, _) = denies(1)[0], denies(2)[1]
    two = [(first, denies(1)[0][1]), (second, denies(2, mac=THIRD)[1][1])]
    known = [(0.0, solicitation(mac, "2001:db8::aa", "2001:db8::bb")) for mac in (OTHER, THIRD)]
    assert found(tmp_path, [*asks(2), *two], "dad-denial")
    assert not found(tmp_path, [*known, *asks(2), *two], "dad-denial")


def test_one_address_again_and_again_is_a_duplicate(tmp_path: Path) -> None:
    frames = [(time, frame) for time in range(0, 40, 4) for _, frame in (*asks(1), *denies(1))]
    assert not found(tmp_path, frames, "dad-denial")


def test_who_wants_the_same_at_the_same_time_denies_too(tmp_path: Path) -> None:
    same = [(2.0 * index + 0.01, solicitation(OTHER, "::", f"2001:db8::{index + 1}")) for index in range(3)]
    (finding,) = found(tmp_path, [*asks(3), *same], "dad-denial")
    assert finding.victims == (HOST,)
    assert finding.attackers == ()


def test_an_answer_that_comes_late_denies_nothing(tmp_path: Path) -> None:
    asked = [(0.1 * index, solicitation(HOST, "::", f"2001:db8::{index + 1}")) for index in range(4)]
    late = [(3.5 + 0.1 * index, advertisement(OTHER, f"2001:db8::{index + 1}")) for index in range(4)]
    soon = [(2.5 + 0.1 * index, advertisement(OTHER, f"2001:db8::{index + 1}")) for index in range(4)]
    assert not found(tmp_path, [*asked, *late], "dad-denial")
    assert found(tmp_path, [*asked, *soon], "dad-denial")


def test_a_host_that_announces_its_own_addresses_is_silent(tmp_path: Path) -> None:
    assert not found(tmp_path, [*asks(5), *denies(5, 1.5, HOST)], "dad-denial")


def test_ordinary_neighbours() -> None:
    for name in ("busy-browsing", "neighbor-spoofing-parasite6", "rogue-router-advertisement-thc"):
        silent(name, "dad-denial")
