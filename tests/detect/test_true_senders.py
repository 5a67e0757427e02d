"""Who has an address is not accused of what another station sends in its name, and who has it, is."""

from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding
from netanatomy.schema.match import Match
from netanatomy.schema.network import Network
from tests import wire
from tests.detect.borrowing import (
    ADDRESS,
    ATTACKS,
    OWN,
    OWNER,
    SENDER,
    SERVER,
    SERVER_MAC,
    attack,
    found,
    talks,
    without_arp,
)
from tests.detect.built import segment
from tests.detect.internet.pings import capture

OTHER = "10.0.0.30"


def sources(finding: Finding) -> set[tuple[str, ...]]:
    """Which columns a finding's rule and scope ask for beside the borrowed source address."""
    every = [finding.rule.matches if finding.rule else (), *(one.matches for one in finding.scope)]
    return {
        tuple(sorted({match.column for match in matches} & {"eth_source", "ip_source"}))
        for matches in every
        if any(_says(match) for match in matches)
    }


def _says(match: Match) -> bool:
    value = match.value if isinstance(match.value, tuple) else (match.value,)
    return match.column == "ip_source" and ADDRESS in value


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", ATTACKS)
def test_whose_name_was_used_is_no_attacker(tmp_path: Path, name: str, known: bool) -> None:
    frames = talks(ADDRESS, OWNER) + attack(name)
    if known:
        frames += talks(OWN, SENDER, begin=0.3)
    (finding,) = found(tmp_path, frames, name)
    assert finding.attackers == ()
    assert finding.others["claimed"] == (ADDRESS,)
    assert finding.others["sender"] == ((SENDER, OWN) if known else (SENDER,))
    assert SERVER in finding.victims
    assert OWNER in finding.reason and "had no part in it" in finding.reason
    assert not finding.title.startswith(ADDRESS)
    assert sources(finding) <= {("eth_source", "ip_source")}
    assert any(piece.value.startswith(SENDER) for piece in finding.evidence)


@pytest.mark.parametrize("name", ATTACKS)
def test_who_attacks_in_its_own_name_stays_accused(tmp_path: Path, name: str) -> None:
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + attack(name, OWNER)
    (finding,) = found(tmp_path, frames, name)
    assert finding.attackers == (ADDRESS,)
    assert "claimed" not in finding.others


@pytest.mark.parametrize("name", ["syn-flood", "port-scan", "handshake-violation"])
def test_no_finding_contradicts_another(tmp_path: Path, name: str) -> None:
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + attack(name)
    (finding,) = found(tmp_path, frames)
    assert (finding.detector, finding.attackers) == (name, ())
    assert "ip-spoofing" in {below.detector for below in finding.below}


def test_it_is_the_same_whether_ip_spoofing_is_off(tmp_path: Path) -> None:
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + attack("port-scan")
    settings = Settings(off=("ip-spoofing",))
    (finding,) = netanatomy.open(capture(tmp_path, frames)).findings(settings)
    assert (finding.detector, finding.attackers) == ("port-scan", ())


def test_both_may_do_it(tmp_path: Path) -> None:
    """The owner's own half keeps it accused; the other station is named beside it."""
    mine = [(time + 0.01, octets) for time, octets in attack("handshake-violation", OWNER, port=5_000)]
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + mine + attack("handshake-violation")
    (finding,) = found(tmp_path, frames, "handshake-violation")
    assert finding.attackers == (ADDRESS,)
    assert finding.others["sender"] == (SENDER, OWN)


def test_what_the_owner_does_beside_it_stays_its_own(tmp_path: Path) -> None:
    """A scan of its own, while another station floods in its name."""
    scan = attack("port-scan", OWNER)
    flood = [(time + 20, octets) for time, octets in attack("syn-flood")]
    frames = talks(ADDRESS, OWNER, count=30) + talks(OWN, SENDER, begin=0.3) + scan + flood
    by_name = {one.detector: one for one in found(tmp_path, frames, "port-scan", "syn-flood")}
    assert by_name["port-scan"].attackers == (ADDRESS,)
    assert by_name["syn-flood"].attackers == ()


def test_a_router_carries_many_addresses(tmp_path: Path) -> None:
    """Behind one link-layer address there are many: the scanner behind it stays accused."""
    router = SENDER
    frames = attack("port-scan", router, ttl=63)
    frames += [*talks(OWN, router), (0.1, wire.arp(1, router, "10.0.0.1", SERVER))]
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


