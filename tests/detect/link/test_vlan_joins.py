"""`vlan-hopping`: a host gives itself an interface in another VLAN."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built_messages import link_local, solicitation
from tests.detect.link.frames import Timed, arp, dhcp_request, found
from tests.detect.link.test_vlan_hopping import HOME, HOST, OTHER, with_tag
from tests.detect.support import caught, silent

DISCOVER = 1
CAMERA = "02:00:00:00:00:96"


def begins(time: float = 5.0, mac: str = HOST, vlan: int = 30) -> list[Timed]:
    """An interface asks whether its link-local address is free."""
    asked = solicitation(mac, "::", link_local(mac))
    return [(time, with_tag(asked, vlan) if vlan else asked)]


def speaks(time: float = 6.0, mac: str = HOST, vlan: int = 30, *, answered: bool = True) -> list[Timed]:
    """A ping, and its answer, which comes from a port without tags."""
    asks = wire.ipv4(wire.icmp(8, 0, b"\0\x07\0\x01hop"), f"10.0.{vlan}.66", f"10.0.{vlan}.10", 1)
    says = wire.ipv4(wire.icmp(0, 0, b"\0\x07\0\x01hop"), f"10.0.{vlan}.10", f"10.0.{vlan}.66", 1)
    frames = [(time, with_tag(wire.ethernet(asks, 0x0800, mac, CAMERA), vlan))]
    return [*frames, (time + 0.1, wire.ethernet(says, 0x0800, CAMERA, mac))] if answered else frames


@pytest.mark.parametrize("name", ["vlan-hopping-held-subinterface", "vlan-hopping-held-voice"])
def test_a_host_that_makes_an_interface_for_itself(name: str) -> None:
    finding = caught(name, "vlan-hopping")
    assert finding.severity is Severity.LOW
    assert finding.rule is None


def test_an_interface_that_begins_at_a_host_that_is_there(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, [*HOME, *begins(), *speaks()], "vlan-hopping")
    assert (finding.severity, finding.attackers, finding.victims) == (Severity.LOW, (HOST,), ("10.0.30.10",))
    assert [piece.value for piece in finding.evidence] == ["30"]
    assert "VLAN 30" in finding.title


@pytest.mark.parametrize("frame", [dhcp_request(DISCOVER, HOST), arp(1, HOST, "0.0.0.0", "10.0.30.66")])
def test_it_begins_with_ipv4_as_well(tmp_path: Path, frame: bytes) -> None:
    assert found(tmp_path, [*HOME, (5.0, with_tag(frame, 30)), *speaks()], "vlan-hopping")


def test_several_vlans_are_one_finding(tmp_path: Path) -> None:
    frames = [*begins(), *speaks(), *begins(7.0, vlan=40), *speaks(8.0, vlan=40)]
    (finding,) = found(tmp_path, [*HOME, *frames], "vlan-hopping")
    assert finding.counts["vlans"] == 2


def test_a_server_with_several_vlans_was_there_before(tmp_path: Path) -> None:
    """Its interfaces do not begin; a new temporary address of one is asked for from time to time."""
    for earlier in ([], [*speaks(2.9)]):
        temporary = solicitation(HOST, "::", "2001:db8::1:66")
        frames = [*HOME, *earlier, (5.0, with_tag(temporary, 30)), *speaks()]
        assert not found(tmp_path, frames, "vlan-hopping")


def test_an_interface_that_begins_anew(tmp_path: Path) -> None:
    """It spoke in that VLAN before: a cable that was pulled, a lease that was asked for again."""
    for before, told in ((2.9, False), (3.1, True)):
        frames = [*HOME, *speaks(before), *begins(5.0), *speaks()]
        assert bool(found(tmp_path, frames, "vlan-hopping")) is told


def test_a_telephone_goes_to_its_vlan_while_it_starts(tmp_path: Path) -> None:
    starts = [(0.0, dhcp_request(DISCOVER, HOST)), *begins(0.05, vlan=0)]
    for begin in starts:
        frames = [begin, *HOME, *begins(50.0), *speaks(51.0)]
        assert not found(tmp_path, frames, "vlan-hopping")
    later = [*starts, *HOME, *begins(61.0), *speaks(62.0)]
    assert found(tmp_path, later, "vlan-hopping")


def test_a_virtual_machine_that_starts_has_an_address_of_its_own(tmp_path: Path) -> None:
    machine = "52:54:00:00:00:30"
    assert not found(tmp_path, [*HOME, *begins(mac=machine), *speaks(mac=machine)], "vlan-hopping")
    silent("hypervisor-starts", "vlan-hopping")


def test_a_trunk_is_silent() -> None:
    silent("vlan-trunk", "vlan-hopping")


def test_a_host_that_is_heard_with_tags_only(tmp_path: Path) -> None:
    assert not found(tmp_path, [*begins(), *speaks()], "vlan-hopping")
    asked_only = HOME[:1]
    assert not found(tmp_path, [*asked_only, *begins(), *speaks()], "vlan-hopping")
    afterwards = [(time + 20, frame) for time, frame in HOME]
    assert not found(tmp_path, [*begins(), *speaks(), *afterwards], "vlan-hopping")


def test_nobody_answers(tmp_path: Path) -> None:
    assert not found(tmp_path, [*HOME, *begins(), *speaks(answered=False)], "vlan-hopping")


def test_a_router_that_is_given_one_more_network(tmp_path: Path) -> None:
    there = wire.ipv4(wire.udp(b"?", 5_000, 53), "10.0.0.5", "192.0.2.9", 17)
    back = wire.ipv4(wire.udp(b"!", 53, 5_000), "192.0.2.9", "10.0.0.5", 17, ttl=55)
    through = [
        (1.0, wire.ethernet(there, 0x0800, OTHER, HOST)),
        (1.1, wire.ethernet(back, 0x0800, HOST, OTHER)),
    ]
    assert not found(tmp_path, [*HOME, *through, *begins(), *speaks()], "vlan-hopping")
