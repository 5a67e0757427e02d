"""Captures of which nearly all checksums are wrong: they say nothing, and are not believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netanatomy.flows.connections import LEAST_WRONG
from tests.flows.following import CLIENT, SECOND, SERVER, USUAL, Frames, follow
from tests.wire import SYN, tcp_frame


def syns(wrong: int, right: int) -> Frames:
    """SYNs to as many ports, the wrong ones first."""
    frames = []
    for number in range(wrong + right):
        octets = bytearray(tcp_frame(SYN, 40_000 + number, 80, CLIENT, SERVER))
        if number < wrong:
            octets[24] ^= 0xFF  # in the header's checksum
        frames.append((number * SECOND, bytes(octets)))
    return frames


@pytest.mark.parametrize(
    ("wrong", "right", "followed"),
    [
        (LEAST_WRONG, 0, LEAST_WRONG),
        (LEAST_WRONG - 1, 0, 0),
        (90, 10, 100),
        (89, 11, 11),
    ],
)
def test_nearly_all_must_be_wrong(wrong: int, right: int, followed: int) -> None:
    found = follow(syns(wrong, right))
    assert found.counts.followed == followed
    assert found.counts.wrong_ip_checksum == wrong + right - followed
    assert len(found.rows) == followed


def test_who_asks_for_the_check_has_it() -> None:
    found = follow(syns(100, 0), options=replace(USUAL, checksums="check"))
    assert found.counts.followed == 0
