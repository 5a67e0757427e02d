from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netanatomy.capture import merge
from netanatomy.capture.reader import open_capture
from netanatomy.errors import CaptureError, NotACaptureError

HEAD = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)


def pcap(times, tag=0, length=4):
    """A capture whose frames tell which file they are of, and which of its frames they are."""
    parts = [HEAD]
    for index, at in enumerate(times):
        frame = struct.pack("<BI", tag, index) + bytes(length)
        parts.append(struct.pack("<IIII", *divmod(at, 10**9), len(frame), len(frame)) + frame)
    return b"".join(parts)


def read(paths, **arguments):
    found = []
    with open_capture(paths, **arguments) as capture:
        for batch in capture.batches():
            assert batch.first_number == len(found) + 1
            assert len(batch.octets) % 8 == 0
            for index in range(len(batch)):
                tag, number = struct.unpack_from("<BI", batch.frame(index))
                found.append((int(batch.time[index]), tag, number, int(batch.interface[index])))
    return found, capture


def naive_merge(files):
    """Of all files, the one whose next frame is the earliest gives it."""
    heads = [list(enumerate(times)) for times in files]
    result = []
    while any(heads):
        _, which = min((head[0][1], which) for which, head in enumerate(heads) if head)
        number, at = heads[which].pop(0)
        result.append((at, which, number))
    return result


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(st.integers(0, 12), max_size=12), min_size=2, max_size=5),
    octets=st.sampled_from([1, 30, 1 << 20]),
)
def test_merging(tmp_path, monkeypatch, files, octets):
    monkeypatch.setattr(merge, "MAXIMUM_MERGED_OCTETS", octets)
    paths = []
    for tag, times in enumerate(files):
        paths.append(tmp_path / f"{tag}.pcap")
        paths[-1].write_bytes(pcap(times, tag))
    found, capture = read(paths)
    assert [each[:3] for each in found] == naive_merge(files)
    for _, tag, _, interface in found:
        assert capture.information.files[capture.information.interfaces[interface].file].name == str(
            paths[tag]
        )
    assert capture.anomalies == []


def test_merging_many_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("netanatomy.capture.reader.SMALLEST_CHUNK", 4096)
    monkeypatch.setattr("netanatomy.capture.reader.MERGE_CHUNKS", 4096)
    files = [list(range(start, 60_000, step)) for start, step in ((0, 7), (3, 11), (20_000, 5), (59_000, 1))]
    files[1][500:600] = reversed(files[1][500:600])
    paths = []
    for tag, times in enumerate(files):
        paths.append(tmp_path / f"{tag}.pcap")
        paths[-1].write_bytes(pcap(times, tag, length=tag))
    found, _ = read(paths)
    assert [each[:3] for each in found] == naive_merge(files)


def test_files_that_follow_one_another_are_open_one_at_a_time(tmp_path, monkeypatch):
    for index in range(20):
        (tmp_path / f"{index:02}.pcap").write_bytes(pcap([index * 10, index * 10 + 9]))
    with open_capture(tmp_path) as capture:
        most = 0
        for _ in capture.batches():
            most = max(most, len(capture._open))
    assert most <= 2


def test_comments_and_flags_survive_merging(captures, tmp_path):
    comment = captures.option("<", 1, b"look")
    flags = captures.option("<", 2, struct.pack("<I", 1))
    head = captures.section("<") + captures.interface("<")
    (tmp_path / "a.pcapng").write_bytes(
        head
        + captures.packet("<", 1, b"a", 1)
        + captures.packet("<", 5, b"c", 1, options=comment + flags)
        + captures.packet("<", 9, b"e", 1, options=comment)
    )
    (tmp_path / "b.pcapng").write_bytes(
        head + captures.packet("<", 3, b"b", 1) + captures.packet("<", 7, b"d", 1)
    )
    with open_capture(tmp_path) as capture:
        frames, comments, flagged = b"", {}, []
        for batch in capture.batches():
            comments |= {batch.first_number + index: text for index, text in batch.comments.items()}
            frames += b"".join(batch.frame(index) for index in range(len(batch)))
            flagged += [0] * len(batch) if batch.flags is None else batch.flags.tolist()
    assert (frames, comments, flagged) == (b"abcde", {3: "look", 5: "look"}, [0, 0, 1, 0, 0])


def test_a_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "sub" / "late.cap").write_bytes(pcap([50], 2))
    (tmp_path / "early.bin").write_bytes(pcap([10, 90], 1))
    (tmp_path / "notes.txt").write_text("no capture")
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / ".hidden" / "x.pcap").write_bytes(pcap([1], 3))
    (tmp_path / "circle").symlink_to(tmp_path)
    found, capture = read(tmp_path)
    assert [each[:2] for each in found] == [(10, 1), (50, 2), (90, 1)]
    assert [(each.name, Path(each.source).name) for each in capture.anomalies] == [
        ("capture-skipped", "notes.txt"),
        ("capture-skipped", "nothing"),
    ]
    assert [file.frames for file in capture.information.files] == [2, 0, 0, 1]
    sizes = sum((tmp_path / name).stat().st_size for name in ("early.bin", "sub/late.cap"))
    assert (capture.progress.octets, capture.progress.total) == (sizes, sizes)


