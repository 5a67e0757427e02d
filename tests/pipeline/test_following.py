"""Connections on one core and on two, in small groups and large ones: the same rows in the same order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netanatomy
from netanatomy import shared_work
from netanatomy.errors import CaptureError
from netanatomy.flows.connections import JUDGED_ROWS
from netanatomy.pipeline import following
from netanatomy.pipeline.following import FILLED_ROWS, GROUP_FRAMES, groups
from netanatomy.schema.frames import FrameBatch
from tests.flows.following import at, frame_batch, there
from tests.plain_rows import plain_rows
from tests.wire import SYN

CAPTURES = sorted((Path(__file__).parents[2] / "lab" / "captures").rglob("*.pcap*"))


def frames(count: int, first: int = 1) -> FrameBatch:
    return frame_batch([at(number, there(SYN, number)) for number in range(count)], first)


def connections(path: Path) -> tuple[list[dict[str, Any]], object, object]:
    """Rows in their order, and the counts."""
    capture = netanatomy.open(path)
    rows = [row for batch in capture.connections() for row in plain_rows(batch)]
    return rows, capture.counts, capture.flow_counts


@pytest.mark.parametrize("path", CAPTURES[::9], ids=lambda path: path.name)
def test_cores_and_groups_change_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_work, "cores", lambda: 1)
    expected = connections(path)
    monkeypatch.setattr(shared_work, "cores", lambda: 2)
    assert connections(path) == expected
    monkeypatch.setattr(following, "GROUP_FRAMES", 5)
    monkeypatch.setattr(following, "JUDGED_ROWS", 5)
    monkeypatch.setattr(following, "FILLED_ROWS", 16)
    assert connections(path) == expected


def test_groups_hold_all_frames_in_order() -> None:
    sizes = [1, 10, 3 * FILLED_ROWS + 1, 5, GROUP_FRAMES - 5, 1, 2 * FILLED_ROWS]
    batches, first = [], 1
    for size in sizes:
        batches.append(frames(size, first))
        first += size
    found = list(groups(batches))
    numbers = [
        number
        for group in found
        for batch in group
        for number in range(batch.first_number, batch.first_number + len(batch))
    ]
    assert numbers == list(range(1, first))
    counts = [sum(len(batch) for batch in group) for group in found]
    assert counts[0] >= JUDGED_ROWS
    assert all(GROUP_FRAMES <= count < GROUP_FRAMES + FILLED_ROWS for count in counts[1:-1])
    assert all(len(batch) <= FILLED_ROWS for group in found for batch in group)


def test_groups_of_large_frames_are_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAXIMUM_BATCH_OCTETS", 10_000)
    monkeypatch.setattr(following, "GROUP_OCTETS", 1_000)
    batches = [frames(10, 1 + 10 * number) for number in range(100)]
    octets = int(batches[0].captured_length.sum())
    first, *rest = groups(batches)
    assert 10_000 <= octets * len(first) < 10_000 + octets
    assert all(1_000 <= octets * len(group) < 1_000 + octets for group in rest[:-1])


def test_no_frames_make_no_groups() -> None:
    assert list(groups([])) == []


def test_a_capture_that_is_gone_is_told_in_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gone.pcap"
    path.write_bytes(CAPTURES[0].read_bytes())
    for number in (1, 2):
        monkeypatch.setattr(shared_work, "cores", lambda number=number: number)
        capture = netanatomy.open(path)
        list(capture.connections())
        path.rename(tmp_path / "elsewhere")
        with pytest.raises(CaptureError, match=r"gone\.pcap"):
            list(capture.connections())
        (tmp_path / "elsewhere").rename(path)
