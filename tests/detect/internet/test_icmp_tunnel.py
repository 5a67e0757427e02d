from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.internet.icmp_tunnel import Config
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from tests.detect.internet.pings import Timed, capture, echo, findings
from tests.detect.support import caught, silent

CLIENT, FAR = "10.0.0.5", "198.51.100.5"
COUNTING = bytes(range(0x10, 0x38))


def ping(number: int, payload: bytes, answer: bytes | None = None, *, asked: bool = True) -> list[Timed]:
    request = (number * 0.5, echo(CLIENT, FAR, number=number, payload=payload))
    reply = (number * 0.5 + 0.02, echo(FAR, CLIENT, reply=True, number=number, payload=answer or payload))
    return [request, reply] if asked else [reply]


def noise(number: int, length: int = 300) -> bytes:
    return random.Random(number).randbytes(length)


@pytest.mark.parametrize("name", ["icmp-tunnel-ptunnel", "icmp-tunnel-shell"])
def test_replies_that_bring_something_else_are_a_tunnel(name: str) -> None:
    finding = caught(name, "icmp-tunnel")
    assert finding.severity is Severity.HIGH
    assert finding.counts["altered_payloads"] >= 5


def test_a_file_in_requests_is_data() -> None:
    finding = caught("icmp-tunnel-file", "icmp-tunnel")
    assert finding.severity is Severity.MEDIUM
    assert finding.counts["altered_payloads"] == 0


@pytest.mark.parametrize(
    "name", ["busy-browsing", "ping-flood-hping3", "ping-flood-ipv6", "smurf-victim", "mac-flooding-slow"]
)
def test_ordinary_pings_are_none(name: str) -> None:
    silent(name, "icmp-tunnel")


@pytest.mark.parametrize("fill", [COUNTING, b"abcdefghijklmnopqrstuvwabcdefghi" * 2, bytes(40), b"\xff" * 40])
def test_patterns_of_ping_programs_are_none(tmp_path: Path, fill: bytes) -> None:
    frames = [
        frame
        for number in range(60)
        for frame in ping(number, struct.pack("<QQ", 1_700_000_000 + number, number * 7919) + fill)
    ]
    assert not findings(tmp_path, frames, "icmp-tunnel")


def test_a_monitors_own_text_is_always_the_same(tmp_path: Path) -> None:
    text = b"This is the monitoring system of Example Ltd, please ignore. " * 4
    frames = [frame for number in range(60) for frame in ping(number, text)]
    assert not findings(tmp_path, frames, "icmp-tunnel")


def test_a_router_that_cuts_replies_is_none(tmp_path: Path) -> None:
    frames = [frame for number in range(15) for frame in ping(number, noise(number), noise(number)[:64])]
    assert not findings(tmp_path, frames, "icmp-tunnel")


@pytest.mark.parametrize(("altered", "told"), [(5, True), (4, False)])
def test_it_begins_at_the_number_of_altered_replies(tmp_path: Path, altered: int, told: bool) -> None:
    frames = [frame for number in range(10 - altered) for frame in ping(number, noise(number, 30))]
    for number in range(20, 20 + altered):
        frames += ping(number, noise(number, 30), noise(1_000 + number, 30))
    assert bool(findings(tmp_path, frames, "icmp-tunnel")) is told


@pytest.mark.parametrize(("count", "told"), [(20, True), (19, False)])
def test_it_begins_at_the_number_of_contents(tmp_path: Path, count: int, told: bool) -> None:
    frames = [frame for number in range(count) for frame in ping(number, noise(number))]
    assert bool(findings(tmp_path, frames, "icmp-tunnel")) is told


def test_replies_alone_prove_no_alteration(tmp_path: Path) -> None:
    frames = [frame for number in range(15) for frame in ping(number, noise(number), asked=False)]
    assert not findings(tmp_path, frames, "icmp-tunnel")


