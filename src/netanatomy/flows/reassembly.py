"""Streams put together from Python, segment by segment: the kernels of streams.py without packets.

Good for a few connections: for exploring what an overlap does, for segments that come from elsewhere,
and for tests, which so run the kernels both compiled and uncompiled.
"""

from __future__ import annotations

import cython
import numpy as np
import pyarrow as pa

from netanatomy.schema.overlap_policies import DEFAULT_OVERLAP_POLICY

if not cython.compiled:
    from netanatomy.flows.events import Events
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import ORIGINATOR, RESPONDER
    from netanatomy.flows.streams import Streams
    from netanatomy.flows.table import Connections

ROOM_FOR_EVENTS = 4096
READINGS = 1024


class Reassembly:
    """Up to `connections` connections, numbered from 0; see `Streams` for what bounds them.

    Attributes:
        streams: the kernel, with its counters.
        events: anomalies noted: segments whose octets differ from earlier ones.

    >>> streams = Reassembly(policy="last")
    >>> streams.segment(True, 6, b"world")
    >>> streams.segment(True, 0, b"hello ")
    >>> streams.close()
    >>> b"".join(streams.batch()["data"].to_pylist())
    b'hello world'
    """

    def __init__(
        self,
        policy: str = DEFAULT_OVERLAP_POLICY,
        depth: int = 1 << 20,
        memory: int = 8 << 20,
        connections: int = 1,
    ) -> None:
        self.streams = Streams(policy, depth, memory, True)
        self.events = Events(ROOM_FOR_EVENTS, READINGS)
        self.table = Connections(connections, (0, 0))
        self.packet = Packet()

    def segment(
        self,
        is_orig: bool,
        offset: int,
        octets: bytes,
        cut: int = 0,
        frame: int = 0,
        time: int = 0,
        connection: int = 0,
    ) -> None:
        """A side sent octets, the first of them at `offset`, and `cut` more that were not captured."""
        self._load(is_orig, octets, cut, frame, time, connection)
        self.streams.segment(self.table, self.packet, self.events, offset)

    def datagram(
        self,
        is_orig: bool,
        octets: bytes,
        cut: int = 0,
        frame: int = 0,
        time: int = 0,
        connection: int = 0,
    ) -> None:
        """A side sent a datagram, of which `cut` octets at its end were not captured."""
        self._load(is_orig, octets, cut, frame, time, connection)
        self.streams.datagram(self.table, self.packet)

    def acknowledged(self, is_orig: bool, offset: int, connection: int = 0) -> None:
        """The other side acknowledged what this side sent before `offset`."""
        self.packet.detail = connection
        self.streams.acknowledged(self.table, self.packet, ORIGINATOR if is_orig else RESPONDER, offset)

    def close(self, connection: int = 0) -> None:
        """The connection ended."""
        self.streams.close(self.table, connection)

    def batch(self) -> pa.RecordBatch:
        """What came in order since the last time, as rows of the streams table."""
        return self.streams.batch()

    def _load(self, is_orig: bool, octets: bytes, cut: int, frame: int, time: int, connection: int) -> None:
        packet: Packet = self.packet
        packet.octets = np.frombuffer(octets + bytes(1), np.uint8).copy().data
        packet.at = 0
        packet.captured = len(octets)
        packet.payload = len(octets) + cut
        packet.payload_offset = 54  # Ethernet, IPv4 and TCP without options
        packet.side = ORIGINATOR if is_orig else RESPONDER
        packet.detail = connection
        packet.frame = frame
        packet.time = time
        packet.uid_high = 0
        packet.uid_low = connection
