"""Which packets belong together: VLANs, overlay networks, tunnels, fragments."""

from __future__ import annotations

import struct
from typing import Any

import pyarrow as pa
import pytest

from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows.connections import CONNECTION_PACKET_COLUMNS, ConnectionTracker
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.packet_batch import PacketBatch
from tests import wire
from tests.flows.following import (
    CLIENT,
    SERVER,
    assert_accounted,
    at,
    back,
    datagram,
    echo,
    follow,
    frame_batch,
    segment,
    there,
)
from tests.plain_rows import plain_rows
from tests.wire import ACK, PSH, SYN


def tagged(octets: bytes, *identifiers: int) -> bytes:
    """A frame with tags, the outermost first: 802.1ad where there are two."""
    kinds = [0x8100] if len(identifiers) == 1 else [0x88A8, 0x8100]
    tags = b"".join(
        struct.pack(">HH", kind, number) for kind, number in zip(kinds, identifiers, strict=False)
    )
    return octets[:12] + tags + octets[12:]


def handshake(begin: float = 0, first: int = 100) -> list[tuple[int, bytes, bool]]:
    """Frames, and whether they come from the server."""
    return [
        (*at(begin, there(SYN, first)), False),
        (*at(begin + 0.1, back(SYN | ACK, 500, first + 1)), True),
        (*at(begin + 0.2, there(ACK, first + 1, 501)), False),
        (*at(begin + 0.3, there(PSH | ACK, first + 1, 501, b"hello")), False),
        (*at(begin + 0.4, back(ACK, 501, first + 6)), True),
    ]


def plain(frames: list[tuple[int, bytes, bool]]) -> list[tuple[int, bytes]]:
    return [(time, octets) for time, octets, _ in frames]


