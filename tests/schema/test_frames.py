"""Batches of frames, and parts of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.flows.following import frame_batch


def test_a_part_has_the_frames_from_one_on_up_to_another() -> None:
    whole = replace(
        frame_batch([(number, bytes([number]) * (number + 1)) for number in range(10)], first_number=5),
        comments={0: "the first", 3: "within", 6: "behind"},
        flags=np.arange(10, dtype=np.uint32),
    )
    part = whole.part(3, 6)
    assert len(part) == 3
    assert part.first_number == 8
    assert part.octets is whole.octets
    assert [part.frame(index) for index in range(3)] == [whole.frame(index) for index in (3, 4, 5)]
    assert part.time.tolist() == [3, 4, 5]
    assert part.captured_length.tolist() == part.original_length.tolist() == [4, 5, 6]
    assert part.comments == {0: "within"}
    assert part.flags is not None
    assert part.flags.tolist() == [3, 4, 5]
    assert len(whole.part(8, 100)) == 2
    assert len(whole.part(4, 4)) == 0


def test_the_extent_of_a_batch_is_that_of_its_frames_in_the_buffer() -> None:
    whole = frame_batch([(number, bytes([number]) * (number + 1)) for number in range(10)])
    assert whole.extent == sum(range(1, 11))
    assert whole.part(3, 6).extent == 4 + 5 + 6
    assert whole.part(9, 10).extent == 10
    assert whole.part(4, 4).extent == 0
