"""A copy of a pcapng file with comments: everything else stays, by the word of Wireshark's own tools."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

import netanatomy
from netanatomy.capture.pcapng_copy import PcapngCopy, commented
from netanatomy.capture.reader import open_capture
from netanatomy.capture.write import PcapWriter
from netanatomy.schema.findings import Finding
from netanatomy.schema.match import Selector, where
from tests.detect.support import capture as lab_capture
from tests.detect.support import findings as found_in
from tests.wire import START, handshake, write_capture


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(order: str, kind: int, body: bytes) -> bytes:
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def packet(order: str, frame: bytes, options: bytes, kind: int = 6) -> bytes:
    which = struct.pack(order + "HH", 0, 0xFFFF) if kind == 2 else struct.pack(order + "I", 0)
    header = which + struct.pack(order + "IIII", 0, 7, len(frame), len(frame) + 9)
    return block(order, kind, header + frame + bytes(-len(frame) % 4) + options)


END = bytes(4)
FRAME = handshake()[0] + b"x"  # its length is no multiple of four


def blocks(order: str) -> list[bytes]:
    """A section with every kind of block, known and unknown; frames are in the blocks 4, 5, 7 and 8."""
    flags = option(order, 2, struct.pack(order + "I", 0x0102_0001))
    hashed = option(order, 3, b"\x02\x01\x02\x03\x04")
    custom = option(order, 2988, struct.pack(order + "I", 32473) + b"secret")
    secrets = b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"11" * 48 + b"\n"
    said = option(order, 1, b"about the section") + END
    described = option(order, 1, b"about the interface") + option(order, 2, b"eth0")
    described += option(order, 11, b"\0tcp port 443") + END
    return [
        block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + said),
        block(order, 1, struct.pack(order + "HHI", 1, 0, 65535) + described),
        block(
            order,
            10,
            struct.pack(order + "II", 0x544C534B, len(secrets)) + secrets + bytes(-len(secrets) % 4),
        ),
        block(order, 4, struct.pack(order + "HH", 1, 6) + b"\x0a\0\0\1a\0" + bytes(2) + END),
        packet(order, FRAME, flags + option(order, 1, b"was here before") + hashed + custom + END),
        packet(order, FRAME, b""),
        block(order, 0x7777, b"nobody knows"),
        packet(order, FRAME, flags, kind=2),  # without an end of its options
        block(order, 3, struct.pack(order + "I", len(FRAME)) + FRAME + bytes(-len(FRAME) % 4)),
        block(order, 0x0BAD, struct.pack(order + "I", 32473) + b"somebody"),
        block(
            order,
            5,
            struct.pack(order + "III", 0, 0, 9) + option(order, 5, struct.pack(order + "Q", 3)) + END,
        ),
    ]


def copied(octets: bytes, tmp_path: Path, comments: dict[int, str]) -> bytes:
    path = tmp_path / "a.pcapng"
    path.write_bytes(octets)
    target = io.BytesIO()
    with PcapngCopy(path, target) as copy:
        copy.frames(2, {at: text for at, text in comments.items() if at < 2})
        copy.frames(2, {at - 2: text for at, text in comments.items() if at >= 2})
        copy.finish()
    return target.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
def test_without_comments_nothing_changes(order: str, tmp_path: Path) -> None:
    octets = b"".join(blocks(order))
    assert copied(octets, tmp_path, {}) == octets


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_comment_is_all_that_is_added(order: str, place: int, tmp_path: Path) -> None:
    every = blocks(order)
    at = (4, 5, 7)[place]
    told = copied(b"".join(every), tmp_path, {place: "found"})
    before, after = b"".join(every[:at]), b"".join(every[at + 1 :])
    assert told.startswith(before)
    assert told.endswith(after)
    changed = told[len(before) : len(told) - len(after)]
    added = option(order, 1, b"found")
    assert changed.count(added) == 1
    bare = changed.replace(added, b"")
    # The lengths aside, and where there were no options, or no end of them, it has one now.
    stop = len(every[at]) - 4
    assert bare[8:stop] == every[at][8:stop]
    assert bare[stop:-4] in {b"", END}
    assert struct.unpack(order + "I", changed[4:8]) == struct.unpack(order + "I", changed[-4:])
    opened = netanatomy.open(tmp_path / "b.pcapng") if (tmp_path / "b.pcapng").write_bytes(told) else None
    assert opened is not None
    assert opened.frames().to_arrow().num_rows == 4
    assert opened.anomalies == []


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_packet_without_room_for_a_comment_gets_a_larger_block(order: str, tmp_path: Path) -> None:
    path = tmp_path / "b.pcapng"
    path.write_bytes(copied(b"".join(blocks(order)), tmp_path, {3: "found"}))
    rows = netanatomy.open(path).frames().to_arrow().to_pylist()
    first = netanatomy.open(tmp_path / "a.pcapng").frames().to_arrow().to_pylist()
    assert rows[3].pop("comment") == "found"
    assert first[3].pop("comment") in {None, ""}
    assert rows == first


def test_a_stated_length_of_a_section_is_taken_back(tmp_path: Path) -> None:
    every = blocks("<")
    stated = every[0][:16] + struct.pack("<q", sum(map(len, every[1:]))) + every[0][24:]
    told = copied(b"".join([stated, *every[1:]]), tmp_path, {0: "found"})
    assert told.startswith(every[0]), "now of unknown length"


def test_options_that_overrun_their_block_stay_behind_the_comment() -> None:
    broken = packet("<", FRAME, struct.pack("<HH", 2, 400) + b"abcd")
    told = commented(broken, "<", "found")
    assert told[8:-4] == broken[8:-12] + option("<", 1, b"found") + broken[-12:-4]


def test_it_ends_where_the_file_is_damaged(tmp_path: Path) -> None:
    every = b"".join(blocks("<"))
    for cut in range(len(every)):
        told = copied(every[:cut], tmp_path, {})
        assert every.startswith(told)
    assert copied(every + struct.pack("<III", 6, 1 << 31, 0), tmp_path, {}) == every


def annotated(path: Path, target: Path) -> int:
    """Frames that have a comment once what is wrong with a capture was written to its copy."""
    opened = netanatomy.open(path)
    found = opened.findings()
    with target.open("wb") as file:
        return opened.annotate(found, file)


def needed(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: tshark, wireshark-common)")


def told_by(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_wireshark_finds_everything_that_was_there(tmp_path: Path) -> None:
    """Keys, comments, filter and statistics survive, and so do the flags of frames."""
    needed("editcap", "capinfos", "tshark")
    source, keys = tmp_path / "source.pcapng", tmp_path / "keys.txt"
    source.write_bytes(
        zstandard.ZstdDecompressor().stream_reader(lab_capture("syn-flood-spoofed").read_bytes()).read()
    )
    keys.write_text("CLIENT_RANDOM " + "00" * 32 + " " + "11" * 48 + "\n")
    rich = tmp_path / "rich.pcapng"
    told_by(
        *(
            "editcap",
            "--inject-secrets",
            f"tls,{keys}",
            "--capture-comment",
            "of the whole",
            "-a",
            "1:before",
        ),
        *(source, rich),
    )
    target = tmp_path / "copy.pcapng"
    count = annotated(rich, target)
    assert count > 0

    def facts(path: Path) -> list[str]:
        changing = ("File name", "File size", "SHA", "RIPEMD", "MD5", "Packet size", "  Packet", "Strict")
        lines = told_by("capinfos", "-M", path).splitlines()
        return [line for line in lines if not line.startswith(changing)]

    def fields(path: Path) -> list[list[str]]:
        names = ("frame.time_epoch", "frame.len", "frame.packet_flags", "frame.md5_hash", "frame.comment")
        options = [word for name in names for word in ("-e", name)]
        hashed = ("-o", "frame.generate_md5_hash:TRUE")
        told = told_by("tshark", "-r", path, *hashed, "-T", "fields", *options)
        return [line.split("\t") for line in told.splitlines()]

    def comments(lines: list[str]) -> list[str]:
        return [line for line in lines if "comment" in line.lower()]

    before, after = facts(rich), facts(target)
    assert [line for line in before if line not in comments(before)] == [
        line for line in after if line not in comments(after)
    ]
    assert any("of the whole" in line for line in after)
    assert any("decryption secrets" in line for line in after)
    opened = netanatomy.open(target)
    list(opened.frames())
    assert [each.octets.decode() for each in opened.information.secrets] == [keys.read_text()]
    rows, first = fields(target), fields(rich)
    assert [row[:4] for row in rows] == [row[:4] for row in first]
    assert sum("netanatomy " in row[4] for row in rows) == count
    assert rows[0][4].startswith("before")


def about_everything(finding: Finding) -> Finding:
    return replace(finding, scope=(Selector(where(ip_protocol=6)),), evidence=())


def flags_of(*paths: Path) -> list[int]:
    found: list[int] = []
    for batch in open_capture(paths).batches():
        found += [0] * len(batch) if batch.flags is None else batch.flags.tolist()
    return found


def test_of_several_files_interfaces_flags_and_keys_stay(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pcapng", write_capture(tmp_path / "b.pcapng", handshake())
    first.write_bytes(b"".join(blocks(">")))
    (flood,) = (one for one in found_in("syn-flood-spoofed") if one.detector == "syn-flood")
    target = tmp_path / "c.pcapng"
    with target.open("wb") as file:
        netanatomy.open([first, second]).annotate([about_everything(flood)], file)
    copy = netanatomy.open(target)
    rows = copy.frames().to_arrow()
    assert rows.num_rows == 4 + 7
    assert flags_of(target) == flags_of(first, second)
    assert any(flags_of(target))
    assert [each.filter for each in copy.information.interfaces] == ["tcp port 443", ""]
    assert copy.information.interfaces[0].comments == ["about the interface"]
    assert [each.kind for each in copy.information.secrets] == ["TLS key log"]


def test_a_pcap_file_becomes_a_pcapng_file(tmp_path: Path) -> None:
    path, target = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    with path.open("wb") as file:
        writer = PcapWriter(file, 1, 96)
        for octets in handshake():
            writer.frame(START, octets)
    (flood,) = (one for one in found_in("syn-flood-spoofed") if one.detector == "syn-flood")
    with target.open("wb") as file:
        assert netanatomy.open(path).annotate([about_everything(flood)], file) == 7
    copy = netanatomy.open(target)
    assert copy.frames().to_arrow().num_rows == 7
    assert copy.information.interfaces[0].snap_length == 96
