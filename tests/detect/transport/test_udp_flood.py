from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.built import SECOND, Talk, datagram, found
from tests.detect.support import caught, silent

VICTIM = "192.0.2.7"


@pytest.mark.parametrize("name", ["udp-flood-spoofed", "udp-flood-t50"])
def test_forged_sources_are_not_accused(name: str) -> None:
    assert caught(name, "udp-flood").attackers == ()


def test_a_known_source_is_named() -> None:
    assert caught("udp-flood-port", "udp-flood").counts["refused"] >= 5


def test_browsing_and_scans_are_no_flood() -> None:
    for name in ("busy-browsing", "port-scan-udp", "traceroute-ways"):
        silent(name, "udp-flood")


def alive() -> list:
    """The victim talks to somebody."""
    talk = Talk((50_000, 80), ("10.0.0.9", VICTIM))
    talk.tell(10**7, 0, 24, b"GET / HTTP/1.0\r\n\r\n")
    talk.tell(2 * 10**7, 1, 24, b"HTTP/1.0 200 OK\r\n\r\n")
    return talk.frames


def client(second: int, number: int) -> str:
    return f"203.{second}.{number // 200}.{number % 200 + 1}"


def flood(rate: int, seconds: int = 2) -> list:
    """Datagrams from addresses of their own."""
    return [
        (
            second * SECOND + number * SECOND // (rate + 1),
            datagram(
                b"x", (1_024 + number, 53), (f"203.{second}.{number // 200}.{number % 200 + 1}", VICTIM)
            ),
        )
        for second in range(seconds)
        for number in range(rate)
    ]


@pytest.mark.parametrize(("rate", "findings"), [(49, 0), (50, 1)])
def test_fifty_a_second_for_two_seconds(tmp_path: Path, rate: int, findings: int) -> None:
    assert len(found(tmp_path, alive() + flood(rate), "udp-flood")) == findings


def test_a_host_that_is_never_heard_of_may_be_one_side_of_a_capture(tmp_path: Path) -> None:
    assert not found(tmp_path, flood(200, 5), "udp-flood")


def test_a_busy_resolver_answers(tmp_path: Path) -> None:
    frames = alive()
    for time, octets in flood(200, 3):
        number = len(frames)
        frames.append((time, octets))
        other = client(time // SECOND, number)
        frames.append((time + 1_000, datagram(b"?", (20_000 + number, 53), (other, VICTIM))))
        frames.append((time + 2_000, datagram(b"!", (53, 20_000 + number), (VICTIM, other))))
    assert not found(tmp_path, frames, "udp-flood")


def test_a_stream_between_two_ports_is_none(tmp_path: Path) -> None:
    stream = [(number * SECOND // 2_000, datagram(b"v" * 40, (5_004, 5_006))) for number in range(6_000)]
    assert not found(tmp_path, alive() + stream, "udp-flood")