@pytest.mark.parametrize(("unseen", "told"), [(8, False), (16, True)])
def test_requests_that_the_recorder_lost_make_no_tunnel(tmp_path: Path, unseen: int, told: bool) -> None:
    """Random payloads, each reply as it should be, and some requests are not in the capture."""
    frames: list[Timed] = []
    for number in range(19):
        frames += ping(number, noise(number, 30), asked=number >= unseen)
    assert bool(findings(tmp_path, frames, "icmp-tunnel")) is told


def own_pings(count: int = 5) -> list[Timed]:
    """The one who sends data pings the other as well, and is answered: both directions are recorded."""
    filled = struct.pack("<QQ", 1_700_000_000, 7) + COUNTING
    return [
        frame
        for number in range(500, 500 + count)
        for frame in (
            (number * 0.1, echo(FAR, CLIENT, number=number, payload=filled)),
            (number * 0.1 + 0.02, echo(CLIENT, FAR, reply=True, number=number, payload=filled)),
        )
    ]


def test_data_in_replies_that_answer_nothing_are_their_senders() -> None:
    finding = caught("icmp-tunnel-held-replies", "icmp-tunnel")
    assert finding.severity is Severity.MEDIUM
    assert finding.others["far end"] == ("198.51.100.80",)
    (selector,) = finding.scope
    assert ("icmp_type", 0) in {(match.column, match.value) for match in selector.matches}


@pytest.mark.parametrize(("count", "told"), [(20, True), (19, False)])
def test_who_sends_replies_to_nothing_is_named(tmp_path: Path, count: int, told: bool) -> None:
    frames = [frame for number in range(count) for frame in ping(number, noise(number), asked=False)]
    found = findings(tmp_path, [*frames, *own_pings()], "icmp-tunnel")
    assert [one.attackers for one in found] == ([(FAR,)] if told else [])


def test_of_one_direction_nobody_is_named(tmp_path: Path) -> None:
    """Somebody may have asked with those very octets."""
    frames = [frame for number in range(25) for frame in ping(number, noise(number), asked=False)]
    (finding,) = findings(tmp_path, frames, "icmp-tunnel")
    assert finding.attackers == ()


def test_who_asks_with_data_is_the_attacker_whatever_comes_back(tmp_path: Path) -> None:
    frames = [frame for number in range(25) for frame in ping(number, noise(number), noise(1_000 + number))]
    (finding,) = findings(tmp_path, [*frames, *own_pings()], "icmp-tunnel")
    assert finding.attackers == (CLIENT,)


def test_pings_without_a_payload_prove_nothing() -> None:
    for name in ("icmp-tunnel-shell", "icmp-tunnel-held-tun"):
        finding = caught(name, "icmp-tunnel")
        assert all(piece.length and piece.value for piece in finding.evidence)
        assert any(piece.role == "data in a ping" for piece in finding.evidence)


def test_many_payloads_are_counted_exactly(tmp_path: Path) -> None:
    frames = [frame for number in range(700) for frame in ping(number, noise(number, 64))]
    (finding,) = findings(tmp_path, frames, "icmp-tunnel")
    assert finding.counts["different_payloads"] == 700
    assert "700 different payloads" in finding.reason


@pytest.mark.parametrize(
    "changed",
    [{"lost_share": 1.0}, {"short": 400}, {"even_share": 0.0}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_no_data_can_be_set(tmp_path: Path, changed: dict[str, float]) -> None:
    lost = "lost_share" in changed
    frames = [
        frame
        for number in range(10 if lost else 30)
        for frame in ping(number, noise(number), noise(number + 99) if lost else None, asked=not lost)
    ]
    if lost:  # what is asked for is in the capture once, and told from then on
        frames += [frame for number in range(40, 50) for frame in ping(number, bytes(300))]
    settings = Settings(configs={"icmp-tunnel": Config(**changed)})
    opened = netanatomy.open(capture(tmp_path, frames))
    assert bool(opened.findings(only=["icmp-tunnel"]))
    assert not opened.findings(settings, only=["icmp-tunnel"])
