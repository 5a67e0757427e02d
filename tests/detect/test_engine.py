"""How verdicts are arranged: the gravest first, what one explains below it, and never a name from nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from netanatomy.detect import engine
from netanatomy.detect.detector import Detector, EveryDetector, Verdict
from netanatomy.detect.engine import SAME_TIME, Detection
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import Settings
from netanatomy.errors import UsageError
from netanatomy.schema.findings import Severity
from tests.detect.support import capture, findings

SECOND = 10**9


def verdict(**changes: object) -> Verdict:
    usual = Verdict(
        subject="somebody",
        title="something",
        severity=Severity.MEDIUM,
        confidence=0.5,
        victims=("10.0.0.1",),
        start=1_000 * SECOND,
        end=1_010 * SECOND,
        reason="",
        proofs=(),
        frames=7,
        scope=(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def arranged(*found: tuple[str, Verdict]) -> list[tuple[str, list[str]]]:
    """Names of the detectors whose verdicts stand, and of those below each."""
    known = detectors()
    judged = Detection(only=())._arranged([(known[name], one) for name, one in found])
    return [(one.detector.name, [below.detector for below in one.below]) for one in judged]


def test_what_a_flood_explains_is_below_it() -> None:
    flood = verdict()
    assert arranged(("syn-flood", flood), ("ip-spoofing", verdict())) == [("syn-flood", ["ip-spoofing"])]
    assert arranged(("ip-spoofing", verdict()), ("syn-flood", flood)) == [("syn-flood", ["ip-spoofing"])]


@pytest.mark.parametrize(
    "other",
    [
        {"victims": ("10.0.0.2",)},
        {"start": 1_000 * SECOND - SAME_TIME - 1},
        {"end": 1_010 * SECOND + SAME_TIME + 1},
    ],
)
def test_another_incident_stands_by_itself(other: dict[str, object]) -> None:
    names = [name for name, _ in arranged(("syn-flood", verdict()), ("ip-spoofing", verdict(**other)))]
    assert names == ["syn-flood", "ip-spoofing"]


def test_known_attackers_must_be_the_same() -> None:
    scan = verdict(attackers=("10.0.0.66",))
    same = verdict(attackers=("10.0.0.66",), victims=("10.0.0.9",))
    other = verdict(attackers=("10.0.0.67",))
    assert "handshake-violation" in detectors()["port-scan"].explains
    assert arranged(("port-scan", scan), ("handshake-violation", same)) == [
        ("port-scan", ["handshake-violation"])
    ]
    assert len(arranged(("port-scan", scan), ("handshake-violation", other))) == 2


@pytest.mark.parametrize(
    "name", ["port-scan", "service-scan", "os-fingerprinting", "host-sweep", "syn-flood", "tcp-flood"]
)
def test_what_a_scanners_own_resets_look_like_is_below_the_scan(name: str) -> None:
    """Its kernel resets what its tool opened, with another time to live than the tool's."""
    scan = verdict(attackers=("10.0.0.66",))
    reset = verdict(victims=("10.0.0.1", "10.0.0.66"), severity=Severity.LOW)
    assert arranged((name, scan), ("rst-injection", reset)) == [(name, ["rst-injection"])]


def test_what_a_scan_below_a_router_asks_for_is_below_the_scan() -> None:
    for name in ("host-sweep", "ping-sweep", "port-scan"):
        scan = verdict(attackers=("198.51.100.9",))
        assert arranged((name, scan), ("arp-scan", verdict(severity=Severity.LOW))) == [(name, ["arp-scan"])]


def test_what_is_graver_than_its_explanation_stands_by_itself() -> None:
    scan = verdict(attackers=("10.0.0.66",))
    hijack = verdict(victims=("10.0.0.1", "10.0.0.5"), severity=Severity.HIGH)
    assert len(arranged(("port-scan", scan), ("session-hijack", hijack))) == 2


def test_two_that_explain_each_other_do_not_both_vanish(monkeypatch: pytest.MonkeyPatch) -> None:
    one = detectors()["syn-flood"]
    other = replace(detectors()["ip-spoofing"], explains=("syn-flood",))
    judged = Detection(only=())._arranged([(one, verdict()), (other, verdict())])
    assert len(judged) == 1


def test_the_gravest_come_first_and_too_many_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAXIMUM_FINDINGS", 3)

    def judge(*_: object) -> Iterable[Verdict]:
        for number in range(9):
            severity = Severity.HIGH if number == 5 else Severity.LOW
            yield verdict(subject=str(number), severity=severity)

    class Full:
        empty = False

    detection = Detection(only=("syn-flood",))
    detection._detectors = [replace(detectors()["syn-flood"], judge=judge)]
    detection._summaries = {"syn-flood": Full()}  # type: ignore[dict-item]
    judged = detection.judge()
    assert [one.verdict.subject for one in judged] == ["5", "0", "1"]


def test_a_detector_that_is_off_is_not_run() -> None:
    assert "syn-flood" not in {one.name for one in Detection(Settings(off=("syn-flood",)))._detectors}


def test_a_detector_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no detector 'flood'"):
        Detection(only=("flood",))


def test_the_id_stays_the_same() -> None:
    again = findings.__wrapped__("syn-flood-spoofed")
    assert [one.id for one in again] == [one.id for one in findings("syn-flood-spoofed")]
    assert len({one.id for one in again}) == len(again)


def test_what_detectors_say_of_each_other_exists() -> None:
    for detector in detectors().values():
        assert set(detector.explains) <= set(detectors()), detector.name
        assert detector.name not in detector.explains


def test_detectors_ask_for_columns_that_exist() -> None:
    from netanatomy.schema.connections import connection_schema
    from netanatomy.schema.packets import packet_schema

    for detector in detectors().values():
        assert set(detector.packets) <= set(packet_schema().names), detector.name
        assert set(detector.connections) <= set(connection_schema().names), detector.name


def test_a_capture_without_anything_has_no_findings() -> None:
    detection = Detection()
    assert detection.judge() == []
    assert detection.dropped() == {}
    assert capture("busy-browsing").exists()
    assert all(isinstance(one, Detector) for one in _every())


def _every() -> list[EveryDetector]:
    return list(detectors().values())
