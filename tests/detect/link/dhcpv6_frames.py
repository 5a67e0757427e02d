"""DHCPv6 messages built by hand from RFC 8415."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from tests import wire
from tests.detect.built_messages import ipv6, link_local
from tests.detect.link.frames import octets

SOLICIT, ADVERTISE, REQUEST, REPLY = 1, 2, 3, 7
SERVERS = "ff02::1:2"


def option(code: int, value: bytes) -> bytes:
    return struct.pack(">HH", code, len(value)) + value


def identifier(mac: str) -> bytes:
    """A DUID of the kind that is a link-layer address (section 11.4)."""
    return b"\0\3\0\1" + octets(mac)


def in_udp6(
    payload: bytes, source: str, destination: str, ports: tuple[int, int], mac: str, to: str
) -> bytes:
    head = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
    pseudo = ip_address(source).packed + ip_address(destination).packed
    total = wire.checksum(pseudo + struct.pack(">II", 8 + len(payload), 17) + head + payload)
    datagram = head[:6] + total.to_bytes(2, "big") + payload
    return wire.ethernet(ipv6(datagram, source, destination, 17, 64), 0x86DD, mac, to)


def question(kind: int, client: bytes, mac: str, transaction: int = 1) -> bytes:
    """What a client asks of all servers."""
    message = struct.pack(">I", kind << 24 | transaction) + option(1, client) + option(8, b"\0\0")
    message += option(3, bytes(12))
    return in_udp6(message, link_local(mac), SERVERS, (546, 547), mac, "33:33:00:01:00:02")


def answer(
    kind: int,
    client: bytes,
    server: bytes,
    mac: str,
    *,
    to: str,
    transaction: int = 1,
    resolver: str = "",
    address: str = "",
    port: int = 547,
) -> bytes:
    """What a server answers."""
    message = struct.pack(">I", kind << 24 | transaction) + option(1, client) + option(2, server)
    if address:
        lifetimes = struct.pack(">II", 3600, 7200)
        message += option(3, bytes(12) + option(5, ip_address(address).packed + lifetimes))
    if resolver:
        message += option(23, ip_address(resolver).packed)
    return in_udp6(message, link_local(mac), link_local(to), (port, 546), mac, to)
