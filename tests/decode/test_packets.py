"""Frames to packets: the kernels against a naive reading, and against whatever bytes there are."""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.decode import fragments, kernel
from netanatomy.decode import packets as packet_stage
from netanatomy.decode.packets import PacketDecoder
from netanatomy.layers.protocol import Carrier, registry
from netanatomy.schema.packets import COLUMNS, packet_schema
from tests.decode.agreement import Frame, batch
from tests.decode.oracle import ethernet
from tests.decode.packets_made import frames

LINK_TYPES = sorted(
    carried.number for carried in registry().by_carrier if carried.carrier is Carrier.LINK_TYPE
)


def table(taken: list[Frame]) -> tuple[pa.Table, PacketDecoder]:
    decoder = PacketDecoder()
    batches = [*decoder.decode(batch(taken)), *decoder.finish()]
    for one in batches:
        one.validate(full=True)
    return pa.Table.from_batches(batches, packet_schema()), decoder


@given(st.lists(frames(), min_size=1, max_size=8))
def test_kernels_agree_with_a_naive_reading(made: list[bytes]) -> None:
    rows, decoder = table([Frame(octets, 1) for octets in made])
    expected = [row for octets in made for row in ethernet(octets)]
    assert rows.num_rows == len(expected)
    for found, wanted in zip(rows.to_pylist(), expected, strict=True):
        assert {name: found[name] for name in wanted} == wanted
        assert found["stop_reason"] is None
    assert decoder.counts.decoded == len(made)


@given(frames(), st.booleans())
@settings(max_examples=25)
def test_every_truncation_is_a_row_that_says_where_it_stopped(octets: bytes, cut: bool) -> None:
    taken = [Frame(octets[:end], 1, len(octets) if cut else end) for end in range(len(octets))]
    rows, decoder = table(taken)
    assert decoder.counts.frames == len(octets) == decoder.counts.decoded + decoder.counts.undecodable
    whole = {row["depth"]: row for row in table([Frame(octets, 1)])[0].to_pylist()}
    wanted = "captured-short" if cut else "truncated"
    for row in rows.to_pylist():
        end = row["captured_length"]
        assert row["stop_reason"] in (None, wanted)
        assert (row["stop_offset"] or 0) <= end
        assert row["payload_offset"] + row["payload_length"] <= end
        # What was read before the end is what is read of the whole frame.
        for name in ("eth_source", "ip_source", "ip_ttl", "source_port", "tcp_sequence", "tcp_flags"):
            assert row[name] in (None, whole[row["depth"]][name])


@given(st.sampled_from(LINK_TYPES), st.lists(st.binary(max_size=120), min_size=1, max_size=30))
def test_random_octets_never_raise_and_no_frame_is_lost(link_type: int, made: list[bytes]) -> None:
    rows, decoder = table([Frame(octets, link_type, max(1, len(octets))) for octets in made])
    assert decoder.counts.frames == len(made) == decoder.counts.decoded + decoder.counts.undecodable
    assert set(rows["frame_number"].to_pylist()) == set(range(1, len(made) + 1))


