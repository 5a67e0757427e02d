from __future__ import annotations

import io
import shutil
import subprocess

import pytest

from netanatomy.capture.write import PcapngWriter, PcapWriter


def test_pcap_comes_back(captures, rows):
    file = io.BytesIO()
    writer = PcapWriter(file, link_type=1)
    for time, octets, original in captures.frames:
        writer.frame(time, octets, original)
    found, capture = rows(file.getvalue())
    assert found == list(captures.frames)
    assert capture.information.interfaces[0].link_type == 1


def pcapng(captures):
    file = io.BytesIO()
    writer = PcapngWriter(file, hardware="h", operating_system="o", application="a")
    first = writer.interface(1, name="eth0", description="the first")
    second = writer.interface(101, name="tun0")
    for index, (time, octets, original) in enumerate(captures.frames):
        writer.frame(time, octets, (first, second)[index % 2], original, comment="ü" if index == 2 else "")
    return file.getvalue()


def test_pcapng_comes_back(captures, rows):
    found, capture = rows(pcapng(captures))
    assert found == list(captures.frames)
    assert [each.name for each in capture.information.interfaces] == ["eth0", "tun0"]
    assert [each.link_type for each in capture.information.interfaces] == [1, 101]
    (section,) = capture.information.sections
    assert (section.hardware, section.operating_system, section.application) == ("h", "o", "a")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_reads_it(captures, tmp_path):
    path = tmp_path / "capture"
    path.write_bytes(pcapng(captures))
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name", "frame.comment"]
    arguments = [argument for field in fields for argument in ("-e", field)]
    run = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", *arguments], capture_output=True, text=True, check=True
    )
    assert [line.split("\t") for line in run.stdout.splitlines()] == [
        [
            f"{time // 10**9}.{time % 10**9:09}",
            str(original),
            str(len(octets)),
            ("eth0", "tun0")[index % 2],
            "ü" if index == 2 else "",
        ]
        for index, (time, octets, original) in enumerate(captures.frames)
    ]
