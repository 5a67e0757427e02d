"""The shortcut for plain frames gives the rows that the walk from header to header gives."""

from __future__ import annotations

import csv
import itertools
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.capture.reader import open_capture
from netanatomy.decode import kernel
from netanatomy.decode.packets import PacketDecoder
from netanatomy.decode.rows import Rows
from netanatomy.decode.tables import dispatch
from netanatomy.decode.walk import Walk
from netanatomy.errors import CaptureError
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packets import packet_schema
from tests.decode.agreement import Frame, batch
from tests.decode.packets_made import checksummed, frames, payloads, segments, u8, u16, u32

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
VIEWS = ("time", "offset", "captured_length", "original_length", "link_type", "interface")
# Of plain protocols, of tunnels, of none.
udp_ports = st.sampled_from([53, 67, 443, 500, 2152, 4789, 6081, 40_000, 40_001])
FRAMES_OF_EACH = 20_000 if kernel.COMPILED else 300


def both_ways(taken: FrameBatch) -> tuple[pa.Table, pa.Table, list[PacketDecoder]]:
    """The rows of these frames with the shortcut, and without it."""
    decoders = [PacketDecoder(), PacketDecoder()]
    decoders[1]._walk.shortcut = False
    tables = [
        pa.Table.from_batches([*decoder.decode(taken), *decoder.finish()], packet_schema())
        for decoder in decoders
    ]
    return tables[0], tables[1], decoders


def agree(taken: FrameBatch) -> pa.Table:
    """The rows of these frames, which are the same either way."""
    short, long, decoders = both_ways(taken)
    assert short.equals(long), next(
        (one, other) for one, other in zip(short.to_pylist(), long.to_pylist(), strict=True) if one != other
    )
    assert decoders[0].counts == decoders[1].counts
    for name in ("stacks", "tcp_options", "ip_options", "extensions"):
        one, other = (getattr(decoder._walk, name) for decoder in decoders)
        assert (one.known, one.overflowed) == (other.known, other.overflowed)
    return short


@st.composite
def plain_frames(draw: st.DrawFn) -> bytes:
    """Frames that are plain, unless a field that decides so was drawn otherwise."""
    version = draw(st.sampled_from([4, 6]))
    addresses = draw(st.binary(min_size=8 if version == 4 else 32, max_size=8 if version == 4 else 32))
    protocol, segment = draw(segments(addresses))
    if protocol == 17:
        ports = struct.pack(
            "!HH", *draw(st.tuples(*[st.sampled_from([53, 67, 443, 500, 2152, 4789, 6081, 40_000])] * 2))
        )
        segment = ports + segment[4:6] + draw(st.sampled_from([b"\0\0", segment[6:8]])) + segment[8:]
    elif draw(st.booleans()):
        stamps = b"\x01\x01\x08\x0a" + draw(st.binary(min_size=8, max_size=8))
        segment = segment[:12] + b"\x80" + segment[13:20] + stamps + draw(payloads)
    length = draw(st.sampled_from([0, 0, 0, 0, 1, -1, 7])) + len(segment)
    if version == 4:
        header = struct.pack(
            "!BBHHHBBH",
            draw(st.sampled_from([0x45, 0x45, 0x45, 0x44, 0x46])),
            draw(u8),
            max(0, 20 + length),
            draw(u16),
            draw(st.sampled_from([0, 0x4000, 0x4000, 0x8000, 0x2000, 0x0001])),
            draw(u8),
            protocol,
            0,
        )
        header = checksummed(header + addresses, 10)
    else:
        word = draw(st.sampled_from([6, 6, 6, 5])) << 28 | draw(st.integers(0, 0xFFFFFFF))
        header = struct.pack("!IHBB", word, max(0, length), protocol, draw(u8)) + addresses
    ethertype = struct.pack("!H", 0x0800 if version == 4 else 0x86DD)
    padding = draw(st.sampled_from([b"", b"\0" * 6]))
    return draw(st.binary(min_size=12, max_size=12)) + ethertype + header + segment + padding


@st.composite
def treated(draw: st.DrawFn) -> Frame:
    """A frame, perhaps damaged, cut or captured in part."""
    octets = bytearray(draw(st.one_of(plain_frames(), plain_frames(), frames())))
    for at, value in draw(
        st.lists(st.tuples(st.integers(0, 80), u8), max_size=draw(st.sampled_from([0, 0, 3])))
    ):
        octets[at % len(octets)] = value
    length = len(octets)
    if draw(st.integers(0, 3)) == 0:
        del octets[draw(st.integers(0, length)) :]
    return Frame(bytes(octets), 1, length if draw(st.booleans()) else len(octets))


@given(st.lists(treated(), min_size=1, max_size=12))
def test_whatever_the_octets_the_rows_are_the_same(taken: list[Frame]) -> None:
    agree(batch(taken))


