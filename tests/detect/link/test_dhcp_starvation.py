from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.detect.link.frames import Timed, arp, dhcp_answer, dhcp_request, found, mac, scattered
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
