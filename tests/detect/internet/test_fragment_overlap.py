from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built_messages import found, fragment, ipv6
from tests.detect.support import caught, silent

NAME = "fragment-overlap"


def fragment6(offset: int, octets: bytes, *, more: bool, number: int = 1) -> bytes:
    header = bytes([17, 0]) + (offset | more).to_bytes(2, "big") + number.to_bytes(4, "big")
    return wire.ethernet(ipv6(header + octets, "2001:db8::1", "2001:db8::7", 44, 64), 0x86DD)


def test_real_tools() -> None:
    assert "Teardrop" in caught("fragment-overlap-teardrop", NAME).title
    assert caught("fragment-overlap-evasion", NAME).counts["differing"] == 6
    assert caught("fragment-overlap-ipv6", NAME).severity is Severity.HIGH


def test_evidence_points_at_the_field_itself() -> None:
    (first, *_) = caught("fragment-overlap-teardrop", NAME).evidence
    assert (first.field, first.offset, first.length) == ("Fragment Offset", 20, 2)
    (first, *_) = caught("fragment-overlap-ipv6", NAME).evidence
    assert (first.field, first.offset, first.length) == ("Fragment Offset", 56, 2)


def test_pieces_that_touch_do_not_overlap(tmp_path: Path) -> None:
    for start, expected in ((64, 0), (56, 1)):
        frames = [
            (0.0, fragment(0, b"a" * 64, more=True)),
            (0.1, fragment(start, b"b" * 64, more=False)),
        ]
        assert len(found(tmp_path, frames, NAME)) == expected


def test_the_same_piece_twice_is_silent(tmp_path: Path) -> None:
    first, last = fragment(0, b"a" * 64, more=True), fragment(64, b"b" * 8, more=False)
    assert not found(tmp_path, [(0.0, first), (0.1, first), (0.2, last)], NAME)


def test_equal_octets_are_odd_and_others_grave(tmp_path: Path) -> None:
    for octets, severity in ((b"a" * 72, Severity.MEDIUM), (b"a" * 8 + b"b" * 64, Severity.MEDIUM)):
        frames = [(0.0, fragment(0, b"a" * 64, more=True)), (0.1, fragment(56, octets, more=True))]
        (finding,) = found(tmp_path, frames, NAME)
        assert finding.severity is severity
    frames = [(0.0, fragment(0, b"a" * 64, more=True)), (0.1, fragment(56, b"b" * 72, more=True))]
    (finding,) = found(tmp_path, frames, NAME)
    assert finding.severity is Severity.HIGH


def test_a_number_used_twice_is_told_softly_in_ipv4_only(tmp_path: Path) -> None:
    frames = [(0.0, fragment(0, b"a" * 64, more=True)), (0.1, fragment(0, b"b" * 64, more=True))]
    (finding,) = found(tmp_path, frames, NAME)
    assert finding.severity is Severity.LOW
    frames = [(0.0, fragment6(0, b"a" * 64, more=True)), (0.1, fragment6(0, b"b" * 64, more=True))]
    (finding,) = found(tmp_path, frames, NAME)
    assert finding.severity is Severity.HIGH


def test_many_sources_are_made_up(tmp_path: Path) -> None:
    for sources, forged in ((16, False), (17, True)):
        frames = [
            (0.01 * index + late, fragment(offset, octets, more=not late, source=f"203.0.113.{index + 1}"))
            for index in range(sources)
            for late, offset, octets in ((0, 0, b"a" * 40), (0.001, 24, b"b" * 8))
        ]
        told = found(tmp_path, frames, NAME)
        assert len(told) == (1 if forged else sources)
        assert all(bool(finding.attackers) is not forged for finding in told)


def test_ordinary_fragments() -> None:
    for name in ("busy-browsing", "tiny-fragments-nmap", "tiny-fragments-hping3"):
        silent(name, NAME)
    silent("fragment-flood-hping3", NAME, Severity.MEDIUM)
