from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.detect.transport.session_hijack import Config
from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built import SECOND, Talk, found, together
from tests.detect.support import caught, silent

DETECTOR = "session-hijack"
STRANGER = "02:00:00:00:00:99"


@pytest.mark.parametrize(("name", "frames"), [("injection", 7), ("server-side", 1)])
def test_injections_are_caught(name: str, frames: int) -> None:
    """In the first one six segments contradict what was slipped in; in the second nothing does."""
    finding = caught(f"session-hijack-{name}", DETECTOR)
    assert finding.severity is Severity.HIGH
    assert finding.evidence_frames == frames


def test_forged_replies_below_are_no_hijack() -> None:
    silent("busy-browsing", DETECTOR)
    silent("arp-spoofing-arpspoof", DETECTOR)


def session() -> Talk:
    talk = Talk()
    for second in range(1, 4):
        talk.say(second * SECOND, 0, b"command\n")
        talk.say(second * SECOND + SECOND // 2, 1, b"output\n")
    return talk


def contradicted(times: int, mac: str = "") -> Talk:
    """Segments of which others come again under the same numbers, the first of them from `mac`."""
    talk = session()
    for number in range(times):
        talk.tell((5 + number) * SECOND, 0, payload=b"injected", mac=mac)
        talk.say((5 + number) * SECOND + SECOND // 2, 0, b"original")
    return talk


def test_two_senders_of_the_same_numbers(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, contradicted(1, STRANGER).frames, DETECTOR)
    assert finding.severity is Severity.HIGH
    assert finding.others["sender"] == (STRANGER,)


def test_contradictions_alone(tmp_path: Path) -> None:
    (few,) = found(tmp_path, contradicted(2).frames, DETECTOR)
    (many,) = found(tmp_path, contradicted(3).frames, DETECTOR)
    assert (few.severity, many.severity) == (Severity.LOW, Severity.MEDIUM)


def test_the_same_octets_again_are_a_retransmission(tmp_path: Path) -> None:
    talk = session()
    talk.tell(5 * SECOND, 0, payload=b"original")
    talk.say(6 * SECOND, 0, b"original")
    assert not found(tmp_path, talk.frames, DETECTOR)


def test_a_route_that_changes_for_good_is_none(tmp_path: Path) -> None:
    talk = session()
    for second in range(5, 9):
        talk.tell(second * SECOND, 0, payload=b"command\n", mac=STRANGER, ttl=60)
        talk.numbers[0] += 8
    assert not found(tmp_path, talk.frames, DETECTOR)


def test_a_packet_seen_before_and_behind_a_router_is_one(tmp_path: Path) -> None:
    """Two interfaces: each packet is there twice, with one hop less and the router's MAC address."""
    talk = Talk()
    for second in range(4):
        talk.say(second * SECOND + SECOND // 2, second % 2, b"line of text")
    twice = []
    for time, octets in talk.frames:
        packet = bytearray(octets[14:])
        packet[8] -= 1
        packet[10:12] = bytes(2)
        packet[10:12] = wire.checksum(bytes(packet[:20])).to_bytes(2, "big")
        again = wire.ethernet(bytes(packet), source="02:00:00:00:00:99", destination="02:00:00:00:00:98")
        twice += [(time, octets), (time + 20_000, again)]
    assert not found(tmp_path, twice, DETECTOR)


def test_what_one_forger_does_in_many_connections_is_one_incident(tmp_path: Path) -> None:
    finding = caught("session-hijack-held-redirect", DETECTOR)
    assert (finding.counts["connections"], finding.evidence_frames) == (7, 14)
    assert finding.victims == ("10.20.0.104", "198.51.100.80")
    talks = []
    for port, host, stranger in ((1, 1, 99), (2, 1, 99), (3, 2, 99), (4, 1, 98)):
        talk = Talk((40_000 + port, 23), ("10.0.0.1", f"192.0.2.{host}"), port * SECOND)
        for second in range(1, 4):
            talk.say((port + second) * SECOND, 0, b"command\n")
        talk.tell((port + 5) * SECOND, 0, payload=b"injected", mac=f"02:00:00:00:00:{stranger}")
        talk.say((port + 6) * SECOND, 0, b"original")
        talks.append(talk)
    findings = found(tmp_path, together(talks), DETECTOR)
    assert sorted(finding.counts.get("connections", 1) for finding in findings) == [1, 1, 2]
    (both,) = (finding for finding in findings if "connections" in finding.counts)
    assert both.title.startswith("Somebody speaks for 10.0.0.1 within 2 connections with 192.0.2.1")
    assert both.evidence_frames == 4  # what was slipped in, and what the host itself said
    assert both.reason.endswith("1 more connection of these two hosts shows the like.")


def test_the_total_counts_what_is_shown(tmp_path: Path) -> None:
    """The stranger's packet, and what contradicts it afterwards, belong to the hijack both."""
    (finding,) = found(tmp_path, contradicted(3, STRANGER).frames, DETECTOR)
    assert finding.evidence_frames >= len({piece.frame for piece in finding.evidence}) > 1
    assert "3 segments bring other octets" in finding.reason
    (finding,) = found(tmp_path, contradicted(1, STRANGER).frames, DETECTOR)
    assert "1 segment brings other octets" in finding.reason


@pytest.mark.parametrize(("most", "told"), [(1, "Two versions"), (2, "Somebody speaks")])
def test_how_often_a_path_may_change_can_be_set(tmp_path: Path, most: int, told: str) -> None:
    """A stranger's packet is two changes: there and back."""
    frames = contradicted(1, STRANGER).frames
    (finding,) = found(tmp_path, frames, DETECTOR, configs={DETECTOR: Config(changes=most)})
    assert finding.title.startswith(told)
