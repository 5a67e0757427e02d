from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.detect import relations
from netanatomy.detect.link.discovery_flood import Config
from netanatomy.detect.settings import Settings
from tests.detect.link.frames import Timed, cdp, found, lldp, scattered
from tests.detect.support import caught, silent

ONE = "02:00:00:00:00:66"


def test_floods_of_both_protocols_are_caught() -> None:
    assert caught("discovery-flood-cdp", "discovery-flood").victims == ()
    assert caught("discovery-flood-lldp", "discovery-flood").victims == ()


def test_ordinary_networks_are_silent() -> None:
    for name in ("busy-browsing", "service-announcements", "broadcast-noise", "stp-root-takeover-flood"):
        silent(name, "discovery-flood")


@pytest.mark.parametrize("announce", [cdp, lldp])
def test_fifty_announcements_of_twenty_neighbours(tmp_path: Path, announce: object) -> None:
    assert callable(announce)

    def flood(count: int, neighbours: int) -> list[Timed]:
        return [
            (0.1 * index, announce(b"device%d" % (index % neighbours), scattered(index % neighbours + 1)))
            for index in range(count)
        ]

    assert not found(tmp_path, flood(49, 49), "discovery-flood")
    assert not found(tmp_path, flood(90, 19), "discovery-flood")
    (finding,) = found(tmp_path, flood(50, 50), "discovery-flood")
    assert finding.attackers == ()


def test_many_names_of_one_sender_name_him(tmp_path: Path) -> None:
    frames = [(0.1 * index, cdp(b"device%d" % index, ONE)) for index in range(60)]
    (finding,) = found(tmp_path, frames, "discovery-flood")
    assert finding.attackers == (ONE,)


def test_neighbours_on_a_hub_speak_once_in_half_a_minute(tmp_path: Path) -> None:
    frames = [
        (30 * turn + index, lldp(b"switch%d" % index, scattered(index + 1)))
        for turn in range(10)
        for index in range(30)
    ]
    assert not found(tmp_path, frames, "discovery-flood")


def test_a_real_neighbour_beside_the_flood_is_no_evidence(tmp_path: Path) -> None:
    real = [(5.0 + 30 * turn, cdp(b"core", scattered(500))) for turn in range(4)]
    flood = [(40 + 0.02 * index, cdp(b"x%d" % index, scattered(index + 1))) for index in range(100)]
    (finding,) = found(tmp_path, [*real, *flood], "discovery-flood")
    assert finding.counts["announcements"] == 100
    assert min(piece.frame for piece in finding.evidence) == 3


def test_many_neighbours_are_counted_exactly(tmp_path: Path) -> None:
    frames = [(0.004 * index, lldp(b"x%d" % index, scattered(index + 1))) for index in range(2_000)]
    (finding,) = found(tmp_path, frames, "discovery-flood")
    assert finding.counts == {"announcements": 2_000, "neighbours": 2_000, "sources": 2_000}
    assert finding.title == "LLDP flood: 2000 announcements of 2000 neighbours"
    assert "2000 LLDP announcements of 2000 different neighbours, from 2000 MAC addresses" in finding.reason


def test_where_there_is_no_room_neighbours_are_told_as_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "ROWS_A_KEY", 0)
    frames = [(0.004 * index, lldp(b"x%d" % index, scattered(index + 1))) for index in range(1_500)]
    (finding,) = found(tmp_path, frames, "discovery-flood")
    assert finding.counts["neighbours_at_least"] == 1_024
    assert finding.title == "LLDP flood: 1500 announcements of at least 1024 neighbours"


def test_how_dense_a_flood_is_can_be_set(tmp_path: Path) -> None:
    real = [(0.5 + turn, cdp(b"core", scattered(500))) for turn in range(2)]
    flood = [(0.02 * index, cdp(b"x%d" % index, scattered(index + 1))) for index in range(100)]
    slow = [(5 + index, cdp(b"y%d" % index, scattered(index + 200))) for index in range(4)]
    settings = Settings(configs={"discovery-flood": Config(dense=1)})
    (finding,) = found(tmp_path, [*real, *flood, *slow], "discovery-flood")
    (all_of_it,) = found(tmp_path, [*real, *flood, *slow], "discovery-flood", settings)
    assert all_of_it.counts["announcements"] == finding.counts["announcements"] + len(slow)
