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