@given(st.lists(st.one_of(plain_frames(), frames()), min_size=1, max_size=3))
def test_of_every_truncation_too(made: list[bytes]) -> None:
    agree(batch([Frame(octets[:end], 1, len(octets)) for octets in made for end in range(len(octets) + 1)]))


@given(u32, st.binary(max_size=70), u16)
def test_plain_frames_leave_nothing_of_the_frame_before(word: int, payload: bytes, port: int) -> None:
    udp = struct.pack("!HHHH", port, 20_000, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(udp), word & 0xFFFF0000, 64, 17, 0)
    one = bytes(12) + b"\x08\0" + header + bytes(8) + udp
    fragment = bytes(12) + b"\x08\0" + header[:6] + b"\x20\0" + header[8:] + bytes(8) + udp
    agree(batch([Frame(octets, 1) for octets in (fragment, one, one, fragment)]))


def test_more_sequences_of_options_than_are_kept_apart() -> None:
    rows: list[Frame] = []
    for kinds in itertools.product((1, 3, 4, 5), repeat=6):
        options = b"".join(b"\x01" if kind == 1 else bytes([kind, 2]) for kind in kinds)
        options += bytes(-len(options) % 4)
        stamps = b"\x01\x01\x08\x0a" + bytes(8)
        for these in (options, stamps):
            segment = bytes(12) + bytes([(20 + len(these)) // 4 << 4]) + bytes(7) + these
            header = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(segment), 0, 64, 6, 0) + bytes(8)
            rows.append(Frame(bytes(12) + b"\x08\0" + header + segment, 1))
    found = agree(batch(rows[1:] if len(rows) % 2 else rows))
    assert "(other)" in set(found["tcp_options"].to_pylist())


@pytest.mark.parametrize("shortcut", [True, False])
def test_the_shortcut_is_taken(shortcut: bool) -> None:
    segment = bytes(12) + b"\x50" + bytes(7)
    header = struct.pack("!BBHIBBH", 0x45, 0, 40, 0, 64, 6, 0) + bytes(8)
    taken = batch([Frame(bytes(12) + b"\x08\0" + header + segment, 1)])
    walk = dispatch().walk()
    walk.shortcut = shortcut
    walk.attach(taken.octets)
    views = [getattr(taken, name).data for name in VIEWS]
    assert kernel.walk_frames(walk, Rows(64), 1, *views, 0) == 1
    assert walk.headers == (0 if shortcut else 3)  # which only the walk from header to header counts


@pytest.mark.parametrize("missing", [name for name in VIEWS if name != "offset"])
def test_no_column_of_the_frames_may_be_short(missing: str) -> None:
    taken = batch([Frame(bytes(14), 1), Frame(bytes(14), 1)])
    views = [getattr(taken, name)[: 1 if name == missing else 2].data for name in VIEWS]
    walk = dispatch().walk()
    walk.attach(taken.octets)
    with pytest.raises(IndexError):
        kernel.walk_frames(walk, Rows(64), 1, *views, 0)
    with pytest.raises(IndexError):
        kernel.walk_frames(walk, Rows(64), 1, *(getattr(taken, name).data for name in VIEWS), -1)


def test_a_table_has_a_place_for_every_number() -> None:
    short, whole = np.zeros(65_535, np.uint16), np.zeros(65_536, np.uint16)
    Walk(whole, whole, whole, whole, whole, whole)
    for number in range(6):
        with pytest.raises(ValueError, match="no place"):
            Walk(*(short if place == number else whole for place in range(6)))


def outcome(taken: FrameBatch, shortcut: bool) -> object:
    """The rows, or that the walk refused to read outside the buffer."""
    decoder = PacketDecoder()
    decoder._walk.shortcut = shortcut
    try:
        return [batch.to_pylist() for batch in (*decoder.decode(taken), *decoder.finish())]
    except IndexError:
        return IndexError


@given(plain_frames(), st.integers(-100, 200), st.integers(0, 2**32 - 1) | st.integers(0, 200))
def test_frames_that_are_not_in_the_buffer_are_refused(octets: bytes, offset: int, length: int) -> None:
    taken = batch([Frame(octets, 1)])
    taken.offset[0] = offset
    taken.captured_length[0] = length
    assert outcome(taken, shortcut=True) == outcome(taken, shortcut=False)


@pytest.mark.parametrize("name", ["office.pcapng", "tunnels.pcapng"])
def test_the_examples(name: str) -> None:
    for taken in open_capture([EXAMPLES / name]).batches():
        agree(taken)


@pytest.mark.corpora
def test_captures_of_third_parties(corpora: Path) -> None:
    with (corpora / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        names = [line["capture"] for line in csv.DictReader(manifest, delimiter="\t")]
    for name in names:
        if not (corpora / name).is_file():
            continue
        seen = 0
        try:
            for taken in open_capture([corpora / name]).batches():
                agree(taken)
                seen += len(taken)
                if seen > FRAMES_OF_EACH:
                    break
        except CaptureError:
            continue  # broken captures are another test's matter
