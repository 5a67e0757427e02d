from __future__ import annotations

import struct
from pathlib import Path

import netanatomy
from netanatomy.firewall.lines import written
from netanatomy.firewall.narrowing import Outcome
from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built_messages import found, fragment, ipv6
from tests.detect.support import caught, silent

NAME = "tiny-fragments"
TCP, UDP = 6, 17


def test_real_tools() -> None:
    assert caught("tiny-fragments-nmap", NAME).counts["headers_cut"] == 100
    assert caught("tiny-fragments-hping3", NAME).severity is Severity.MEDIUM


def test_a_first_piece_holds_the_header_or_not(tmp_path: Path) -> None:
    for length, expected in ((16, 1), (24, 0)):
        frames = [(0.0, fragment(0, bytes(length), more=True, protocol=TCP))]
        assert len(found(tmp_path, frames, NAME)) == expected


def test_a_piece_inside_the_header(tmp_path: Path) -> None:
    for offset, expected in ((8, 1), (16, 1), (24, 0)):
        frames = [(0.0, fragment(offset, bytes(8), more=False, protocol=TCP))]
        told = found(tmp_path, frames, NAME)
        assert len(told) == expected
        assert all(finding.severity is Severity.MEDIUM for finding in told)


def test_ten_short_pieces_without_a_cut_header(tmp_path: Path) -> None:
    for count, length, expected in ((9, 40, 0), (10, 40, 1), (10, 48, 0)):
        frames = [
            (0.1 * index, fragment(8 * index * 8, bytes(length), more=True, protocol=UDP))
            for index in range(count)
        ]
        told = found(tmp_path, frames, NAME)
        assert len(told) == expected
        assert all(finding.counts["headers_cut"] == 0 for finding in told)


def test_last_pieces_may_be_short(tmp_path: Path) -> None:
    frames = [
        (0.1 * index + late, fragment(offset, bytes(size), more=not late, number=index))
        for index in range(20)
        for late, offset, size in ((0, 0, 1480), (0.01, 1480, 3))
    ]
    assert not found(tmp_path, frames, NAME)


def piece6(offset: int, octets: bytes, number: int, source: str = "2001:db8::1") -> bytes:
    header = struct.pack(">BBHI", TCP, 0, offset | 1, number)
    return wire.ethernet(ipv6(header + octets, source, "fd00::7", 44), 0x86DD)


def test_the_rule_is_of_these_hosts_and_of_their_version(tmp_path: Path) -> None:
    four = [(0.0, fragment(0, bytes(8), more=True, protocol=TCP))]
    six = [(0.0, piece6(0, bytes(8), 1))]
    for frames, words, other in (
        (four, "ip saddr 10.0.0.1 ip daddr 192.0.2.7 ", "ip6"),
        (six, "ip6 saddr 2001:db8::1 ip6 daddr fd00::7 ", "ip "),
    ):
        (told,) = found(tmp_path, frames, NAME)
        assert told.rule is not None
        (line,) = written(told.rule).lines
        assert line.text.startswith(words)
        assert not any(part.startswith(other) for part in line.text.replace(words, "").split("frag"))


def test_the_rule_counts_the_headers_of_its_version(tmp_path: Path) -> None:
    # 47 octets are tiny in IPv6 too, where 40 of its header and 8 of the fragment's stand in front.
    frames = [(0.1 * index, piece6(0, bytes(40), index)) for index in range(10)]
    frames += [(2 + 0.1 * index, piece6(0, bytes(48), index, "2001:db8::2")) for index in range(10)]
    path = tmp_path / "a.pcap"
    (told,) = found(tmp_path, frames, NAME)
    path.write_bytes((tmp_path / "built.pcap").read_bytes())
    (done,) = netanatomy.open(path).rule_effects([told])
    assert (done.effect.attack_packets, done.effect.attack_stopped) == (10, 10)
    assert (done.effect.other_packets, done.effect.other_hit) == (10, 0)


def test_the_rule_stops_pieces_inside_the_header_where_those_were_seen(tmp_path: Path) -> None:
    for offset in (8, 16):
        (told,) = found(tmp_path, [(0.0, fragment(offset, bytes(8), more=False, protocol=TCP))], NAME)
        (done,) = netanatomy.open(tmp_path / "built.pcap").rule_effects([told])
        assert done.outcome is Outcome.KEPT
        assert (done.effect.attack_packets, done.effect.attack_stopped) == (1, 1)


def test_every_proof_has_its_place(tmp_path: Path) -> None:
    tagged = [wire.ethernet(b"\0\5\x08\0" + fragment(0, bytes(8), more=True, protocol=TCP)[14:], 0x8100)]
    options = bytes((44, 0, 1, 4, 0, 0, 0, 0))  # a header in front of the fragment's
    inner = struct.pack(">BBHI", TCP, 0, 1, 5) + bytes(8)
    behind = [wire.ethernet(ipv6(options + inner, "2001:db8::1", "fd00::7", 0), 0x86DD)]
    plain = [
        fragment(8, bytes(8), more=False, protocol=TCP),
        fragment(16, bytes(4), more=False, protocol=TCP),
    ]
    for frames, field in (
        (tagged, b"\x20\0"),
        (behind, b"\0\1"),
        ([piece6(0, bytes(8), 1)], b"\0\1"),
        (plain, b"\0\1"),
    ):
        (told,) = found(tmp_path, [(0.1 * index, frame) for index, frame in enumerate(frames)], NAME)
        assert len(told.evidence) == len(frames)
        first = told.evidence[0]
        assert first.offset is not None
        assert frames[0][first.offset : first.offset + first.length] == field
        for proof in told.evidence:
            assert (proof.layer, proof.field, proof.length) == ("internet", "Fragment Offset", 2)
            assert "octets at" in proof.value


def test_ordinary_fragments() -> None:
    for name in ("busy-browsing", "fragment-flood-hping3", "large-dns-answers"):
        silent(name, NAME)
