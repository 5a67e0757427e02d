"""DHCPv6 starvation: many names of one machine, or of made-up ones, and who only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netanatomy.schema.findings import Severity
from tests.detect.built_messages import solicitation
from tests.detect.link.dhcpv6_frames import REPLY, REQUEST, SOLICIT, answer, identifier, question
from tests.detect.link.frames import Timed, found, mac, scattered
from tests.detect.support import caught

ATTACKER, SERVER = "02:00:00:00:00:66", "02:00:00:00:00:02"
NAME = "dhcp-starvation"


def asks(
    count: int, sender: Callable[[int], str], *, used: int = 0, leases: bool = True, step: float = 0.5
) -> list[Timed]:
    """Each client asks, is given an address, and the first few use it: they look whether it is free."""
    frames: list[Timed] = [(0, solicitation(SERVER, "fe80::2", "fe80::1"))]
    for index in range(count):
        client, at, station = identifier(scattered(index + 1)), index * step, sender(index)
        address = f"fd00::{index + 100:x}"
        frames.append((at, question(SOLICIT, client, station, index)))
        frames.append((at + 0.1, question(REQUEST, client, station, index)))
        if leases:
            told = answer(
                REPLY, client, identifier(SERVER), SERVER, to=station, transaction=index, address=address
            )
            frames.append((at + 0.2, told))
        if index < used:
            frames.append((at + 0.3, solicitation(station, "::", address)))
    return frames


def test_a_real_tool() -> None:
    finding = caught("dhcp-starvation-held-dhcp6", NAME)
    assert finding.attackers == ("00:1b:21:20:00:42",)
    assert finding.victims == ("fe80::21b:21ff:fe20:43",)
    assert finding.severity is Severity.HIGH
    assert finding.counts["clients"] == 281


def test_one_machine_asks_in_many_names(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(14, lambda _: ATTACKER), NAME)
    (finding,) = found(tmp_path, asks(15, lambda _: ATTACKER), NAME)
    assert finding.attackers == (ATTACKER,)
    assert finding.rule is not None


def test_slow_enough_it_is_not_told(tmp_path: Path) -> None:
    assert found(tmp_path, asks(15, lambda _: ATTACKER, step=4.0), NAME)
    assert not found(tmp_path, asks(15, lambda _: ATTACKER, step=4.5), NAME)


def test_containers_behind_one_address_use_what_they_get(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(20, lambda _: ATTACKER, used=7), NAME)
    assert found(tmp_path, asks(20, lambda _: ATTACKER, used=6), NAME)


def test_answers_that_are_not_in_the_capture(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(39, lambda _: ATTACKER, leases=False), NAME)
    assert found(tmp_path, asks(40, lambda _: ATTACKER, leases=False), NAME)


def test_made_up_senders_are_not_accused(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(39, scattered), NAME)
    (finding,) = found(tmp_path, asks(40, scattered), NAME)
    assert finding.attackers == ()


def test_a_classroom_at_nine(tmp_path: Path) -> None:
    """Forty laptops of a few makers, or of many whose addresses are used."""
    assert not found(tmp_path, asks(60, mac), NAME)
    assert not found(tmp_path, asks(60, scattered, used=60), NAME)
