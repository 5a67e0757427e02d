from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from netanatomy.schema.rules import Action
from tests.detect.built_messages import Timed, found, fragment
from tests.detect.support import caught, silent

NAME = "fragment-flood"


def firsts(rate: int, seconds: int, size: int = 64, sources: int = 1) -> list[Timed]:
    """First pieces whose datagrams never become whole, and the same rate in each second."""
    return [
        (
            second + index / rate,
            fragment(
                0,
                bytes(size),
                more=True,
                number=second * rate + index,
                source=f"203.0.113.{(second * rate + index) % sources + 1}",
            ),
        )
        for second in range(seconds)
        for index in range(rate)
    ]


def test_real_tools() -> None:
    assert caught("fragment-flood-hping3", NAME).severity is Severity.HIGH
    spoofed = caught("fragment-flood-spoofed", NAME)
    assert spoofed.attackers == ()
    assert spoofed.rule is not None
    assert spoofed.rule.action is Action.LIMIT


def test_twenty_a_second_for_three_seconds(tmp_path: Path) -> None:
    for rate, seconds, expected in ((20, 3, 1), (19, 3, 0), (100, 2, 0)):
        assert len(found(tmp_path, firsts(rate, seconds), NAME)) == expected


def test_datagrams_that_become_whole_are_use(tmp_path: Path) -> None:
    lasts = [
        (time + 0.001, fragment(64, bytes(8), more=False, number=index, source="203.0.113.1"))
        for index, (time, _) in enumerate(firsts(100, 3))
    ]
    assert not found(tmp_path, [*firsts(100, 3), *lasts], NAME)
    assert not found(tmp_path, [*firsts(100, 3), *lasts[::2], *lasts[1:150:2]], NAME)
    assert found(tmp_path, [*firsts(100, 3), *lasts[::3]], NAME)


def test_full_first_pieces_alone_may_be_a_filter(tmp_path: Path) -> None:
    for size, severity in ((1200, Severity.LOW), (1192, Severity.HIGH)):
        (finding,) = found(tmp_path, firsts(100, 3, size), NAME)
        assert finding.severity is severity


def test_many_sources_are_made_up(tmp_path: Path) -> None:
    for sources, forged in ((16, False), (100, True), (20, False)):
        (finding,) = found(tmp_path, firsts(100, 3, sources=sources), NAME)
        assert bool(finding.attackers) is not forged
        assert bool(finding.others) is forged


def test_who_sends_whole_datagrams_to_the_same_host_is_not_accused(tmp_path: Path) -> None:
    beside = [
        (time + part / 1000, fragment(64 * part, bytes(64), more=not part, number=index, source="192.0.2.9"))
        for index, (time, _) in enumerate(firsts(5, 3))
        for part in (0, 1)
    ]
    (finding,) = found(tmp_path, sorted([*firsts(100, 3), *beside]), NAME)
    assert finding.attackers == ("203.0.113.1",)
    assert finding.evidence_frames == 300


def test_ordinary_fragments() -> None:
    for name in ("busy-browsing", "large-dns-answers", "tiny-fragments-nmap", "fragment-overlap-teardrop"):
        silent(name, NAME)
