from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from tests.detect.link.frames import BROADCAST, Timed, arp, found, vrrp
from tests.detect.support import caught, silent

CLIENT, GATEWAY, LIAR = "02:00:00:00:00:05", "02:00:00:00:00:01", "02:00:00:00:00:66"
CLIENT_IP, GATEWAY_IP, LIAR_IP = "10.0.0.5", "10.0.0.1", "10.0.0.66"

GATEWAY_IP_OF_LAB = "10.20.0.1"

TRUE: list[Timed] = [
    (0.0, arp(1, CLIENT, CLIENT_IP, GATEWAY_IP)),
    (0.1, arp(2, GATEWAY, GATEWAY_IP, CLIENT_IP, CLIENT)),
]
ITSELF: list[Timed] = [(0.5, arp(1, LIAR, LIAR_IP, GATEWAY_IP))]


def lies(count: int, *, start: float = 2.0, step: float = 2.0) -> list[Timed]:
    """That the gateway is at the liar's address, to the client, who did not ask."""
    return [(start + step * index, arp(2, LIAR, GATEWAY_IP, CLIENT_IP, CLIENT)) for index in range(count)]


def test_tools_between_two_are_caught_with_both_victims() -> None:
    for name in ("arp-spoofing-arpspoof", "arp-spoofing-ettercap"):
        finding = caught(name, "arp-spoofing")
        assert finding.severity is Severity.HIGH
        assert len(finding.victims) == 2
        assert set(finding.others["claimed"]) == set(finding.victims)


def test_ordinary_networks_are_silent() -> None:
    for name in (
        "busy-browsing",
        "arp-scan-arp-scan",
        "dhcp-morning-rush",
        "vrrp-failover",
        "mirrored-twice",
    ):
        silent(name, "arp-spoofing")


def test_three_replies_that_nobody_asked_for_are_needed(tmp_path: Path) -> None:
    assert not found(tmp_path, [*TRUE, *ITSELF, *lies(2)], "arp-spoofing")
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, *lies(3)], "arp-spoofing")
    assert finding.attackers == (LIAR,)
    assert set(finding.victims) == {CLIENT_IP, GATEWAY_IP}
    assert finding.others["owner"] == (GATEWAY,)
    assert {piece.frame for piece in finding.evidence} == {4, 5, 6}


def test_whoever_is_asked_may_answer(tmp_path: Path) -> None:
    """Two hosts with one address by mistake: each answers each request, and neither lies."""
    frames: list[Timed] = []
    for turn in range(10):
        frames += [
            (turn, arp(1, CLIENT, CLIENT_IP, GATEWAY_IP)),
            (turn + 0.1, arp(2, GATEWAY, GATEWAY_IP, CLIENT_IP, CLIENT)),
            (turn + 0.2, arp(2, LIAR, GATEWAY_IP, CLIENT_IP, CLIENT)),
        ]
    assert not found(tmp_path, frames, "arp-spoofing")


def test_a_man_in_the_middle_is_told_without_the_true_holders(tmp_path: Path) -> None:
    other = [(time + 0.1, arp(2, LIAR, CLIENT_IP, GATEWAY_IP, GATEWAY)) for time, _ in lies(2)]
    (finding,) = found(tmp_path, [*lies(2), *other], "arp-spoofing")
    assert finding.attackers == (LIAR,)
    assert not found(tmp_path, lies(2), "arp-spoofing")


def test_a_lie_to_everybody(tmp_path: Path) -> None:
    """arpspoof without a target: to everybody, for nobody."""
    frames = [
        (1.0 + 2 * index, arp(2, LIAR, GATEWAY_IP, "0.0.0.0", BROADCAST, to=BROADCAST)) for index in range(4)
    ]
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, *frames], "arp-spoofing")
    assert finding.attackers == (LIAR,)


def test_announcements_amid_those_of_the_holder(tmp_path: Path) -> None:
    """Gratuitous requests that go on while the true holder goes on, too."""
    false = [(6.0 * index, arp(1, LIAR, GATEWAY_IP, GATEWAY_IP)) for index in range(6)]
    true = [(6.0 * index + 3, arp(1, GATEWAY, GATEWAY_IP, CLIENT_IP)) for index in range(6)]
    (finding,) = found(tmp_path, [*ITSELF, *false, *true], "arp-spoofing")
    assert finding.attackers == (LIAR,)


def test_a_failover_is_announced_and_then_there_is_one(tmp_path: Path) -> None:
    first = [(2.0 * index, arp(1, GATEWAY, GATEWAY_IP, GATEWAY_IP)) for index in range(10)]
    second = [(30 + 2.0 * index, arp(1, LIAR, GATEWAY_IP, GATEWAY_IP)) for index in range(10)]
    assert not found(tmp_path, [*ITSELF, *first, *second], "arp-spoofing")


def test_a_virtual_router_may_answer_for_its_address(tmp_path: Path) -> None:
    virtual = "00:00:5e:00:01:07"
    frames = [(1.0 + index, arp(2, virtual, GATEWAY_IP, CLIENT_IP, CLIENT)) for index in range(9)]
    assert not found(tmp_path, [*TRUE, *frames], "arp-spoofing")


def test_cards_of_one_machine_are_told_quietly(tmp_path: Path) -> None:
    """Link aggregation: both cards claim the same address, and nothing else."""
    frames = [(1.0 + index, arp(2, LIAR, GATEWAY_IP, CLIENT_IP, CLIENT)) for index in range(5)]
    (finding,) = found(tmp_path, [*TRUE, *frames], "arp-spoofing")
    assert finding.severity is Severity.LOW


