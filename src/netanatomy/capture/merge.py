"""Merges batches of several files into one order of time.

Of all files, the one whose next frame is the earliest gives it; a file's own order is kept even
where its times run backwards; of equal times the file that was named first comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from netanatomy.capture.merge_gather import gather
from netanatomy.schema.frames import MAXIMUM_BATCH_FRAMES, FrameBatch
from netanatomy.schema.frozen import changeable

MAXIMUM_MERGED_OCTETS = 8 * 1024 * 1024
"""Octets of frames in a merged batch; a single frame may be longer."""


@changeable
class Waiting:
    """A file that is not open yet: when its first frame was taken, and how to open it."""

    first_time: int
    open: Callable[[], Iterator[FrameBatch]]


@changeable
class _Queue:
    """A file that is open, and what of its current batch was not given yet.

    `keys` are times that never run backwards: each frame goes when the latest before it has gone.
    """

    rank: int
    batches: Iterator[FrameBatch]
    batch: FrameBatch | None = None
    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    given: int = 0
    _latest: int = np.iinfo(np.int64).min

    def fill(self) -> bool:
        """Have a frame to give, or return False: there are none left."""
        while self.batch is None or self.given == len(self.batch):
            self.batch = next(self.batches, None)
            if self.batch is None:
                return False
            self.given = 0
            self.keys = np.maximum.accumulate(np.maximum(self.batch.time, self._latest))
            if len(self.keys):
                self._latest = int(self.keys[-1])
        return True


def merged(files: Sequence[Waiting]) -> Iterator[FrameBatch]:
    """The frames of all files in the order of time, numbered from 1.

    A file is opened no earlier than its first frame is needed, so that a thousand captures that
    follow one another need one open file.
    """
    waiting = sorted(enumerate(files), key=lambda each: each[1].first_time, reverse=True)
    queues: list[_Queue] = []
    number = 1
    while waiting or queues:
        last = min((int(queue.keys[-1]) for queue in queues), default=None)
        while waiting and (last is None or waiting[-1][1].first_time <= last):
            rank, file = waiting.pop()
            queue = _Queue(rank, file.open())
            if queue.fill():
                queues.append(queue)
                queues.sort(key=lambda each: each.rank)
                last = min(int(each.keys[-1]) for each in queues)
        if not queues:
            continue
        if len(queues) == 1 and not waiting:
            yield from _alone(queues[0], number)
            return
        for batch in _safe(queues, number):
            number += len(batch)
            yield batch
        queues = [queue for queue in queues if queue.fill()]


def renumbered(batch: FrameBatch, number: int) -> FrameBatch:
    """The same batch with another first number."""
    return FrameBatch(
        batch.octets,
        number,
        batch.time,
        batch.offset,
        batch.captured_length,
        batch.original_length,
        batch.link_type,
        batch.interface,
        batch.comments,
        batch.flags,
    )


def _alone(queue: _Queue, number: int) -> Iterator[FrameBatch]:
    """The rest of the last file, which need not be copied."""
    batch = queue.batch
    while batch is not None:
        if queue.given:
            batch = batch.part(queue.given, len(batch))
            queue.given = 0
        yield renumbered(batch, number)
        number += len(batch)
        batch = next(queue.batches, None)


def _safe(queues: Sequence[_Queue], number: int) -> Iterator[FrameBatch]:
    """All frames that surely come before any that was not read yet, merged.

    The file whose current batch ends first decides: nothing that is still to be read comes before
    that end. Frames of the same time go if their file comes before that file.
    """
    deciding = min(queues, key=lambda each: (int(each.keys[-1]), each.rank))
    horizon = int(deciding.keys[-1])
    parts: list[tuple[FrameBatch, int, int]] = []
    keys: list[NDArray[np.int64]] = []
    for queue in queues:
        if queue.rank <= deciding.rank:
            stop = int(np.searchsorted(queue.keys, horizon, side="right"))
        else:
            stop = int(np.searchsorted(queue.keys, horizon, side="left"))
        if queue.batch is not None and stop > queue.given:
            parts.append((queue.batch, queue.given, stop))
            keys.append(queue.keys[queue.given : stop])
            queue.given = stop
    # Runs that are each in order: a stable sort merges them in linear time.
    order = np.argsort(np.concatenate(keys), kind="stable")
    which = np.repeat(np.arange(len(parts)), [stop - start for _, start, stop in parts])[order]
    rows = np.concatenate([np.arange(start, stop) for _, start, stop in parts])[order]
    lengths = np.concatenate([part.captured_length[start:stop] for part, start, stop in parts])[order]
    ends = np.cumsum(lengths, dtype=np.int64)
    begin = 0
    while begin < len(rows):
        base = int(ends[begin] - lengths[begin])
        full = int(np.searchsorted(ends, base + MAXIMUM_MERGED_OCTETS, side="right"))
        stop = min(max(begin + 1, full), begin + MAXIMUM_BATCH_FRAMES)
        yield _joined([part for part, _, _ in parts], which[begin:stop], rows[begin:stop], number)
        number += stop - begin
        begin = stop


def _joined(
    parts: Sequence[FrameBatch], which: NDArray[np.int64], rows: NDArray[np.int64], number: int
) -> FrameBatch:
    """A batch with a buffer of its own: its frame *i* is frame `rows[i]` of `parts[which[i]]`."""
    count = len(rows)
    time = np.empty(count, np.int64)
    captured = np.empty(count, np.uint32)
    original = np.empty(count, np.uint32)
    link_type = np.empty(count, np.uint16)
    interface = np.empty(count, np.uint32)
    flags = np.zeros(count, np.uint32) if any(part.flags is not None for part in parts) else None
    comments: dict[int, str] = {}
    chosen = [(part, np.flatnonzero(which == index)) for index, part in enumerate(parts)]
    for part, places in chosen:
        taken = rows[places]
        time[places] = part.time[taken]
        captured[places] = part.captured_length[taken]
        original[places] = part.original_length[taken]
        link_type[places] = part.link_type[taken]
        interface[places] = part.interface[taken]
        if flags is not None and part.flags is not None:
            flags[places] = part.flags[taken]
        if part.comments:
            for place, row in zip(places.tolist(), taken.tolist(), strict=True):
                if row in part.comments:
                    comments[place] = part.comments[row]
    offset = np.zeros(count, np.int64)
    np.cumsum(captured[:-1], out=offset[1:], dtype=np.int64)
    size = int(offset[-1]) + int(captured[-1])
    octets = np.empty((size + 7) & ~7, np.uint8)
    octets[size:] = 0
    for part, places in chosen:
        gather(
            part.octets.data,
            part.offset.data,
            part.captured_length.data,
            rows.data,
            places.data,
            octets.data,
            offset.data,
        )
    return FrameBatch(octets, number, time, offset, captured, original, link_type, interface, comments, flags)
