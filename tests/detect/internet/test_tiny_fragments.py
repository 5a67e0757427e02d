from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Severity
from tests.detect.built_messages import found, fragment
from tests.detect.support import caught, silent

NAME = "tiny-fragments"
TCP, UDP = 6, 17


def test_real_tools() -> None:
    assert caught("tiny-fragments-nmap", NAME).counts["headers_cut"] == 100
    assert caught("tiny-fragments-hping3", NAME).severity is Severity.MEDIUM


def test_a_first_piece_holds_the_header_or_not(tmp_path: Path) -> None:
    for length, expected in ((16, 1), (24, 0)):
        frames = [(0.0, fragment(0, bytes(length), more=True, protocol=TCP))]
        assert len(found(tmp_path, frames, NAME)) == expected


def test_a_piece_inside_the_header(tmp_path: Path) -> None:
    for offset, expected in ((8, 1), (16, 1), (24, 0)):
        frames = [(0.0, fragment(offset, bytes(8), more=False, protocol=TCP))]
        told = found(tmp_path, frames, NAME)
        assert len(told) == expected
        assert all(finding.severity is Severity.MEDIUM for finding in told)


def test_ten_short_pieces_without_a_cut_header(tmp_path: Path) -> None:
    for count, length, expected in ((9, 40, 0), (10, 40, 1), (10, 48, 0)):
        frames = [
            (0.1 * index, fragment(8 * index * 8, bytes(length), more=True, protocol=UDP))
            for index in range(count)
        ]
        told = found(tmp_path, frames, NAME)
        assert len(told) == expected
        assert all(finding.counts["headers_cut"] == 0 for finding in told)


def test_last_pieces_may_be_short(tmp_path: Path) -> None:
    frames = [
        (0.1 * index + late, fragment(offset, bytes(size), more=not late, number=index))
        for index in range(20)
        for late, offset, size in ((0, 0, 1480), (0.01, 1480, 3))
    ]
    assert not found(tmp_path, frames, NAME)


def test_ordinary_fragments() -> None:
    for name in ("busy-browsing", "fragment-flood-hping3", "large-dns-answers"):
        silent(name, NAME)
