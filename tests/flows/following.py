"""Frames in, connections out: what the tests of the tracker have in common."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

import numpy as np

from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows.connections import ConnectionTracker, FlowCounts, Found
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packet_rows import FilledBatch
from tests import wire
from tests.plain_rows import plain_rows
from tests.wire import ACK, FIN, PSH, SYN

SECOND = 1_000_000_000
"""Nanoseconds."""

Frames = Sequence[tuple[int, bytes]]
"""Times in ns and octets."""

USUAL = FlowOptions(maximum_connections=1 << 12)
CLIENT, SERVER = "10.0.0.1", "192.0.2.7"


@dataclass(frozen=True, slots=True)
class Followed:
    """What following some frames gave.

    Attributes:
        rows: the connections in the order in which they were written.
        counts: what became of the packets.
        anomalies: rows of the anomaly table.
    """

    rows: list[dict[str, Any]]
    counts: FlowCounts
    anomalies: list[dict[str, Any]]

    @property
    def only(self) -> dict[str, Any]:
        """The one connection that there is."""
        (row,) = self.rows
        return row

    def by_time(self) -> list[dict[str, Any]]:
        """The connections by the number of their first frame."""
        return sorted(self.rows, key=lambda row: (row["first_frame"], row["uid"]))


def frame_batch(frames: Frames, first_number: int = 1, link_type: int = 1) -> FrameBatch:
    """A batch of frames as a reader gives it."""
    octets = b"".join(octets for _, octets in frames)
    lengths = [len(octets) for _, octets in frames]
    return FrameBatch(
        np.frombuffer(octets + bytes(8 - len(octets) % 8), np.uint8),
        first_number,
        np.array([time for time, _ in frames], np.int64),
        np.cumsum([0, *lengths[:-1]]).astype(np.int64),
        np.array(lengths, np.uint32),
        np.array(lengths, np.uint32),
        np.full(len(lengths), link_type, np.uint16),
        np.zeros(len(lengths), np.uint32),
    )


def follow(
    frames: Frames,
    options: FlowOptions = USUAL,
    *,
    key: tuple[int, int] | None = None,
    batch_rows: int = 8192,
    cuts: Sequence[int] = (),
    anomalies: bool = False,
    link_type: int = 1,
) -> Followed:
    """Follow frames through the decoder and the tracker; `cuts` says where a new batch of frames begins.

    Rows of the packet table are handed over in two ways, as a table and in place: both must give the same.
    """
    edges = [0, *sorted(cuts), len(frames)]
    batches = [
        frame_batch(frames[begin:end], begin + 1, link_type) for begin, end in pairwise(edges) if begin < end
    ]
    key = key or (random.getrandbits(64), random.getrandbits(64))
    followed = follow_batches(batches, options, key, batch_rows, anomalies=anomalies)
    if not anomalies:
        in_place = follow_batches(batches, options, key, batch_rows, anomalies=False, in_place=True)
        assert in_place.rows == followed.rows
        if options.checksums != "auto":  # told by the first batch, which is another one here
            assert in_place == followed
    return followed


def follow_batches(
    frame_batches: Sequence[FrameBatch],
    options: FlowOptions,
    key: tuple[int, int] | None,
    batch_rows: int,
    *,
    anomalies: bool,
    in_place: bool = False,
) -> Followed:
    """Follow batches of frames through the decoder and the tracker."""
    tracker = ConnectionTracker(options, anomalies=anomalies, key=key)
    decoder = PacketDecoder(batch_rows=batch_rows)
    rows: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []

    def batches() -> Iterator[PacketBatch | FilledBatch]:
        for frames in frame_batches:
            yield from decoder.decode_in_place([frames]) if in_place else decoder.decode_with_octets(frames)
        if not in_place:
            yield from decoder.finish_with_octets()

    def found() -> Iterator[Found]:
        for batch in batches():
            if isinstance(batch, FilledBatch):
                yield from tracker.observe_prepared(tracker.prepared(batch))
            else:
                yield from tracker.observe(batch)
        yield from tracker.finish()

    for each in found():
        if each.ended is not None:
            batch = tracker.batch(each.ended)
            batch.validate(full=True)
            rows.extend(plain_rows(batch))
        if each.anomalies is not None:
            told.extend(plain_rows(each.anomalies))
    return Followed(rows, tracker.counts, told)


def assert_accounted(followed: Followed) -> None:
    """Every row of the packet table is in one count, and every followed one in one connection."""
    counts = followed.counts
    parts = (
        counts.followed,
        counts.wrong_checksum,
        counts.not_ip,
        counts.unassembled,
        counts.cut_header,
        counts.wrong_ip_checksum,
    )
    assert min(parts) >= 0
    assert sum(parts) == counts.rows
    assert sum(row["orig_pkts"] + row["resp_pkts"] for row in followed.rows) == counts.followed
    assert len(followed.rows) == counts.connections


def at(seconds: float, octets: bytes) -> tuple[int, bytes]:
    """A frame some time after the begin."""
    return wire.START + round(seconds * SECOND), octets


def segment(
    flags: int,
    sequence: int = 0,
    acknowledgment: int = 0,
    payload: bytes = b"",
    *,
    source: str = CLIENT,
    destination: str = SERVER,
    source_port: int = 40000,
    destination_port: int = 80,
    window: int = 1024,
    options: bytes = b"",
    urgent: int = 0,
) -> bytes:
    """A TCP segment with a right checksum, without a header of IP."""
    octets = (
        struct.pack(
            ">HHIIHHHH",
            source_port,
            destination_port,
            sequence & 0xFFFF_FFFF,
            acknowledgment & 0xFFFF_FFFF,
            ((20 + len(options)) << 10) | flags,
            window,
            0,
            urgent,
        )
        + options
        + payload
    )
    pseudo = ip_address(source).packed + ip_address(destination).packed + struct.pack(">HH", 6, len(octets))
    return octets[:16] + wire.checksum(pseudo + octets).to_bytes(2, "big") + octets[18:]


def there(flags: int, sequence: int = 0, acknowledgment: int = 0, payload: bytes = b"", **more: Any) -> bytes:
    """A frame from the client to the server."""
    return wire.ethernet(wire.ipv4(segment(flags, sequence, acknowledgment, payload, **more)))


def back(flags: int, sequence: int = 0, acknowledgment: int = 0, payload: bytes = b"", **more: Any) -> bytes:
    """A frame from the server to the client."""
    ends = {"source": SERVER, "destination": CLIENT, "source_port": 80, "destination_port": 40000}
    octets = segment(flags, sequence, acknowledgment, payload, **{**ends, **more})
    return wire.ethernet(wire.ipv4(octets, SERVER, CLIENT), source=wire.BOB, destination=wire.ALICE)


def datagram(
    payload: bytes = b"?",
    source: str = CLIENT,
    destination: str = SERVER,
    source_port: int = 40000,
    destination_port: int = 53,
) -> bytes:
    """A frame with a UDP datagram."""
    octets = wire.udp(payload, source_port, destination_port)
    return wire.ethernet(wire.ipv4(octets, source, destination, 17))


def echo(kind: int, source: str = CLIENT, destination: str = SERVER, size: int = 8) -> bytes:
    """A frame with an ICMP message."""
    return wire.ethernet(wire.ipv4(wire.icmp(kind, 0, bytes(4 + size)), source, destination, 1))


def other(protocol: int, source: str = CLIENT, destination: str = SERVER, payload: bytes = b"abcd") -> bytes:
    """A frame with another IP protocol."""
    return wire.ethernet(wire.ipv4(payload, source, destination, protocol))


def packed(address: str) -> bytes:
    """An IPv4 address as the columns hold it."""
    return bytes(10) + b"\xff\xff" + ip_address(address).packed


HONEST = [
    # a connection that is opened and used, and below how it goes on to its end
    at(0, there(SYN, 100)),
    at(0.001, back(SYN | ACK, 500, 101)),
    at(0.002, there(ACK, 101, 501)),
    at(0.003, there(PSH | ACK, 101, 501, b"a" * 100)),
    at(0.004, back(PSH | ACK, 501, 201, b"b" * 100)),
    at(0.005, there(ACK, 201, 601)),
]
GOES_ON = [
    at(4.5, there(PSH | ACK, 201, 601, b"c" * 50)),
    at(4.6, back(FIN | ACK, 601, 251)),
    at(4.7, there(FIN | ACK, 251, 602)),
]


def stranger(number: int) -> str:
    """An address of its own for each number."""
    return f"172.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def from_stranger(number: int, flags: int, acknowledgment: int = 0, payload: bytes = b"") -> bytes:
    """A segment from an address of its own, with a number of its own."""
    source, sequence = stranger(number), random.Random(number).getrandbits(32)
    octets = segment(flags, sequence, acknowledgment, payload, source=source)
    return wire.ethernet(wire.ipv4(octets, source, SERVER))
