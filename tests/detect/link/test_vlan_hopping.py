from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.link.frames import Timed, arp, dhcp_request, found, in_snap
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


HOME: list[Timed] = [
    (0.0, arp(1, HOST, "10.0.0.66", "10.0.0.5")),
    (0.1, arp(2, OTHER, "10.0.0.5", "10.0.0.66", HOST)),
]
"""A host that is answered without a tag."""


def with_tag(frame: bytes, vlan: int) -> bytes:
    return frame[:12] + b"\x81\x00" + vlan.to_bytes(2, "big") + frame[12:]


def asks(vlans: Iterable[int], source: str = HOST, start: float = 5.0) -> list[Timed]:
    return [
        (start + index, with_tag(arp(1, source, f"10.0.{vlan}.66", f"10.0.{vlan}.1"), vlan))
        for index, vlan in enumerate(vlans)
    ]


def test_a_host_that_tries_vlans_is_caught() -> None:
    finding = caught("vlan-hopping-held-tags", "vlan-hopping")
    assert finding.severity is Severity.MEDIUM
    assert finding.counts["vlans"] == 4
    assert "10.20.30.1" in finding.victims


def test_three_vlans_in_which_nobody_answers(tmp_path: Path) -> None:
    assert not found(tmp_path, [*HOME, *asks([10, 20])], "vlan-hopping")
    assert not found(tmp_path, [*HOME, *asks([10, 20, 20, 0])], "vlan-hopping"), "0 is no VLAN"
    (finding,) = found(tmp_path, [*HOME, *asks([10, 20, 30])], "vlan-hopping")
    assert finding.attackers == (HOST,)
    assert finding.victims == ("10.0.10.1", "10.0.20.1", "10.0.30.1")
    assert [piece.value for piece in finding.evidence] == ["10", "20", "30"]


def test_pings_with_tags_count_as_well(tmp_path: Path) -> None:
    pings = [(5.0 + vlan, tagged(HOST, OTHER, vlan)) for vlan in (10, 20, 30)]
    (finding,) = found(tmp_path, [*HOME, *pings], "vlan-hopping")
    assert finding.victims == ("10.0.20.9",)


def test_a_host_that_is_answered_nowhere_is_seen_from_one_side(tmp_path: Path) -> None:
    assert not found(tmp_path, [*HOME[:1], *asks([10, 20, 30])], "vlan-hopping")


def test_a_trunk_has_others_or_answers_in_its_vlans(tmp_path: Path) -> None:
    others = asks([30], "02:00:00:00:00:07", 9.0)
    assert not found(tmp_path, [*HOME, *asks([10, 20, 30]), *others], "vlan-hopping")
    answer = [(9.0, with_tag(arp(2, OTHER, "10.0.30.1", "10.0.30.66", HOST), 30))]
    assert not found(tmp_path, [*HOME, *asks([10, 20, 30]), *answer], "vlan-hopping")


def test_a_router_on_a_quiet_trunk(tmp_path: Path) -> None:
    """It is known by what it hands on from afar."""
    there = wire.ipv4(wire.udp(b"?", 5_000, 53), "10.0.0.5", "192.0.2.9", 17)
    back = wire.ipv4(wire.udp(b"!", 53, 5_000), "192.0.2.9", "10.0.0.5", 17, ttl=55)
    through = [
        (1.0, wire.ethernet(there, 0x0800, OTHER, HOST)),
        (1.1, wire.ethernet(back, 0x0800, HOST, OTHER)),
    ]
    assert not found(tmp_path, [*HOME, *through, *asks([10, 20, 30])], "vlan-hopping")


def test_what_systems_say_by_themselves_in_each_vlan(tmp_path: Path) -> None:
    said = []
    for vlan in (10, 20, 30, 40):
        announced = arp(1, HOST, f"10.0.{vlan}.66", f"10.0.{vlan}.66")
        probe = arp(1, HOST, "0.0.0.0", f"10.0.{vlan}.66")
        discover = dhcp_request(1, HOST)
        group = wire.ipv4(wire.udp(b"!", 5_353, 5_353), f"10.0.{vlan}.66", "224.0.0.251", 17)
        multicast = wire.ethernet(group, 0x0800, HOST, "01:00:5e:00:00:fb")
        said += [(5.0 + vlan, with_tag(frame, vlan)) for frame in (announced, probe, discover, multicast)]
    assert not found(tmp_path, [*HOME, *said], "vlan-hopping")
