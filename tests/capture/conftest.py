"""Captures made by hand, octet by octet, from what the formats' specifications say."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import pytest

SECOND = 1_000_000_000
FRAMES = (
    (1_600_000_000 * SECOND + 123_456_000, bytes(range(60)), 60),
    (1_600_000_001 * SECOND + 999_999_000, b"\xff" * 15, 1500),
    (1_600_000_001 * SECOND, b"", 40),
    (1_600_000_002 * SECOND + 1_000, b"\x01\x02\x03", 3),
)
"""Time, octets and original length of the frames in every capture here; one time runs backwards."""


@dataclass
class Built:
    """A capture, and where in it each frame is complete."""

    octets: bytes
    ends: list[int] = field(default_factory=list)
    boundaries: list[int] = field(default_factory=list)
    """Offsets at which a file may end without a record or block being cut."""
    header: int = 0
    """Octets without which it is no capture."""


def pcap(
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    unit: int = 1000,
    extra: bytes = b"",
    link_type: int = 1,
    version: tuple[int, int] = (2, 4),
    trailer: bytes = b"",
    padding: bytes = b"",
    swapped: bool = False,
    snap_length: int = 262_144,
) -> Built:
    octets = struct.pack(order + "IHHIIII", magic, *version, 0, 0, snap_length, link_type) + trailer
    built = Built(octets, header=24, boundaries=[len(octets)])
    for time, frame, original in FRAMES:
        seconds, nanoseconds = divmod(time, SECOND)
        lengths = (len(frame) + len(padding), original + len(padding))
        if swapped:
            lengths = lengths[::-1]
        octets += struct.pack(order + "IIII", seconds, nanoseconds // unit, *lengths)
        octets += extra + padding + frame
        built.ends.append(len(octets))
        built.boundaries.append(len(octets))
    built.octets = octets
    return built


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str, options: bytes = b"") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def interface(order: str, link_type: int = 1, snap_length: int = 0, options: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link_type, 0, snap_length) + options)


def packet(
    order: str, units: int, frame: bytes, original: int, index: int = 0, options: bytes = b""
) -> bytes:
    head = struct.pack(order + "IIIII", index, units >> 32, units & 0xFFFFFFFF, len(frame), original)
    return block(order, 6, head + frame + bytes(-len(frame) % 4) + options)


def obsolete_packet(order: str, units: int, frame: bytes, original: int, drops: int = 0xFFFF) -> bytes:
    head = struct.pack(order + "HHIIII", 0, drops, units >> 32, units & 0xFFFFFFFF, len(frame), original)
    return block(order, 2, head + frame + bytes(-len(frame) % 4))


def simple_packet(order: str, frame: bytes, original: int) -> bytes:
    return block(order, 3, struct.pack(order + "I", original) + frame)


def pcapng(order: str = "<", resolution: int | None = None, offset: int | None = None) -> Built:
    options = b""
    units_per_second = 1_000_000
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
        exponent = resolution & 0x7F
        units_per_second = 1 << exponent if resolution & 0x80 else 10**exponent
    if offset is not None:
        options += option(order, 14, struct.pack(order + "q", offset))
    built = Built(b"", header=28)
    parts = [
        section(order),
        interface(order, options=options),
        *(
            packet(order, -(-(time - (offset or 0) * SECOND) * units_per_second // SECOND), frame, original)
            for time, frame, original in FRAMES
        ),
    ]
    for index, part in enumerate(parts):
        built.octets += part
        built.boundaries.append(len(built.octets))
        if index >= 2:
            built.ends.append(len(built.octets))
    return built


def snoop(network: int = 4, trailer: bytes = b"", header: bytes = b"", version: int = 2) -> Built:
    octets = b"snoop\0\0\0" + struct.pack(">II", version, network)
    built = Built(octets, header=16, boundaries=[len(octets)])
    for index, (time, frame, original) in enumerate(FRAMES):
        seconds, nanoseconds = divmod(time, SECOND)
        body = header + frame
        pad = bytes(-len(body) % 4) + trailer
        octets += struct.pack(
            ">IIIIII",
            original + len(header),
            len(body),
            24 + len(body) + len(pad),
            index,
            seconds,
            nanoseconds // 1000,
        )
        octets += body + pad
        built.ends.append(len(octets))
        built.boundaries.append(len(octets))
    built.octets = octets
    return built


class Captures:
    """The builders, for tests to call."""

    frames = FRAMES
    pcap = staticmethod(pcap)
    pcapng = staticmethod(pcapng)
    snoop = staticmethod(snoop)
    block = staticmethod(block)
    option = staticmethod(option)
    section = staticmethod(section)
    interface = staticmethod(interface)
    packet = staticmethod(packet)
    obsolete_packet = staticmethod(obsolete_packet)
    simple_packet = staticmethod(simple_packet)


@pytest.fixture(scope="session")
def captures() -> Captures:
    return Captures()


@pytest.fixture
def rows(tmp_path):
    """Read octets as a capture: (time, octets, original length) of each frame, and the reader."""
    from netanatomy.capture.reader import open_capture

    def read(octets: bytes, name: str = "capture"):
        path = tmp_path / name
        path.write_bytes(octets)
        with open_capture(path) as capture:
            found = []
            for batch in capture.batches():
                assert len(batch.octets) % 8 == 0
                assert batch.first_number == len(found) + 1
                found += [
                    (int(batch.time[i]), batch.frame(i), int(batch.original_length[i]))
                    for i in range(len(batch))
                ]
        return found, capture

    return read
