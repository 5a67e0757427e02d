from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.built import SECOND, Talk, found, segment
from tests.detect.support import caught, silent
from tests.wire import ACK, FIN, PSH, RST, SYN, URG

VICTIM = "192.0.2.7"

KINDS = {
    "tcp-flood-ack": "ACK flood",
    "tcp-flood-rst": "RST flood",
    "tcp-flood-fin": "FIN flood",
    "tcp-flood-xmas": "Xmas flood",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_told_by_its_name(name: str) -> None:
    finding = caught(name, "tcp-flood")
    assert KINDS[name] in finding.title
    assert finding.severity.rank >= Severity.MEDIUM.rank


def test_backscatter_names_the_real_victim_and_is_low() -> None:
    finding = caught("tcp-flood-backscatter", "tcp-flood")
    assert finding.severity is Severity.LOW
    assert finding.victims == ("198.51.100.80",)
    assert "10.20.0.101" in finding.others["claimed"]


def test_browsing_and_scans_are_no_flood() -> None:
    for name in ("busy-browsing", "port-scan-fin", "port-scan-ack", "port-scan-xmas", "port-scan-maimon"):
        silent(name, "tcp-flood")


def source(number: int) -> str:
    return f"203.0.{number // 200}.{number % 200 + 1}"


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_a_second(tmp_path: Path, rate: int, findings: int) -> None:
    frames = [
        (
            second * SECOND + number * SECOND // 100,
            segment(FIN | PSH | URG, (1_024 + number, 80), hosts=(source(second * rate + number), VICTIM)),
        )
        for second in range(2)
        for number in range(rate)
    ]
    assert len(found(tmp_path, frames, "tcp-flood")) == findings


def test_acks_of_one_direction_are_none(tmp_path: Path) -> None:
    """Downloads of which only the client's side was captured: many ACKs in each of a few conversations."""
    frames = [
        (number * SECOND // 500, segment(ACK, (40_000 + number % 20, 80), (1, 1 + number * 1_460)))
        for number in range(2_000)
    ]
    assert not found(tmp_path, frames, "tcp-flood")


def test_a_capture_from_the_middle_is_none(tmp_path: Path) -> None:
    frames = []
    for number in range(200):
        talk = Talk((30_000 + number, 80), (source(number), VICTIM), handshake=False)
        talk.tell(number * SECOND // 100, 0, PSH | ACK, b"more")
        talk.tell(number * SECOND // 100 + 1_000, 1, PSH | ACK, b"and more")
        frames += talk.frames
    assert not found(tmp_path, frames, "tcp-flood")


def test_answered_syns_of_one_direction_are_no_backscatter(tmp_path: Path) -> None:
    """Only the server's side was captured: SYN-ACKs without SYNs, but data follow."""
    frames = []
    for number in range(200):
        ports, hosts = (80, 30_000 + number), (VICTIM, source(number))
        time = number * SECOND // 50
        frames += [
            (time, segment(SYN | ACK, ports, (9, 2), hosts=hosts)),
            (time + 1_000, segment(PSH | ACK, ports, (10, 2), b"data", hosts=hosts)),
            (time + 2_000, segment(FIN | ACK, ports, (14, 2), hosts=hosts)),
        ]
    assert not found(tmp_path, frames, "tcp-flood")


def test_syn_acks_of_many_servers_to_one_address_are_meant_for_it(tmp_path: Path) -> None:
    frames = [
        (
            number * SECOND // 80,
            segment(
                SYN | ACK, (443, 1_024 + number), (9, 2), hosts=(f"198.51.100.{number % 40 + 1}", VICTIM)
            ),
        )
        for number in range(320)
    ]
    (finding,) = found(tmp_path, frames, "tcp-flood")
    assert finding.victims == (VICTIM,)
    assert finding.severity is Severity.MEDIUM
    assert len(finding.others["reflector"]) >= 10


def test_a_restart_refuses_old_connections_once(tmp_path: Path) -> None:
    frames = [
        (number * 1_000_000, segment(RST | ACK, (80, 30_000 + number), hosts=(VICTIM, source(number))))
        for number in range(300)
    ]
    assert not [one for one in found(tmp_path, frames, "tcp-flood") if one.severity.rank >= 2]


def pushes(count: int, *, ttls: int = 1, lengths: int = 1) -> list:
    """Data out of nowhere that nobody answers, each from an address of its own."""
    return [
        (
            number * SECOND // 250,
            segment(
                PSH | ACK,
                (1_024 + number, 22),
                (number * 7, 9),
                b"x" * (12 + number % lengths),
                (source(number), VICTIM),
                ttl=64 - number % ttls,
            ),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(("count", "findings"), [(999, 0), (1_000, 1)])
def test_a_thousand_segments_that_one_program_made(tmp_path: Path, count: int, findings: int) -> None:
    told = found(tmp_path, pushes(count), "tcp-flood")
    assert [finding.attackers for finding in told] == [()] * findings


@pytest.mark.parametrize(("ttls", "lengths"), [(3, 1), (1, 5)])
def test_one_packet_of_each_client_is_a_sampled_capture(tmp_path: Path, ttls: int, lengths: int) -> None:
    """The packets of a crowd differ in how far they came and in what they say."""
    assert not found(tmp_path, pushes(2_000, ttls=ttls, lengths=lengths), "tcp-flood")


def broken(frame: bytes) -> bytes:
    """A segment with a wrong checksum."""
    return frame[:50] + bytes([frame[50] ^ 0x5A]) + frame[51:]


def test_segments_with_wrong_checksums_are_caught() -> None:
    finding = caught("tcp-flood-held-push", "tcp-flood")
    assert "Wrong checksum flood" in finding.title
    assert finding.counts["segments"] >= 1_200


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_wrong_checksums_a_second(tmp_path: Path, rate: int, findings: int) -> None:
    frames = [
        (
            second * SECOND + number * SECOND // 100,
            broken(
                segment(
                    ACK | PSH, (1_024 + number, 22), (5, 6), hosts=(source(number + rate * second), VICTIM)
                )
            ),
        )
        for second in range(2)
        for number in range(rate)
    ]
    assert len(found(tmp_path, frames, "tcp-flood")) == findings


def test_checksums_left_to_the_card_are_none(tmp_path: Path) -> None:
    """What a busy client sends, captured before its card works checksums out, and no answers."""
    frames = []
    for number in range(300):
        ports, time = (30_000 + number, 80), number * SECOND // 100
        for step, (flags, payload) in enumerate(((SYN, b""), (ACK, b""), (PSH | ACK, b"GET / HTTP/1.0"))):
            frames.append((time + step * 10**6, broken(segment(flags, ports, (step, 1), payload))))
    assert not found(tmp_path, frames, "tcp-flood")


def refused(rate: int, *, seconds: int = 3, answers: int = 100, handshake: bool = False) -> list:
    """Data between two fixed ports, of which so many percent are refused."""
    ports = (40_000, 80)
    frames = Talk(ports, ("10.0.0.9", VICTIM)).frames if handshake else []
    for number in range(rate * seconds):
        time = SECOND + number * SECOND // rate
        frames.append((time, segment(PSH | ACK, ports, (1_001, 5_001), b"x" * 99, ("10.0.0.9", VICTIM))))
        if number * answers % 100 < answers:
            back = segment(RST, (80, 40_000), (5_001, 0), hosts=(VICTIM, "10.0.0.9"))
            frames.append((time + 1_000, back))
    return frames


def test_a_flood_between_two_ports_is_caught() -> None:
    finding = caught("tcp-flood-held-bot", "tcp-flood")
    assert finding.counts["refused"] == finding.counts["segments"] == 1_900


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_a_second_that_go_on_though_each_is_refused(tmp_path: Path, rate: int, findings: int) -> None:
    told = found(tmp_path, refused(rate), "tcp-flood")
    assert [finding.attackers for finding in told] == [("10.0.0.9",)] * findings


def test_one_direction_of_a_download_is_refused_by_nobody(tmp_path: Path) -> None:
    assert not found(tmp_path, refused(300, answers=0), "tcp-flood")


def test_what_was_on_its_way_when_a_server_restarted(tmp_path: Path) -> None:
    frames = [(time, octets) for time, octets in refused(900, seconds=1) if time < 2 * SECOND - SECOND // 20]
    assert not found(tmp_path, frames, "tcp-flood")
    assert found(tmp_path, refused(900, seconds=2), "tcp-flood")
