"""Single frames of a capture, found by their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netanatomy.errors import UsageError
from netanatomy.pipeline.reading import Reading
from netanatomy.schema.frames import FrameBatch

if TYPE_CHECKING:
    from netanatomy.layers.anatomy import Anatomy


def frame(reading: Reading, number: int) -> FrameBatch:
    """A batch of the one frame of this number, counted from 1.

    Raises:
        UsageError: the capture has no such frame.
    """
    read = 0
    for frames in reading.frames():
        read = frames.first_number + len(frames) - 1
        if frames.first_number <= number <= read:
            at = number - frames.first_number
            one = slice(at, at + 1)
            return FrameBatch(
                frames.octets,
                number,
                frames.time[one],
                frames.offset[one],
                frames.captured_length[one],
                frames.original_length[one],
                frames.link_type[one],
                frames.interface[one],
                {0: frames.comments[at]} if at in frames.comments else {},
                None if frames.flags is None else frames.flags[one],
            )
    raise UsageError(f"there is no frame {number}: the capture has frames 1 to {read}")


def anatomies(reading: Reading, numbers: Sequence[int]) -> Iterator[tuple[int, Anatomy]]:
    """Some frames, by ascending number, each taken apart; the capture is read as far as the last of them."""
    from netanatomy.decode.anatomy import dissect

    waiting = iter(numbers)
    number = next(waiting, None)
    if number is None:
        return
    for frames in reading.frames():
        while number is not None and number < frames.first_number + len(frames):
            at = number - frames.first_number
            yield number, dissect(frames.frame(at), int(frames.link_type[at]))
            number = next(waiting, None)
        if number is None:
            return
