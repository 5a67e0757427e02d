"""Room for frames is made as it is needed, and nothing is lost where it was too little."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from netanatomy.capture.columns import LEAST_ROOM, Alike, room_for
from netanatomy.capture.reader import open_capture
from netanatomy.schema.frames import MAXIMUM_BATCH_FRAMES


@pytest.mark.parametrize(
    ("octets", "least_record", "before", "room"),
    [
        (0, 16, 0, 1),
        (160, 16, 0, 10),
        (1 << 20, 16, 0, LEAST_ROOM),
        (1 << 20, 16, LEAST_ROOM, 2 * LEAST_ROOM),
        (1 << 20, 16, MAXIMUM_BATCH_FRAMES, MAXIMUM_BATCH_FRAMES),
        (1 << 20, 100, MAXIMUM_BATCH_FRAMES, (1 << 20) // 100),
    ],
)
def test_room_grows_with_what_came_before(octets: int, least_record: int, before: int, room: int) -> None:
    assert room_for(octets, least_record, before) == room


@pytest.mark.parametrize("rows", [0, 1, LEAST_ROOM, LEAST_ROOM + 1, MAXIMUM_BATCH_FRAMES])
def test_columns_of_frames_that_are_alike_are_shared_and_not_written_to(rows: int) -> None:
    alike = Alike(105, 70_000)
    for again in range(2):
        link_type, interface = alike.columns(rows)
        assert link_type.tolist() == [105] * rows
        assert interface.tolist() == [70_000] * rows
        for column in (link_type, interface):
            with pytest.raises(ValueError, match="read-only"):
                column[:] = again


def pcap(frames: int) -> bytes:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + b"".join(struct.pack("<IIIIB", second, 0, 1, 1, second & 255) for second in range(frames))


def snoop(frames: int) -> bytes:
    records = (struct.pack(">IIIIIIB3x", 1, 1, 28, 0, second, 0, second & 255) for second in range(frames))
    return b"snoop\0\0\0" + struct.pack(">II", 2, 4) + b"".join(records)


def pcapng(frames: int) -> bytes:
    head = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack(
        "<IIHHII", 1, 20, 1, 0, 0, 20
    )
    blocks = (
        struct.pack("<IIIIIIIBxxxI", 6, 36, 0, 0, second, 1, 1, second & 255, 36) for second in range(frames)
    )
    return head + b"".join(blocks)


@pytest.mark.parametrize("make", [pcap, snoop, pcapng])
def test_the_smallest_frames_that_overfill_a_batch_all_come_once(
    make: Callable[[int], bytes], tmp_path: Path
) -> None:
    frames = 3 * LEAST_ROOM + 5
    path = tmp_path / "small"
    path.write_bytes(make(frames))
    batches = list(open_capture([path]).batches())
    assert sum(len(batch) for batch in batches) == frames
    octets = [octet for batch in batches for octet in batch.octets[batch.offset]]
    assert octets == [number & 255 for number in range(frames)]
    ends = np.cumsum([len(batch) for batch in batches]).tolist()
    assert [batch.first_number for batch in batches] == [1, *(end + 1 for end in ends[:-1])]
    assert {int(link_type) for batch in batches for link_type in batch.link_type} == {1}
    assert {int(interface) for batch in batches for interface in batch.interface} == {0}
    times = [int(time) for batch in batches for time in batch.time]
    assert times == sorted(times)
    assert len(set(times)) == frames
