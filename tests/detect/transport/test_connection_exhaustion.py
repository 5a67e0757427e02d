from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.schema.findings import Finding
from tests.detect.built import SECOND, Talk, found, together
from tests.detect.support import caught, silent


@pytest.mark.parametrize("name", ["slowloris", "slow-read", "slow-post"])
def test_slow_clients_are_caught(name: str) -> None:
    finding = caught(f"connection-exhaustion-{name}", "connection-exhaustion")
    assert finding.counts["open_at_once"] >= 40


def test_browsing_and_a_flood_hold_nothing() -> None:
    silent("busy-browsing", "connection-exhaustion")
    silent("syn-flood-spoofed", "connection-exhaustion")


def held(
    folder: Path, count: int, seconds: int, *, sources: int = 1, answer: bytes = b"", size: int = 8
) -> list[Finding]:
    """Connections on which the client sends a piece every three seconds."""
    talks = []
    for number in range(count):
        host = f"10.0.1.{1 + number % sources}"
        talk = Talk((40_000 + number, 80), (host, "192.0.2.7"), number * 1_000_000)
        if answer:
            talk.say(SECOND // 2, 0, b"GET /socket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
            talk.say(SECOND, 1, answer)
        for second in range(1, seconds + 1, 3):
            talk.say(second * SECOND + SECOND // 2, 0, b"X-a: b" + bytes(size - 6))
        talks.append(talk)
    return found(folder, together(talks), "connection-exhaustion")


def test_twenty_are_enough_and_nineteen_are_not(tmp_path: Path) -> None:
    assert len(held(tmp_path, 20, 64)) == 1
    assert not held(tmp_path, 19, 64)


def test_they_must_last(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 28)


def test_they_must_be_slow(tmp_path: Path) -> None:
    assert not held(tmp_path, 25, 64, size=400)


def test_many_clients_with_one_each_are_many_clients(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 64, sources=40)


def test_web_sockets_were_answered(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 64, answer=b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


def test_long_polling_asks_in_one_piece(tmp_path: Path) -> None:
    talks = []
    for number in range(40):
        talk = Talk((40_000 + number, 80))
        talk.say(SECOND, 0, b"GET /news HTTP/1.1\r\nHost: a\r\n\r\n")
        talk.say(50 * SECOND, 1, b"HTTP/1.1 204 No Content\r\n\r\n")
        talks.append(talk)
    assert not found(tmp_path, together(talks), "connection-exhaustion")
