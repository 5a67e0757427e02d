"""A station that has an address, another one that sends in its name, and what is found."""

from __future__ import annotations

from pathlib import Path

import netanatomy
from netanatomy.schema.findings import Finding
from tests import wire
from tests.detect.built import segment
from tests.detect.internet.pings import Timed, capture

OWNER, SENDER, SERVER_MAC = "02:00:00:00:00:20", "02:00:00:00:00:66", "02:00:00:00:00:10"
ADDRESS, OWN, SERVER = "10.0.0.20", "10.0.0.66", "10.0.0.10"


def talks(
    address: str, mac: str, *, begin: float = 0.0, count: int = 10, peer: str = SERVER, pause: float = 1.0
) -> list[Timed]:
    """A station that says by ARP which address it has, and whole connections of it."""
    frames: list[Timed] = []
    for number in range(count):
        time, ports = begin + pause * number, (33_000 + number, 80)
        back = (ports[1], ports[0])
        there, here = (address, peer), (peer, address)
        steps = (
            (segment(wire.SYN, ports, (1, 0), hosts=there, mac=mac)),
            (segment(wire.SYN | wire.ACK, back, (1, 2), hosts=here, mac=SERVER_MAC)),
            (segment(wire.ACK, ports, (2, 2), hosts=there, mac=mac)),
            (segment(wire.PSH | wire.ACK, ports, (2, 2), b"GET / HTTP/1.0\r\n\r\n", there, mac)),
            (segment(wire.PSH | wire.ACK, back, (2, 20), b"HTTP/1.0 200 OK\r\n\r\n", here, SERVER_MAC)),
            (segment(wire.FIN | wire.ACK, ports, (20, 21), hosts=there, mac=mac)),
            (segment(wire.FIN | wire.ACK, back, (21, 21), hosts=here, mac=SERVER_MAC)),
            (segment(wire.ACK, ports, (21, 22), hosts=there, mac=mac)),
        )
        frames.append((time, wire.arp(1, mac, address, peer)))
        frames += [(time + 0.001 * (step + 1), octets) for step, octets in enumerate(steps)]
    return frames


def piece(number: int, offset: int, octets: bytes, protocol: int, mac: str, *, more: bool) -> bytes:
    """A fragment of the borrowed address to the server; the number tells datagrams apart."""
    packet = wire.ipv4(octets, ADDRESS, SERVER, protocol, offset // 8 | 0x2000 * more)
    header = packet[:4] + number.to_bytes(2, "big") + packet[6:10] + bytes(2) + packet[12:20]
    header = header[:10] + wire.checksum(header).to_bytes(2, "big") + header[12:]
    return wire.ethernet(header + packet[20:], 0x0800, mac)


def attack(name: str, mac: str = SENDER, ttl: int = 64, port: int = 1_024) -> list[Timed]:
    """What one detector finds, from the borrowed address."""
    there, back = (ADDRESS, SERVER), (SERVER, ADDRESS)
    frames: list[Timed] = []
    if name == "syn-flood":
        for n in range(1_200):
            frames.append((2 + n / 400, segment(wire.SYN, (port + n, 80), (n, 0), b"", there, mac, ttl)))
    elif name == "tcp-flood":
        for n in range(1_200):
            frames.append((2 + n / 400, segment(wire.ACK, (port + n, 80), (n, 77), b"", there, mac, ttl)))
            reset = segment(wire.RST, (80, port + n), (77, 0), b"", back, SERVER_MAC)
            frames.append((2.0003 + n / 400, reset))
    elif name == "udp-flood":
        for n in range(3_000):
            packet = wire.ipv4(wire.udp(bytes(400), port + n, 9), *there, 17, ttl=ttl)
            frames.append((2 + n / 1_000, wire.ethernet(packet, 0x0800, mac)))
    elif name == "ping-flood":
        for n in range(600):
            message = wire.icmp(8, 0, b"\0\1" + n.to_bytes(2, "big") + bytes(56))
            frames.append((2 + n / 200, wire.ethernet(wire.ipv4(message, *there, 1, ttl=ttl), 0x0800, mac)))
    elif name == "port-scan":
        for n in range(1, 101):
            frames.append((2 + n / 50, segment(wire.SYN, (40_000, n), (9, 0), b"", there, mac, ttl)))
            reset = segment(wire.RST | wire.ACK, (n, 40_000), (0, 10), b"", back, SERVER_MAC)
            frames.append((2.0003 + n / 50, reset))
    elif name == "handshake-violation":
        for n in range(30):
            odd = segment(wire.SYN | wire.FIN, (port + n, 80), (n, 0), b"", there, mac, ttl)
            frames.append((2 + n / 10, odd))
    elif name == "ping-of-death":
        for n in range(10):
            frames.append((2 + n / 10, piece(n, 0, bytes(400), 1, mac, more=True)))
            frames.append((2.01 + n / 10, piece(n, 65_520, bytes(400), 1, mac, more=False)))
    elif name == "fragment-overlap":
        for n in range(10):
            frames.append((2 + n / 10, piece(n, 0, wire.udp(b"a" * 28, 4_660, 53), 17, mac, more=True)))
            frames.append((2.01 + n / 10, piece(n, 24, b"bbbb", 17, mac, more=False)))
    elif name == "fragment-flood":
        for n in range(500):
            frames.append((2 + n / 100, piece(n, 8, bytes(400), 17, mac, more=True)))
    return frames


def without_arp(frames: list[Timed]) -> list[Timed]:
    """Those that are no ARP."""
    return [(time, octets) for time, octets in frames if octets[12:14] != b"\x08\x06"]


ATTACKS = (
    *("syn-flood", "tcp-flood", "udp-flood", "ping-flood", "port-scan", "handshake-violation"),
    *("ping-of-death", "fragment-overlap", "fragment-flood"),
)


def found(folder: Path, frames: list[Timed], *only: str) -> list[Finding]:
    """What is found in frames."""
    return list(netanatomy.open(capture(folder, frames)).findings(only=only or None))
