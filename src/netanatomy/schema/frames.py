"""Frames: one row per record of a capture, in batches that own their octets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen

Octets: TypeAlias = NDArray[np.uint8]

MAXIMUM_BATCH_FRAMES = 32_768
"""Rows of a batch: enough to make the cost per batch vanish, few enough to stay in the cache."""


@frozen
class FrameBatch:
    """Some tens of thousands of frames and the buffer in which their octets lie.

    Every array has one element a frame. `octets` is padded with zeros to a multiple of eight
    octets, so that kernels may read it as words; frame *i* is
    `octets[offset[i] : offset[i] + captured_length[i]]`. A batch is never changed once it is made.

    Attributes:
        octets: the buffer.
        first_number: number of the first frame, counted from 1 over the whole capture.
        time: nanoseconds since 1970-01-01 UTC, from the capture and never from a clock.
        offset: where the frame begins in `octets`.
        captured_length: octets of the frame that the capture holds.
        original_length: octets that the frame had on the wire.
        link_type: LINKTYPE_ number, see https://www.tcpdump.org/linktypes.html.
        interface: index into the capture's interfaces.
        comments: comments of single frames, by index in this batch.
        flags: what the capture says of a frame beside its octets, as pcapng's epb_flags: bits 0–1
            direction (1 in, 2 out), 2–4 kind of reception, 5–8 octets of frame check sequence,
            16–31 errors of the link; 0 where it says nothing. None where it says so of no frame.
    """

    octets: Octets
    first_number: int
    time: NDArray[np.int64]
    offset: NDArray[np.int64]
    captured_length: NDArray[np.uint32]
    original_length: NDArray[np.uint32]
    link_type: NDArray[np.uint16]
    interface: NDArray[np.uint32]
    comments: Mapping[int, str] = field(default_factory=dict)
    flags: NDArray[np.uint32] | None = None

    def __len__(self) -> int:
        return len(self.time)

    @property
    def extent(self) -> int:
        """Octets of the buffer from the beginning of the first frame to the end of the last, in order."""
        if not len(self.time):
            return 0
        return int(self.offset[-1]) - int(self.offset[0]) + int(self.captured_length[-1])

    def frame(self, index: int) -> bytes:
        """The octets of one frame, by its index in this batch."""
        start = int(self.offset[index])
        return self.octets[start : start + int(self.captured_length[index])].tobytes()

    def part(self, start: int, stop: int) -> FrameBatch:
        """The frames from an index on, up to another one, as a batch of the same octets."""
        return FrameBatch(
            self.octets,
            self.first_number + start,
            self.time[start:stop],
            self.offset[start:stop],
            self.captured_length[start:stop],
            self.original_length[start:stop],
            self.link_type[start:stop],
            self.interface[start:stop],
            {index - start: text for index, text in self.comments.items() if start <= index < stop},
            None if self.flags is None else self.flags[start:stop],
        )
