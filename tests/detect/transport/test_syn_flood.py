from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from netanatomy.schema.rules import Action
from tests.detect.built import SECOND, Talk, found, segment
from tests.detect.support import caught, silent
from tests.wire import ACK, RST, SYN, checksum

SERVER = "192.0.2.7"


@pytest.mark.parametrize("name", ["syn-flood-spoofed", "syn-flood-slow", "syn-flood-ports", "syn-flood-t50"])
def test_a_flood_from_forged_sources_names_no_attacker(name: str) -> None:
    finding = caught(name, "syn-flood")
    assert finding.attackers == ()
    assert finding.rule is not None
    assert finding.rule.action is Action.LIMIT
    assert len(finding.others["claimed"]) <= 5


def test_what_is_known_of_a_forger_is_told() -> None:
    assert caught("syn-flood-spoofed", "syn-flood").others["sender"]


@pytest.mark.parametrize("name", ["syn-flood-known", "syn-flood-distributed"])
def test_real_sources_are_named(name: str) -> None:
    finding = caught(name, "syn-flood")
    assert finding.rule is not None
    assert finding.rule.action is Action.DROP


def test_three_flooded_ports_are_one_incident() -> None:
    assert "22, 80, 443" in caught("syn-flood-ports", "syn-flood").title


def test_browsing_and_scans_are_no_flood() -> None:
    for name in ("busy-browsing", "port-scan-syn", "port-scan-masscan", "host-sweep-nmap"):
        silent(name, "syn-flood")


def half_open(time: int, number: int, *, reset: bool = False) -> list:
    """A SYN from an address of its own, the answer, and perhaps the RST of who never asked."""
    source = f"203.0.{number // 200}.{number % 200 + 1}"
    ports = (1_024 + number, 80)
    frames = [
        (time, segment(SYN, ports, hosts=(source, SERVER))),
        (time + 1_000, segment(SYN | ACK, (80, ports[0]), (9, 2), hosts=(SERVER, source))),
    ]
    if reset:
        frames.append((time + 2_000, segment(RST, ports, (2, 0), hosts=(source, SERVER))))
    return frames


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_a_second_for_two_seconds(tmp_path: Path, rate: int, findings: int) -> None:
    frames = [
        frame
        for second in range(2)
        for number in range(rate)
        for frame in half_open(second * SECOND + number * SECOND // 100, second * rate + number)
    ]
    assert len(found(tmp_path, frames, "syn-flood")) == findings


@pytest.mark.parametrize(("count", "findings"), [(255, 0), (256, 1)])
def test_slow_ones_fill_a_backlog_within_a_minute(tmp_path: Path, count: int, findings: int) -> None:
    frames = [frame for number in range(count) for frame in half_open(number * SECOND // 5, number)]
    assert len(found(tmp_path, frames, "syn-flood")) == findings


def test_clients_of_a_dead_server_try_again(tmp_path: Path) -> None:
    """Real systems retransmit what nobody answers."""
    frames = []
    for number in range(400):
        source = f"203.0.{number // 200}.{number % 200 + 1}"
        for again in (0, 1, 3):
            time = number * SECOND // 100 + again * SECOND
            frames.append((time, segment(SYN, (30_000 + number, 80), hosts=(source, SERVER))))
    assert not found(tmp_path, frames, "syn-flood")


def test_load_is_completed(tmp_path: Path) -> None:
    frames = []
    for number in range(400):
        begin = number * SECOND // 150
        source = f"203.0.{number // 200}.{number % 200 + 1}"
        frames += Talk((30_000 + number, 80), (source, SERVER), begin).frames if number % 4 else []
        frames += [] if number % 4 else half_open(begin, number)
    assert not found(tmp_path, frames, "syn-flood")


def test_one_address_that_never_reacts_is_only_claimed(tmp_path: Path) -> None:
    frames = []
    for number in range(300):
        time, ports = number * SECOND // 100, (1_024 + number, 80)
        frames.append((time, segment(SYN, ports, hosts=("203.0.113.9", SERVER))))
        answer = segment(SYN | ACK, (80, ports[0]), (9, 2), hosts=(SERVER, "203.0.113.9"))
        frames.append((time + 1_000, answer))
    (finding,) = found(tmp_path, frames, "syn-flood")
    assert finding.attackers == ()
    assert finding.others["claimed"] == ("203.0.113.9",)


def test_syns_of_one_port_fill_no_backlog_but_are_a_flood() -> None:
    finding = caught("syn-flood-held-mail", "syn-flood")
    assert finding.severity is Severity.MEDIUM
    assert finding.counts["attempts"] >= 1_000


def from_one_port(rate: int, seconds: int, *, copies: bool = False, source: str = "203.0.113.9") -> list:
    """SYNs of one conversation, which the sender's own system resets when they are answered."""
    frames = []
    for number in range(rate * seconds):
        time = number * SECOND // rate
        frames.append((time, marked(segment(SYN, hosts=(source, SERVER)), 7 if copies else number)))
        if not copies:
            answer = segment(SYN | ACK, (80, 40_000), (9 + number, 2), hosts=(SERVER, source))
            reset = segment(RST, numbers=(2, 0), hosts=(source, SERVER))
            frames += [(time + 1_000, answer), (time + 2_000, marked(reset, number + 20_000))]
    return frames


def marked(frame: bytes, identification: int) -> bytes:
    """A frame with another IP identification."""
    header = frame[14:18] + identification.to_bytes(2, "big") + frame[20:24] + bytes(2) + frame[26:34]
    return frame[:14] + header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + frame[34:]


@pytest.mark.parametrize(("rate", "findings"), [(48, 0), (60, 1)])
def test_from_one_port_they_count_one_by_one(tmp_path: Path, rate: int, findings: int) -> None:
    told = found(tmp_path, from_one_port(rate, 4), "syn-flood")
    assert len(told) == findings
    assert all(finding.attackers == ("203.0.113.9",) for finding in told)


def test_copies_of_a_syn_in_a_loop_are_one_syn(tmp_path: Path) -> None:
    assert not found(tmp_path, from_one_port(120, 4, copies=True), "syn-flood")


def test_health_checks_that_reset_what_they_open_are_slow(tmp_path: Path) -> None:
    """Forty load balancers look three times a second whether a port is open, each from a port of its own."""
    frames = []
    for number in range(40):
        frames += from_one_port(3, 20, source=f"203.0.113.{10 + number}")
    assert not found(tmp_path, frames, "syn-flood")


def test_acknowledgments_of_one_direction_are_no_syns(tmp_path: Path) -> None:
    """Downloads of which only the client's side was captured: a SYN, then ACKs without data."""
    frames = [(0, marked(segment(SYN), 1))]
    for number in range(1_000):
        ack = segment(ACK, numbers=(2, 10 + number * 1_460))
        frames.append((SECOND // 10 + number * SECOND // 300, marked(ack, number + 2)))
    assert not found(tmp_path, frames, "syn-flood")
