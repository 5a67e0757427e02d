from __future__ import annotations

import gzip
import io
import lzma
import random
import struct
import subprocess
import tracemalloc

import lz4.frame
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netanatomy.capture import stream
from netanatomy.capture.reader import open_capture
from netanatomy.errors import CaptureError, NotACaptureError


def zstd_of_many_blocks(octets: bytes) -> bytes:
    """A frame of blocks of 1 KiB, with checksum and without content size."""
    target = io.BytesIO()
    with zstandard.ZstdCompressor(write_checksum=True).stream_writer(target, closefd=False) as writer:
        for start in range(0, len(octets), 1024):
            writer.write(octets[start : start + 1024])
            writer.flush(zstandard.FLUSH_BLOCK)
    return target.getvalue()


COMPRESS = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zstd blocks": zstd_of_many_blocks,
    "lz4": lz4.frame.compress,
    "lz4 checked": lambda octets: lz4.frame.compress(
        octets, block_size=4, block_linked=False, content_checksum=True, block_checksum=True, store_size=False
    ),
}
NAMES = {each: each.split()[0] for each in COMPRESS}
PADDING = {"gzip": bytes(512), "xz": bytes(512)}
BETWEEN = {"zstd": b"\x50\x2a\x4d\x18\x03\0\0\0abc", "lz4": b"\x5f\x2a\x4d\x18\x03\0\0\0abc"}


def large(count: int = 3000) -> tuple[bytes, list[bytes]]:
    generator = random.Random(1)
    frames = [generator.randbytes(generator.randrange(200)) for _ in range(count)]
    head = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
    body = b"".join(struct.pack("<IIII", 1, 2, len(each), len(each)) + each for each in frames)
    return head + body, frames


@pytest.mark.parametrize("kind", COMPRESS)
def test_each_compression(rows, kind):
    octets, frames = large()
    compressed = COMPRESS[kind](octets)
    found, capture = rows(compressed, "named.txt")
    assert [frame for _, frame, _ in found] == frames
    assert capture.anomalies == []
    file = capture.information.files[0]
    assert file.compression == NAMES[kind]
    assert (file.octets_read, file.octets_expanded) == (len(compressed), len(octets))


@pytest.mark.parametrize("kind", COMPRESS)
def test_several_members_and_padding(rows, kind):
    octets, frames = large()
    third = len(octets) // 3
    parts = [octets[:third], octets[third : 2 * third], b"", octets[2 * third :]]
    between = BETWEEN.get(NAMES[kind], b"")
    compressed = between.join(COMPRESS[kind](part) for part in parts) + PADDING.get(NAMES[kind], b"")
    found, capture = rows(compressed)
    assert [frame for _, frame, _ in found] == frames
    assert capture.anomalies == []


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("gzip", "gzip -9"),
        ("xz", "xz -T2 --block-size=20000"),
        ("zstd", "zstd -19 --long"),
        ("lz4", "lz4 -BD -9"),
    ],
)
def test_what_the_tools_write(rows, kind, command):
    octets, frames = large()
    try:
        compressed = subprocess.run(
            [*command.split(), "-c"], input=octets, capture_output=True, check=True
        ).stdout
    except FileNotFoundError:
        pytest.skip(f"{command.split()[0]} is not installed")
    found, capture = rows(compressed)
    assert [frame for _, frame, _ in found] == frames
    assert (capture.anomalies, capture.information.files[0].compression) == ([], kind)


@pytest.mark.parametrize("kind", COMPRESS)
def test_every_cut(captures, rows, kind):
    built = captures.pcap()
    compressed = COMPRESS[kind](built.octets)
    for length in range(len(compressed)):
        try:
            found, capture = rows(compressed[:length])
        except NotACaptureError:
            continue
        assert found == list(captures.frames)[: len(found)]
        (anomaly,) = capture.anomalies
        assert anomaly.name == "capture-truncated", length
        assert "cut off" in anomaly.reason


