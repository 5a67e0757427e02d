"""The octets of a capture in large buffers, each of which a batch of frames may keep."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from netanatomy.errors import CaptureError
from netanatomy.schema.frames import Octets

CHUNK = 1024 * 1024
"""Octets of a buffer: many frames for one system call, and still at home in a core's own cache
while they are decoded. Of 256 KiB to 16 MiB this was measured to be the fastest; a pool of used
buffers gained nothing, since the allocator keeps them warm already."""

MAXIMUM_BARREN_OCTETS = 256 * 1024 * 1024
"""Octets that decompression may bring forth without a single frame that ever had a length;
bounds a small file of compressed zeros (a decompression bomb)."""

EXPANSION_FLOOR = 1024 * 1024 * 1024
"""Octets that any file may expand to, however small it is."""

MAXIMUM_EXPANSION = 5_000
"""Octets out for one octet in, beyond the floor; bounds a decompression bomb that is made of
frames. DEFLATE cannot reach more than 1,032; the other formats can reach tens of thousands, but
a capture of real frames does not."""


class CompressionError(CaptureError):
    """A compressed stream is cut off (`truncated`) or contradicts itself."""

    def __init__(self, reason: str, *, truncated: bool) -> None:
        super().__init__(reason)
        self.truncated = truncated


class Reader(Protocol):
    """What fills the buffers."""

    @property
    def octets_read(self) -> int:
        """Octets of the file that were taken so far."""
        ...

    def read_into(self, view: memoryview) -> int:
        """Fill `view` as far as possible; 0 at the end only."""
        ...


class OctetStream:
    """A window on the octets of a capture: `octets[position:end]` is what is not yet used up.

    `refill` slides the window on, into a fresh buffer, so that batches made from the old one may
    live on. `octets` is zero from `end` to the next multiple of eight.

    Attributes:
        octets: the buffer.
        position: index in `octets` of the next octet; may lie beyond `end` (that much is skipped).
        end: index in `octets` behind the last octet.
        frames: how many frames came of the octets so far; whoever makes batches of them counts.
        failure: why there are no more octets, where that is not simply the end: name and reason.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        compressed: bool,
        chunk: int = CHUNK,
        maximum_expansion: int = MAXIMUM_EXPANSION,
    ) -> None:
        self.octets: Octets = np.zeros(0, np.uint8)
        self.position = 0
        self.end = 0
        self.frames = 0
        self.failure: tuple[str, str] | None = None
        self._reader = reader
        self._compressed = compressed
        self._chunk = _words_of(chunk)
        self._base = 0
        self._ended = False
        self._fruitful = 0
        self._expansion = maximum_expansion

    @property
    def offset(self) -> int:
        """Offset of `position` in the (decompressed) file."""
        return self._base + self.position

    @property
    def read(self) -> int:
        """Octets of the (decompressed) file that were read so far."""
        return self._base + self.end

    @property
    def ended(self) -> bool:
        """Whether nothing will come behind `end`."""
        return self._ended

    def fruit(self) -> None:
        """Say that frames came of the octets so far."""
        self._fruitful = self._base + self.position

    def padded(self) -> Octets:
        """The buffer up to `end` and on to the next multiple of eight, for a batch to keep."""
        return self.octets[: _words_of(self.end)]

    def available(self, count: int) -> bool:
        """Make the next `count` octets available at `position`; False where the file ends before."""
        while self.end - self.position < count:
            if not self.refill():
                return False
        return True

    def refill(self) -> bool:
        """Read on: the unused octets move to the start of a new buffer; False at the end."""
        if self._ended:
            return False
        left = self.end - self.position
        carried, skip = (left, 0) if left > 0 else (0, -left)
        # A record larger than the buffer makes it grow, but only as far as octets really come.
        capacity = max(self._chunk, _words_of(2 * carried))
        fresh = np.empty(capacity, np.uint8)
        if carried:
            fresh[:carried] = self.octets[self.position : self.end]
        self._base += self.position - skip
        self.position = 0
        self.end = carried
        self.octets = fresh
        view = fresh.data
        while skip:
            count = self._read(view[: min(skip, capacity)])
            if not count:
                # Past the end: the position says by how much, so that it is seen as a lack.
                self.position = skip
                break
            self._base += count
            skip -= count
        count = 0 if self._ended else self._read(view[self.end :])
        self.end += count
        if self.end & 7:
            fresh[self.end : _words_of(self.end)] = 0
        return count > 0

    def _read(self, view: memoryview) -> int:
        """Read into `view`; every way in which there can be no more is noted here."""
        count = 0
        try:
            count = self._reader.read_into(view)
        except CompressionError as error:
            self.failure = ("capture-truncated" if error.truncated else "capture-damaged", str(error))
        except OSError as error:
            self.failure = ("capture-damaged", f"cannot be read further: {error.strerror or error}")
        if count and self._compressed:
            count = self._bounded(count)
        if not count:
            self._ended = True
        return count

    def _bounded(self, count: int) -> int:
        """`count`, or 0 where the file expands beyond all bounds."""
        expanded = self._base + self.end + count
        if expanded - self._fruitful > MAXIMUM_BARREN_OCTETS:
            size = MAXIMUM_BARREN_OCTETS >> 20
            self.failure = ("capture-expansion-limit", f"{size} MiB were decompressed without a frame")
            return 0
        if expanded > EXPANSION_FLOOR and expanded > self._expansion * self._reader.octets_read:
            self.failure = (
                "capture-expansion-limit",
                f"{self._reader.octets_read} octets were decompressed to more than {expanded}",
            )
            return 0
        return count


def _words_of(count: int) -> int:
    """`count` rounded up to a multiple of eight."""
    return (count + 7) & ~7
