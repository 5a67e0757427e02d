from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netanatomy.firewall.lines import written
from tests.detect.link.frames import Timed, arp, dhcp_answer, dhcp_request, found, mac, octets, scattered
from tests.detect.support import caught, silent

SERVER, SERVER_MAC = "10.0.0.2", "02:00:00:00:00:02"
ATTACKER = "02:00:00:00:00:66"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def asks(count: int, name: Callable[[int], str], source: str = "", step: float = 0.5) -> list[Timed]:
    return [
        (step * index, dhcp_request(DISCOVER, name(index + 1), source_mac=source, transaction=index))
        for index in range(count)
    ]


def leases(count: int, name: Callable[[int], str], *, used: bool) -> list[Timed]:
    """Clients that are given an address each, and announce it or not."""
    frames = asks(count, name)
    for index in range(count):
        client = name(index + 1)
        frames.append((0.5 * index + 0.1, dhcp_answer(ACK, client, SERVER, SERVER_MAC, transaction=index)))
        if used:
            address = f"10.0.1.{index}"
            frames.append((0.5 * index + 0.2, arp(1, client, address, address)))
    return frames


def test_one_machine_that_asks_for_many_is_named() -> None:
    finding = caught("dhcp-starvation-dhcpig", "dhcp-starvation")
    assert finding.victims == ("10.20.0.67",)
    assert {piece.field for piece in finding.evidence} == {"chaddr"}


def test_made_up_senders_are_not() -> None:
    finding = caught("dhcp-starvation-yersinia", "dhcp-starvation")
    assert finding.attackers == ()
    assert finding.counts["clients"] > 1_000


def test_a_morning_rush_and_a_boot_are_silent() -> None:
    for name in ("dhcp-morning-rush", "hosts-booting", "busy-browsing", "rogue-dhcp-dnsmasq"):
        silent(name, "dhcp-starvation")


def test_forty_clients_in_a_window(tmp_path: Path) -> None:
    assert not found(tmp_path, asks(39, scattered), "dhcp-starvation")
    (finding,) = found(tmp_path, asks(40, scattered), "dhcp-starvation")
    assert finding.victims == ("255.255.255.255",)
    assert not found(tmp_path, asks(39, mac, ATTACKER), "dhcp-starvation")
    (finding,) = found(tmp_path, asks(40, mac, ATTACKER), "dhcp-starvation")
    assert finding.attackers == (ATTACKER,)


def test_clients_that_use_what_they_get_are_real(tmp_path: Path) -> None:
    assert not found(tmp_path, leases(60, scattered, used=True), "dhcp-starvation")
    assert found(tmp_path, leases(60, scattered, used=False), "dhcp-starvation")


def test_clients_of_one_maker_are_real(tmp_path: Path) -> None:
    assert not found(tmp_path, leases(60, mac, used=False), "dhcp-starvation")


def test_clients_of_a_server_that_is_down_ask_again(tmp_path: Path) -> None:
    again = [(time + 8 * turn, frame) for turn in range(3) for time, frame in asks(50, scattered, step=0.4)]
    assert not found(tmp_path, again, "dhcp-starvation")


SOMEBODY: list[Timed] = [(0.0, arp(1, "02:00:00:00:00:07", "10.0.0.7", SERVER))]
"""The capture shows ARP, so that an address in use would be seen."""


def for_others(
    count: int,
    *,
    used: int = 0,
    step: float = 3.0,
    answered: bool = True,
    relay: str = "0.0.0.0",
    own: bool = False,
) -> list[Timed]:
    """One machine asks for clients; of the addresses that they are given it claims some by ARP."""
    frames = [*SOMEBODY]
    for index in range(count):
        client, address = mac(index + 1), f"10.0.1.{index + 1}"
        asked = dhcp_request(
            REQUEST,
            client,
            source_mac=ATTACKER,
            transaction=index,
            relay=relay,
            client_address=address if own else "0.0.0.0",
        )
        frames.append((step * index, asked))
        if answered:
            answer = dhcp_answer(ACK, client, SERVER, SERVER_MAC, transaction=index, given=address)
            frames.append((step * index + 0.1, answer))
        if index < used:
            frames.append((step * index + 0.2, arp(1, ATTACKER, address, SERVER)))
    return frames


def test_a_slow_machine_is_caught() -> None:
    finding = caught("dhcp-starvation-held-slow", "dhcp-starvation")
    assert (finding.counts["clients"], finding.counts["leases"]) == (28, 25)


def test_fifteen_clients_of_one_machine_in_a_window(tmp_path: Path) -> None:
    assert not found(tmp_path, for_others(14), "dhcp-starvation")
    (finding,) = found(tmp_path, for_others(15), "dhcp-starvation")
    assert finding.attackers == (ATTACKER,)
    assert not found(tmp_path, for_others(40, step=4.3), "dhcp-starvation"), "14 in a minute"
    assert found(tmp_path, for_others(40, step=4.2), "dhcp-starvation"), "15 in a minute"


def test_a_repeater_asks_for_those_behind_it_and_they_use_what_they_get(tmp_path: Path) -> None:
    assert found(tmp_path, for_others(20, used=6), "dhcp-starvation")
    assert not found(tmp_path, for_others(20, used=7), "dhcp-starvation")