@pytest.mark.parametrize("ttl", [63, 64])
def test_what_came_by_the_router_of_the_link_is_its_senders(tmp_path: Path, ttl: int) -> None:
    """The owner's packets go round by the gateway (no redirects, hairpins), which carries others', too."""
    gateway = SENDER
    frames = talks(ADDRESS, OWNER) + without_arp(talks("192.0.2.9", gateway, begin=0.3))
    frames += [(0.2, wire.arp(1, gateway, "10.0.0.1", SERVER)), *attack("port-scan", gateway, ttl)]
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_a_known_gateway_may_speak_for_everybody(tmp_path: Path) -> None:
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + attack("port-scan")
    settings = Settings(Network(gateways=(OWN,)))
    (finding,) = netanatomy.open(capture(tmp_path, frames)).findings(settings, only=["port-scan"])
    assert finding.attackers == (ADDRESS,)


def test_two_stations_that_both_say_they_have_it(tmp_path: Path) -> None:
    """Proxy ARP, anycast, a failover: whose it is cannot be told from who says so."""
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + attack("port-scan")
    frames.append((1.9, wire.arp(1, SENDER, ADDRESS, SERVER)))
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_roaming_and_failover_between_two_cards(tmp_path: Path) -> None:
    """First behind one link-layer address, then behind another, where it has conversations as well."""
    frames = talks(ADDRESS, OWNER, count=5) + without_arp(talks(ADDRESS, SENDER, begin=8))
    frames += [(time + 8, octets) for time, octets in attack("port-scan")]
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_virtual_routers_are_several_stations_by_turns(tmp_path: Path) -> None:
    virtual = "00:00:5e:00:01:07"
    frames = talks(ADDRESS, OWNER) + talks(OWN, virtual, begin=0.3) + attack("port-scan", virtual)
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_bonded_cards_send_to_one_peer_by_one_and_to_others_by_the_other(tmp_path: Path) -> None:
    """balance-tlb: no card but the first is known by ARP, and each peer is served by one of them."""
    frames = talks(ADDRESS, OWNER, peer=OTHER) + attack("port-scan")
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_direct_server_return(tmp_path: Path) -> None:
    """A load balancer has the address, and a server behind it answers from it."""
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3)
    for number in range(5):
        ports = (50_000 + number, 80)
        asked = segment(wire.SYN, ports, (1, 0), hosts=(SERVER, ADDRESS), mac=SERVER_MAC)
        answered = segment(wire.SYN | wire.ACK, (80, ports[0]), (1, 2), b"", (ADDRESS, SERVER), SENDER)
        frames += [(0.4 + number, asked), (0.4001 + number, answered)]
    frames += attack("port-scan")
    (finding,) = found(tmp_path, frames, "port-scan")
    assert finding.attackers == (ADDRESS,)


def test_a_relay_is_told_what_it_says(tmp_path: Path) -> None:
    """Collectors of logs pass lines on in their senders' names."""
    told = [(time, replace_destination(octets)) for time, octets in attack("udp-flood", OWNER)]
    passed = [(time + 0.0001, octets) for time, octets in attack("udp-flood")]
    frames = talks(ADDRESS, OWNER) + talks(OWN, SENDER, begin=0.3) + told + passed
    by_victim = {one.victims[0]: one for one in found(tmp_path, frames, "udp-flood")}
    assert by_victim[SERVER].attackers == (ADDRESS,)


def replace_destination(octets: bytes) -> bytes:
    """A frame to the relay instead of the server."""
    packet = wire.ipv4(octets[34:], ADDRESS, OWN, 17)
    return wire.ethernet(packet, 0x0800, OWNER)


@pytest.mark.parametrize(("count", "innocent"), [(4, False), (5, True)])
def test_five_packets_are_no_station_that_moves(tmp_path: Path, count: int, innocent: bool) -> None:
    """The owner was heard before only, so that the other one may have taken its place."""
    flags = attack("handshake-violation")[:count]
    frames = talks(ADDRESS, OWNER, count=1) + talks(OWN, SENDER, count=1) + flags
    (finding,) = found(tmp_path, frames, "handshake-violation")
    assert (finding.attackers == ()) is innocent
