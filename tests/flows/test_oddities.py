"""Oddities of single packets: each with its exact octets, and what looks the same and is none."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.capture.reader import open_capture
from netanatomy.decode.packets import PacketDecoder
from netanatomy.errors import CaptureError
from netanatomy.flows.oddities import columns, find
from netanatomy.schema.packet_batch import PacketBatch
from tests.decode.agreement import Frame, batch
from tests.decode.packets_made import frames as made_frames
from tests.wire import ALICE, BOB, SYN, arp, checksum, ethernet, icmp, ipv4, tcp, tcp_frame, udp

IPV6 = 0x86DD
Found = dict[str, list[tuple[int, int, int, int | None, int | None]]]
"""By name: frame, offset, length, value, expected."""


def decoded(frames: Sequence[Frame | bytes], wanted: tuple[str, ...] | None = None) -> list[PacketBatch]:
    decoder = PacketDecoder(wanted)
    taken = [Frame(one, 1) if isinstance(one, bytes) else one for one in frames]
    return [*decoder.decode_with_octets(batch(taken)), *decoder.finish_with_octets()]


def odd(*frames: Frame | bytes, octets: bool = True) -> Found:
    found: Found = {}
    for packets in decoded(frames):
        numbers = packets.table["frame_number"].to_pylist()
        for hits in find(packets.table, packets.pieces if octets else ()):
            values = [None] * len(hits.rows) if hits.value is None else hits.value.tolist()
            right = [None] * len(hits.rows) if hits.expected is None else hits.expected.tolist()
            rows = found.setdefault(hits.name, [])
            for place, row in enumerate(hits.rows.tolist()):
                where = int(hits.offset[place]), int(hits.length[place])
                rows.append((numbers[row], *where, values[place], right[place]))
    return found


def ipv6(
    payload: bytes,
    following: int = 17,
    source: str = "2001:db8::1",
    destination: str = "2001:db8::2",
    hops: int = 64,
) -> bytes:
    header = struct.pack("!IHBB", 6 << 28, len(payload), following, hops)
    return ethernet(header + ip_address(source).packed + ip_address(destination).packed + payload, IPV6)


def udp6(payload: bytes = b"", source: str = "2001:db8::1", destination: str = "2001:db8::2") -> bytes:
    """A datagram with its checksum."""
    plain = udp(payload, 20_000, 20_001)
    pseudo = ip_address(source).packed + ip_address(destination).packed + struct.pack("!II", len(plain), 17)
    return plain[:6] + (checksum(pseudo + plain) or 0xFFFF).to_bytes(2, "big") + plain[8:]


def udp4(
    payload: bytes = b"", source_port: int = 20_000, destination_port: int = 20_001, **more: str
) -> bytes:
    return ethernet(ipv4(udp(payload, source_port, destination_port), protocol=17, **more))


def resummed(frame: bytes) -> bytes:
    """The frame with the checksum of its IPv4 header made right again."""
    end = 14 + (frame[14] & 15) * 4
    header = frame[14:24] + b"\0\0" + frame[26:end]
    return frame[:24] + checksum(header).to_bytes(2, "big") + frame[26:]


def changed(frame: bytes, at: int, octets: bytes) -> bytes:
    return frame[:at] + octets + frame[at + len(octets) :]


def with_options(options: bytes, payload: bytes = b"") -> bytes:
    frame = ethernet(ipv4(options + payload, protocol=200))
    return resummed(changed(frame, 14, bytes([0x45 + len(options) // 4])))


def fragments(*pieces: tuple[int, bytes, bool], protocol: int = 17) -> list[bytes]:
    return [
        ethernet(ipv4(octets, protocol=protocol, fragment=offset // 8 | (0x2000 if more else 0)))
        for offset, octets, more in pieces
    ]


def test_ordinary_frames_have_none() -> None:
    assert odd(tcp_frame(SYN), udp4(b"x"), ipv6(udp6(b"x")), arp(1, ALICE, "10.0.0.1", "10.0.0.2")) == {}
    assert odd(ethernet(ipv4(icmp(8, 0, bytes(8)), protocol=1))) == {}


# Addresses


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("loopback-on-link", "127.0.0.1"),
        ("this-network-address", "0.1.2.3"),
        ("reserved-address", "240.0.0.1"),
        ("multicast-source", "224.0.0.251"),
        ("multicast-source", "239.255.255.250"),
        ("broadcast-source", "255.255.255.255"),
        ("unspecified-source", "0.0.0.0"),
        ("link-local-beyond-link", "169.254.1.1"),
    ],
)
def test_martian_sources(name: str, address: str) -> None:
    assert odd(udp4(source=address, destination="8.8.8.8")) == {name: [(1, 26, 4, None, None)]}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("loopback-on-link", "127.0.0.1"),
        ("this-network-address", "0.1.2.3"),
        ("reserved-address", "255.255.255.254"),
        ("unspecified-destination", "0.0.0.0"),
        ("link-local-beyond-link", "169.254.1.1"),
    ],
)
def test_martian_destinations(name: str, address: str) -> None:
    assert odd(udp4(source="8.8.8.8", destination=address)) == {name: [(1, 30, 4, None, None)]}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("loopback-on-link", "::1"),
        ("multicast-source", "ff02::1"),
        ("unspecified-source", "::"),
        ("ipv4-mapped-address", "::ffff:10.0.0.1"),
        ("link-local-beyond-link", "fe80::1"),
    ],
)
def test_martian_sources_of_ipv6(name: str, address: str) -> None:
    frame = ipv6(udp6(source=address, destination="2600::1"), source=address, destination="2600::1")
    assert odd(frame) == {name: [(1, 22, 16, None, None)]}


def test_martian_destinations_of_ipv6() -> None:
    for name, address in (("interface-local-multicast", "ff01::1"), ("loopback-on-link", "::1")):
        frame = ipv6(udp6(destination=address), destination=address)
        assert odd(frame) == {name: [(1, 38, 16, None, None)]}


def test_addresses_that_are_all_right() -> None:
    ordinary = [
        udp4(source_port=68, destination_port=67, source="0.0.0.0", destination="255.255.255.255"),
        udp4(source="169.254.1.1", destination="169.254.255.255"),
        udp4(source="169.253.1.1", destination="8.8.8.8"),
        udp4(destination="224.0.0.251"),
        ipv6(udp6(source="fe80::1", destination="ff02::fb"), source="fe80::1", destination="ff02::fb"),
    ]
    solicitation = struct.pack("!BBHI", 135, 0, 0, 0) + ip_address("fe80::1").packed
    pseudo = ip_address("::").packed + ip_address("ff02::1:ff00:1").packed + struct.pack("!II", 24, 58)
    right = checksum(pseudo + solicitation).to_bytes(2, "big")
    ordinary.append(ipv6(changed(solicitation, 2, right), 58, "::", "ff02::1:ff00:1", 255))
    assert odd(*ordinary) == {}


def test_loopback_on_a_loopback_interface_is_none() -> None:
    packet = ipv4(udp(b"", 20_000, 20_001), "127.0.0.1", "127.0.0.1", 17)
    assert odd(ethernet(packet, source="00:" * 5 + "00", destination="00:" * 5 + "00")) == {}
    assert odd(Frame(struct.pack("=I", 2) + packet, 0)) == {}
    assert set(odd(ethernet(packet))) == {"loopback-on-link", "source-is-destination"}


def test_land() -> None:
    one = udp4(source="10.0.0.1", destination="10.0.0.1")
    both = udp4(b"", 53_000, 53_000, source="10.0.0.1", destination="10.0.0.1")
    assert odd(one, both) == {
        "source-is-destination": [(1, 26, 8, None, None)],
        "land-packet": [(2, 26, 8, None, None)],
    }
    six = ipv6(udp6(destination="2001:db8::1"), destination="2001:db8::1")
    assert odd(six) == {"source-is-destination": [(1, 22, 32, None, None)]}


# Headers


def test_ttl_zero() -> None:
    assert odd(ethernet(ipv4(udp(b"", 1, 2), protocol=17, ttl=0))) == {"ttl-zero": [(1, 22, 1, 0, None)]}
    assert odd(ipv6(udp6(), hops=0)) == {"ttl-zero": [(1, 21, 1, 0, None)]}


def test_checksums() -> None:
    header = changed(udp4(), 24, b"\x12\x34")
    assert odd(header) == {"ipv4-checksum-bad": [(1, 24, 2, 0x1234, None)]}
    assert odd(changed(tcp_frame(SYN), 50, b"\x12\x34")) == {"tcp-checksum-bad": [(1, 50, 2, 0x1234, None)]}
    assert odd(changed(udp4(), 40, b"\x12\x34")) == {"udp-checksum-bad": [(1, 40, 2, 0x1234, None)]}
    echo = ethernet(ipv4(icmp(8, 0, bytes(8)), protocol=1))
    assert odd(changed(echo, 36, b"\x12\x34")) == {"icmp-checksum-bad": [(1, 36, 2, 0x1234, None)]}
    sctp = ethernet(ipv4(struct.pack("!HHII", 5, 6, 7, 8), protocol=132))
    assert odd(sctp) == {"sctp-checksum-bad": [(1, 42, 4, 8, None)]}


def test_a_checksum_left_to_the_hardware_is_none() -> None:
    pseudo = ip_address("10.0.0.1").packed + ip_address("192.0.2.7").packed + struct.pack("!HH", 17, 9)
    left = 0xFFFF - checksum(pseudo)
    assert odd(changed(udp4(b"x"), 40, left.to_bytes(2, "big"))) == {}


def test_udp_without_a_checksum() -> None:
    assert odd(udp4()) == {}
    assert odd(ipv6(udp(b"", 20_000, 20_001))) == {"udp-checksum-absent-ipv6": [(1, 60, 2, None, None)]}
    inner = ethernet(ipv4(udp(b"", 20_000, 20_001), protocol=17))
    assert odd(ipv6(udp(struct.pack("!II", 0x08000000, 5 << 8) + inner, 20_000, 4789))) == {}


def test_udp_lengths() -> None:
    longer = changed(udp4(b"abc"), 38, b"\0\x20")
    assert odd(longer) == {"udp-length-past-end": [(1, 38, 2, 32, 11)]}
    shorter = changed(udp4(b"abc"), 38, b"\0\x09")
    assert odd(shorter) == {"udp-surplus": [(1, 43, 2, 9, 11)]}
    assert odd(changed(udp4(b"abc"), 38, b"\0\x05")) == {"datagram-bad-length": [(1, 38, 2, 5, None)]}
    assert odd(udp4(b"abc") + bytes(20)) == {}, "padding of the frame is no surplus"


def test_port_zero() -> None:
    assert odd(udp4(b"", 0, 5)) == {"port-zero": [(1, 34, 2, None, None)]}
    assert odd(udp4(b"", 5, 0)) == {"port-zero": [(1, 36, 2, None, None)]}


def test_lengths_of_ip() -> None:
    frame = resummed(changed(udp4(), 16, b"\x01\x00"))
    assert odd(frame)["ip-truncated"] == [(1, 16, 2, 256, 28)]
    assert "ip-truncated" not in odd(Frame(udp4(bytes(200))[:60], 1, 242)), (
        "the capture is cut, not the packet"
    )
    small = resummed(changed(udp4(), 16, b"\x00\x10"))
    assert odd(small) == {"ipv4-bad-total-length": [(1, 16, 2, 16, 20)]}


def test_stops() -> None:
    assert odd(changed(udp4(), 14, b"\x65")) == {"ip-bad-version": [(1, 14, 1, None, None)]}
    assert odd(changed(udp4(), 14, b"\x44")) == {"ipv4-bad-header-length": [(1, 14, 1, None, None)]}
    assert odd(ethernet(ipv4(b"abcd", protocol=6))) == {
        "transport-header-truncated": [(1, 34, 4, None, None)]
    }
    assert odd(udp4()[:20]) == {"internet-header-truncated": [(1, 14, 6, None, None)]}
    assert odd(udp4()[:9]) == {"link-header-truncated": [(1, 0, 9, None, None)]}
    assert odd(Frame(udp4()[:20], 1, 42)) == {}, "the capture is cut, not the packet"
    segment = tcp_frame(SYN)
    assert "transport-bad-header-length" in odd(changed(segment, 46, b"\x40"))
    assert odd(changed(segment, 46, b"\x40"))["transport-bad-header-length"] == [(1, 46, 1, None, None)]


# Options and extension headers


def test_options_of_ipv4() -> None:
    route = b"\x01\x83\x07\x04\x0a\x00\x00\x01"
    assert odd(with_options(route)) == {"ip-source-route": [(1, 35, 7, None, None)]}
    assert odd(with_options(route), octets=False) == {"ip-source-route": [(1, 34, 8, None, None)]}
    assert odd(with_options(b"\x07\x07\x04\0\0\0\0\0")) == {"ip-record-route": [(1, 34, 7, None, None)]}
    assert odd(with_options(b"\x94\x04\0\0")) == {}, "a router alert is nothing odd"
    assert odd(with_options(b"\x94\x04\0\0" * 2)) == {"ip-option-repeated": [(1, 34, 8, None, None)]}
    assert odd(with_options(b"\x94\x09\0\0")) == {"ipv4-bad-option": [(1, 34, 2, None, None)]}


def test_extension_headers() -> None:
    pad = b"\x01\x04\0\0\0\0"
    routing = b"\x11\x02\x00\x01" + bytes(4) + ip_address("2001:db8::3").packed
    found = odd(ipv6(routing + udp6(destination="2001:db8::3"), 43))
    assert found == {"ipv6-routing-type-0": [(1, 54, 24, 1, 0)]}
    behind = odd(ipv6(b"\x2b\0" + pad + routing + udp6(destination="2001:db8::3"), 0))
    assert behind == {"ipv6-routing-type-0": [(1, 62, 24, 1, 0)]}
    assert odd(ipv6(b"\x11\0" + pad + udp6(), 0)) == {}
    late = ipv6(b"\0\0" + pad + b"\x11\0" + pad + udp6(), 60)
    assert odd(late) == {"ipv6-hop-by-hop-misplaced": [(1, 54, 16, None, None)]}
    twice = ipv6(b"\0\0" + pad + b"\x11\0" + pad + udp6(), 0)
    assert set(odd(twice)) == {"ipv6-extension-repeated", "ipv6-hop-by-hop-misplaced"}
    atomic = ipv6(b"\x3c\0" + b"\0\0" + b"\0\0\0\x07" + b"\x11\0" + pad + udp6(), 44)
    assert odd(atomic) == {"ipv6-atomic-fragment": [(1, 54, 8, None, None)]}
    order = ipv6(b"\x2b\0\0\0\0\0\0\x07" + b"\x11\0\x04\0" + bytes(4) + udp6(), 44)
    assert set(odd(order)) == {"ipv6-atomic-fragment", "ipv6-extension-order"}


# Fragments


def test_fragments_that_fit_are_none() -> None:
    whole = udp(bytes(24), 20_000, 20_001)
    assert odd(*fragments((0, whole[:16], True), (16, whole[16:], False))) == {}


def test_fragments_that_do_not_fit() -> None:
    conflict = fragments((0, b"a" * 24, True), (16, b"b" * 16, True))
    assert odd(*conflict) == {"fragment-overlap-conflict": [(2, 34, 16, 16, None)]}
    assert odd(*fragments((0, b"a" * 24, True), (16, b"a" * 16, True))) == {
        "fragment-overlap": [(2, 34, 16, 16, None)]
    }
    assert odd(*fragments((8, b"a" * 24, True), (8, b"a" * 24, True))) == {
        "fragment-duplicate": [(2, 34, 24, 8, None)]
    }
    assert odd(*fragments((0, b"a" * 8, True), protocol=6)) == {"fragment-tiny": [(1, 34, 8, 8, 20)]}
    assert odd(*fragments((65_528, b"a" * 16, False))) == {"fragment-oversized": [(1, 20, 2, 65_544, 65_535)]}
    assert odd(*fragments((16, b"a" * 16, True), protocol=6)) == {
        "fragment-inside-tcp-header": [(1, 20, 2, 16, None)]
    }
    assert odd(*fragments((24, b"a" * 13, True))) == {"fragment-length-misaligned": [(1, 16, 2, 13, 8)]}


def test_a_fragment_that_forbids_fragments() -> None:
    frame = ethernet(ipv4(bytes(16), protocol=17, fragment=0x6003))
    assert odd(frame) == {"fragment-dont-fragment": [(1, 20, 1, None, None)]}
    assert odd(ethernet(ipv4(udp(b"", 20_000, 20_001), protocol=17, fragment=0x4000))) == {}


def test_places_in_a_reassembled_datagram_count_from_its_beginning() -> None:
    whole = changed(udp(bytes(24), 20_000, 20_001), 6, b"\x12\x34")
    assert odd(*fragments((0, whole[:16], True), (16, whole[16:], False))) == {
        "udp-checksum-bad": [(2, 6, 2, 0x1234, None)]
    }


# Frames


def test_ethernet_addresses() -> None:
    packet = ipv4(udp(b"", 20_000, 20_001), protocol=17)
    assert odd(ethernet(packet, source="01:00:5e:00:00:01")) == {
        "ethernet-group-source": [(1, 6, 6, None, None)]
    }
    assert odd(ethernet(packet, source=ALICE, destination=ALICE)) == {
        "ethernet-same-addresses": [(1, 0, 12, None, None)]
    }
    assert odd(ethernet(bytes(46), 0x9000, ALICE, ALICE)) == {}
    everybody = "ff:ff:ff:ff:ff:ff"
    to_one = ipv4(udp(b"", 20_000, 20_001), protocol=17, destination="10.0.0.2")
    to_all = ipv4(udp(b"", 20_000, 20_001), protocol=17, destination="10.0.0.255")
    assert odd(ethernet(to_one, destination=everybody)) == {"unicast-in-broadcast": [(1, 0, 6, None, None)]}
    assert odd(ethernet(to_all, destination=everybody)) == {}
    assert odd(ethernet(b"\x42\x42\x03" + bytes(20), 200)).get("ethernet-length-past-end") == [
        (1, 12, 2, 200, 23)
    ]


def test_addresses_of_a_frame_in_a_tunnel() -> None:
    inner = ethernet(ipv4(udp(b"", 20_000, 20_001), protocol=17), source=BOB, destination=BOB)
    outer = udp4(struct.pack("!II", 0x08000000, 5 << 8) + inner, 20_000, 4789)
    assert odd(outer) == {"ethernet-same-addresses": [(1, 50, 12, None, None)]}


def test_vlan_tags() -> None:
    packet = ipv4(udp(b"", 20_000, 20_001), protocol=17)

    def tagged(*tags: tuple[int, int]) -> bytes:
        frame = b"".join(struct.pack("!HH", *tag) for tag in tags) + b"\x08\0" + packet
        return ethernet(frame[2:], int.from_bytes(frame[:2], "big"))

    assert odd(tagged((0x8100, 7))) == {}
    assert odd(tagged((0x88A8, 7), (0x8100, 8))) == {}
    assert odd(tagged((0x8100, 0xFFF))) == {"vlan-id-reserved": [(1, 14, 2, 4095, None)]}
    assert odd(tagged((0x8100, 1), (0x8100, 8))) == {"vlan-double-customer-tag": [(1, 12, 8, 8, None)]}
    assert odd(tagged((0x88A8, 9), (0x8100, 9))) == {"vlan-same-id-twice": [(1, 12, 8, 9, None)]}


def test_arp() -> None:
    fine = arp(2, ALICE, "10.0.0.1", "10.0.0.2")
    told = changed(fine, 32, bytes.fromhex(BOB.replace(":", "")))
    assert odd(told) == {}
    assert odd(fine)["arp-target-mismatch"] == [(1, 32, 6, 0, int(BOB.replace(":", ""), 16))]
    liar = changed(told, 22, bytes.fromhex("020000000099"))
    assert odd(liar) == {"arp-sender-mismatch": [(1, 22, 6, 0x020000000099, int(ALICE.replace(":", ""), 16))]}
    assert set(odd(changed(told, 22, b"\x01"))) == {"arp-group-sender", "arp-sender-mismatch"}
    assert odd(changed(told, 28, b"\x7f\0\0\1")) == {"arp-martian-sender": [(1, 28, 4, None, None)]}
    assert odd(changed(arp(1, ALICE, "0.0.0.0", "10.0.0.2"), 22, b"")) == {}, "a probe"


# Anything


@given(st.lists(st.binary(max_size=120), min_size=1, max_size=20), st.sampled_from([1, 12, 101, 113, 276]))
def test_random_octets_never_raise(octets: list[bytes], link_type: int) -> None:
    for packets in decoded([Frame(one, link_type) for one in octets]):
        for hits in find(packets.table, packets.pieces):
            assert (hits.length >= 0).all()
            assert len(hits.rows) == len(hits.offset) == len(hits.length)


@given(
    st.lists(st.tuples(made_frames(), st.integers(0, 200), st.binary(max_size=8)), min_size=1, max_size=12)
)
def test_damaged_packets_never_raise_and_stay_in_their_frame(
    made: list[tuple[bytes, int, bytes]],
) -> None:
    taken = [changed(octets, at, by)[: len(octets)] for octets, at, by in made]
    for packets in decoded(taken):
        lengths = packets.table["captured_length"].to_numpy()
        whole = packets.table["reassembled_length"].null_count == packets.table.num_rows
        for hits in find(packets.table, packets.pieces):
            if whole:
                assert (hits.offset <= lengths[hits.rows]).all()


@given(st.lists(made_frames(), min_size=2, max_size=8), st.data())
def test_a_slice_gives_what_its_rows_have(made: list[bytes], data: st.DataObject) -> None:
    (packets,) = decoded(made)
    frames = packets.table["frame_number"].to_numpy()
    start = int(frames.searchsorted(data.draw(st.integers(1, len(made)))))
    whole = {(hits.name, int(row)) for hits in find(packets.table) for row in hits.rows if row >= start}
    part = {(hits.name, int(row) + start) for hits in find(packets.table.slice(start)) for row in hits.rows}
    assert part == whole


def test_the_columns_are_enough() -> None:
    frames = [tcp_frame(SYN), udp4(b"", 0, 5), arp(2, ALICE, "10.0.0.1", "10.0.0.2"), udp4()[:20]]
    some = [
        hits.name for packets in decoded(frames, columns()) for hits in find(packets.table, packets.pieces)
    ]
    every = [hits.name for packets in decoded(frames) for hits in find(packets.table, packets.pieces)]
    assert some == every


def test_nothing_in_nothing() -> None:
    (packets,) = decoded([tcp(SYN)])
    assert find(packets.table.slice(0, 0)) == []
    assert isinstance(packets.table, pa.RecordBatch)


# Captures of third parties

SAID_BY_TSHARK = [
    ("fragment-dont-fragment", "ip.flags.df == 1 && (ip.flags.mf == 1 || ip.frag_offset > 0)"),
    ("ethernet-group-source", "eth.src.ig == 1"),
    ("ethernet-same-addresses", "eth.src == eth.dst && eth.src != 00:00:00:00:00:00 && eth.type != 0x9000"),
    ("ttl-zero", "ip.ttl == 0 || ipv6.hlim == 0"),
    ("reserved-address", "(ip.addr == 240.0.0.0/4) && !(ip.addr == 255.255.255.255)"),
]
COMPARED = (
    "the-tcpdump-group+tcpdump/tests/afs.pcap",
    "arkime+arkime/tests/pcap/http-syn-ack.pcap",
    "arkime+arkime/tests/pcap/tcpseq_synthetic.pcap",
    "stamparm+maltrail/sensor/tests/corpus/fragments.pcap",
)


def of_capture(path: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    decoder = PacketDecoder()
    for taken in open_capture([str(path)]).batches():
        for packets in decoder.decode_with_octets(taken):
            collect(found, packets)
    for packets in decoder.finish_with_octets():
        collect(found, packets)
    return found


def collect(found: dict[str, set[int]], packets: PacketBatch) -> None:
    numbers = packets.table["frame_number"].to_numpy()
    for hits in find(packets.table, packets.pieces):
        assert (hits.length >= 0).all()
        found.setdefault(hits.name, set()).update(numbers[hits.rows].tolist())


@pytest.mark.corpora
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", COMPARED)
def test_tshark_sees_the_same_frames(name: str, corpora: Path) -> None:
    found = of_capture(corpora / name)
    for kind, condition in SAID_BY_TSHARK:
        command = ["tshark", "-r", corpora / name, "-Y", condition, "-T", "fields", "-e", "frame.number"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert {int(line) for line in said.split()} == found.get(kind, set()), kind


@pytest.mark.corpora
def test_every_capture_is_survived(corpora: Path) -> None:
    read = 0
    for path in sorted(corpora.rglob("*.pcap*")):
        try:
            of_capture(path)
        except CaptureError:
            continue  # no capture at all, as some are made to be
        read += 1
    assert read > 100