def test_a_capture_without_arp_does_not_show_what_is_used(tmp_path: Path) -> None:
    arpless = for_others(39, step=1.0)[len(SOMEBODY) :]
    assert not found(tmp_path, arpless, "dhcp-starvation")


def test_relays_and_renewals_through_a_router_are_left_out(tmp_path: Path) -> None:
    assert not found(tmp_path, for_others(60, step=0.5, relay="10.0.9.1"), "dhcp-starvation")
    assert not found(tmp_path, for_others(60, step=0.5, own=True), "dhcp-starvation")


def test_a_repeater_whose_server_is_down_asks_again(tmp_path: Path) -> None:
    once = for_others(20, answered=False)
    assert found(tmp_path, once, "dhcp-starvation")
    again = [(time + 4 * turn, frame) for turn in range(3) for time, frame in once]
    assert not found(tmp_path, again, "dhcp-starvation")


def test_a_real_client_beside_made_up_ones_is_not_shown_as_proof() -> None:
    finding = caught("dhcp-starvation-held-macchange", "dhcp-starvation")
    assert {piece.value[:2] for piece in finding.evidence} == {"02"}


def by_name(
    count: int, *, used: int = 0, step: float = 3.0, name: Callable[[int], bytes] | None = None
) -> list[Timed]:
    """One machine asks for itself, each time under a client identifier, and uses some of what it gets."""
    frames = [*SOMEBODY]
    for index in range(count):
        identifier = name(index) if name else b"\xff" + index.to_bytes(8, "big")
        address = f"10.0.1.{index + 1}"
        asked = dhcp_request(REQUEST, ATTACKER, transaction=index, identifier=identifier)
        answer = dhcp_answer(ACK, ATTACKER, SERVER, SERVER_MAC, transaction=index, given=address)
        frames += [(step * index, asked), (step * index + 0.1, answer)]
        if index < used:
            frames.append((step * index + 0.2, arp(1, ATTACKER, address, SERVER)))
    return frames


def test_one_network_card_with_many_client_identifiers() -> None:
    finding = caught("dhcp-starvation-held-identifiers", "dhcp-starvation")
    assert (finding.counts["clients"], finding.counts["leases"]) == (51, 47)
    assert {piece.field for piece in finding.evidence} == {"Client Identifier"}


def test_fifteen_identifiers_of_one_machine_in_a_window(tmp_path: Path) -> None:
    assert not found(tmp_path, by_name(14), "dhcp-starvation")
    (finding,) = found(tmp_path, by_name(15), "dhcp-starvation")
    assert finding.attackers == (ATTACKER,)
    assert finding.evidence[0].value == (b"\xff" + bytes(8)).hex()
    assert not found(tmp_path, by_name(40, step=4.3), "dhcp-starvation"), "14 in a minute"
    assert found(tmp_path, by_name(40, step=4.2), "dhcp-starvation"), "15 in a minute"


def test_virtual_interfaces_of_one_address_use_what_they_get(tmp_path: Path) -> None:
    assert found(tmp_path, by_name(20, used=6), "dhcp-starvation")
    assert not found(tmp_path, by_name(20, used=7), "dhcp-starvation")


def test_without_any_arp_forty_identifiers_are_needed(tmp_path: Path) -> None:
    for count, expected in ((39, 0), (40, 1)):
        arpless = by_name(count, step=1.0)[len(SOMEBODY) :]
        assert len(found(tmp_path, arpless, "dhcp-starvation")) == expected


def test_a_machine_that_asks_again_has_one_identifier(tmp_path: Path) -> None:
    hardware = b"\x01" + octets(ATTACKER)
    system = b"\xff" + bytes(18)  # RFC 4361
    for name in (lambda _: hardware, lambda _: system, lambda index: (hardware, system, b"")[index % 3]):
        assert not found(tmp_path, by_name(60, step=0.5, name=name), "dhcp-starvation")


def test_identifiers_that_differ_at_their_end_or_in_length_are_different(tmp_path: Path) -> None:
    for name in (lambda index: bytes(59) + bytes([index]), lambda index: b"\xff" * (index + 10)):
        assert found(tmp_path, by_name(15, name=name), "dhcp-starvation")


def test_other_machines_with_identifiers_of_their_own_are_as_many_as_they_are(tmp_path: Path) -> None:
    """A classroom: each has one identifier, and uses what it gets."""
    frames = [*SOMEBODY]
    for index in range(39):
        identifier = b"\xff" + index.to_bytes(18, "big")
        asked = dhcp_request(REQUEST, mac(index), transaction=index, identifier=identifier)
        frames.append((0.5 * index, asked))
    assert not found(tmp_path, frames, "dhcp-starvation")


@pytest.mark.parametrize("name", ["dhcpig", "yersinia", "held-identifiers"])
def test_the_rule_takes_hold_of_ipv4_only(name: str) -> None:
    finding = caught(f"dhcp-starvation-{name}", "dhcp-starvation")
    assert finding.rule is not None
    (line,) = written(finding.rule).lines
    assert line.version == 4
    assert all(any(match.column == "ip_version" for match in each.matches) for each in finding.scope)
