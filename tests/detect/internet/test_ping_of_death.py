from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import findings
from tests.detect.support import caught, silent
from tests.wire import ethernet, ipv4


@pytest.mark.parametrize("name", ["ping-of-death-hping3", "ping-of-death-scapy"])
def test_oversized_pings_are_caught(name: str) -> None:
    assert caught(name, "ping-of-death").severity is Severity.HIGH


@pytest.mark.parametrize("name", ["busy-browsing", "fragment-flood-hping3", "fragment-overlap-teardrop"])
def test_other_fragments_are_none(name: str) -> None:
    silent(name, "ping-of-death")


# RFC 791: header of 20 octets, pieces before it of 65,120, and its own may come to 65,535 in all.
@pytest.mark.parametrize(("length", "told"), [(395, False), (396, True)])
def test_it_begins_one_octet_behind_the_longest_packet(tmp_path: Path, length: int, told: bool) -> None:
    frames = [
        (number * 0.1, ethernet(ipv4(bytes(length), "192.0.2.1", "10.0.0.1", 1, 65_120 // 8)))
        for number in range(3)
    ]
    assert bool(findings(tmp_path, frames, "ping-of-death")) is told


def test_one_piece_alone_may_be_damage(tmp_path: Path) -> None:
    frame = ethernet(ipv4(bytes(900), "192.0.2.1", "10.0.0.1", 1, 65_120 // 8))
    (finding,) = findings(tmp_path, [(0.0, frame)], "ping-of-death")
    assert finding.severity is Severity.LOW
