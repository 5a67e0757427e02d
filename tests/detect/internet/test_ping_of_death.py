from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.internet.ping_of_death import Config
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import capture, findings
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


def test_the_octets_of_the_offset_are_shown(tmp_path: Path) -> None:
    frame = ethernet(ipv4(bytes(900), "192.0.2.1", "10.0.0.1", 1, 65_120 // 8))
    (finding,) = findings(tmp_path, [(0.0, frame)], "ping-of-death")
    (piece,) = finding.evidence
    assert (piece.layer, piece.offset, piece.length) == ("internet", 20, 2)
    assert piece.value == "900 octets at 65120"
    assert finding.reason.startswith("1 datagram for 10.0.0.1 has fragments that end")
    six = caught("ping-of-death-held-ipv6", "ping-of-death").evidence[0]
    assert (six.offset, six.length) == (56, 2)  # RFC 8200 section 4.5: 2 octets into the fragment header


def test_how_many_sources_are_named_can_be_set(tmp_path: Path) -> None:
    frames = [
        (number * 0.1, ethernet(ipv4(bytes(900), f"192.0.2.{number}", "10.0.0.1", 1, 65_120 // 8)))
        for number in range(1, 6)
    ]
    (finding,) = findings(tmp_path, frames, "ping-of-death")
    assert len(finding.attackers) == 5
    settings = Settings(configs={"ping-of-death": Config(sources=4)})
    (finding,) = netanatomy.open(capture(tmp_path, frames)).findings(settings, only=["ping-of-death"])
    assert finding.attackers == ()
