"""Pieces of streams on their way out: arrays that the kernel fills and Python empties."""

from __future__ import annotations

import cython
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.identity import uid_texts
from netanatomy.schema.streams import stream_schema

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.pages import Pages
    from netanatomy.flows.record import ORIGINATOR

    # Pieces, and octets of them, that wait to be taken.
    MAXIMUM_CHUNKS = 16_384
    MAXIMUM_CHUNK_OCTETS = 4 << 20
    # What one packet may set free at most: two streams that give up every hole, and its own octets.
    RESERVED_CHUNKS = 6_144
    RESERVED_OCTETS = 5 << 18


class Chunks:
    """Pieces of streams, until they are taken.

    Attributes:
        deliver: whether pieces are wanted at all.
        one_only: whether only those of one connection are.
        count: pieces that wait.
        used: octets that wait.
        dropped: pieces lost because they were not taken in time.
    """

    def __init__(self, deliver: bool = False) -> None:
        self.deliver = deliver
        self.one_only = False
        self.wanted_high = 0
        self.wanted_low = 0
        self.count = 0
        self.used = 0
        self.dropped = 0
        capacity = MAXIMUM_CHUNKS
        arrays: dict[str, NDArray[np.generic]] = {
            "uid_high": np.zeros(capacity, np.int64),
            "uid_low": np.zeros(capacity, np.int64),
            "side": np.zeros(capacity, np.uint8),
            "offset": np.zeros(capacity, np.uint64),
            "time": np.zeros(capacity, np.int64),
            "frame": np.zeros(capacity, np.uint64),
            "missed": np.zeros(capacity, np.uint64),
            "end": np.zeros(capacity + 1, np.int32),
            "octets": np.zeros(MAXIMUM_CHUNK_OCTETS, np.uint8),
        }
        self.arrays = arrays
        self.uid_high = arrays["uid_high"].data
        self.uid_low = arrays["uid_low"].data
        self.side = arrays["side"].data
        self.offset = arrays["offset"].data
        self.time = arrays["time"].data
        self.frame = arrays["frame"].data
        self.missed = arrays["missed"].data
        self.end = arrays["end"].data
        self.octets = arrays["octets"].data

    def want(self, uid_high: cython.longlong, uid_low: cython.longlong) -> None:
        """Only the pieces of this connection from now on."""
        self.deliver = True
        self.one_only = True
        self.wanted_high = uid_high
        self.wanted_low = uid_low

    @property
    def nearly_full(self) -> bool:
        """Whether the pieces must be taken before the next packet, which might not find room."""
        return self.is_nearly_full()

    def batch(self) -> pa.RecordBatch:
        """The pieces that wait, as rows of the streams table; they wait no more."""
        arrays, count, used = self.arrays, self.count, self.used
        self.count = 0
        self.used = 0
        originator = arrays["side"][:count] == ORIGINATOR
        texts = uid_texts(arrays["uid_high"][:count].view(np.int64), arrays["uid_low"][:count].view(np.int64))
        return pa.RecordBatch.from_arrays(
            [
                texts,
                pa.Array.from_buffers(
                    pa.bool_(), count, [None, pa.py_buffer(np.packbits(originator, bitorder="little"))]
                ),
                _numbers(arrays["offset"][:count], pa.uint64()),
                _numbers(arrays["time"][:count], pa.timestamp("ns", "UTC")),
                _numbers(arrays["frame"][:count], pa.uint64()),
                _numbers(arrays["missed"][:count], pa.uint64()),
                pa.Array.from_buffers(
                    pa.binary(),
                    count,
                    [
                        None,
                        pa.py_buffer(arrays["end"][: count + 1].copy()),
                        pa.py_buffer(arrays["octets"][:used].copy()),
                    ],
                ),
            ],
            schema=stream_schema(),
        )

    def add(
        self,
        uid_high: cython.longlong,
        uid_low: cython.longlong,
        side: cython.int,
        offset: cython.longlong,
        time: cython.longlong,
        frame: cython.ulonglong,
        missed: cython.longlong,
        length: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Begin a piece; where its octets go, or -1 where there is no room for it."""
        place: cython.Py_ssize_t = self.count
        start: cython.Py_ssize_t = self.used
        if place >= MAXIMUM_CHUNKS or length > MAXIMUM_CHUNK_OCTETS - start:
            self.dropped += 1
            return -1
        self.uid_high[place] = uid_high
        self.uid_low[place] = uid_low
        self.side[place] = side
        self.offset[place] = offset
        self.time[place] = time
        self.frame[place] = frame
        self.missed[place] = missed
        self.end[place + 1] = start + length
        self.count = place + 1
        self.used = start + length
        return start

    def outside(self) -> cython.Py_ssize_t:
        """Refuse to copy outside a buffer; the streams clip before, so it is our error."""
        with cython.gil:
            raise IndexError("a stream reached outside its buffer")

    if not cython.compiled:  # compiled, these are inline: see chunks.pxd

        def is_nearly_full(self) -> cython.bint:
            """See `nearly_full`; for kernels."""
            return (
                self.count > MAXIMUM_CHUNKS - RESERVED_CHUNKS
                or self.used > MAXIMUM_CHUNK_OCTETS - RESERVED_OCTETS
            )

        def wants(self, uid_high: cython.longlong, uid_low: cython.longlong) -> cython.bint:
            """Whether pieces of this connection are wanted."""
            return self.deliver and (
                not self.one_only or (uid_high == self.wanted_high and uid_low == self.wanted_low)
            )

        def take_packet(
            self,
            to: cython.Py_ssize_t,
            packet: Packet,
            at: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.Py_ssize_t:
            """Copy octets of a packet."""
            if length == 0:
                return 0
            if to < 0 or at < 0 or at > len(packet.octets) - length:
                return self.outside()
            self.octets[to : to + length] = packet.octets[at : at + length]
            return 0

        def take_page(
            self,
            to: cython.Py_ssize_t,
            pages: Pages,
            place: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.Py_ssize_t:
            """Copy octets of a page."""
            if length == 0:
                return 0
            if to < 0 or place < 0 or place > len(pages.memory) - length:
                return self.outside()
            self.octets[to : to + length] = pages.memory[place : place + length]
            return 0


def _numbers(values: NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values.copy())])
