"""Packets of every kind that rules look at, from small pools of values, so that rules meet them."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from random import Random

from tests.wire import checksum, ethernet, ipv4

MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02", "00:00:0c:00:00:01", "ff:ff:ff:ff:ff:ff")
FOUR = ("10.0.0.1", "10.0.0.2", "192.0.2.1", "10.20.0.5", "10.0.0.255")
SIX = ("2001:db8::1", "fd00::1", "fd00:20::1", "fe80::1", "::ffff:10.0.0.1")
PORTS = (0, 7, 53, 67, 80, 123, 1024, 40000)
TCP, UDP, ICMP, IGMP, GRE, SCTP, DCCP, UDPLITE, ICMPV6 = 6, 17, 1, 2, 47, 132, 33, 136, 58


def frames(seed: int, count: int) -> list[bytes]:
    """Some frames, the same for the same seed."""
    random = Random(seed)
    found: list[bytes] = []
    while len(found) < count:
        found += _datagram(random) if random.random() < 0.02 else [_frame(random)]
    return found[:count]


def _datagram(random: Random) -> list[bytes]:
    """A UDP datagram in two fragments, mostly in their order."""
    ports = struct.pack(">HHHH", random.choice(PORTS), random.choice(PORTS), 8 + 24, 0)
    source, destination = random.choice(FOUR), random.choice(FOUR)
    identification = random.randrange(100, 60_000)
    pieces = [
        _identified(ipv4(body, source, destination, UDP, fragment), 0, identification)
        for body, fragment in ((ports + bytes(16), 0x2000), (b"no ports", 3))
    ]
    return [ethernet(piece) for piece in (pieces[::-1] if random.random() < 0.2 else pieces)]


def _frame(random: Random) -> bytes:
    kind = random.random()
    source, destination = random.choice(MACS[:3]), random.choice(MACS)
    if kind < 0.1:
        return _tagged(random, _arp(random), 0x0806, source, destination)
    if kind < 0.13:
        return _tagged(random, random.randbytes(46), 0x88CC, source, destination)
    if kind < 0.55:
        return _tagged(random, _four(random), 0x0800, source, destination)
    return _tagged(random, _six(random), 0x86DD, source, destination)


def _tagged(random: Random, payload: bytes, ethertype: int, source: str, destination: str) -> bytes:
    tags = random.choice((0, 0, 0, 1, 1, 2))
    for _ in range(tags):
        payload = struct.pack(">HH", random.choice((5, 6, 7)), ethertype) + payload
        ethertype = 0x8100
    return ethernet(payload, ethertype, source, destination)


def _arp(random: Random) -> bytes:
    who = bytes.fromhex(random.choice(MACS[:3]).replace(":", "")) + ip_address(random.choice(FOUR)).packed
    lengths = random.choice(((6, 4), (6, 4), (6, 4), (8, 4)))
    header = struct.pack(">HHBBH", 1, 0x0800, *lengths, random.choice((1, 2)))
    return (header + who + bytes(6) + ip_address(random.choice(FOUR)).packed).ljust(46, b"\0")


def _transport(random: Random, protocol: int) -> bytes:
    ports = struct.pack(">HH", random.choice(PORTS), random.choice(PORTS))
    match protocol:
        case 6:
            flags = random.choice((0, 2, 18, 16, 1, 41, 4, 20, 0x102))
            rest = struct.pack(">IIHHHH", 1, 0, 0x5000 | flags, random.choice((512, 1024)), 0, 0)
            segment = ports + rest
            return segment[: random.choice((20, 20, 20, 20, 8, 13, 3))]
        case 17:
            return ports + struct.pack(">HH", 12, 0) + b"data"
        case 1:
            return bytes((random.choice((8, 0, 5, 3)), random.choice((0, 1)))) + bytes(26)
        case 58:
            kind = random.choice((128, 129, 134, 135, 136, 137))
            return bytes((kind, 0, 0, 0)) + bytes(4) + ip_address(random.choice(SIX)).packed
        case 2:
            return bytes((random.choice((17, 22, 34)), 0, 0, 0)) + bytes(8)
        case 132:
            return ports + bytes(8) + b"\x01\0\0\x04"
        case 33:
            return ports + bytes((4, 0, 0, 0)) + bytes(16)
        case 136:
            return ports + struct.pack(">HH", 8, 0) + b"data"
        case _:
            return bytes(8)


def _four(random: Random) -> bytes:
    protocol = random.choice((TCP, TCP, TCP, UDP, UDP, ICMP, IGMP, GRE, SCTP, DCCP, UDPLITE))
    body = _transport(random, protocol)
    fragment = 0
    match random.random():
        case chance if chance < 0.08:
            body, fragment = body.ljust(24, b"\0")[:24], 0x2000
        case chance if chance < 0.16:
            body, fragment = body.ljust(16, b"\0"), random.choice((1, 2, 3, 0x2001, 8191))
        case chance if chance < 0.3:
            fragment = 0x4000
    if random.random() < 0.05:
        body += bytes(1400)
    packet = ipv4(
        body, random.choice(FOUR), random.choice(FOUR), protocol, fragment, random.choice((1, 3, 5, 64, 255))
    )
    dscp = random.choice((0, 0, 46 << 2, 46 << 2 | 3, 3))
    # Another first fragment is never of the same datagram: whose ports these are is a question of its own.
    identification = random.randrange(100, 60_000) if fragment == 0x2000 else random.choice((7, 7, 9))
    return _identified(packet, dscp, identification)


def _identified(packet: bytes, dscp: int, identification: int) -> bytes:
    header = packet[:1] + bytes((dscp,)) + packet[2:4] + struct.pack(">H", identification) + packet[6:10]
    right = checksum(header + packet[12:20]).to_bytes(2, "big")
    return header + right + packet[12:]


def _six(random: Random) -> bytes:
    protocol = random.choice((TCP, TCP, UDP, ICMPV6, ICMPV6, GRE, SCTP))
    body = _transport(random, protocol)
    match random.random():
        case chance if chance < 0.1:
            units = random.choice((0, 0, 1, 2, 8191)) << 3 | random.choice((0, 1))
            identification = random.randrange(100, 60_000) if units == 1 else random.choice((7, 9))
            head = struct.pack(">BBHI", protocol, 0, units, identification)
            body = head + body.ljust(24, b"\0")[:24]
            protocol = 44
        case chance if chance < 0.2:
            body = bytes((protocol, 0)) + b"\x01\x04\0\0\0\0" + body
            protocol = random.choice((0, 60))
    first = 6 << 28 | random.choice((0, 46 << 2, 3)) << 20
    addresses = ip_address(random.choice(SIX)).packed + ip_address(random.choice(SIX)).packed
    return (
        struct.pack(">IHBB", first, len(body), protocol, random.choice((1, 3, 5, 64, 255))) + addresses + body
    )
