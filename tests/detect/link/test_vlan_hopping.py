from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.link.frames import Timed, arp, found, in_snap
from tests.detect.support import caught, silent

HOST, OTHER = "02:00:00:00:00:66", "02:00:00:00:00:05"


def tagged(source: str, destination: str, *tags: int, outermost: int = 0x8100) -> bytes:
    packet = wire.ipv4(wire.icmp(8, 0, b"\0\x07\0\x01hop"), "10.0.0.66", "10.0.20.9", 1)
    inner = 0x0800
    for index, tag in reversed(list(enumerate(tags))):
        packet = tag.to_bytes(2, "big") + inner.to_bytes(2, "big") + packet
        inner = outermost if index == 0 else 0x8100
    return wire.ethernet(packet, inner, source, destination)


def ordinary(count: int) -> list[Timed]:
    return [(0.1 * index, tagged(OTHER, HOST)) for index in range(count)]


def test_both_ways_are_caught() -> None:
    assert caught("vlan-hopping-double-tag", "vlan-hopping").victims == ("10.20.20.9",)
    assert caught("vlan-hopping-dtp", "vlan-hopping").severity is Severity.HIGH


def test_ordinary_networks_are_silent() -> None:
    for name in ("busy-browsing", "discovery-flood-cdp"):
        silent(name, "vlan-hopping")


def test_stacked_tags_amid_frames_without(tmp_path: Path) -> None:
    hops = [(5 + 0.1 * index, tagged(HOST, OTHER, 1, 20)) for index in range(5)]
    (finding,) = found(tmp_path, [*ordinary(20), *hops], "vlan-hopping")
    assert (finding.attackers, finding.victims) == ((HOST,), ("10.0.20.9",))
    assert "VLAN 1 into VLAN 20" in finding.title
    assert not found(tmp_path, [*ordinary(19), *hops], "vlan-hopping")


def test_stacked_tags_that_come_back_are_in_use(tmp_path: Path) -> None:
    both = [(5.0, tagged(HOST, OTHER, 1, 20)), (5.1, tagged(OTHER, HOST, 1, 20))]
    assert not found(tmp_path, [*ordinary(50), *both], "vlan-hopping")


def test_a_provider_tags_otherwise(tmp_path: Path) -> None:
    frames = [(5.0, tagged(HOST, OTHER, 1, 20, outermost=0x88A8))]
    assert not found(tmp_path, [*ordinary(50), *frames], "vlan-hopping")


def test_one_tag_is_no_hop(tmp_path: Path) -> None:
    assert not found(tmp_path, [*ordinary(50), (5.0, tagged(HOST, OTHER, 20))], "vlan-hopping")


def test_a_trunk_between_switches_is_told_quietly(tmp_path: Path) -> None:
    frames = [(index, in_snap(0x2004, b"\x01\0\x01\0\x05\0", HOST)) for index in range(2)]
    (finding,) = found(tmp_path, frames, "vlan-hopping")
    assert (finding.severity, finding.attackers) == (Severity.LOW, ())
    host = [*frames, (0.5, arp(1, HOST, "10.0.0.66", "10.0.0.1"))]
    (finding,) = found(tmp_path, host, "vlan-hopping")
    assert (finding.severity, finding.attackers) == (Severity.HIGH, (HOST,))
    assert not found(tmp_path, frames[:1], "vlan-hopping")
