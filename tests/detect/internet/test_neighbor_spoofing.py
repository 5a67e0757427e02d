from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.built_messages import ALL_NODES, Timed, advertisement, found, link_local, solicitation
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


def asks(times: list[float], mac: str = OTHER) -> list[Timed]:
    """Who has the listener's address? In the name of the target, with somebody else's MAC address."""
    return [(time, solicitation(mac, TARGET, LISTENER, LISTENER)) for time in times]


def test_a_lie_in_questions_is_caught() -> None:
    finding = caught("neighbor-spoofing-held-solicit", "neighbor-spoofing")
    assert finding.severity is Severity.HIGH
    assert "fd00:20::103" in finding.victims
    assert finding.counts["solicitations"] == 5


def test_three_questions_in_anothers_name(tmp_path: Path) -> None:
    owner = says(OWNER, [0, 6, 12], ANSWER)
    assert not found(tmp_path, [*owner, *asks([4, 9])], "neighbor-spoofing")
    (finding,) = found(tmp_path, [*owner, *asks([4, 6.5, 9])], "neighbor-spoofing")
    assert (finding.attackers, finding.others["owner"]) == ((OTHER,), (OWNER,))
    assert finding.victims == (TARGET, LISTENER)
    assert finding.rule is not None


def test_the_owner_has_to_answer_meanwhile(tmp_path: Path) -> None:
    """A station that took over, and one that roamed away and came back."""
    lies = asks([4, 6.5, 9])
    assert not found(tmp_path, [*says(OWNER, [0, 1], ANSWER), *lies], "neighbor-spoofing")
    assert not found(tmp_path, [*says(OWNER, [0, 1, 12], ANSWER), *lies], "neighbor-spoofing")


def test_who_answers_for_it_as_well_has_it_by_mistake(tmp_path: Path) -> None:
    asked = [(time, solicitation(CLIENT, LISTENER, TARGET)) for time in (-0.1, 5.9, 11.9)]
    owner = [*asked, *says(OWNER, [0, 6, 12], ANSWER)]
    both = [*owner, *asks([4, 6.5, 9]), *says(OTHER, [6.1], ANSWER)]
    assert not found(tmp_path, both, "neighbor-spoofing")


def test_who_was_there_first_is_not_accused_of_asking(tmp_path: Path) -> None:
    """Of two of which one only asks and one only answers, neither is known for sure to be the owner."""
    asked = [(time, solicitation(CLIENT, LISTENER, TARGET)) for time in (5.9, 11.9)]
    told = found(tmp_path, [*asked, *asks([0, 4, 9]), *says(OWNER, [6, 12], ANSWER)], "neighbor-spoofing")
    assert all(one.severity is Severity.LOW for one in told)


def lives_on(mac: str = OWNER, time: float = 30.0) -> list[Timed]:
    """The owner is heard again, under another of its addresses."""
    return says(mac, [time], ANSWER, link_local(mac))


def test_a_tool_that_tells_one_host_every_second_is_caught() -> None:
    finding = caught("neighbor-spoofing-held-bettercap", "neighbor-spoofing")
    assert finding.severity is Severity.HIGH
    assert finding.others["claimed"] == ("fd00:20::1",)
    assert finding.counts["advertisements"] == 23


@pytest.mark.parametrize(("count", "told"), [(6, True), (5, False)])
def test_who_goes_on_telling_single_hosts_unasked(tmp_path: Path, count: int, told: bool) -> None:
    frames = [*says(OWNER, [0], ANSWER), *says(OTHER, list(range(5, 5 + count)), UNASKED), *lives_on()]
    assert [one.attackers for one in found(tmp_path, frames, "neighbor-spoofing")] == [(OTHER,)] * told


@pytest.mark.parametrize(("count", "told"), [(7, True), (6, False)])
def test_one_question_has_one_answer(tmp_path: Path, count: int, told: bool) -> None:
    asked = [(4.0, solicitation(CLIENT, LISTENER, TARGET))]
    lies = says(OTHER, [5.0 + n for n in range(count)], ANSWER)
    frames = [*says(OWNER, [0], ANSWER), *asked, *lies, *lives_on()]
    assert bool(found(tmp_path, frames, "neighbor-spoofing")) is told


def test_answers_of_a_capture_without_questions_are_not_unasked(tmp_path: Path) -> None:
    """One direction of a link, and a machine that was replaced by another while it is put elsewhere."""
    frames = [*says(OWNER, [0], ANSWER), *says(OTHER, [5.0 + n for n in range(12)], ANSWER), *lives_on()]
    assert not found(tmp_path, frames, "neighbor-spoofing")


def test_who_takes_an_address_over_tells_all_nodes_and_whoever_asks(tmp_path: Path) -> None:
    """A cluster's service address: the station that had it lives on under its own address."""
    takeover = [(5 + n / 2, advertisement(OTHER, TARGET, ALL_NODES, flags=UNASKED)) for n in range(12)]
    asked = [(20.0 + n, solicitation(CLIENT, LISTENER, TARGET)) for n in range(12)]
    answers = says(OTHER, [20.1 + n for n in range(12)], ANSWER)
    frames = [*says(OWNER, [0], ANSWER), *takeover, *asked, *answers, *lives_on(time=40)]
    assert not found(tmp_path, frames, "neighbor-spoofing")


def test_who_replaces_a_dead_station_may_tell_its_neighbours(tmp_path: Path) -> None:
    frames = [*says(OWNER, [0], ANSWER), *lives_on(time=1), *says(OTHER, list(range(5, 20)), UNASKED)]
    assert not found(tmp_path, frames, "neighbor-spoofing")