def test_putting_it_right_is_no_lie(tmp_path: Path) -> None:
    """At its end arpspoof says the truth, in the holder's name, from its own address."""
    right = [
        (20.0 + index, arp(2, GATEWAY, GATEWAY_IP, CLIENT_IP, CLIENT, source=LIAR)) for index in range(5)
    ]
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, *lies(3), *right], "arp-spoofing")
    assert finding.attackers == (LIAR,)
    assert {piece.frame for piece in finding.evidence} == {4, 5, 6}
    assert not found(tmp_path, [*TRUE, *ITSELF, *right], "arp-spoofing")


def test_routers_that_share_an_address_take_it_from_one_another(tmp_path: Path) -> None:
    """keepalived without a virtual MAC address; whoever does not say so by VRRP may not."""
    false = [(6.0 * index, arp(1, LIAR, GATEWAY_IP, GATEWAY_IP)) for index in range(6)]
    true = [(6.0 * index + 3, arp(1, GATEWAY, GATEWAY_IP, CLIENT_IP)) for index in range(6)]
    frames: list[Timed] = [*ITSELF, *false, *true]

    def says(mac: str, source: str) -> Timed:
        return 0.1, vrrp(100, source, virtual=GATEWAY_IP, mac=mac)

    both = [says(LIAR, LIAR_IP), says(GATEWAY, "10.0.0.2")]
    assert not found(tmp_path, [*frames, *both], "arp-spoofing")
    assert found(tmp_path, [*frames, says(GATEWAY, "10.0.0.2")], "arp-spoofing")
    assert found(tmp_path, [*TRUE, *ITSELF, *lies(3), *both], "arp-spoofing"), "forged replies are none"
    silent("vrrp-routing", "arp-spoofing")


def announcements(count: int, *, mac: str = LIAR, start: float = 10.0, step: float = 1.0) -> list[Timed]:
    return [(start + step * turn, arp(1, mac, GATEWAY_IP, GATEWAY_IP)) for turn in range(count)]


def answer(time: float, mac: str = GATEWAY) -> list[Timed]:
    """Somebody asks for the gateway, and is answered."""
    asked = arp(1, CLIENT, CLIENT_IP, GATEWAY_IP)
    return [(time, asked), (time + 0.1, arp(2, mac, GATEWAY_IP, CLIENT_IP, CLIENT))]


HOLDER = [*answer(0), *answer(3), *answer(6), *answer(30)]
"""The true holder speaks ARP before and after, and announces nothing."""


def test_a_tool_that_only_announces_is_caught() -> None:
    finding = caught("arp-spoofing-held-gratuitous", "arp-spoofing")
    assert (finding.severity, finding.counts["announcements"]) == (Severity.MEDIUM, 8)


def test_six_announcements_that_the_holder_knows_nothing_of(tmp_path: Path) -> None:
    assert not found(tmp_path, [*HOLDER, *announcements(5)], "arp-spoofing")
    (finding,) = found(tmp_path, [*HOLDER, *announcements(6)], "arp-spoofing")
    assert (finding.attackers, finding.severity) == ((LIAR,), Severity.MEDIUM)
    (finding,) = found(tmp_path, [*HOLDER, *announcements(6), *ITSELF], "arp-spoofing")
    assert finding.severity is Severity.HIGH, "it has an address of its own"


def test_a_host_may_defend_its_address_once_in_ten_seconds(tmp_path: Path) -> None:
    holder = [*HOLDER, *answer(200)]
    assert not found(tmp_path, [*holder, *announcements(8, step=10)], "arp-spoofing")
    assert found(tmp_path, [*holder, *announcements(8, step=7)], "arp-spoofing")


def test_a_service_address_that_moves_to_another_host(tmp_path: Path) -> None:
    """Ten announcements in a burst; the old holder's last word may come a moment later."""
    before = [*answer(0), *answer(3), *answer(6)]
    assert not found(tmp_path, [*before, *answer(11), *announcements(10, step=0.5)], "arp-spoofing")
    assert found(tmp_path, [*before, *answer(15.5), *announcements(10, step=0.5)], "arp-spoofing")


def test_a_service_address_that_moves_there_and_back(tmp_path: Path) -> None:
    back = announcements(5, mac=GATEWAY, start=25)
    assert not found(tmp_path, [*HOLDER, *announcements(10, step=0.5), *back], "arp-spoofing")
    fewer = announcements(4, mac=GATEWAY, start=25)
    assert found(tmp_path, [*HOLDER, *announcements(10, step=0.5), *fewer], "arp-spoofing")


def test_an_address_of_everybody_is_no_victim(tmp_path: Path) -> None:
    """Lies to the broadcast address are for all; a host that is heard to have such an address is one."""
    assert caught("arp-spoofing-held-blackhole", "arp-spoofing").victims == (GATEWAY_IP_OF_LAB,)
    everybody = "10.0.0.255"
    told = [
        (2.0 + 2 * turn, arp(2, LIAR, GATEWAY_IP, everybody, BROADCAST, to=BROADCAST)) for turn in range(4)
    ]
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, *told], "arp-spoofing")
    assert finding.victims == (GATEWAY_IP,)
    host = (0.3, arp(1, "02:00:00:00:00:07", everybody, GATEWAY_IP))
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, host, *told], "arp-spoofing")
    assert set(finding.victims) == {GATEWAY_IP, everybody}


def test_numbers_have_nouns_that_fit(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, [*TRUE, *ITSELF, *lies(3)], "arp-spoofing")
    assert "said 3 times in" in finding.reason
    assert "3 of these were replies" in finding.reason
    assert "0 were announcements" in finding.reason
