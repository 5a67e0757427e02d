"""Packets made by hand, and captures of them, for tests that need something to read."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from pathlib import Path

from netanatomy.capture.write import PcapngWriter

START = 1_700_000_000_000_000_000
ALICE, BOB = "00:00:0c:00:00:01", "02:00:00:00:00:02"
FIN, SYN, RST, PSH, ACK, URG = (1 << bit for bit in range(6))


def checksum(octets: bytes) -> int:
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(payload: bytes, ethertype: int = 0x0800, source: str = ALICE, destination: str = BOB) -> bytes:
    addresses = bytes.fromhex(destination.replace(":", "") + source.replace(":", ""))
    return addresses + ethertype.to_bytes(2, "big") + payload


def ipv4(
    payload: bytes,
    source: str = "10.0.0.1",
    destination: str = "192.0.2.7",
    protocol: int = 6,
    fragment: int = 0,
    ttl: int = 64,
) -> bytes:
    addresses = ip_address(source).packed + ip_address(destination).packed
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, ttl, protocol, 0)
    right = checksum(header + addresses).to_bytes(2, "big")
    return header[:10] + right + addresses + payload


def tcp(
    flags: int,
    source_port: int = 40000,
    destination_port: int = 80,
    payload: bytes = b"",
    source: str = "10.0.0.1",
    destination: str = "192.0.2.7",
) -> bytes:
    segment = (
        struct.pack(">HHIIBBHHH", source_port, destination_port, 1, 0, 0x50, flags, 1024, 0, 0) + payload
    )
    pseudo = ip_address(source).packed + ip_address(destination).packed + struct.pack(">HH", 6, len(segment))
    return segment[:16] + checksum(pseudo + segment).to_bytes(2, "big") + segment[18:]


def tcp_frame(
    flags: int,
    source_port: int = 40000,
    destination_port: int = 80,
    source: str = "10.0.0.1",
    destination: str = "192.0.2.7",
    payload: bytes = b"",
) -> bytes:
    segment = tcp(flags, source_port, destination_port, payload, source, destination)
    return ethernet(ipv4(segment, source, destination))


def udp(payload: bytes, source_port: int, destination_port: int) -> bytes:
    return struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def arp(operation: int, sender_mac: str, sender: str, target: str) -> bytes:
    header = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    who = bytes.fromhex(sender_mac.replace(":", "")) + ip_address(sender).packed
    return ethernet(header + who + bytes(6) + ip_address(target).packed, 0x0806, sender_mac)


def icmp(kind: int, code: int, body: bytes) -> bytes:
    message = struct.pack(">BBH", kind, code, 0) + body
    return message[:2] + checksum(message).to_bytes(2, "big") + message[4:]


def write_capture(
    path: Path, frames: list[bytes], *, name: str = "eth0", comment: str = "", link_type: int = 1
) -> Path:
    """A pcapng file of frames that are one millisecond apart; `comment` is on the first."""
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        interface = writer.interface(link_type, name=name)
        for number, octets in enumerate(frames):
            said = comment if number == 0 else ""
            writer.frame(START + number * 1_000_000, octets, interface, comment=said)
    return path


def handshake(client: str = "10.0.0.1", server: str = "192.0.2.7", port: int = 443) -> list[bytes]:
    """A connection that is opened, used and closed: 7 segments."""
    there = {"source": client, "destination": server, "source_port": 40000, "destination_port": port}
    back = {"source": server, "destination": client, "source_port": port, "destination_port": 40000}
    return [
        tcp_frame(SYN, **there),
        tcp_frame(SYN | ACK, **back),
        tcp_frame(ACK, **there),
        tcp_frame(PSH | ACK, **there, payload=b"hello"),
        tcp_frame(FIN | ACK, **back),
        tcp_frame(FIN | ACK, **there),
        tcp_frame(ACK, **back),
    ]