@pytest.mark.parametrize("kind", ["gzip", "zstd blocks", "lz4 checked", "xz"])
def test_a_cut_gives_all_frames_that_the_octets_hold(rows, kind):
    octets, frames = large()
    compressed = COMPRESS[kind](octets)
    found, capture = rows(compressed[: len(compressed) // 2])
    # The frames are random, so octets in and out keep step; a block may be held back.
    held_back = {"gzip": 0.01, "zstd blocks": 0.01, "lz4 checked": 0.3, "xz": 0.1}[kind]
    assert len(found) > (0.5 - held_back) * len(frames)
    assert [frame for _, frame, _ in found] == frames[: len(found)]
    assert [each.name for each in capture.anomalies] == ["capture-truncated"]


@pytest.mark.parametrize("kind", COMPRESS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_octet_may_be_wrong(rows, kind, data):
    octets, frames = large(60)
    compressed = bytearray(COMPRESS[kind](octets))
    at = data.draw(st.integers(0, len(compressed) - 1))
    compressed[at] ^= data.draw(st.integers(1, 255))
    try:
        found, capture = rows(bytes(compressed))
    except CaptureError:
        return
    assert len(capture.anomalies) <= 1
    if not capture.anomalies and kind in {"gzip", "xz", "zstd blocks", "lz4 checked"}:
        # What is wrong without being noticed lies outside the checksummed content.
        assert [frame for _, frame, _ in found] == frames


@pytest.mark.parametrize("kind", ["gzip", "zstd blocks", "lz4 checked"])
def test_damage_keeps_what_lies_before_it(rows, kind):
    octets, frames = large()
    compressed = bytearray(COMPRESS[kind](octets))
    at = len(compressed) * 3 // 4
    compressed[at : at + 40] = bytes(40)
    found, capture = rows(bytes(compressed))
    held_back = {"gzip": 0.03, "zstd blocks": 0.02, "lz4 checked": 0.3}[kind]
    assert (0.75 - held_back) * len(frames) < len(found)
    assert [each.name for each in capture.anomalies] == ["capture-damaged"]


@pytest.mark.parametrize("kind", COMPRESS)
def test_octets_behind_the_end(captures, rows, kind):
    found, capture = rows(COMPRESS[kind](captures.pcap().octets) + b"garbage behind it")
    assert found == list(captures.frames)
    assert [each.name for each in capture.anomalies] == ["capture-damaged"]


@pytest.mark.parametrize("kind", COMPRESS)
def test_compressed_twice_or_empty_is_no_capture(captures, rows, kind):
    with pytest.raises(NotACaptureError, match="twice"):
        rows(COMPRESS[kind](COMPRESS[kind](captures.pcap().octets)))
    with pytest.raises(NotACaptureError, match="empty, inside"):
        rows(COMPRESS[kind](b""))
    with pytest.raises(NotACaptureError, match="no capture format, inside"):
        rows(COMPRESS[kind](b"some text that is no capture"))


@pytest.mark.parametrize("kind", ["gzip", "xz", "zstd", "lz4"])
def test_a_bomb_of_zeros_is_bounded(captures, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(stream, "MAXIMUM_BARREN_OCTETS", 1024 * 1024)
    monkeypatch.setattr("netanatomy.capture.reader.CHUNK", 256 * 1024)
    path = tmp_path / "bomb"
    # Zeros are records without an octet, as far as pcap is concerned.
    path.write_bytes(COMPRESS[kind](captures.pcap().octets + bytes(64 * 1024 * 1024)))
    tracemalloc.start()
    with open_capture(path) as capture:
        count = sum(int(batch.original_length.any()) for batch in capture.batches())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1
    assert [each.name for each in capture.anomalies] == ["capture-expansion-limit"]
    assert capture.information.files[0].octets_expanded < 2 * 1024 * 1024
    assert peak < 24 * 1024 * 1024


def test_a_bomb_of_frames_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "EXPANSION_FLOOR", 4 * 1024 * 1024)
    record = struct.pack("<IIII", 1, 1, 1000, 1000) + bytes(1000)
    octets = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 0, 1) + record * 60_000
    path = tmp_path / "bomb"
    path.write_bytes(lzma.compress(octets))
    with open_capture(path, maximum_expansion=1000) as capture:
        count = sum(len(batch) for batch in capture.batches())
    assert 0 < count < 60_000
    assert [each.name for each in capture.anomalies] == ["capture-expansion-limit"]
    with open_capture(path, maximum_expansion=100_000) as capture:
        assert sum(len(batch) for batch in capture.batches()) == 60_000
    assert capture.anomalies == []


def test_a_block_that_expands_hugely_is_brought_forth_in_pieces(captures, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "MAXIMUM_BARREN_OCTETS", 8 * 1024 * 1024)
    # Four octets a block, each a run of 128 KiB: 100,000 blocks in 400 kB make 12.5 GiB.
    run = (131_072 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    head = captures.pcapng().octets
    frame = b"\x28\xb5\x2f\xfd\x00\x58" + ((len(head) << 3).to_bytes(3, "little") + head)
    path = tmp_path / "bomb"
    path.write_bytes(frame + run * 100_000)
    with open_capture(path) as capture:
        assert sum(len(batch) for batch in capture.batches()) == len(captures.frames)
    assert [each.name for each in capture.anomalies] in (["capture-damaged"], ["capture-expansion-limit"])


def test_windows_that_are_too_large_are_refused(captures, rows):
    octets = captures.pcap().octets
    # Window_Descriptor 0xF8 asks for 2^41 octets (RFC 8878 section 3.1.1.1.2).
    frame = b"\x28\xb5\x2f\xfd\x00\xf8" + (len(octets) << 3 | 1).to_bytes(3, "little") + octets
    with pytest.raises(NotACaptureError, match="zstd stream is damaged"):
        rows(frame)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    with pytest.raises(NotACaptureError, match="xz stream is damaged"):
        rows(lzma.compress(octets, filters=filters))
