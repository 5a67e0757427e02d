"""Two hosts that say exactly what a test wants, and what the analysis tells of it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np

from netanatomy.capture.reader import open_capture
from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows.connections import ConnectionTracker, Found
from netanatomy.schema.anomaly_kinds.transport import KINDS
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frames import FrameBatch
from tests import wire
from tests.plain_rows import plain_rows
from tests.wire import ACK, FIN, SYN

CLIENT, SERVER = 0, 1
MILLISECOND = 1_000_000
"""Nanoseconds."""
ETHERNET, IPV4, TCP = 14, 20, 20
"""Octets of the headers that every frame here has."""
NOP = b"\x01"


def mss(octets: int) -> bytes:
    return struct.pack(">BBH", 2, 4, octets)


def scale(bits: int) -> bytes:
    return NOP + struct.pack(">BBB", 3, 3, bits)


def stamps(value: int, echo: int) -> bytes:
    return NOP * 2 + struct.pack(">BBII", 8, 10, value & 0xFFFF_FFFF, echo & 0xFFFF_FFFF)


SACK_PERMITTED = NOP * 2 + b"\x04\x02"


def sack(left: int, right: int) -> bytes:
    return NOP * 2 + struct.pack(">BBII", 5, 10, left, right)


def cookie(octets: bytes) -> bytes:
    option = bytes((34, 2 + len(octets))) + octets
    return option + NOP * (-len(option) % 4)


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the anomaly table."""

    frame: int
    name: str
    octets: bytes
    value: int | None
    expected: int | None
    other_frame: int | None
    offset: int


@dataclass(slots=True)
class Talk:
    """A capture in the making: every call adds a frame and gives its number, counted from 1.

    Sequence and acknowledgment numbers are relative to those of the SYNs, as tshark shows them.
    """

    starts: tuple[int, int] = (1000, 5000)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    clock: int = 0
    identifications: list[int] = field(default_factory=lambda: [100, 30_000])

    def send(
        self,
        side: int,
        flags: int,
        sequence: int = 0,
        acknowledgment: int = 0,
        payload: bytes = b"",
        *,
        window: int = 1024,
        options: bytes = b"",
        urgent: int = 0,
        ttl: int = 64,
        identification: int | None = None,
        mac: str = "",
        after: int = MILLISECOND,
        raw_acknowledgment: int | None = None,
        header_length: int | None = None,
    ) -> int:
        self.clock += after
        if identification is None:
            self.identifications[side] = (self.identifications[side] + 1) & 0xFFFF
            identification = self.identifications[side]
        acknowledged = self.starts[1 - side] + acknowledgment if flags & ACK else 0
        if raw_acknowledgment is not None:
            acknowledged = raw_acknowledgment
        ports = (40000, 80) if side == CLIENT else (80, 40000)
        segment = (
            struct.pack(
                ">HHIIHHHH",
                *ports,
                (self.starts[side] + sequence) & 0xFFFF_FFFF,
                acknowledged & 0xFFFF_FFFF,
                ((header_length or 20 + len(options)) << 10) | flags,
                window,
                0,
                urgent,
            )
            + options
            + payload
        )
        hosts = ("10.0.0.1", "192.0.2.7")
        source, destination = ip_address(hosts[side]).packed, ip_address(hosts[1 - side]).packed
        pseudo = source + destination + struct.pack(">HH", 6, len(segment))
        segment = segment[:16] + wire.checksum(pseudo + segment).to_bytes(2, "big") + segment[18:]
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), identification, 0x4000, ttl, 6, 0)
        header += source + destination
        header = header[:10] + wire.checksum(header).to_bytes(2, "big") + header[12:]
        macs = (wire.ALICE, wire.BOB)
        octets = wire.ethernet(header + segment, source=mac or macs[side], destination=macs[1 - side])
        self.frames.append((wire.START + self.clock, octets))
        return len(self.frames)

    def client(self, *segment: Any, **more: Any) -> int:
        return self.send(CLIENT, *segment, **more)

    def server(self, *segment: Any, **more: Any) -> int:
        return self.send(SERVER, *segment, **more)

    def handshake(self, options: bytes = b"", answer: bytes | None = None) -> Talk:
        self.client(SYN, 0, options=options)
        self.server(SYN | ACK, 0, 1, options=options if answer is None else answer)
        self.client(ACK, 1, 1)
        return self

    def closing(self, mine: int = 1, theirs: int = 1) -> Talk:
        self.client(FIN | ACK, mine, theirs)
        self.server(FIN | ACK, theirs, mine + 1)
        self.client(ACK, mine + 1, theirs + 1)
        return self

    def again(self, frame: int, after: int = 10_000) -> int:
        """The very octets of an earlier frame once more."""
        self.clock += after
        self.frames.append((wire.START + self.clock, self.frames[frame - 1][1]))
        return len(self.frames)

    def batch(self) -> FrameBatch:
        octets = b"".join(octets for _, octets in self.frames)
        lengths = [len(octets) for _, octets in self.frames]
        return FrameBatch(
            np.frombuffer(octets + bytes(-len(octets) % 8), np.uint8),
            1,
            np.array([time for time, _ in self.frames], np.int64),
            np.cumsum([0, *lengths[:-1]]).astype(np.int64),
            np.array(lengths, np.uint32),
            np.array(lengths, np.uint32),
            np.ones(len(lengths), np.uint16),
            np.zeros(len(lengths), np.uint32),
        )

    def told(self) -> list[Told]:
        """What the analysis tells, with the octets that it points to."""
        return list(_rows(_anomalies([self.batch()]), [octets for _, octets in self.frames]))

    def states(self) -> tuple[str | None, str | None]:
        """The states by RFC 9293 in which originator and responder are left."""
        tracker = ConnectionTracker(OPTIONS)
        ended = [found.ended for found in _found(tracker, [self.batch()]) if found.ended]
        (row,) = [row for each in ended for row in plain_rows(tracker.batch(each))]
        return row["orig_tcp_state"], row["resp_tcp_state"]

    def names(self) -> list[tuple[int, str]]:
        return [(each.frame, each.name) for each in self.told()]


OPTIONS = FlowOptions(checksums="ignore", maximum_connections=1 << 14)
KIND_NAMES = frozenset(kind.name for kind in KINDS)


def _found(tracker: ConnectionTracker, captured: Iterable[FrameBatch]) -> Iterator[Found]:
    decoder = PacketDecoder()
    for frames in captured:
        for batch in decoder.decode_with_octets(frames):
            yield from tracker.observe(batch)
    for batch in decoder.finish_with_octets():
        yield from tracker.observe(batch)
    yield from tracker.finish()


def _anomalies(captured: Iterable[FrameBatch]) -> Iterator[dict[str, Any]]:
    """What is told of TCP in these frames."""
    tracker = ConnectionTracker(OPTIONS, columns=(), anomalies=True)
    for found in _found(tracker, captured):
        if found.anomalies is not None:
            yield from (row for row in plain_rows(found.anomalies) if row["name"] in KIND_NAMES)


def _rows(rows: Iterable[dict[str, Any]], frames: list[bytes]) -> Iterator[Told]:
    for row in rows:
        octets = frames[row["frame_number"] - 1][row["offset"] : row["offset"] + row["length"]]
        yield Told(
            row["frame_number"],
            row["name"],
            octets,
            row["value"],
            row["expected"],
            row["other_frame"],
            row["offset"],
        )


def told_of(path: Path) -> set[tuple[int, str]]:
    """Frames and names of the anomalies of TCP in a capture."""
    with open_capture(path) as reader:
        return {(row["frame_number"], row["name"]) for row in _anomalies(reader.batches())}
