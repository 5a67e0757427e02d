from __future__ import annotations

from pathlib import Path

from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.link.frames import Timed, bpdu, bridge_identifier, found, mac, scattered, topology_change
from tests.detect.support import caught, silent

OLD, NEW, SENDER = "00:1b:21:00:00:10", "00:08:00:00:00:66", "00:08:00:00:00:67"


def root(address: str, start: float, count: int, sender: str = "", priority: int = 32768) -> list[Timed]:
    """A bridge that says every 2 s that it is the root."""
    identifier = bridge_identifier(address, priority)
    return [(start + 2 * turn, bpdu(identifier, identifier, sender or address)) for turn in range(count)]


def test_tools_are_caught() -> None:
    takeover = caught("stp-root-takeover-yersinia", "stp-root-takeover")
    assert takeover.counts["messages"] == 9
    assert caught("stp-root-takeover-held-bridge", "stp-root-takeover").counts["messages"] == 9
    flood = caught("stp-root-takeover-flood", "stp-root-takeover")
    assert flood.counts["roots"] > 800


def test_ordinary_networks_are_silent() -> None:
    for name in ("busy-browsing", "vrrp-failover", "discovery-flood-cdp"):
        silent(name, "stp-root-takeover")


def test_a_better_root_from_a_new_sender(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, [*root(OLD, 0, 5), *root(NEW, 11, 3, SENDER)], "stp-root-takeover")
    assert (finding.attackers, finding.victims) == ((SENDER,), (OLD,))
    assert finding.severity is Severity.MEDIUM
    best = root(NEW, 11, 3, SENDER, priority=0)
    (finding,) = found(tmp_path, [*root(OLD, 0, 5), *best], "stp-root-takeover")
    assert finding.severity is Severity.HIGH


def test_a_worse_one_changes_nothing(tmp_path: Path) -> None:
    assert not found(tmp_path, [*root(NEW, 0, 5), *root(OLD, 11, 3)], "stp-root-takeover")


def test_switches_that_start_together(tmp_path: Path) -> None:
    assert not found(tmp_path, [*root(OLD, 0, 1), *root(NEW, 0.5, 5)], "stp-root-takeover")
    assert found(tmp_path, [*root(OLD, 0, 2), *root(NEW, 4.5, 2)], "stp-root-takeover")
    assert not found(tmp_path, [*root(OLD, 0, 2), *root(NEW, 4.5, 1)], "stp-root-takeover")


def test_a_planned_change_of_a_known_switch(tmp_path: Path) -> None:
    old = bridge_identifier(OLD)
    heard = [(2.0 * turn, bpdu(old, bridge_identifier(NEW), NEW, cost=4)) for turn in range(4)]
    planned = root(NEW, 11, 4, priority=4096)
    (finding,) = found(tmp_path, [*root(OLD, 0, 5), *heard, *planned], "stp-root-takeover")
    assert finding.severity is Severity.LOW


def test_every_vlan_has_a_tree_of_its_own(tmp_path: Path) -> None:
    frames = [*root(OLD, 0, 5, priority=32768 + 10), *root(NEW, 3, 5, priority=32768 + 20)]
    assert not found(tmp_path, frames, "stp-root-takeover")


def test_the_root_that_was_named_may_take_over(tmp_path: Path) -> None:
    frames = [*root(OLD, 0, 5), *root(NEW, 11, 3)]
    assert not found(tmp_path, frames, "stp-root-takeover", Settings(network=Network(root_bridge=NEW)))
    (finding,) = found(tmp_path, frames, "stp-root-takeover", Settings(network=Network(root_bridge=OLD)))
    assert finding.severity is Severity.HIGH


def test_ten_roots_in_a_window_are_a_flood(tmp_path: Path) -> None:
    def several(count: int) -> list[Timed]:
        return [frame for index in range(count) for frame in root(scattered(index + 1), 1 + 0.1 * index, 1)]

    told = [one.title for one in found(tmp_path, several(9), "stp-root-takeover")]
    assert not any("flood" in title for title in told)
    (finding,) = found(tmp_path, several(10), "stp-root-takeover")
    assert (finding.attackers, finding.counts["roots"]) == ((), 10)


def test_fifty_notifications_in_a_window_are_a_storm(tmp_path: Path) -> None:
    def storm(count: int) -> list[Timed]:
        return [(0.1 * index, topology_change(mac(1))) for index in range(count)]

    assert not found(tmp_path, storm(49), "stp-root-takeover")
    (finding,) = found(tmp_path, storm(50), "stp-root-takeover")
    assert finding.attackers == (mac(1),)


def test_the_octets_of_the_root_are_shown(tmp_path: Path) -> None:
    """Those of the root identifier (IEEE 802.1D section 9.3.1), 5 octets behind the LLC header's 17."""
    best = root(NEW, 11, 3, SENDER, priority=0)
    (finding,) = found(tmp_path, [*root(OLD, 0, 5), *best], "stp-root-takeover")
    piece = finding.evidence[0]
    assert (piece.field, piece.offset, piece.length) == ("Root Identifier", 22, 8)
    assert piece.value == f"0/{NEW}"
    flood = caught("stp-root-takeover-flood", "stp-root-takeover").evidence[0]
    assert (flood.offset, flood.length, flood.value.count(":")) == (22, 8, 5)
