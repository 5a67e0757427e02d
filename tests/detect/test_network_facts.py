"""What a user tells of the network changes verdicts, however it is spelled."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import Settings, settings
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.network import Network
from tests import wire
from tests.detect.built import SECOND, Talk
from tests.detect.internet.test_ip_tunnel import INSIDE, OUTSIDE, inner6
from tests.detect.internet.test_protocol_scan import SCANNER, probes
from tests.detect.link.frames import Timed, found, in_snap
from tests.detect.link.test_first_hop_takeover import ATTACKER as SECOND_ROUTER
from tests.detect.link.test_first_hop_takeover import FIRST, active, master
from tests.detect.link.test_rogue_dhcp import ROGUE, ROGUE_MAC, TRUE, TRUE_MAC, offers
from tests.detect.transport.test_amplification import REFLECTOR, VICTIM, asked
from tests.detect.transport.test_service_scan import round_of
from tests.detect.transport.test_unexpected_source_port import CLIENT, tried

ROOT = Path(__file__).parents[2]
OFFICE = ROOT / "examples" / "office.pcapng"
SCANNER_MAC, SCANNER_4, SCANNER_6 = "f0:18:98:10:01:04", "192.168.10.104", "2001:db8:ffff::66"


def told(**facts: tuple[str, ...]) -> Settings:
    return Settings(network=Network(**facts))  # type: ignore[arg-type]


def seconds(frames: list[tuple[int, bytes]]) -> list[Timed]:
    return [(time / SECOND, octets) for time, octets in frames]


@pytest.mark.parametrize(
    "spelled", ["192.168.10.0/24", f"{SCANNER_4}/32", SCANNER_MAC, SCANNER_MAC.upper().replace(":", "-")]
)
def test_a_scanner_of_the_example_is_allowed_however_it_is_spelled(spelled: str) -> None:
    opened = netanatomy.open(OFFICE)
    assert opened.findings(only=["arp-scan"])
    assert not opened.findings(told(allowed_scanners=(spelled,)), only=["arp-scan"])


@pytest.mark.parametrize("spelled", ["2001:DB8:FFFF:0::66", "2001:db8:ffff::/48", SCANNER_6])
def test_a_scanner_of_version_6(spelled: str) -> None:
    findings = netanatomy.open(OFFICE).findings(told(allowed_scanners=(spelled,)), only=["port-scan"])
    severities = {finding.attackers[0]: finding.severity for finding in findings}
    assert severities[SCANNER_6] is Severity.INFO
    assert severities[SCANNER_4].rank >= Severity.MEDIUM.rank


def test_every_scanner_of_the_example_by_one_network_each() -> None:
    everybody = told(allowed_scanners=("0.0.0.0/0", "::/0"))
    names = ["port-scan", "host-sweep", "service-scan", "os-fingerprinting", "ping-sweep", "arp-scan"]
    before = netanatomy.open(OFFICE).findings(only=names)
    assert any(finding.severity.rank >= Severity.MEDIUM.rank for finding in before)
    after = netanatomy.open(OFFICE).findings(everybody, only=names)
    assert {finding.severity for finding in after} <= {Severity.INFO}


def test_allowed_scanners_try_protocols_and_source_ports(tmp_path: Path) -> None:
    (before,) = found(tmp_path, probes(10), "protocol-scan")
    (after,) = found(tmp_path, probes(10), "protocol-scan", told(allowed_scanners=(f"{SCANNER}/32",)))
    assert (before.severity, after.severity, after.rule) == (Severity.MEDIUM, Severity.INFO, None)
    (after,) = found(
        tmp_path, tried([80, 81, 82]), "unexpected-source-port", told(allowed_scanners=(CLIENT,))
    )
    assert (after.severity, after.rule) == (Severity.INFO, None)


def test_a_known_server_speaks_from_its_own_ports(tmp_path: Path) -> None:
    name = "unexpected-source-port"
    (before,) = found(tmp_path, tried([80, 81, 82]), name)
    (after,) = found(tmp_path, tried([80, 81, 82]), name, told(known_servers=("10.0.0.0/28",)))
    assert (before.severity, after.severity, after.rule) == (Severity.MEDIUM, Severity.INFO, None)


def test_answers_of_known_servers_of_which_no_question_was_captured(tmp_path: Path) -> None:
    answers = seconds([frame for place, frame in enumerate(asked(50)) if place % 2])
    home = (f"{VICTIM}/32",)
    for facts, severity in (
        ({}, Severity.HIGH),
        ({"known_servers": (REFLECTOR,)}, Severity.HIGH),  # whose host it is that gets them is not known
        ({"known_servers": (REFLECTOR,), "home_networks": home}, Severity.LOW),
        ({"dns_servers": (REFLECTOR,), "home_networks": home}, Severity.HIGH),  # these are answers of NTP
        ({"known_servers": ("192.0.2.99",), "home_networks": home}, Severity.HIGH),
    ):
        (finding,) = found(tmp_path, answers, "amplification", told(**facts))
        assert finding.severity is severity, facts


def test_a_known_server_at_a_port_of_remote_control(tmp_path: Path) -> None:
    talk = Talk((40_000, 31337), ("10.0.0.1", "10.0.0.80"))
    for place, said in enumerate((b"\x01\x02\x03\x04", b"\x04\x03\x02\x01", b"\x01\x02\x03\x05")):
        talk.say((1 + 12 * place) * SECOND, place % 2, said)
    frames = seconds(talk.frames)
    assert found(tmp_path, frames, "backdoor-port")
    assert not found(tmp_path, frames, "backdoor-port", told(known_servers=("10.0.0.80",)))


@pytest.mark.parametrize("known", [INSIDE, OUTSIDE])
def test_a_tunnel_to_a_known_server_is_a_fact(tmp_path: Path, known: str) -> None:
    frames = [(0.0, wire.ethernet(wire.ipv4(inner6(), INSIDE, OUTSIDE, 41)))]
    (before,) = found(tmp_path, frames, "ip-tunnel")
    (after,) = found(tmp_path, frames, "ip-tunnel", told(known_servers=(known,)))
    assert (before.severity, after.severity, after.attackers) == (Severity.LOW, Severity.INFO, ())


def accused(folder: Path, frames: list[Timed], **facts: tuple[str, ...]) -> list[Finding]:
    return found(folder, frames, "rogue-dhcp", told(**facts))


def test_named_routers_tell_which_dhcp_server_is_the_rogue(tmp_path: Path) -> None:
    """A router at home gives out itself, too: without being told it looks like the rogue."""
    frames = [*offers(TRUE, TRUE_MAC, 0, TRUE), *offers(ROGUE, ROGUE_MAC, 0.2, "10.0.0.99")]
    (finding,) = accused(tmp_path, frames)
    assert finding.attackers == (TRUE_MAC,)
    (finding,) = accused(tmp_path, frames, gateways=(TRUE,))
    assert (finding.attackers, finding.severity) == ((ROGUE_MAC,), Severity.HIGH)
    assert "none of the routers" in finding.reason


def test_named_resolvers_tell_which_dhcp_server_is_the_rogue(tmp_path: Path) -> None:
    frames = [
        *offers(TRUE, TRUE_MAC, 0.2, "10.0.0.1", resolver=TRUE),
        *offers(ROGUE, ROGUE_MAC, 0, "10.0.0.1", resolver="192.0.2.53"),
    ]
    (finding,) = accused(tmp_path, frames)
    assert finding.attackers == (TRUE_MAC,), "it is its own resolver"
    (finding,) = accused(tmp_path, frames, dns_servers=("10.0.0.0/29",))
    assert (finding.attackers, finding.severity) == ((ROGUE_MAC,), Severity.HIGH)


def test_dhcp_servers_by_mac_address_and_of_the_other_version(tmp_path: Path) -> None:
    frames = offers(ROGUE, ROGUE_MAC, 0, ROGUE)
    assert accused(tmp_path, frames, dhcp_servers=(TRUE_MAC,))
    assert not accused(tmp_path, frames, dhcp_servers=(ROGUE_MAC.replace(":", "-"),))
    assert not accused(tmp_path, frames, dhcp_servers=("10.0.0.64/29",))
    # Who names the servers of DHCPv6 has said nothing of those of DHCP.
    assert not accused(tmp_path, frames, dhcp_servers=("fe80::2",))


def test_routers_by_mac_address_but_not_by_the_one_they_share(tmp_path: Path) -> None:
    frames = [*active(FIRST, 110, 0, 4), *active(SECOND_ROUTER, 255, 10, 4)]
    (finding,) = found(tmp_path, frames, "first-hop-takeover")
    (mac,) = finding.others["sender"]
    assert not found(tmp_path, frames, "first-hop-takeover", told(gateways=(mac.upper(),)))
    shared = "00:00:5e:00:01:07"
    frames = [
        (time, octets[:6] + bytes.fromhex(shared.replace(":", "")) + octets[12:])
        for time, octets in (*master(FIRST, 150, 0, 10), *master(SECOND_ROUTER, 255, 9.5, 10))
    ]
    assert found(tmp_path, frames, "first-hop-takeover", told(gateways=(shared,)))


def test_a_group_of_switches_is_nobodys_address(tmp_path: Path) -> None:
    frames = [(index, in_snap(0x2004, b"\x01\0\x01\0\x05\0", SCANNER_MAC)) for index in range(2)]
    (finding,) = found(tmp_path, frames, "vlan-hopping")
    assert finding.victims == ()


def test_rounds_end_where_port_scans_begin(tmp_path: Path) -> None:
    """One host's closed ports: from port-scan's threshold on, whatever it is set to, the round is its."""
    frames = seconds(round_of())  # five closed ports at each of four hosts
    follows = "[detectors.port-scan]\nports = "
    for text, expected in (
        ("", 1),
        (f"{follows}99", 1),
        (f"{follows}6", 1),
        (f"{follows}5", 0),
        (f"{follows}5\n[detectors.service-scan]\none_by_one = 99", 1),
    ):
        assert len(found(tmp_path, frames, "service-scan", settings(text, detectors()))) == expected, text
    # A host with 20 closed ports is no port scan where 40 are asked for: then the round is told.
    ports = (*range(7_001, 7_021), 21, 22, 3306)
    frames = seconds(round_of(hosts=("192.0.2.7", "192.0.2.8"), ports=ports))
    for text, expected in (("", 0), (f"{follows}40", 1)):
        assert len(found(tmp_path, frames, "service-scan", settings(text, detectors()))) == expected, text


def test_every_fact_is_read_where_the_page_says() -> None:
    """A fact that no detector reads would do nothing when it is set."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    readers = {
        "home_networks": r"is_home\(",
        "gateways": r"is_gateway\b",
        "dhcp_servers": r"is_dhcp_server\b",
        "dns_servers": r"is_dns_server\b",
        "known_servers": r"is_known_server\b",
        "allowed_scanners": r"is_allowed\b",
        "root_bridge": r"is_root_bridge\b",
    }
    assert set(readers) == {fact.name for fact in fields(Network)}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src/netanatomy/detect").rglob("*.py")]
    for fact, reader in readers.items():
        assert any(re.search(reader, source) for source in sources), fact
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{fact}` |")]
        named = set(re.findall(r"`([a-z0-9-]+)`", line.split("|")[3])) - {fact}
        assert named, fact
        assert named <= set(detectors()), line


def test_no_detector_compares_facts_as_text() -> None:
    """An address has several spellings, and a network stands for many: only `Network` may compare."""
    names = "|".join(fact.name for fact in fields(Network))
    compared = re.compile(rf"(\bin |set\(|[=!]= )network\.({names})\b")
    for path in (ROOT / "src/netanatomy/detect").rglob("*.py"):
        assert not compared.search(path.read_text(encoding="utf-8")), path.name
