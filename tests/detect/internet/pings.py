"""Echo messages and other small packets at given times, as captures for the detectors of this layer."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

import netanatomy
from netanatomy.capture.write import PcapngWriter
from netanatomy.schema.findings import Finding
from tests import wire

Timed = tuple[float, bytes]
"""Seconds after the begin, and a frame."""


def capture(folder: Path, frames: Iterable[Timed]) -> Path:
    """A capture of frames at their times."""
    path = folder / "built.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        interface = writer.interface(1, name="eth0")
        for seconds, octets in sorted(frames, key=lambda frame: frame[0]):
            writer.frame(wire.START + round(seconds * 1e9), octets, interface)
    return path


def findings(folder: Path, frames: Iterable[Timed], detector: str) -> list[Finding]:
    """What one detector says of frames."""
    return list(netanatomy.open(capture(folder, frames)).findings(only=[detector]))


def echo(
    source: str,
    destination: str,
    *,
    reply: bool = False,
    number: int = 1,
    payload: bytes = bytes(48),
    mac: str = wire.ALICE,
    to_mac: str = wire.BOB,
    ttl: int = 64,
) -> bytes:
    """An echo request or reply of IPv4 in an Ethernet frame."""
    message = wire.icmp(0 if reply else 8, 0, struct.pack(">HH", 1, number & 0xFFFF) + payload)
    return wire.ethernet(wire.ipv4(message, source, destination, 1, 0, ttl), 0x0800, mac, to_mac)


def datagram(source: str, destination: str, *, mac: str, ttl: int = 64, port: int = 40_000) -> bytes:
    """A UDP datagram without a checksum to port 53."""
    return wire.ethernet(
        wire.ipv4(wire.udp(b"x" * 20, port, 53), source, destination, 17, 0, ttl), 0x0800, mac
    )


def ipv6(payload: bytes, source: str, destination: str, protocol: int) -> bytes:
    """An IPv6 packet."""
    header = struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64)
    return header + ip_address(source).packed + ip_address(destination).packed + payload