@pytest.mark.parametrize("tags", [((10,), (20,)), ((1, 10), (1, 20)), ((1, 10), (2, 10)), ((10,), ())])
def test_the_same_ports_in_two_vlans_are_two(tags: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    one = [(time, tagged(octets, *tags[0])) for time, octets, _ in handshake(first=100)]
    two = [(time + 1, tagged(octets, *tags[1])) for time, octets, _ in handshake(first=900_000)]
    mixed = sorted(one + two)
    rows = follow(mixed).by_time()
    assert len(rows) == 2
    for row, tag in zip(rows, tags, strict=True):
        assert (row["orig_pkts"], row["resp_pkts"], row["conn_state"]) == (3, 2, "S1")
        assert (row["vlan"], row["inner_vlan"]) == (*tag, None, None)[:2]
    assert rows[0]["uid"] != rows[1]["uid"]


def test_a_router_on_a_stick() -> None:
    """Each packet passes twice, before and after it was routed: two connections, and not one doubled."""
    frames = []
    for time, octets, from_server in handshake():
        tags = (20, 10) if from_server else (10, 20)
        frames += [(time, tagged(octets, tags[0])), (time + 1000, tagged(octets, tags[1]))]
    rows = follow(frames).by_time()
    assert [(row["vlan"], row["orig_pkts"], row["resp_pkts"]) for row in rows] == [(10, 3, 2), (20, 3, 2)]
    assert all(row["history"] == "ShADa" for row in rows)
    assert all(row["orig_duplicates"] == row["orig_retransmissions"] == 0 for row in rows)


@pytest.mark.parametrize("side", [False, True])
@pytest.mark.parametrize("tags", [(10,), (1, 10)])
def test_tags_of_one_direction_only(side: bool, tags: tuple[int, ...]) -> None:
    """A mirrored port whose switch leaves the tag on one direction."""
    frames = [
        (time, tagged(octets, *tags) if from_server is side else octets)
        for time, octets, from_server in handshake()
    ]
    row = follow(frames).only
    assert (row["orig_pkts"], row["resp_pkts"], row["conn_state"]) == (3, 2, "S1")
    assert row["vlan"] == (None if side else tags[0])


@pytest.mark.parametrize("tags", [(10, 20), (20, 10)])
def test_another_tag_each_way(tags: tuple[int, int]) -> None:
    frames = [(time, tagged(octets, tags[from_server])) for time, octets, from_server in handshake()]
    row = follow(frames).only
    assert (row["orig_pkts"], row["resp_pkts"], row["vlan"]) == (3, 2, tags[0])


def test_a_priority_is_no_vlan() -> None:
    """Identifier 0 only carries a priority (IEEE 802.1Q): some packets have it, others none."""
    frames = [
        (time, tagged(octets, 0xE000) if place % 2 else octets)
        for place, (time, octets, _) in enumerate(handshake())
    ]
    row = follow(frames).only
    assert (row["orig_pkts"], row["resp_pkts"], row["vlan"]) == (3, 2, None)


def test_priority_bits_of_a_tag_do_not_part_a_conversation() -> None:
    frames = [(time, tagged(octets, 10 | place << 13)) for place, (time, octets, _) in enumerate(handshake())]
    assert follow(frames).only["vlan"] == 10


def vxlan(frame: bytes, network: int, source_port: int = 50_000) -> bytes:
    header = struct.pack(">II", 0x0800_0000, network << 8)
    octets = wire.udp(header + frame, source_port, 4789)
    return wire.ethernet(wire.ipv4(octets, "172.16.0.1", "172.16.0.2", 17))


def geneve(frame: bytes, network: int) -> bytes:
    octets = wire.udp(struct.pack(">HHI", 0, 0x6558, network << 8) + frame, 50_000, 6081)
    return wire.ethernet(wire.ipv4(octets, "172.16.0.1", "172.16.0.2", 17))


def gre(payload: bytes, key: int | None = None, protocol: int = 0x0800) -> bytes:
    header = struct.pack(">HH", 0x2000 if key is not None else 0, protocol)
    octets = header + (struct.pack(">I", key) if key is not None else b"") + payload
    return wire.ethernet(wire.ipv4(octets, "172.16.0.1", "172.16.0.2", 47))


def inner(found: Any) -> list[dict[str, Any]]:
    return [row for row in found.by_time() if row["proto"] == "tcp"]


@pytest.mark.parametrize(
    "wrap",
    [
        vxlan,
        geneve,
        lambda frame, network: gre(frame[14:], network),
        lambda frame, network: gre(frame, network << 8, 0x6558),
    ],
    ids=["vxlan", "geneve", "gre", "nvgre"],
)
def test_the_same_ports_in_two_overlay_networks_are_two(wrap: Any) -> None:
    frames = []
    for network, first in ((5, 100), (6, 900_000)):
        frames += [(time + network, wrap(octets, network)) for time, octets in plain(handshake(first=first))]
    rows = inner(follow(sorted(frames)))
    assert [(row["orig_pkts"], row["resp_pkts"], row["conn_state"]) for row in rows] == [(3, 2, "S1")] * 2
    outside = follow([*frames, *plain(handshake(20))])
    assert len(inner(outside)) == 3


def test_pptp_s_key_is_no_network() -> None:
    """RFC 2637: the key holds each packet's length, and the call of the direction."""
    frames = []
    for time, octets, from_server in handshake():
        payload = b"\xff\x03\x00\x21" + octets[14:]
        header = struct.pack(">HHHH", 0x3001, 0x880B, len(payload), 7 + from_server)
        ends = ("172.16.0.2", "172.16.0.1") if from_server else ("172.16.0.1", "172.16.0.2")
        packet = header + struct.pack(">I", 1) + payload
        frames.append((time, wire.ethernet(wire.ipv4(packet, *ends, protocol=47))))
    (row,) = inner(follow(frames))
    assert (row["orig_pkts"], row["resp_pkts"], row["conn_state"]) == (3, 2, "S1")


def test_each_level_knows_what_carries_it() -> None:
    frames = [(time, vxlan(wire.ethernet(gre(octets[14:])[14:]), 5)) for time, octets in plain(handshake())]
    rows = follow(frames).by_time()
    udp = next(row for row in rows if row["proto"] == "udp")
    carrier = next(row for row in rows if row["ip_proto"] == 47)
    (tcp,) = [row for row in rows if row["proto"] == "tcp"]
    assert udp["tunnel_parents"] is None
    assert carrier["tunnel_parents"] == [udp["uid"]]
    assert tcp["tunnel_parents"] == [carrier["uid"]]
    assert (udp["orig_pkts"], carrier["orig_pkts"], tcp["orig_pkts"] + tcp["resp_pkts"]) == (5, 5, 5)


def test_a_packet_without_a_carrier_of_its_own_has_no_parent() -> None:
    """What was carried in the frame before does not carry this one."""
    frames = [at(0, vxlan(there(SYN, 100), 5)), at(1, there(SYN, 100))]
    rows = inner(follow(frames))
    assert [bool(row["tunnel_parents"]) for row in rows] == [True, False]


@pytest.mark.parametrize("depth", [0, 16, 17, 255])
def test_a_level_is_any_that_its_column_can_tell(depth: int) -> None:
    """A table need not come from this decoder: no level is beyond what a tracker has room for."""
    decoder = PacketDecoder(CONNECTION_PACKET_COLUMNS)
    (batch, *_) = [
        *decoder.decode_with_octets(frame_batch([at(0, datagram())])),
        *decoder.finish_with_octets(),
    ]
    place = batch.table.schema.get_field_index("depth")
    levels = pa.array([depth] * batch.table.num_rows, batch.table.schema.field(place).type)
    table = batch.table.set_column(place, batch.table.schema.field(place), levels)
    tracker = ConnectionTracker(FlowOptions())
    found = [*tracker.observe(PacketBatch(table, batch.pieces)), *tracker.finish()]
    rows = [row for each in found if each.ended for row in plain_rows(tracker.batch(each.ended))]
    assert [row["orig_pkts"] for row in rows] == [1]


def test_ip_in_ip() -> None:
    octets = wire.ipv4(segment(SYN, 100))
    found = follow([at(0, wire.ethernet(wire.ipv4(octets, "172.16.0.1", "172.16.0.2", 4)))])
    carrier, carried = sorted(found.rows, key=lambda row: row["proto"], reverse=True)
    assert (carrier["proto"], carried["tunnel_parents"]) == ("unknown_transport", [carrier["uid"]])
    assert_accounted(found)


def fragments(packet: bytes, size: int) -> list[bytes]:
    """An IPv4 packet in fragments of so many octets, a multiple of eight."""
    payload = packet[20:]
    made = []
    for begin in range(0, len(payload), size):
        more = 0x2000 if begin + size < len(payload) else 0
        part = payload[begin : begin + size]
        made.append(wire.ethernet(wire.ipv4(part, CLIENT, SERVER, packet[9], fragment=more | begin // 8)))
    return made


@pytest.mark.parametrize("size", [8, 104, 1480])
def test_a_datagram_in_fragments_counts_once_and_whole(size: int) -> None:
    packet = wire.ipv4(wire.udp(bytes(range(250)) * 6, 40_000, 53), CLIENT, SERVER, 17)
    parts = fragments(packet, size)
    found = follow([at(0.001 * place, octets) for place, octets in enumerate(parts)] + [at(1, datagram())])
    row = found.only
    assert row["orig_pkts"] == 2
    assert row["orig_ip_bytes"] == 20 + 8 + 1500 + 20 + 8 + 1
    assert (row["orig_bytes"], row["orig_size_max"]) == (1501, 1528)
    assert found.counts.unassembled == len(parts) - 1
    assert_accounted(found)


def test_fragments_of_tcp() -> None:
    packet = wire.ipv4(segment(PSH | ACK, 101, 501, bytes(3000)))
    parts = [at(0.25 + 0.01 * place, octets) for place, octets in enumerate(fragments(packet, 1000))]
    found = follow([*plain(handshake())[:3], *parts])
    assert (found.only["orig_pkts"], found.only["orig_bytes"], found.only["history"]) == (3, 3000, "ShAD")
    assert_accounted(found)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_fragments_that_are_never_complete(lost: int) -> None:
    packet = wire.ipv4(wire.udp(bytes(300), 40_000, 53), CLIENT, SERVER, 17)
    parts = fragments(packet, 104)
    del parts[lost]
    found = follow([at(0.01 * place, octets) for place, octets in enumerate(parts)])
    assert found.counts.unassembled == len(parts)
    assert found.rows == []
    assert_accounted(found)


def test_what_is_not_followed_is_counted() -> None:
    """Every kind of row that belongs to no connection."""
    broken = bytearray(there(SYN, 1))
    broken[14 + 10] ^= 1  # the header's checksum
    wrong = bytearray(there(SYN, 1))
    wrong[-1] ^= 1
    frames = [
        at(0, wire.arp(1, wire.ALICE, CLIENT, SERVER)),
        at(1, there(SYN, 1)[: 14 + 20 + 10]),
        at(2, datagram()[: 14 + 20 + 3]),
        at(3, echo(8)[: 14 + 20 + 2]),
        at(4, bytes(broken)),
        at(5, bytes(wrong)),
        at(6, datagram()),
        at(7, b"short"),
    ]
    counts = follow(frames).counts
    assert_accounted(follow(frames))
    assert (counts.not_ip, counts.cut_header, counts.wrong_ip_checksum) == (2, 3, 1)
    assert (counts.wrong_checksum, counts.followed, counts.rows) == (1, 1, 8)
