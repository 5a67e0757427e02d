"""The summary against what a person counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.pipeline import Capture
from netanatomy.report import conversations, summary
from netanatomy.report.overview import Overview, overview
from netanatomy.report.summary import Summary
from tests.wire import (
    ACK,
    ALICE,
    BOB,
    FIN,
    PSH,
    RST,
    SYN,
    URG,
    arp,
    ethernet,
    handshake,
    icmp,
    ipv4,
    tcp_frame,
    udp,
    write_capture,
)


def report_of(tmp_path: Path, frames: list[bytes], top: int = 100) -> Overview:
    capture = Capture(write_capture(tmp_path / "a.pcapng", frames))
    found = capture.summarise()
    return overview(found, capture.information, capture.anomalies, top)


def test_a_connection(tmp_path: Path) -> None:
    frames = handshake()
    report = report_of(tmp_path, frames)
    assert report.capture.frames == 7
    assert report.capture.original_octets == sum(map(len, frames))
    assert report.capture.last_time_ns - report.capture.first_time_ns == 6_000_000
    (socket,) = report.transport.sockets
    assert (socket.client, socket.client_port) == ("10.0.0.1", 40000)
    assert (socket.server, socket.server_port, socket.service) == ("192.0.2.7", 443, "https")
    assert (socket.packets, socket.packets_back, socket.first_frame) == (7, 3, 1)
    (service,) = report.transport.services
    assert (service.port, service.protocol, service.packets, service.range) == (443, "tcp", 7, "system")
    assert {line.text: line.count for line in report.transport.flags} == {
        "SYN": 1,
        "SYN+ACK": 1,
        "ACK": 2,
        "PSH+ACK": 1,
        "FIN+ACK": 2,
    }
    assert not report.transport.impossible_flags
    addresses = {line.address: line for line in report.internet.addresses}
    assert addresses["10.0.0.1"].address_class == "private"
    assert (addresses["10.0.0.1"].sent_packets, addresses["10.0.0.1"].received_packets) == (4, 3)
    (pair,) = report.internet.pairs
    assert (pair.a, pair.b, pair.packets, pair.packets_back) == ("10.0.0.1", "192.0.2.7", 7, 3)


@pytest.mark.parametrize("refusal", [SYN | ACK, RST | ACK])
def test_the_server_is_who_was_called_whatever_the_ports(tmp_path: Path, refusal: int) -> None:
    report = report_of(
        tmp_path,
        [
            tcp_frame(SYN, 1000, 60000),
            tcp_frame(refusal, 60000, 1000, source="192.0.2.7", destination="10.0.0.1"),
        ],
    )
    (socket,) = report.transport.sockets
    assert (socket.client_port, socket.server_port) == (1000, 60000)
    assert (socket.packets, socket.packets_back) == (2, 1)
    assert [line.port for line in report.transport.services] == [60000]


def test_without_a_handshake_the_lower_port_is_the_server(tmp_path: Path) -> None:
    report = report_of(tmp_path, [tcp_frame(ACK, 22, 50000)])
    (socket,) = report.transport.sockets
    assert (socket.client, socket.server, socket.server_port) == ("192.0.2.7", "10.0.0.1", 22)
    assert (socket.packets, socket.packets_back) == (1, 1)


def test_of_equal_ports_the_first_to_speak_is_the_client(tmp_path: Path) -> None:
    there = ethernet(ipv4(udp(b"", 123, 123), "192.0.2.7", "10.0.0.1", 17))
    back = ethernet(ipv4(udp(b"", 123, 123), "10.0.0.1", "192.0.2.7", 17))
    (socket,) = report_of(tmp_path, [there, back]).transport.sockets
    assert (socket.client, socket.server, socket.packets_back) == ("192.0.2.7", "10.0.0.1", 1)


def test_impossible_flags_come_with_their_frames(tmp_path: Path) -> None:
    wrong = [0, SYN | FIN, FIN | PSH | URG, FIN]
    frames = [*handshake(), *(tcp_frame(flags) for flags in wrong), *(tcp_frame(0) for _ in range(9))]
    lines = {line.kind: line for line in report_of(tmp_path, frames).transport.impossible_flags}
    assert {kind: line.count for kind, line in lines.items()} == {
        "null": 10,
        "syn-fin": 1,
        "xmas": 1,
        "fin-without-ack": 1,
    }
    assert lines["null"].first_frames == [8, 12, 13, 14, 15]
    assert lines["syn-fin"].first_frames == [9]


def test_the_link_layer(tmp_path: Path) -> None:
    frames = [
        *handshake(),
        arp(1, ALICE, "10.0.0.1", "10.0.0.9"),
        arp(2, ALICE, "10.0.0.9", "10.0.0.1"),
        arp(2, BOB, "10.0.0.9", "10.0.0.1"),
        ethernet(b"\x00\x2a\x08\x00" + ipv4(udp(b"", 1, 2), protocol=17), 0x8100),
    ]
    link = report_of(tmp_path, frames).link
    pairs = {(line.source, line.destination): line for line in link.pairs}
    assert pairs[ALICE, BOB].source_vendor == "Cisco Systems, Inc"
    assert sum(line.packets for line in link.pairs) == len(frames)
    assert {line.name: line.count for line in link.arp} == {"request": 1, "reply": 2}
    (conflict,) = link.arp_conflicts
    assert conflict.address == "10.0.0.9"
    assert sorted(conflict.macs) == sorted([ALICE, BOB])
    assert conflict.first_frames == [9, 10]
    assert [(line.vlan, line.packets) for line in link.vlans] == [(42, 1)]


def test_icmp_fragments_and_what_cannot_be_read(tmp_path: Path) -> None:
    quoted = ipv4(udp(b"", 5, 6), "192.0.2.7", "10.0.0.1", 17)
    frames = [
        ethernet(ipv4(icmp(3, 3, bytes(4) + quoted), protocol=1)),
        ethernet(ipv4(bytes(8), protocol=17, fragment=0x2000)),
        ethernet(ipv4(b"")[:15]),
        ethernet(b"\x65" + bytes(40)),
    ]
    report = report_of(tmp_path, frames)
    (message,) = report.internet.icmp
    assert (message.name, message.count, message.first_frames) == ("ICMP 3/3", 1, [1])
    assert message.meaning == "destination unreachable: port unreachable"
    assert (report.internet.fragments.count, report.internet.fragments.first_frames) == (1, [2])
    assert sum(line.count for line in report.protocols.malformed) == 2
    assert sorted(number for line in report.protocols.malformed for number in line.first_frames) == [3, 4]


def test_the_hierarchy_counts_every_frame_once(tmp_path: Path) -> None:
    inside = ipv4(ipv4(udp(b"", 5, 6), protocol=17), "1.1.1.1", "2.2.2.2", protocol=4)
    frames = [*handshake(), ethernet(inside), arp(1, ALICE, "10.0.0.1", "10.0.0.9")]
    report = report_of(tmp_path, frames)
    packets = {line.path: line.packets for line in report.protocols.hierarchy}
    assert packets["ethernet"] == 9
    assert packets["ethernet:ipv4"] == 8
    assert packets["ethernet:ipv4:tcp"] == 7
    assert packets["ethernet:ipv4:ipv4:udp"] == 1
    assert packets["ethernet:arp"] == 1
    assert [line.depth for line in report.protocols.hierarchy][:2] == [0, 1]
    assert [(line.name, line.count) for line in report.internet.tunnels] == [("ip-in-ip", 1)]


def test_summaries_merge(tmp_path: Path) -> None:
    frames = [
        *handshake(),
        arp(2, BOB, "10.0.0.9", "10.0.0.1"),
        tcp_frame(0),
        ethernet(ipv4(icmp(8, 0, bytes(4)), protocol=1)),
    ] * 3
    whole = report_of(tmp_path, frames, 1000)
    capture = Capture(tmp_path / "a.pcapng")
    batches = list(capture.packets(columns=summary.COLUMNS))
    for cut in (0, 5, 11, len(frames)):
        parts = [Summary(), Summary()]
        for batch in batches:
            parts[0].observe(batch.slice(0, cut))
            parts[1].observe(batch.slice(cut))
        parts[1].merge(parts[0])
        merged = overview(parts[1], capture.information, [], 1000)
        assert merged.link == whole.link
        assert merged.internet == whole.internet
        assert merged.transport == whole.transport
        assert merged.protocols == whole.protocols


def test_a_flood_is_bounded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAXIMUM_ADDRESSES", "MAXIMUM_ADDRESS_PAIRS", "MAXIMUM_SOCKET_PAIRS"):
        monkeypatch.setattr(conversations, name, 100)
    monkeypatch.setattr(conversations, "WINDOW_ROWS", 300)
    flood = [
        tcp_frame(SYN, 1024 + number, 80, source=f"198.18.{number >> 8}.{number & 255}")
        for number in range(600)
    ]
    report = report_of(tmp_path, [*handshake(), *flood])
    victim = report.internet.addresses[0]
    assert (victim.address, victim.received_packets) == ("192.0.2.7", 604)
    assert report.internet.addresses_table.total <= 100
    assert report.internet.addresses_table.dropped_packets >= 500
    assert report.transport.sockets[0].packets == 7
    assert report.transport.sockets_table.total <= 100
    # Pairs of sockets were given up; what they called was not.
    assert {line.port: line.packets for line in report.transport.services} == {80: 600, 443: 7}


def test_no_more_bindings_than_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MAXIMUM_BINDINGS", 10)
    frames = [arp(2, f"02:00:00:00:00:{number:02x}", "10.0.0.9", "10.0.0.1") for number in range(50)]
    link = report_of(tmp_path, frames).link
    assert len(link.arp_conflicts[0].macs) == 10
    assert link.arp_claims_dropped == 40


def spoiled(frame: bytes) -> bytes:
    """The same frame with a wrong TCP checksum."""
    return frame[:50] + bytes([frame[50] ^ 0xFF]) + frame[51:]


def test_checksum_offload_is_told_once(tmp_path: Path) -> None:
    ours = [spoiled(tcp_frame(ACK)) for _ in range(30)]
    theirs = [tcp_frame(ACK, 80, 40000, source="192.0.2.7", destination="10.0.0.1") for _ in range(30)]
    (told,) = report_of(tmp_path, ours + theirs).capture.anomalies
    assert (told.name, told.count) == ("checksum-offload", 30)
    assert "10.0.0.1" in told.reason
    assert "192.0.2.7" not in told.reason


def test_damage_is_no_offload(tmp_path: Path) -> None:
    some = [spoiled(tcp_frame(ACK)) if number % 3 else tcp_frame(ACK) for number in range(60)]
    assert not report_of(tmp_path, some).capture.anomalies
    assert not report_of(tmp_path, [spoiled(tcp_frame(ACK))]).capture.anomalies
