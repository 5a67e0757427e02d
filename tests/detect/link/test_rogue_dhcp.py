from __future__ import annotations

from pathlib import Path

from netanatomy.detect.settings import Settings
from netanatomy.firewall.lines import written
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.internet.pings import ipv6
from tests.detect.link.frames import Timed, dhcp_answer, dhcp_message, dhcp_request, found, mac
from tests.detect.support import caught, silent
from tests.wire import ethernet, udp

CLIENT = "02:00:00:00:00:05"
TRUE, ROGUE = "10.0.0.2", "10.0.0.66"
TRUE_MAC, ROGUE_MAC = "02:00:00:00:00:02", "02:00:00:00:00:66"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def offers(
    server: str, server_mac: str, at: float, router: str, transaction: int = 1, **more: str
) -> list[Timed]:
    return [
        (at, dhcp_request(DISCOVER, CLIENT, transaction=transaction)),
        (
            at + 0.1,
            dhcp_answer(OFFER, CLIENT, server, server_mac, router=router, transaction=transaction, **more),
        ),
    ]


def test_a_second_server_that_gives_out_itself() -> None:
    finding = caught("rogue-dhcp-dnsmasq", "rogue-dhcp")
    assert finding.severity is Severity.HIGH
    assert finding.others["server"] == ("10.20.0.66",)
    assert {piece.value for piece in finding.evidence} == {"10.20.0.66"}
    assert {piece.field for piece in finding.evidence} == {"Server Identifier"}


def test_ordinary_networks_are_silent() -> None:
    for name in ("dhcp-morning-rush", "hosts-booting", "dhcp-starvation-dhcpig", "dhcp-starvation-yersinia"):
        silent(name, "rogue-dhcp")


def test_who_gives_out_itself_is_the_rogue_whoever_came_first(tmp_path: Path) -> None:
    for first, second in ((0.0, 0.2), (0.2, 0.0)):
        frames = [*offers(TRUE, TRUE_MAC, first, "10.0.0.1"), *offers(ROGUE, ROGUE_MAC, second, ROGUE)]
        (finding,) = found(tmp_path, frames, "rogue-dhcp")
        assert (finding.attackers, finding.severity) == ((ROGUE_MAC,), Severity.HIGH)
        assert finding.victims == (CLIENT,)


def test_who_came_later_is_less_sure(tmp_path: Path) -> None:
    frames = [*offers(TRUE, TRUE_MAC, 0, "10.0.0.1"), *offers(ROGUE, ROGUE_MAC, 0.2, "10.0.0.99")]
    (finding,) = found(tmp_path, frames, "rogue-dhcp")
    assert (finding.attackers, finding.severity) == ((ROGUE_MAC,), Severity.MEDIUM)


def test_a_pair_for_failover_gives_the_same(tmp_path: Path) -> None:
    frames = [*offers(TRUE, TRUE_MAC, 0, "10.0.0.1"), *offers(ROGUE, ROGUE_MAC, 0.2, "10.0.0.1")]
    assert not found(tmp_path, frames, "rogue-dhcp")


def test_a_laptop_in_two_networks(tmp_path: Path) -> None:
    """One client, answered by each in its time: told quietly, as it may be two networks."""
    frames = [*offers(TRUE, TRUE_MAC, 0, "10.0.0.1"), *offers(ROGUE, ROGUE_MAC, 3600, "10.0.0.99", 2)]
    (finding,) = found(tmp_path, frames, "rogue-dhcp")
    assert finding.severity is Severity.LOW


def test_a_relay_speaks_for_others(tmp_path: Path) -> None:
    frames = [
        *offers(TRUE, TRUE_MAC, 0, "10.0.0.1"),
        *offers(ROGUE, ROGUE_MAC, 0.2, ROGUE, relay="10.0.0.1"),
    ]
    assert not found(tmp_path, frames, "rogue-dhcp")


def test_known_servers_make_one_answer_enough(tmp_path: Path) -> None:
    frames = offers(ROGUE, ROGUE_MAC, 0, ROGUE)
    assert not found(tmp_path, frames, "rogue-dhcp")
    known = Settings(network=Network(dhcp_servers=(TRUE,)))
    (finding,) = found(tmp_path, frames, "rogue-dhcp", known)
    assert finding.attackers == (ROGUE_MAC,)
    assert not found(tmp_path, offers(TRUE, TRUE_MAC, 0, TRUE), "rogue-dhcp", known)


def test_servers_without_a_client_in_common_are_of_two_networks(tmp_path: Path) -> None:
    other = [(0.2, dhcp_answer(OFFER, mac(9), ROGUE, ROGUE_MAC, router=ROGUE))]
    assert not found(tmp_path, [*offers(TRUE, TRUE_MAC, 0, "10.0.0.1"), *other], "rogue-dhcp")


def test_the_rule_takes_hold_of_ipv4_only() -> None:
    finding = caught("rogue-dhcp-dnsmasq", "rogue-dhcp")
    assert finding.rule is not None
    (line,) = written(finding.rule).lines
    assert line.version == 4
    assert all(any(match.column == "ip_version" for match in each.matches) for each in finding.scope)


def test_what_ipv6_carries_between_these_ports_is_no_dhcp_of_ipv4(tmp_path: Path) -> None:
    def carried(server: str, server_mac: str) -> bytes:
        message = dhcp_message(OFFER, CLIENT, given="10.0.0.200", server=server, router=server)
        packet = ipv6(udp(message, 67, 68), "fe80::1", "fe80::2", 17)
        return ethernet(packet, 0x86DD, server_mac, CLIENT)

    frames = [(0.0, carried(TRUE, TRUE_MAC)), (0.1, carried(ROGUE, ROGUE_MAC))]
    assert not found(tmp_path, frames, "rogue-dhcp")
