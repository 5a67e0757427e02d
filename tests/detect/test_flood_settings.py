"""Thresholds of floods and held connections, each with a value in the settings that changes what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import settings
from netanatomy.schema.findings import Finding, Severity
from tests import wire
from tests.detect.borrowing import OWNER, attack
from tests.detect.built import SECOND, Talk, Timed, segment, together
from tests.detect.internet.pings import echo
from tests.detect.transport.test_connection_exhaustion import encrypted, sessions, silent_ones
from tests.detect.transport.test_syn_flood import from_one_port
from tests.flows.dialogues import capture_of

SERVER = "192.0.2.7"


def told(folder: Path, frames: list[Timed], detector: str, **values: object) -> list[Finding]:
    """What a detector finds with some of its settings changed."""
    lines = [f"{name} = {value}" for name, value in values.items()]
    chosen = settings("\n".join([f"[detectors.{detector}]", *lines]), detectors())
    path = folder / "built.pcap"
    ordered = sorted(frames, key=lambda frame: frame[0])
    path.write_bytes(capture_of((wire.START + time, octets) for time, octets in ordered))
    return list(netanatomy.open(path).findings(chosen, only=[detector]))


def seconds(frames: list[tuple[float, bytes]]) -> list[Timed]:
    return [(round(time * SECOND), octets) for time, octets in frames]


def pings(sources: int) -> list[Timed]:
    return [
        (n * SECOND // 100, echo(f"10.0.2.{1 + n % sources}", SERVER, number=n)) for n in range(sources * 3)
    ]


def syns_twice() -> list[Timed]:
    """Attempts that are sent again, as systems do, by one program without options."""
    return [
        (number * SECOND // 100 + again * SECOND, segment(wire.SYN, (1_024 + number, 80), (number, 0)))
        for number in range(400)
        for again in range(2)
    ]


def reflected() -> list[Timed]:
    hosts = [(f"198.51.100.{number % 40 + 1}", "10.0.0.9") for number in range(320)]
    return [
        (n * SECOND // 80, segment(wire.SYN | wire.ACK, (443, 1_024 + n), (9, 2), hosts=pair))
        for n, pair in enumerate(hosts)
    ]


@pytest.mark.parametrize(
    ("value", "severity"), [(1_000, Severity.MEDIUM), (101, Severity.MEDIUM), (100, Severity.HIGH)]
)
def test_from_when_on_a_ping_flood_is_high(tmp_path: Path, value: int, severity: Severity) -> None:
    frames = [(n * SECOND // 100, echo("10.0.0.1", SERVER, number=n)) for n in range(300)]
    (finding,) = told(tmp_path, frames, "ping-flood", heavy_rate=value)
    assert finding.severity is severity


@pytest.mark.parametrize(("value", "findings"), [(16, 1), (59, 1), (60, 0)])
def test_how_many_sources_of_pings_are_made_up(tmp_path: Path, value: int, findings: int) -> None:
    """Sixty that send three each: made up by one program, or sixty visitors of whom none is loud."""
    assert len(told(tmp_path, pings(60), "ping-flood", few_sources=value)) == findings


@pytest.mark.parametrize(
    ("value", "severity"), [(1_000, Severity.MEDIUM), (401, Severity.MEDIUM), (400, Severity.HIGH)]
)
def test_from_when_on_a_flood_of_segments_is_high(tmp_path: Path, value: int, severity: Severity) -> None:
    (finding,) = told(tmp_path, seconds(attack("tcp-flood")), "tcp-flood", high_rate=value)
    assert finding.severity is severity


@pytest.mark.parametrize(("value", "findings"), [(50, 1), (80, 1), (81, 0)])
def test_how_fast_reflected_answers_are_an_attack(tmp_path: Path, value: int, findings: int) -> None:
    assert len(told(tmp_path, reflected(), "tcp-flood", reflected_rate=value)) == findings


@pytest.mark.parametrize(("value", "findings"), [(1.5, 0), (2.0, 0), (2.1, 1)])
def test_how_often_real_systems_try_again(tmp_path: Path, value: float, findings: int) -> None:
    assert len(told(tmp_path, syns_twice(), "syn-flood", retried=value)) == findings


@pytest.mark.parametrize(
    ("name", "value", "findings"),
    [
        *(("retries", 12, 1), ("retries", 239, 1), ("retries", 240, 0)),
        *(("quick", 4, 1), ("quick", 100, 0)),
    ],
)
def test_which_syns_of_one_port_are_retries(tmp_path: Path, name: str, value: int, findings: int) -> None:
    assert len(told(tmp_path, from_one_port(60, 4), "syn-flood", **{name: value})) == findings


@pytest.mark.parametrize(("value", "findings"), [(4, 1), (3, 1), (2, 0)])
def test_how_many_syns_must_be_answered(tmp_path: Path, value: int, findings: int) -> None:
    """Of three one is answered, and each answer is reset."""
    every = from_one_port(90, 4)
    frames = [
        frame for place in range(0, len(every), 3) for frame in every[place : place + (1 if place % 9 else 3)]
    ]
    assert len(told(tmp_path, frames, "syn-flood", answered=value)) == findings


@pytest.mark.parametrize(("value", "attackers"), [(0.01, 2), (0.05, 1)])
def test_how_loud_one_must_be_to_be_named(tmp_path: Path, value: float, attackers: int) -> None:
    hosts = ("10.0.0.30", "10.0.0.10")
    some = [(2 + n / 10, segment(wire.SYN, (9_000 + n, 80), (n, 0), hosts=hosts)) for n in range(30)]
    frames = seconds(attack("syn-flood", OWNER) + some)
    (finding,) = told(tmp_path, frames, "syn-flood", loud_share=value)
    assert len(finding.attackers) == attackers


def greeted_twice() -> list[Talk]:
    talks = silent_ones(40, greeting=GREETING)
    for talk in talks:
        talk.say(2 * SECOND, 1, GREETING)
    return talks


def speaking(count: int) -> list[Talk]:
    talks = [Talk((45_000 + number, 80)) for number in range(count)]
    for talk in talks:
        for second in range(1, 62, 20):
            talk.say(second * SECOND, 0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            talk.say(second * SECOND + SECOND // 2, 1, b"HTTP/1.1 204 No Content\r\n\r\n")
        talk.tell(70 * SECOND, 0, wire.FIN | wire.ACK)
    return talks


GREETING = b"220 ftp.example ready\r\n"
HELD: list[tuple[str, object, list[Timed]]] = [
    ("greeting_octets", len(GREETING) - 1, together(silent_ones(40, greeting=GREETING))),
    ("greeting_segments", 1, together(greeted_twice())),
    ("client_first_ports", [8_080], together(silent_ones(40, port=80, greeting=b""))),
    ("mail_ports", [587], together(sessions(40))),
    ("pieces", 11, together(sessions(40))),
    ("encrypted_ports", [8_443], together(encrypted(40))),
    ("handshake_octets", 1_349, together(encrypted(40))),
    ("handshake_segments", 1, together(encrypted(40))),
    ("piece", 44, together(encrypted(40))),
    ("pause", 20, together(encrypted(40))),
    ("talking", 5, together(silent_ones(40, port=80, greeting=b"") + speaking(9))),
]


@pytest.mark.parametrize(("name", "value", "frames"), HELD, ids=[name for name, _, _ in HELD])
def test_what_held_connections_are_is_set(
    tmp_path: Path, name: str, value: object, frames: list[Timed]
) -> None:
    assert len(told(tmp_path, frames, "connection-exhaustion")) == 1
    assert not told(tmp_path, frames, "connection-exhaustion", **{name: value})
