"""Rogue DHCPv6 servers: what tells them from a second real one."""

from __future__ import annotations

from pathlib import Path

from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.built_messages import link_local
from tests.detect.link.dhcpv6_frames import ADVERTISE, REPLY, SOLICIT, answer, identifier, question
from tests.detect.link.frames import Timed, found
from tests.detect.support import caught, silent

CLIENT, TRUE, ROGUE = "02:00:00:00:00:05", "02:00:00:00:00:02", "02:00:00:00:00:66"
NAME = "rogue-dhcp"


def offer(
    mac: str,
    at: float,
    resolver: str = "",
    transaction: int = 1,
    *,
    kind: int = ADVERTISE,
    server: bytes = b"",
    address: str = "",
    port: int = 547,
) -> list[Timed]:
    """A client asks, and a server answers."""
    told = answer(
        *(kind, identifier(CLIENT), server or identifier(mac), mac),
        to=CLIENT,
        resolver=resolver,
        transaction=transaction,
        address=address,
        port=port,
    )
    return [(at, question(SOLICIT, identifier(CLIENT), CLIENT, transaction)), (at + 0.1, told)]


def test_a_real_tool() -> None:
    finding = caught("rogue-dhcp-held-dhcp6", NAME)
    assert finding.severity is Severity.HIGH
    assert finding.others["known server"] == ("fe80::21b:21ff:fe20:43",)
    assert {piece.value for piece in finding.evidence} == {"fd00:bad::53"}
    assert {piece.field for piece in finding.evidence} == {"DNS Recursive Name Server"}
    assert "other's identifier" in finding.reason


def test_one_server_and_starvation_are_silent() -> None:
    silent("dhcp-starvation-held-dhcp6", NAME)


def test_who_came_later_with_another_resolver(tmp_path: Path) -> None:
    frames = [*offer(TRUE, 0, "fd00::53"), *offer(ROGUE, 0.2, "fd00::66")]
    (finding,) = found(tmp_path, frames, NAME)
    assert (finding.attackers, finding.severity) == ((ROGUE,), Severity.MEDIUM)
    assert finding.victims == (CLIENT,)


def test_the_port_it_answers_from_is_its_own_choice(tmp_path: Path) -> None:
    frames = [*offer(TRUE, 0, "fd00::53"), *offer(ROGUE, 0.2, "fd00::66", port=33_696)]
    assert [finding.attackers for finding in found(tmp_path, frames, NAME)] == [(ROGUE,)]


def test_who_gives_out_itself_is_the_rogue_whoever_came_first(tmp_path: Path) -> None:
    for first, second in ((0.0, 0.2), (0.2, 0.0)):
        frames = [*offer(TRUE, first, "fd00::53"), *offer(ROGUE, second, link_local(ROGUE))]
        (finding,) = found(tmp_path, frames, NAME)
        assert (finding.attackers, finding.severity) == ((ROGUE,), Severity.HIGH)


def test_who_answers_under_anothers_identifier(tmp_path: Path) -> None:
    frames = [
        *offer(TRUE, 0, "fd00::53", kind=REPLY),
        *offer(ROGUE, 0.2, "fd00::66", kind=REPLY, server=identifier(TRUE)),
    ]
    (finding,) = found(tmp_path, frames, NAME)
    assert (finding.attackers, finding.confidence) == ((ROGUE,), 0.95)


def test_ever_new_identifiers(tmp_path: Path) -> None:
    for number, expected in ((2, Severity.MEDIUM), (3, Severity.HIGH)):
        frames = [*offer(TRUE, 5, "fd00::53", transaction=1)]
        for index in range(number):
            made_up = identifier(f"02:00:00:00:01:{index:02x}")
            frames += offer(ROGUE, 5.2 + index, "fd00::66", 1, server=made_up)
        assert [finding.severity for finding in found(tmp_path, frames, NAME)] == [expected]


def test_a_pair_for_failover_gives_the_same(tmp_path: Path) -> None:
    """Two servers, or two relays of one server: they give the same resolver, from the same network."""
    for server in (ROGUE, TRUE):
        frames = [
            *offer(TRUE, 0, "fd00::53", address="fd00::1:5"),
            *offer(ROGUE, 0.2, "fd00::53", server=identifier(server), address="fd00::2:5"),
        ]
        assert not found(tmp_path, frames, NAME)


def test_another_network_alone_is_told_quietly(tmp_path: Path) -> None:
    frames = [
        *offer(TRUE, 0, "fd00::53", address="fd00::1:5"),
        *offer(ROGUE, 0.2, "fd00::53", address="fd00:0:0:1::5"),
    ]
    assert [finding.severity for finding in found(tmp_path, frames, NAME)] == [Severity.LOW]


def test_a_laptop_in_two_networks(tmp_path: Path) -> None:
    frames = [*offer(TRUE, 0, "fd00::53"), *offer(ROGUE, 3600, "fd00::66", 2)]
    assert [finding.severity for finding in found(tmp_path, frames, NAME)] == [Severity.LOW]


def test_servers_that_are_named(tmp_path: Path) -> None:
    alone = offer(ROGUE, 0, "fd00::66")
    for servers, expected in (((link_local(TRUE),), 1), ((link_local(ROGUE),), 0), (("10.0.0.2",), 0)):
        settings = Settings(network=Network(dhcp_servers=servers))
        assert len(found(tmp_path, alone, NAME, settings)) == expected