@given(frames(), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_packets_never_raise(octets: bytes, damage: list[tuple[int, int]]) -> None:
    damaged = bytearray(octets)
    for at, value in damage:
        damaged[at % len(damaged)] = value
    rows, _ = table([Frame(bytes(damaged), 1)])
    for row in rows.to_pylist():
        assert row["payload_offset"] <= len(damaged)


def test_an_unknown_link_type_is_counted_by_its_name_and_not_lost() -> None:
    rows, decoder = table([Frame(b"\1\2\3", 220), Frame(b"\1\2\3", 65_000)])
    assert rows["protocols"].to_pylist() == ["usb-linux-mmapped", ""]
    assert rows["stop_reason"].to_pylist() == [None, "unknown-link-type"]
    assert (decoder.counts.decoded, decoder.counts.undecodable) == (1, 1)


def test_tunnels_in_tunnels_end_at_the_maximum_depth() -> None:
    inner = b"\x45\0\0\x14\0\0\0\0\x40\x3b\0\0" + bytes(8)
    packet = inner
    for _ in range(40):
        length = (len(packet) + 20).to_bytes(2, "big")
        packet = b"\x45\0" + length + b"\0\0\0\0\x40\x04\0\0" + bytes(8) + packet
    rows, decoder = table([Frame(packet, 228)])
    assert rows.num_rows == 16
    assert rows["depth"].to_pylist() == list(range(16))
    assert rows["stop_reason"].to_pylist()[-1] == "nesting-too-deep"
    assert decoder.counts.decoded == 1


def test_endless_tags_end() -> None:
    rows, _ = table([Frame(bytes(12) + b"\x81\0\0\1" * 200, 1)])
    assert rows["stop_reason"].to_pylist() == ["too-many-headers"]


def test_many_frames_become_several_batches_in_order() -> None:
    taken = [Frame(bytes(14), 1)] * 70_000
    decoder = PacketDecoder(columns=["frame_number"])
    sizes, numbers = [], []
    for packets in (*decoder.decode(batch(taken)), *decoder.finish()):
        sizes.append(packets.num_rows)
        numbers += packets["frame_number"].to_pylist()
    assert len(sizes) == 3
    assert numbers == list(range(1, 70_001))
    assert decoder.schema.names == ["frame_number"]


def test_what_the_caps_drop_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAXIMUM_DATAGRAMS", 10)
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    first = [
        b"\x45\0\0\x24" + number.to_bytes(2, "big") + b"\x20\0\x40\x11\0\0" + addresses + bytes(16)
        for number in range(25)
    ]
    # Every option of one octet length is of another kind: more orders than are kept apart.
    dice = random.Random(1)
    ports = b"\x4e\x20\x4e\x21" + bytes(8)
    options = [
        b"\x45\0\0\x3c" + bytes(5) + b"\x06\0\0" + addresses + ports + b"\xa0\x10" + bytes(6)
        + b"".join(bytes([dice.randrange(2, 256), 2]) for _ in range(10))
        for _ in range(1000)
    ]  # fmt: skip
    rows, decoder = table([Frame(octets, 228) for octets in (*first, *options)])
    assert rows.num_rows == len(first) + len(options) == decoder.counts.decoded
    told = {anomaly.name: anomaly.reason for anomaly in decoder.anomalies}
    assert told["fragments-evicted"].startswith("15 ")
    assert int(told["sequences-overflowed"].split()[0].replace(",", "")) > 0
    assert "(other)" in rows["tcp_options"].to_pylist()
    assert table([Frame(options[0], 228)])[1].anomalies == []


def test_a_fragmented_datagram_is_read_where_it_is_whole() -> None:
    udp = b"\x4e\x20\x4e\x21\x00\x20\0\0" + bytes(range(24))

    def fragment(offset: int, data: bytes, more: bool) -> Frame:
        flags = (offset // 8 | (0x2000 if more else 0)).to_bytes(2, "big")
        length = (20 + len(data)).to_bytes(2, "big")
        header = b"\x45\0" + length + b"\0\7" + flags + b"\x40\x11\0\0" + bytes([10, 0, 0, 1, 10, 0, 0, 2])
        return Frame(header + data, 228)

    rows, _ = table([fragment(16, udp[16:], False), fragment(0, udp[:16], True)])
    first, last = rows.to_pylist()
    assert (first["source_port"], last["source_port"], last["destination_port"]) == (None, 20_000, 20_001)
    assert (last["reassembled_fragments"], last["reassembled_length"]) == (2, 32)
    assert (first["ip_fragment_offset"], first["ip_more_fragments"]) == (16, False)
    assert (last["payload_offset"], last["payload_length"]) == (8, 24)


@pytest.mark.skipif(not kernel.COMPILED, reason="needs the compiled kernels to compare with")
def test_compiled_equals_uncompiled(tmp_path: Path) -> None:
    dice = random.Random(20261121)
    taken = []
    for _ in range(3000):
        octets = bytearray(dice.randbytes(dice.randrange(150)))
        link_type = dice.choice(LINK_TYPES)
        if link_type == 1 and len(octets) > 40:
            octets[12:14] = dice.choice([b"\x08\0", b"\x86\xdd", b"\x81\0", b"\x88\x47", b"\x88\x64"])
            octets[14] = dice.choice([0x45, 0x46, 0x60])
            octets[23 if octets[14] != 0x60 else 20] = dice.choice([1, 2, 4, 6, 17, 41, 47, 50, 51, 58, 132])
        taken.append(Frame(bytes(octets), link_type, max(1, len(octets))))
    (tmp_path / "frames").write_bytes(pickle.dumps(taken))
    program = (
        "import pickle, sys, pathlib, pyarrow as pa\n"
        "from tests.decode.test_packets import table\n"
        "from netanatomy.decode import kernel\n"
        "assert not kernel.COMPILED\n"
        f"rows, _ = table(pickle.loads(pathlib.Path({str(tmp_path / 'frames')!r}).read_bytes()))\n"
        f"pathlib.Path({str(tmp_path / 'rows')!r}).write_bytes(pickle.dumps(rows.to_pylist()))\n"
    )
    environment = {**os.environ, "NETANATOMY_UNCOMPILED": "1"}
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=root)
    uncompiled = pickle.loads((tmp_path / "rows").read_bytes())
    compiled = table(taken)[0].to_pylist()
    assert compiled == uncompiled
    assert {column.name for column in COLUMNS} == set(compiled[0])


def test_large_frames_make_short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows of frames that offload has put together would be gigabytes."""
    monkeypatch.setattr(packet_stage, "MAXIMUM_BATCH_OCTETS", 200_000)
    large = Frame(bytes(12) + b"\x08\x00" + bytes(60_000), 1)
    decoder, found = PacketDecoder(batch_rows=1_000), []
    for _ in range(25):
        found += decoder.decode_with_octets(batch([large] * 2))
    found += decoder.finish_with_octets()
    assert [one.table.num_rows for one in found] == [4] * 12 + [2]
    assert [[(piece.first_row, piece.end_row) for piece in one.pieces] for one in found[:2]] == [
        [(0, 2), (2, 4)]
    ] * 2
    numbers = [number for one in found for number in one.table["frame_number"].to_pylist()]
    assert numbers == [1, 2] * 25
