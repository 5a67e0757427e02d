"""Connections alone, followed where their packets were decoded: no table is made that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from netanatomy.decode.packets import FILLED_ROWS, MAXIMUM_BATCH_OCTETS, PacketDecoder
from netanatomy.flows.connections import JUDGED_ROWS, ConnectionTracker, Found, PreparedBatch
from netanatomy.schema.frames import FrameBatch

Told = TypeVar("Told")

GROUP_FRAMES = 2_048
"""Frames that are worked on at a time, at least: many for what handing them over costs, few enough for the
octets of most to be in a cache still."""

GROUP_OCTETS = 2 << 20
"""Octets from which on fewer frames do, as offload makes them of 64 KiB."""


def groups(batches: Iterable[FrameBatch]) -> Iterator[list[FrameBatch]]:
    """Frames in groups that are worked on together, no more in one than fill a batch of packets.

    The first has all packets by which it is judged whether checksums are to be believed.
    """
    enough, enough_octets = JUDGED_ROWS, MAXIMUM_BATCH_OCTETS
    group: list[FrameBatch] = []
    frames = octets = 0
    for whole in batches:
        for batch in _parts(whole):
            group.append(batch)
            frames += len(batch)
            octets += batch.extent
            if frames >= enough or octets >= enough_octets:
                yield group
                enough, enough_octets = GROUP_FRAMES, GROUP_OCTETS
                group, frames, octets = [], 0, 0
    if group:
        yield group


def _parts(batch: FrameBatch) -> Sequence[FrameBatch]:
    """The frames in parts that fit into a batch of packets."""
    count = len(batch)
    if count <= FILLED_ROWS:
        return (batch,) if count else ()
    return [batch.part(start, start + FILLED_ROWS) for start in range(0, count, FILLED_ROWS)]


class Following(Generic[Told]):
    """The stages from frames to what is told of their connections: see `shared_work.Stages`.

    Args:
        decoder: counts the packets; others that work beside it share its counts.
        tracker: follows the connections.
        tell: makes a result of what is found.
    """

    def __init__(
        self, decoder: PacketDecoder, tracker: ConnectionTracker, tell: Callable[[Found], Told]
    ) -> None:
        self.tell = tell
        self._tracker = tracker
        self._first = decoder
        self._idle = [decoder]

    def make(self, item: list[FrameBatch], in_order: Callable[[], None]) -> list[PreparedBatch]:
        """Decode a group of frames, and prepare what came of them."""
        try:
            decoder = self._idle.pop()
        except IndexError:
            decoder = PacketDecoder((), FILLED_ROWS, self._first)
        filled = decoder.decode_in_place(item, in_order)
        prepared = [self._tracker.prepared(batch) for batch in filled]
        self._idle.append(decoder)
        return prepared

    def follow(self, ready: list[PreparedBatch]) -> Iterator[Found]:
        """Follow the packets of a group."""
        for prepared in ready:
            yield from self._tracker.observe_prepared(prepared)

    def end(self) -> Iterator[Found]:
        """End what is left."""
        return self._tracker.finish()
