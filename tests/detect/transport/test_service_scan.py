from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.built import SECOND, Talk, found
from tests.detect.support import caught, silent
from tests.wire import ACK, PSH

QUESTIONS = (
    b"GET / HTTP/1.0\r\n\r\n",
    b"OPTIONS / RTSP/1.0\r\n\r\n",
    b"HELP\r\n",
    b"\x6c\x00\x0b\x00" + bytes(8),
)


@pytest.mark.parametrize("name", ["service-scan-nmap", "service-scan-unknown"])
def test_nmap_is_found(name: str) -> None:
    assert caught(name, "service-scan").counts["probes"] >= 2


def test_browsing_and_port_scans_are_none() -> None:
    for name in ("busy-browsing", "port-scan-connect", "port-scan-syn"):
        silent(name, "service-scan")


def asked(questions: tuple[bytes, ...], ports: tuple[int, ...] = (9_000,)) -> list:
    """Each question in a connection of its own."""
    frames = []
    for number, question in enumerate(questions):
        talk = Talk((40_000 + number, ports[number % len(ports)]), begin=number * SECOND)
        talk.tell(number * SECOND + 10**7, 0, PSH | ACK, question)
        talk.tell(number * SECOND + 2 * 10**7, 1, PSH | ACK, b"?\n")
        frames += talk.frames
    return frames


@pytest.mark.parametrize(("questions", "findings"), [(2, 0), (3, 1), (4, 1)])
def test_three_protocols_at_one_port(tmp_path: Path, questions: int, findings: int) -> None:
    assert len(found(tmp_path, asked(QUESTIONS[:questions]), "service-scan")) == findings


def test_each_port_in_its_own_protocol_is_monitoring(tmp_path: Path) -> None:
    assert not found(tmp_path, asked(QUESTIONS, (80, 554, 25, 6_000)), "service-scan")


def test_one_question_that_only_scanners_ask(tmp_path: Path) -> None:
    question = b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n"
    (finding,) = found(tmp_path, asked((question,)), "service-scan")
    assert finding.counts["marks"] == 1
