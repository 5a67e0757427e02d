from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Finding
from tests.detect.link.frames import BROADCAST, Timed, farewell, found, mac
from tests.detect.support import caught

AP, CLIENT = "02:00:00:00:01:00", "02:00:00:00:00:05"
IEEE80211 = 105  # LINKTYPE_IEEE802_11


def in_radio(folder: Path, frames: list[Timed]) -> list[Finding]:
    return found(folder, frames, "wifi-deauthentication", link_type=IEEE80211)


def farewells(count: int, receiver: str = CLIENT, *, subtype: int = 12, retry: bool = False) -> list[Timed]:
    return [
        (0.1 * index, farewell(receiver, AP, AP, subtype=subtype, retry=retry, number=index))
        for index in range(count)
    ]


def test_bursts_are_caught() -> None:
    finding = caught("wifi-deauthentication-aireplay", "wifi-deauthentication")
    assert finding.counts["farewells"] == 384
    assert "-33 dBm" in finding.reason


def test_ten_in_a_window(tmp_path: Path) -> None:
    assert not in_radio(tmp_path, farewells(9))
    (finding,) = in_radio(tmp_path, farewells(10))
    assert finding.victims == (AP, CLIENT)
    assert finding.attackers == ()


def test_disassociations_and_broadcasts_count(tmp_path: Path) -> None:
    assert in_radio(tmp_path, farewells(10, subtype=10))
    (finding,) = in_radio(tmp_path, farewells(10, BROADCAST))
    assert finding.victims == (AP,)


def test_both_directions_count_together(tmp_path: Path) -> None:
    back = [(0.1 * index, farewell(AP, CLIENT, AP, number=index)) for index in range(5)]
    assert not in_radio(tmp_path, farewells(5))
    assert in_radio(tmp_path, [*farewells(5), *back])


def test_what_the_radio_repeats_is_one(tmp_path: Path) -> None:
    assert not in_radio(tmp_path, [*farewells(2), *farewells(30, retry=True)])


def test_an_access_point_that_restarts(tmp_path: Path) -> None:
    """One farewell to each of its stations."""
    frames = [(0.01 * index, farewell(mac(index), AP, AP, number=index)) for index in range(60)]
    assert not in_radio(tmp_path, frames)


def test_slow_ones_are_not_told(tmp_path: Path) -> None:
    frames = [(2.0 * index, farewell(CLIENT, AP, AP, number=index)) for index in range(40)]
    assert not in_radio(tmp_path, frames)