def test_a_damaged_file_among_others(tmp_path):
    (tmp_path / "a").write_bytes(pcap([1, 5, 9], 0)[:-3])
    (tmp_path / "b").write_bytes(pcap([2, 6, 10], 1))
    found, capture = read([tmp_path / "b", tmp_path / "a"])
    assert [each[:2] for each in found] == [(1, 0), (2, 1), (5, 0), (6, 1), (10, 1)]
    (anomaly,) = capture.anomalies
    assert (anomaly.name, anomaly.source) == ("capture-truncated", str(tmp_path / "a"))


@pytest.mark.parametrize(
    ("octets", "words"),
    [(b"", "is empty"), (b"PK\3\4 a zip file", "no capture format"), (b"\xd4", "no capture format")],
)
def test_files_that_are_no_captures(tmp_path, octets, words):
    path = tmp_path / "file"
    path.write_bytes(octets)
    (tmp_path / "good").write_bytes(pcap([1]))
    for paths in (path, [tmp_path / "good", path]):
        with pytest.raises(NotACaptureError, match=words) as error:
            read(paths)
        assert "\n" not in str(error.value)
        assert str(path) in str(error.value)


def test_paths_that_cannot_be_opened(tmp_path):
    for path in (tmp_path / "missing", "bad\0name"):
        with pytest.raises(CaptureError) as error:
            read(path)
        assert not isinstance(error.value, NotACaptureError)
        assert "\n" not in str(error.value)
    with pytest.raises(CaptureError, match="no capture was named"):
        read([])
    with pytest.raises(NotACaptureError, match="no files"):
        read(tmp_path)
    (tmp_path / "text").write_text("text")
    with pytest.raises(NotACaptureError, match="of no capture format"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(pcap([1]))
    path.chmod(0)
    with pytest.raises(CaptureError, match="permission denied"):
        read(path)


SCRIPT = """
import sys
from netanatomy.capture.reader import open_capture
with open_capture(sys.argv[1:]) as capture:
    for batch in capture.batches():
        for index in range(len(batch)):
            print(int(batch.time[index]), len(batch.frame(index)), flush=True)
print(capture.progress.octets, capture.progress.total)
"""


def test_standard_input(tmp_path):
    octets = pcap([1, 2, 3])
    run = subprocess.run([sys.executable, "-c", SCRIPT, "-"], input=octets, capture_output=True, check=True)
    assert run.stdout.split() == [*b"1 9 2 9 3 9".split(), str(len(octets)).encode(), b"None"]
    path = tmp_path / "other"
    path.write_bytes(pcap([2]))
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), "-"], input=octets, capture_output=True, check=True
    )
    assert [line.split()[0] for line in run.stdout.splitlines()[:-1]] == [b"1", b"2", b"2", b"3"]


def test_a_live_pipe_is_followed_closely(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    gate = threading.Event()
    octets = pcap([1, 2])

    def write():
        with pipe.open("wb", buffering=0) as file:
            file.write(octets[:-20])
            gate.wait(20)
            file.write(octets[-20:])

    writer = threading.Thread(target=write)
    writer.start()
    with open_capture(pipe) as capture:
        batches = capture.batches()
        begun = time.monotonic()
        first = next(batches)
        assert len(first) == 1
        assert time.monotonic() - begun < 10
        gate.set()
        assert sum(len(batch) for batch in batches) == 1
    writer.join()
    assert capture.anomalies == []


def test_a_pipe_among_files(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "file").write_bytes(pcap([2, 4], 1))
    writer = threading.Thread(target=lambda: pipe.write_bytes(pcap([1, 3, 5], 0)))
    writer.start()
    found, capture = read([pipe, tmp_path / "file"])
    writer.join()
    assert [each[:2] for each in found] == [(1, 0), (2, 1), (3, 0), (4, 1), (5, 0)]
    assert capture.progress.total is None


def test_a_file_that_grows_or_shrinks_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "file"
    for change in ("grow", "shrink"):
        octets = pcap(range(200_000))
        path.write_bytes(octets)
        with open_capture(path) as capture:
            batches = capture.batches()
            count = len(next(batches))
            if change == "grow":
                with path.open("ab") as file:
                    file.write(octets[len(HEAD) :])
            else:
                os.truncate(path, 1000)
            count += sum(len(batch) for batch in batches)
        assert count == 400_000 if change == "grow" else count < 200_000


def test_progress(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(pcap(range(300_000)))
    size = path.stat().st_size
    seen = []
    with open_capture([path]) as capture:
        for _ in capture.batches():
            progress = capture.progress
            assert progress.total == size
            seen.append(progress.octets)
    assert seen == sorted(seen)
    assert seen[0] < size
    assert seen[-1] == size


def test_batches_own_their_memory(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(pcap(range(300_000)))
    with open_capture(path) as capture:
        batches = list(capture.batches())
    numbers = [
        struct.unpack_from("<I", batch.frame(index), 1)[0]
        for batch in batches
        for index in range(0, len(batch), 997)
    ]
    assert numbers == [
        batch.first_number - 1 + index for batch in batches for index in range(0, len(batch), 997)
    ]


def test_discovery():
    from netanatomy.capture.compression import compressions
    from netanatomy.capture.formats import formats

    assert [each.name for each in formats()] == ["pcap", "pcapng", "snoop"]
    assert [each.name for each in compressions()] == ["gzip", "lz4", "xz", "zstd"]
