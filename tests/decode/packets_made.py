"""Hypothesis strategies for whole packets, right in every length and checksum unless asked otherwise."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from tests.decode.oracle import ones_complement

u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
payloads = st.binary(max_size=80)
# Ports on which nothing is known, so that a payload stays a payload.
ports = st.integers(20_000, 20_999)


def checksummed(header: bytes, at: int, rest: bytes = b"") -> bytes:
    """The header with the checksum at `at` filled in, over itself and `rest`."""
    total = 0xFFFF - ones_complement(header + rest)
    return header[:at] + struct.pack("!H", total) + header[at + 2 :]


@st.composite
def tcp_options(draw: st.DrawFn) -> bytes:
    known = st.one_of(
        st.just(b"\x01"),
        u16.map(lambda mss: struct.pack("!BBH", 2, 4, mss)),
        u8.map(lambda shift: struct.pack("!BBB", 3, 3, shift)),
        st.just(b"\x04\x02"),
        st.tuples(u32, u32).map(lambda edges: struct.pack("!BBII", 5, 10, *edges)),
        st.tuples(u32, u32).map(lambda times: struct.pack("!BBII", 8, 10, *times)),
        st.binary(max_size=6).map(lambda data: bytes([200, len(data) + 2]) + data),
    )
    options = b""
    for option in draw(st.lists(known, max_size=5)):
        if len(options) + len(option) <= 40:
            options += option
    return options + b"\0" * (-len(options) % 4)


@st.composite
def segments(draw: st.DrawFn, addresses: bytes) -> tuple[int, bytes]:
    """A TCP segment or UDP datagram and its protocol number."""
    payload = draw(payloads)
    if draw(st.booleans()):
        options = draw(tcp_options())
        flags = (20 + len(options)) // 4 << 12 | draw(st.integers(0, 0xFFF))
        segment = struct.pack(
            "!HHIIHHHH", draw(ports), draw(ports), draw(u32), draw(u32), flags, draw(u16), 0, draw(u16)
        )
        segment += options + payload
        checksum = 0xFFFF - ones_complement(addresses + struct.pack("!II", len(segment), 6) + segment)
        return 6, segment[:16] + struct.pack("!H", checksum) + segment[18:]
    segment = struct.pack("!HHHH", draw(ports), draw(ports), 8 + len(payload), 0) + payload
    checksum = 0xFFFF - ones_complement(addresses + struct.pack("!II", len(segment), 17) + segment)
    return 17, segment[:6] + struct.pack("!H", checksum or 0xFFFF) + segment[8:]


@st.composite
def ip_packets(draw: st.DrawFn, depth: int = 0) -> tuple[int, bytes]:
    """An IP packet, perhaps with another one inside, and its EtherType."""
    version = draw(st.sampled_from([4, 6]))
    size = 4 if version == 4 else 16
    # Neither 6to4 nor ISATAP addresses, which would give the tunnel another name.
    rest = draw(st.binary(min_size=2 * size - 1, max_size=2 * size - 1))
    addresses = b"\x0a" + rest.replace(b"\x5e", b"\0").replace(b"\x20", b"\0")
    if depth < 3 and draw(st.integers(0, 3)) == 0:
        ethertype, payload = draw(ip_packets(depth + 1))
        protocol = 4 if ethertype == 0x0800 else 41
    else:
        protocol, payload = draw(segments(addresses))
    if version == 4:
        options = draw(st.sampled_from([b"", b"\x94\x04\0\0", b"\x01\x01\x01\0"]))
        header = struct.pack(
            "!BBHHHBBH",
            0x45 + len(options) // 4,
            draw(u8),
            20 + len(options) + len(payload),
            draw(u16),
            draw(st.sampled_from([0, 0x4000])),
            draw(u8),
            protocol,
            0,
        )
        return 0x0800, checksummed(header + addresses + options, 10) + payload
    extensions = b""
    for kind in draw(st.lists(st.sampled_from([0, 43, 60]), max_size=3)):
        data = draw(st.sampled_from([6, 14]))
        padding = bytes([1, data - 2]) + bytes(data - 2)  # PadN; as a routing header, of type 1
        extensions = bytes([protocol, (data - 6) // 8]) + padding + extensions
        protocol = kind
    word = 6 << 28 | draw(st.integers(0, 0xFFFFFFF))
    header = struct.pack("!IHBB", word, len(extensions) + len(payload), protocol, draw(u8))
    return 0x86DD, header + addresses + extensions + payload


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """An Ethernet frame with up to three tags, an IP packet and perhaps padding."""
    ethertype, packet = draw(ip_packets())
    tags = b""
    following = ethertype
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3]))):
        tags = struct.pack("!HH", draw(u16), following) + tags
        following = draw(st.sampled_from([0x8100, 0x88A8]))
    padding = draw(st.sampled_from([b"", b"\0" * 5, b"\xff" * 3]))
    return draw(st.binary(min_size=12, max_size=12)) + struct.pack("!H", following) + tags + packet + padding
