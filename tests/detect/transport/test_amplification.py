from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.firewall.lines import written
from netanatomy.schema.findings import Finding, Severity
from tests import wire
from tests.detect.built import SECOND, Timed, datagram, found
from tests.detect.support import capture, caught, findings, silent

DETECTOR = "amplification"
VICTIM, REFLECTOR = "203.0.113.7", "192.0.2.7"
MONLIST = bytes.fromhex("1700032a") + bytes(4)
LIST = bytes.fromhex("9700032a") + bytes(436)


@pytest.mark.parametrize("name", ["dns", "memcached", "snmp-victim", "dns-sender"])
def test_each_side_sees_it(name: str) -> None:
    finding = caught(f"amplification-{name}", DETECTOR)
    assert finding.severity is (Severity.MEDIUM if name == "dns-sender" else Severity.HIGH)
    assert finding.others["reflector"]


def test_ordinary_names_and_times_are_none() -> None:
    silent("busy-browsing", DETECTOR)
    silent("service-announcements", DETECTOR)


def asked(
    count: int, question: bytes = MONLIST, answer: bytes = LIST, port: int = 123, gap: int = SECOND // 10
) -> list[Timed]:
    frames = []
    for number in range(count):
        frames.append((number * gap, datagram(question, (4000, port), (VICTIM, REFLECTOR))))
        if answer:
            frames.append((number * gap + 1_000, datagram(answer, (port, 4000), (REFLECTOR, VICTIM))))
    return frames


def test_ten_questions_in_a_minute_and_not_nine(tmp_path: Path) -> None:
    assert not found(tmp_path, asked(9), DETECTOR)
    (finding,) = found(tmp_path, asked(10), DETECTOR)
    assert finding.severity is Severity.HIGH
    assert finding.attackers == ()
    assert finding.victims == (VICTIM,)


def test_an_answer_that_is_no_longer_is_of_no_use(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, asked(20, answer=bytes.fromhex("9700032a") + bytes(20)), DETECTOR)
    assert finding.severity is Severity.LOW


def test_a_client_that_asks_for_the_time_is_none(tmp_path: Path) -> None:
    assert not found(tmp_path, asked(200, b"\x23" + bytes(47), b"\x24" + bytes(47)), DETECTOR)


def test_fifty_answers_that_nobody_asked_for(tmp_path: Path) -> None:
    def answers(count: int) -> list[Timed]:
        return [frame for place, frame in enumerate(asked(count)) if place % 2]

    assert not found(tmp_path, answers(49), DETECTOR)
    (finding,) = found(tmp_path, answers(50), DETECTOR)
    assert finding.severity is Severity.HIGH
    assert "did not ask" in finding.title


