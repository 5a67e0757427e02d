from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from tests.detect.built_messages import Timed, advertisement, found, solicitation
from tests.detect.support import caught, silent

OWNER, OTHER, CLIENT = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
TARGET, LISTENER = "2001:db8::10", "2001:db8::3"
ANSWER, UNASKED = 0x60, 0x20


def says(mac: str, times: list[float], flags: int, target: str = TARGET) -> list[Timed]:
    return [(time, advertisement(mac, target, LISTENER, flags=flags)) for time in times]


def test_real_tools() -> None:
    for name in ("neighbor-spoofing-parasite6", "neighbor-spoofing-advertise"):
        finding = caught(name, "neighbor-spoofing")
        assert finding.severity is Severity.HIGH
        assert finding.rule is not None


def test_the_one_who_was_there_first_is_the_owner(tmp_path: Path) -> None:
    frames = [*says(OWNER, [0, 5, 10], ANSWER), *says(OTHER, [4, 6], UNASKED)]
    (finding,) = found(tmp_path, frames, "neighbor-spoofing")
    assert finding.attackers == (OTHER,)
    assert TARGET in finding.victims
    assert LISTENER in finding.victims
    assert finding.severity is Severity.HIGH


def test_in_the_midst_of_it_the_owner_is_who_only_answers(tmp_path: Path) -> None:
    frames = [*says(OTHER, [0, 1, 2, 3, 4], UNASKED), *says(OWNER, [1.5, 5], ANSWER)]
    (finding,) = found(tmp_path, frames, "neighbor-spoofing")
    assert finding.attackers == (OTHER,)


def test_an_address_formed_from_a_mac_address_belongs_to_it(tmp_path: Path) -> None:
    own = "2001:db8::ff:fe00:1"
    frames = [*says(OTHER, [0, 1], ANSWER, own), *says(OWNER, [5], ANSWER, own)]
    (finding,) = found(tmp_path, frames, "neighbor-spoofing")
    assert finding.attackers == (OTHER,)


def test_a_failover_is_silent(tmp_path: Path) -> None:
    frames = [*says(OWNER, [0, 1, 2], ANSWER), *says(OTHER, [10, 11, 12, 20], UNASKED)]
    assert not found(tmp_path, frames, "neighbor-spoofing")


def test_a_proxy_does_not_override(tmp_path: Path) -> None:
    frames = [*says(OWNER, [0, 5, 10], ANSWER), *says(OTHER, [4, 6, 8], 0x40)]
    assert not found(tmp_path, frames, "neighbor-spoofing")


def test_two_stations_with_one_address_are_no_attack(tmp_path: Path) -> None:
    asked = [(time, solicitation(CLIENT, LISTENER, TARGET)) for time in (-0.1, 4.9, 9.9)]
    frames = [*asked, *says(OWNER, [0, 5, 10], ANSWER), *says(OTHER, [0.1, 5.1, 10.1], ANSWER)]
    (finding,) = found(tmp_path, frames, "neighbor-spoofing")
    assert finding.severity is Severity.LOW


def test_answers_that_nobody_asked_for_are_none(tmp_path: Path) -> None:
    asked = [(-0.1, solicitation(CLIENT, LISTENER, TARGET))]
    frames = [*asked, *says(OWNER, [0, 20], ANSWER), *says(OTHER, [1.0, 2.0, 3.0, 4.0], ANSWER)]
    (finding,) = found(tmp_path, frames, "neighbor-spoofing")
    assert finding.severity is Severity.HIGH
    assert finding.attackers == (OTHER,)


def test_one_false_advertisement_is_not_enough(tmp_path: Path) -> None:
    frames = [*says(OWNER, [0, 5, 10], ANSWER), *says(OTHER, [4], UNASKED)]
    assert not found(tmp_path, frames, "neighbor-spoofing")


def test_who_takes_over_three_addresses_is_no_failover(tmp_path: Path) -> None:
    for count, expected in ((2, 0), (3, 1)):
        targets = [f"2001:db8::{index}" for index in range(16, 16 + count)]
        owners = [
            (index * 0.1, solicitation(f"02:00:00:00:01:{index:02x}", target, LISTENER))
            for index, target in enumerate(targets)
        ]
        taken = [frame for target in targets for frame in says(OTHER, [9, 10], ANSWER, target)]
        told = found(tmp_path, [*owners, *taken], "neighbor-spoofing")
        assert len(told) == expected, [finding.title for finding in told]
        assert all(finding.severity is Severity.HIGH for finding in told)


def test_ordinary_neighbours() -> None:
    for name in ("busy-browsing", "dad-denial-thc", "rogue-router-advertisement-thc"):
        silent(name, "neighbor-spoofing")
