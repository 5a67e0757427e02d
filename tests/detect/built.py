"""Captures that tests build, and what one detector finds in them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding
from tests import wire
from tests.flows.dialogues import capture_of

SECOND = 10**9  # ns
CLIENT, SERVER = "10.0.0.1", "192.0.2.7"
MACS = {CLIENT: wire.ALICE, SERVER: wire.BOB}

NOTHING_SET: Mapping[str, object] = MappingProxyType({})

Timed = tuple[int, bytes]


def found(
    folder: Path, frames: Iterable[Timed], *only: str, configs: Mapping[str, object] = NOTHING_SET
) -> list[Finding]:
    """Findings in frames, in the order of their times (ns from the capture's begin)."""
    path = folder / "built.pcap"
    ordered = sorted(frames, key=lambda frame: frame[0])
    path.write_bytes(capture_of((wire.START + time, octets) for time, octets in ordered))
    return list(netanatomy.open(path).findings(Settings(configs=configs), only=only))


def segment(
    flags: int,
    ports: tuple[int, int] = (40_000, 80),
    numbers: tuple[int, int] = (1, 0),
    payload: bytes = b"",
    hosts: tuple[str, str] = (CLIENT, SERVER),
    mac: str = "",
    ttl: int = 64,
    window: int = 8_192,
) -> bytes:
    """A TCP segment in a frame; `mac` is the sender's, if it is not the host's own."""
    header = struct.pack(">HHIIBBHHH", *ports, *(each % 2**32 for each in numbers), 0x50, flags, window, 0, 0)
    octets = header + payload
    source, destination = hosts
    pseudo = ip_address(source).packed + ip_address(destination).packed + struct.pack(">HH", 6, len(octets))
    octets = octets[:16] + wire.checksum(pseudo + octets).to_bytes(2, "big") + octets[18:]
    packet = wire.ipv4(octets, source, destination, ttl=ttl)
    return wire.ethernet(
        packet, source=mac or MACS.get(source, wire.ALICE), destination=MACS.get(destination, wire.BOB)
    )


def datagram(payload: bytes, ports: tuple[int, int], hosts: tuple[str, str] = (CLIENT, SERVER)) -> bytes:
    """A UDP datagram in a frame."""
    return wire.ethernet(wire.ipv4(wire.udp(payload, *ports), *hosts, 17))


class Talk:
    """A TCP connection, told segment by segment; the numbers are kept.

    Args:
        ports: the client's and the server's.
        hosts: the client and the server.
        begin: ns from the capture's begin.
        handshake: whether it is in the capture.
    """

    def __init__(
        self,
        ports: tuple[int, int] = (40_000, 80),
        hosts: tuple[str, str] = (CLIENT, SERVER),
        begin: int = 0,
        *,
        handshake: bool = True,
    ) -> None:
        self.ports, self.hosts = ports, hosts
        self.numbers = [1_000, 5_000]
        self.frames: list[Timed] = []
        if handshake:
            for step, (side, flags) in enumerate(((0, wire.SYN), (1, wire.SYN | wire.ACK), (0, wire.ACK))):
                self.tell(begin + step * 1_000_000, side, flags)
                self.numbers[side] += bool(flags & wire.SYN)

    def tell(
        self,
        time: int,
        side: int,
        flags: int = wire.PSH | wire.ACK,
        payload: bytes = b"",
        ahead: int = 0,
        **how: object,
    ) -> None:
        """A segment of a side that moves nothing on; `ahead` is added to its number."""
        numbers = (self.numbers[side] + ahead, self.numbers[1 - side] if flags & wire.ACK else 0)
        ports = self.ports if side == 0 else (self.ports[1], self.ports[0])
        hosts = self.hosts if side == 0 else (self.hosts[1], self.hosts[0])
        self.frames.append((time, segment(flags, ports, numbers, payload, hosts, **how)))  # type: ignore[arg-type]

    def say(self, time: int, side: int, payload: bytes) -> None:
        """A side sends data, and the other acknowledges them."""
        self.tell(time, side, payload=payload)
        self.numbers[side] += len(payload)
        self.tell(time + 100_000, 1 - side, wire.ACK)


def together(talks: Sequence[Talk]) -> list[Timed]:
    """The frames of several connections."""
    return [frame for talk in talks for frame in talk.frames]


def shortened(capture: bytes, snap: int) -> bytes:
    """A capture of which every record is cut (little-endian pcap, 24 and 16 octets of headers)."""
    found, place = capture[:24], 24
    while place < len(capture):
        kept, whole = struct.unpack_from("<II", capture, place + 8)
        body = capture[place + 16 : place + 16 + kept][:snap]
        found += capture[place : place + 8] + struct.pack("<II", len(body), whole) + body
        place += 16 + kept
    return found