def test_different_questions_are_a_clients_own(tmp_path: Path) -> None:
    frames = []
    for number in range(60):
        name = f"{number:06}".encode()
        question = (
            bytes.fromhex("0001 0100 0001 0000 0000 0000")
            + b"\6"
            + name
            + b"\3com\0"
            + bytes.fromhex("00ff0001")
        )
        frames.append((number * SECOND // 2, datagram(question, (4000, 53), (VICTIM, REFLECTOR))))
        answer = question[:2] + b"\x81\x80" + question[4:] + bytes(900)
        frames.append((number * SECOND // 2 + 1_000, datagram(answer, (53, 4000), (REFLECTOR, VICTIM))))
    assert not found(tmp_path, frames, DETECTOR)


LOCATION = (
    b"HTTP/1.1 200 OK\r\nLOCATION: http://192.0.2.9/d.xml\r\nST: upnp:rootdevice\r\n" + b"X: y\r\n" * 40
)


def announced(count: int, reflectors: int, site: str = "192.0.2.") -> list[Timed]:
    """SSDP answers within half a minute whose search is not in the capture."""
    return [
        (
            number * 30 * SECOND // count,
            datagram(LOCATION, (1900, 5000), (f"{site}{number % reflectors + 20}", "192.0.2.7")),
        )
        for number in range(count)
    ]


def test_answers_that_a_search_brings_are_no_flood(tmp_path: Path) -> None:
    """A multicast search has another destination, and the recorder may have lost it."""
    (finding,) = found(tmp_path, announced(80, 7), DETECTOR)
    assert finding.severity is Severity.LOW
    (finding,) = found(tmp_path, announced(480, 2), DETECTOR)
    assert finding.severity is Severity.LOW
    (finding,) = found(tmp_path, announced(481, 2), DETECTOR)
    assert finding.severity is Severity.HIGH, "more than searches bring"
    (finding,) = found(tmp_path, announced(80, 7, "8.8.8."), DETECTOR)
    assert finding.severity is Severity.HIGH, "multicast does not go there"


QUOTE = b"In time of war laws fall silent. " * 6


def answered_first(count: int, back: int) -> list[Timed]:
    """A service that answers from its first datagram on, to a port that answers the answers, or not."""
    there = datagram(QUOTE, (17, 7), (REFLECTOR, VICTIM))
    echoed = datagram(QUOTE, (7, 17), (VICTIM, REFLECTOR))
    frames = [(number * SECOND // 5, there) for number in range(count)]
    return [*frames, *((number * SECOND // 5 + 1_000, echoed) for number in range(back))]


def test_who_sends_as_much_as_it_gets_asked_for_it(tmp_path: Path) -> None:
    """A loop of two services, or a conversation whose begin is not in the capture."""
    for back, severity in ((0, Severity.HIGH), (3, Severity.HIGH), (60, Severity.LOW)):
        (finding,) = found(tmp_path, answered_first(60, back), DETECTOR)
        assert finding.severity is severity


def test_a_loop_is_told_once() -> None:
    (finding,) = [one for one in findings("udp-loop-held-slow") if one.severity.rank >= Severity.MEDIUM.rank]
    assert finding.detector == "udp-loop"


def ruled(finding: Finding) -> str:
    assert finding.rule is not None
    (line,) = written(finding.rule).lines
    return line.text


@pytest.mark.parametrize("name", ["dns", "dns-sender", "memcached", "held-chargen", "held-snmp-reflector"])
def test_of_questions_the_rule_says_who_and_where_and_no_length(name: str) -> None:
    finding = caught(f"amplification-{name}", DETECTOR)
    text = ruled(finding)
    assert f"ip saddr {finding.victims[0]} ip daddr {finding.others['reflector'][0]} udp dport" in text
    assert "length" not in text


@pytest.mark.parametrize("name", ["snmp-victim", "held-victim", "held-ssdp"])
def test_of_answers_the_rule_says_whose_and_that_they_are_long(name: str) -> None:
    finding = caught(f"amplification-{name}", DETECTOR)
    text = ruled(finding)
    assert "ip saddr" in text
    assert f"ip daddr {finding.victims[0]} udp sport" in text
    assert text.count("length") == 1


def test_answers_in_fragments_are_stopped_with_all_their_pieces() -> None:
    """No piece is as long as the answer, and only the first one has ports."""
    every = findings("amplification-held-resolvers")
    (done,) = netanatomy.open(capture("amplification-held-resolvers")).rule_effects(every)
    assert done.outcome == "kept"
    assert done.effect.attack_packets == done.effect.attack_stopped == 2_400
    assert not done.effect.other_hit
    assert "udp sport" not in ruled(done.finding)


def unasked(count: int, pieces: int, reflectors: int = 1) -> list[Timed]:
    """Answers of NTP that nobody asked for; the first so many of them in two fragments."""
    frames = []
    for number in range(count):
        source, time = f"192.0.2.{7 + number % reflectors}", number * SECOND // 10
        whole = wire.udp(LIST, 123, 4000)
        if number < pieces:
            for at, more in ((0, 0x2000), (400, 0)):
                part = whole[at : at + 400]
                packet = wire.ipv4(part, source, VICTIM, 17, at // 8 | more)
                packet = packet[:4] + number.to_bytes(2, "big") + packet[6:]
                frames.append((time + at, wire.ethernet(packet)))
        else:
            frames.append((time, wire.ethernet(wire.ipv4(whole, source, VICTIM, 17))))
    return frames


@pytest.mark.parametrize(
    ("pieces", "reflectors", "said"),
    [
        (0, 1, "ip saddr 192.0.2.7 ip daddr 203.0.113.7 udp sport 123 udp length >= 208"),
        (60, 1, "ip saddr 192.0.2.7 ip daddr 203.0.113.7 ip frag-off & 0x3fff != 0"),
        (59, 1, "ip saddr 192.0.2.7 ip daddr 203.0.113.7 udp sport 123 udp length >= 208"),
        (0, 26, "meta l4proto udp ip daddr 203.0.113.7 udp sport 123 udp length >= 208"),
        (60, 26, "meta l4proto udp ip daddr 203.0.113.7 udp sport 123 udp length >= 208"),
    ],
)
def test_what_every_frame_supports(tmp_path: Path, pieces: int, reflectors: int, said: str) -> None:
    """Fragments from these hosts only; from anybody, only what has the port and is long."""
    (finding,) = found(tmp_path, unasked(60, pieces, reflectors), DETECTOR)
    assert said in ruled(finding)
    (done,) = netanatomy.open(tmp_path / "built.pcap").rule_effects([finding])
    assert done.outcome == "kept"
    assert done.effect.attack_packets == 60 + pieces


def test_of_very_many_reflectors_a_rule_on_questions_names_none(tmp_path: Path) -> None:
    for count, named in ((25, True), (26, False)):
        frames = [
            (number * SECOND // 10, datagram(MONLIST, (4000, 123), (VICTIM, f"192.0.2.{number + 1}")))
            for number in range(count)
        ]
        (finding,) = found(tmp_path, frames, DETECTOR)
        text = ruled(finding)
        assert f"ip saddr {VICTIM}" in text
        assert "udp dport 123" in text
        assert ("ip daddr" in text) is named
