from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.built import SECOND, Talk, found, segment, together
from tests.detect.support import caught, silent
from tests.wire import ACK, FIN, PSH, RST, SYN, URG

DETECTOR = "handshake-violation"


def test_impossible_flags_are_caught() -> None:
    finding = caught("handshake-violation-flags", DETECTOR)
    assert finding.severity is Severity.MEDIUM
    assert finding.counts == {"flags-null": 6, "flags-syn-fin": 8, "flags-xmas": 6}


def test_data_before_the_handshake_are_caught() -> None:
    assert caught("handshake-violation-early-data", DETECTOR).counts == {"data-before-handshake": 6}


def test_ordinary_traffic_keeps_to_the_rules() -> None:
    silent("busy-browsing", DETECTOR)
    silent("connection-exhaustion-slowloris", DETECTOR)


@pytest.mark.parametrize("flags", [0, FIN | PSH | URG, SYN | FIN, SYN | RST])
def test_one_may_be_an_accident_and_three_are_none(tmp_path: Path, flags: int) -> None:
    def severity(count: int) -> Severity:
        frames = [(number * SECOND, segment(flags, (40_000 + number, 80))) for number in range(count)]
        (finding,) = found(tmp_path, frames, DETECTOR)
        return finding.severity

    assert severity(1) is Severity.LOW
    assert severity(2) is Severity.LOW
    assert severity(3) is Severity.MEDIUM


def test_forged_sources_make_one_finding_without_an_attacker(tmp_path: Path) -> None:
    frames = [
        (number * 1_000_000, segment(SYN | FIN, hosts=(f"203.0.113.{number}", "192.0.2.7")))
        for number in range(1, 41)
    ]
    (finding,) = found(tmp_path, frames, DETECTOR)
    assert finding.attackers == ()
    assert finding.victims == ("192.0.2.7",)


def test_the_middle_of_a_connection_is_no_violation(tmp_path: Path) -> None:
    talk = Talk(handshake=False)
    for second in range(5):
        talk.say(second * SECOND, 0, b"question")
        talk.say(second * SECOND + SECOND // 2, 1, b"answer")
    assert not found(tmp_path, talk.frames, DETECTOR)


def test_simultaneous_open_is_allowed(tmp_path: Path) -> None:
    talk = Talk(handshake=False)
    back = ("192.0.2.7", "10.0.0.1")
    talk.frames = [  # RFC 9293 figure 8
        (0, segment(SYN, numbers=(1_000, 0))),
        (1_000, segment(SYN, (80, 40_000), (5_000, 0), hosts=back)),
        (50_000, segment(SYN | ACK, numbers=(1_000, 5_001))),
        (51_000, segment(SYN | ACK, (80, 40_000), (5_000, 1_001), hosts=back)),
    ]
    talk.numbers = [1_001, 5_001]
    talk.say(SECOND, 0, b"hello")
    assert not found(tmp_path, talk.frames, DETECTOR)


def opened(number: int, *, without: str, begin: int = 0) -> Talk:
    """A connection of one question, of whose handshake the recorder lost a frame (or none)."""
    talk = Talk((41_000 + number, 80), begin=begin)
    dropped = {"SYN-ACK": [1, 2], "ACK": [2], "": []}[without]
    talk.frames = [frame for place, frame in enumerate(talk.frames) if place not in dropped]
    return talk


def test_a_syn_ack_that_was_not_recorded_makes_no_violation(tmp_path: Path) -> None:
    talks = [opened(number, without="SYN-ACK", begin=number * SECOND) for number in range(6)]
    for number, talk in enumerate(talks):
        talk.say(number * SECOND + SECOND // 4, 1, b"220 ready")
        talk.say(number * SECOND + SECOND // 2, 0, b"question")
    assert not found(tmp_path, together(talks), DETECTOR)


@pytest.mark.parametrize(("lossy", "told"), [(3, False), (2, True)])
def test_an_ack_that_was_not_recorded_is_known_by_other_losses(
    tmp_path: Path, lossy: int, told: bool
) -> None:
    """A server that speaks first; elsewhere in the capture octets are acknowledged that it does not hold."""
    talks = [opened(number, without="ACK", begin=number * SECOND) for number in range(4)]
    for number, talk in enumerate(talks):
        talk.say(number * SECOND + SECOND // 4, 1, b"220 ready")
    for number in range(lossy):
        talk = opened(20 + number, without="", begin=number * SECOND)
        talk.say(number * SECOND + SECOND // 4, 0, b"question")
        talk.numbers[1] += 100
        talk.say(number * SECOND + SECOND // 2, 0, b"another")
        talk.say(number * SECOND + SECOND // 2 + SECOND // 4, 1, b"answer")
        talks.append(talk)
    assert bool(found(tmp_path, together(talks), DETECTOR)) is told


def test_data_that_come_before_the_syn_ack_are_no_loss(tmp_path: Path) -> None:
    """An inspector is to take them; the handshake goes on behind them, and all of it is there."""
    talks = []
    for number in range(4):
        talk = opened(number, without="", begin=number * SECOND)
        talk.tell(number * SECOND + 500_000, 0, PSH, b"decoy")
        talk.say(number * SECOND + SECOND // 2, 0, b"question")
        talk.say(number * SECOND + SECOND * 3 // 4, 1, b"answer")
        talks.append(talk)
    (finding,) = found(tmp_path, together(talks), DETECTOR)
    assert finding.severity is Severity.MEDIUM
    assert finding.counts["data-before-handshake"] == 4


def test_a_capture_with_gaps_is_quiet() -> None:
    silent("capture-with-gaps", DETECTOR)
