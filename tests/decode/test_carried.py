"""Kernels of what IP, UDP and GRE carry, against the slow reading: whole, cut, damaged, or mere octets."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.layers.protocol import Carrier, registry
from tests.decode.agreement import Frame, decoded, disagreements
from tests.layers.upper import A4, A6, B4, B6, ETHERNET, IPV4, OCTETS, checksummed

RAW_IPV4, RAW_IPV6 = 228, 229  # LINKTYPE_ numbers


def in_ipv4(protocol: int, payload: bytes, options: bytes = b"", length: int | None = None) -> Frame:
    header_length = 20 + len(options)
    total = header_length + len(payload) if length is None else length
    header = struct.pack("!BBHHHBBH", 0x40 | header_length // 4, 0, total, 7, 0x4000, 64, protocol, 0)
    return Frame(checksummed(header + A4 + B4 + options, 10) + payload, RAW_IPV4)


def in_ipv6(protocol: int, payload: bytes, length: int | None = None) -> Frame:
    length = len(payload) if length is None else length
    return Frame(struct.pack("!IHBB", 6 << 28, length, protocol, 64) + A6 + B6 + payload, RAW_IPV6)


def in_udp(port: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", 50_000, port, 8 + len(payload), 0) + payload


def in_gre(protocol: int, payload: bytes) -> bytes:
    return struct.pack("!HHI", 0x1000, protocol, 1) + payload


def ways(name: str, payload: bytes) -> Iterator[Frame]:
    """Packets that carry these octets as that protocol."""
    for carried in registry().by_name[name].carried_by:
        number = carried.number
        if carried.carrier is Carrier.IP_PROTOCOL:
            yield in_ipv4(number, payload)
            yield in_ipv6(number, payload)
            yield in_ipv6(0, bytes([number, 0, 5, 2, 0, 0, 1, 0]) + payload)
        elif carried.carrier is Carrier.UDP_PORT:
            yield in_ipv4(17, in_udp(number, payload))
            yield in_ipv6(17, in_udp(number, payload))
        elif carried.carrier is Carrier.GRE or carried.carrier is Carrier.ETHERTYPE:
            yield in_ipv4(47, in_gre(number, payload))


EXTENSIONS = (
    b"\x2b\x00\x01\x04\x00\x00\x00\x00",
    b"\x3c\x04\x00\x01\x00\x00\x00\x00" + A6 + B6,
    b"\x33\x02\x01\x04\x00\x00\x00\x00\xc9\x10" + A6[:14],
    b"\x06\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02",
)

FRAMES = [(name, frame) for name in OCTETS for frame in ways(name, bytes.fromhex(OCTETS[name]))]
FRAMES += [
    ("chain", in_ipv6(0, b"".join(EXTENSIONS) + bytes.fromhex(OCTETS["tcp"]))),
    ("route", in_ipv4(17, in_udp(9, b"abcd"), b"\x83\x0b\x04" + B4 + A4 + b"\x00")),
    ("options", in_ipv4(17, in_udp(9, b"abcd"), b"\x44\x09\x00\x00")),
    ("mirror", in_ipv4(47, b"\x00\x00\x88\xbe" + bytes.fromhex(ETHERNET))),
    ("pptp", in_ipv4(47, bytes.fromhex(f"3081 880b 0020 0007 0000 0001 0000 0002 ff03 0021 {IPV4}"))),
    ("access point", in_ipv4(47, b"\x00\x00\x82\x00" + bytes(40))),
    ("web cache", in_ipv4(47, b"\x00\x00\x88\x3e\x00\x01\x02\x03" + bytes.fromhex(IPV4))),
    ("register", in_ipv4(103, b"\x21\x00\xde\xff\x00\x00\x00\x00" + bytes.fromhex(IPV4))),
    ("null register", in_ipv4(103, b"\x21\x00\x9e\xff\x40\x00\x00\x00" + bytes.fromhex(IPV4))),
    ("line", in_ipv4(17, in_udp(1701, bytes.fromhex(f"0002 0007 0009 ff03 0021 {IPV4}")))),
    ("marked", in_ipv4(17, in_udp(4500, bytes(4) + bytes.fromhex(OCTETS["ike"])))),
    ("keepalive", in_ipv4(17, in_udp(4500, b"\xff"))),
    ("labels", in_ipv4(17, in_udp(6635, bytes.fromhex(f"00001140 {IPV4}")))),
    ("longer than it is", in_ipv4(17, in_udp(9, b"abcd"), length=60)),
    ("longer than it is", in_ipv6(6, bytes.fromhex(OCTETS["tcp"]), length=99)),
]


@pytest.mark.parametrize(("name", "frame"), FRAMES)
def test_whole_packets(name: str, frame: Frame) -> None:
    assert not disagreements([frame])


@pytest.mark.parametrize(("name", "frame"), FRAMES)
def test_every_truncation(name: str, frame: Frame) -> None:
    whole = frame.octets
    lost = [Frame(whole[:length], frame.link_type) for length in range(len(whole))]
    assert not disagreements(lost)
    # The same where the capture, not the packet, is short; what a frame was the slow reading cannot know.
    for rows in decoded(
        [Frame(whole[:length], frame.link_type, len(whole)) for length in range(1, len(whole))]
    ):
        assert rows
        assert rows[-1]["stop_reason"] != "truncated"


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_packets(data: st.DataObject) -> None:
    frame = data.draw(st.sampled_from(FRAMES))[1]
    octets = bytearray(frame.octets)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    assert not disagreements([Frame(bytes(octets), frame.link_type)])


def numbers(carrier: Carrier) -> list[int]:
    return sorted(carried.number for carried in registry().by_carrier if carried.carrier is carrier)


@given(payload=st.binary(max_size=90), number=st.sampled_from(numbers(Carrier.IP_PROTOCOL)))
@settings(max_examples=300, deadline=None)
def test_mere_octets_in_ip(payload: bytes, number: int) -> None:
    assert not disagreements([in_ipv4(number, payload), in_ipv6(number, payload)])


@given(payload=st.binary(max_size=90), port=st.sampled_from(numbers(Carrier.UDP_PORT)))
@settings(max_examples=300, deadline=None)
def test_mere_octets_in_udp(payload: bytes, port: int) -> None:
    assert not disagreements([in_ipv4(17, in_udp(port, payload)), in_ipv6(17, in_udp(port, payload))])


@pytest.mark.parametrize("subtype", range(16))
@pytest.mark.parametrize("length", range(3, 13))
@pytest.mark.parametrize("flags", [0x02, 0x12, 0x10])
def test_options_of_multipath_tcp_of_every_length(subtype: int, length: int, flags: int) -> None:
    options = bytes([30, length, subtype << 4]).ljust(length, b"\x01").ljust(12, b"\x01")
    header = struct.pack(">HHIIBBHHH", 1234, 80, 1, 0, 0x80, flags, 1024, 0, 0) + options
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(header), 0, 0, 64, 6, 0, bytes(4), bytes([10, 0, 0, 1])
    )
    assert not disagreements([Frame(ip + header, 228)])
