"""Neighbour discovery and fragments built by hand, and what is found in them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding
from tests import wire
from tests.flows.dialogues import capture_of

SECOND = 1_000_000_000
ICMPV6 = 58
ALL_NODES = "ff02::1"
Timed = tuple[float, bytes]
"""Seconds after the capture's begin, and the frame."""


def found(
    folder: Path, frames: Sequence[Timed], detector: str, settings: Settings | None = None
) -> list[Finding]:
    """What one detector finds in these frames."""
    file = folder / "built.pcap"
    ordered = sorted(frames, key=lambda frame: frame[0])
    file.write_bytes(capture_of((wire.START + round(time * SECOND), octets) for time, octets in ordered))
    return netanatomy.open(file).findings(settings, only=[detector])


def link_local(mac: str) -> str:
    """The link-local address that is formed from a MAC address (RFC 4291 appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return str(ip_address(b"\xfe\x80" + bytes(6) + identifier))


def ipv6(payload: bytes, source: str, destination: str, protocol: int, hop_limit: int = 255) -> bytes:
    header = struct.pack(">IHBB", 0x60000000, len(payload), protocol, hop_limit)
    return header + ip_address(source).packed + ip_address(destination).packed + payload


def icmpv6(
    mac: str, source: str, destination: str, kind: int, body: bytes, to: str = "33:33:00:00:00:01"
) -> bytes:
    """An ICMPv6 message in an Ethernet frame, checksum right."""
    message = struct.pack(">BBH", kind, 0, 0) + body
    addresses = ip_address(source).packed + ip_address(destination).packed
    total = wire.checksum(addresses + struct.pack(">II", len(message), ICMPV6) + message)
    message = message[:2] + total.to_bytes(2, "big") + message[4:]
    return wire.ethernet(ipv6(message, source, destination, ICMPV6), 0x86DD, mac, to)


def option(kind: int, mac: str) -> bytes:
    """A link-layer address option (RFC 4861 section 4.6.1)."""
    return bytes([kind, 1]) + bytes.fromhex(mac.replace(":", ""))


def solicitation(mac: str, source: str, target: str, destination: str = "ff02::1:ff00:1") -> bytes:
    """Who has `target`? From the unspecified address it is duplicate address detection."""
    body = bytes(4) + ip_address(target).packed
    return icmpv6(mac, source, destination, 135, body + (b"" if source == "::" else option(1, mac)))


def advertisement(
    mac: str,
    target: str,
    destination: str = ALL_NODES,
    *,
    flags: int = 0x20,
    told: str | None = None,
    source: str | None = None,
) -> bytes:
    """`target` is at the MAC address; flags are 0x80 router, 0x40 solicited, 0x20 override."""
    body = struct.pack(">I", flags << 24) + ip_address(target).packed + option(2, told or mac)
    return icmpv6(mac, source or target, destination, 136, body)


def router_advertisement(
    mac: str,
    *,
    source: str | None = None,
    prefix: str = "2001:db8:1::",
    lifetime: int = 1800,
    flags: int = 0,
    destination: str = ALL_NODES,
    resolver: str = "",
    resolver_lifetime: int = 600,
) -> bytes:
    """I am a router, and this is the prefix, and the resolver (RFC 8106 section 5.1)."""
    body = struct.pack(">BBHII", 64, flags, lifetime, 0, 0)
    if prefix:
        body += struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 3600, 3600, 0) + ip_address(prefix).packed
    if resolver:
        body += struct.pack(">BBHI", 25, 3, 0, resolver_lifetime) + ip_address(resolver).packed
    return icmpv6(mac, source or link_local(mac), destination, 134, body)


def fragment(
    offset: int,
    octets: bytes,
    *,
    more: bool,
    number: int = 1,
    source: str = "10.0.0.1",
    destination: str = "192.0.2.7",
    protocol: int = 17,
) -> bytes:
    """A piece of an IPv4 datagram in an Ethernet frame."""
    packet = wire.ipv4(octets, source, destination, protocol, offset // 8 | more << 13)
    header = packet[:4] + number.to_bytes(2, "big") + packet[6:10] + bytes(2) + packet[12:20]
    right = wire.checksum(header).to_bytes(2, "big")
    return wire.ethernet(header[:10] + right + header[12:] + octets)
