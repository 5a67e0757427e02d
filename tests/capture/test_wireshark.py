"""What Wireshark reads in the same files: number, time and lengths of every frame."""

from __future__ import annotations

import csv
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from netanatomy.capture.reader import open_capture
from netanatomy.errors import NetanatomyError

SAMPLE = int(os.environ.get("NETANATOMY_CORPORA_SAMPLE", "12"))
"""Every how many captures of the corpora are compared here; 1 compares all, in some minutes."""

PSEUDO_HEADERS = {123: 4}
"""Octets that Wireshark takes off the frame as a header of the file, by link type; we leave them,
for the registry of link types says that they belong to the frame."""

WRONG_FRACTIONS = {
    "atm-oam-loopback-print-overrun.pcap",
    "timestamp_invalid_micro.pcap",
    "timestamp_invalid_nano.pcap",
}
"""Captures with a fraction of a second beyond a second: it overflows Wireshark's 32 bits, and is
carried over here."""

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def wireshark(path: Path) -> tuple[list[tuple[int, int, int]], str]:
    """Time, original and captured length of each frame, and what tshark complained of."""
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len"]
    arguments = [argument for field in fields for argument in ("-e", field)]
    run = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    rows = []
    for line in run.stdout.splitlines():
        time, length, captured = line.split("\t")
        # A simple packet has no time.
        seconds, _, fraction = (time or "0").partition(".")
        rows.append((int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9]), int(length), int(captured)))
    return rows, run.stderr


def ours(path: Path):
    with open_capture(path) as capture:
        rows = [
            row
            for batch in capture.batches()
            for row in zip(
                batch.time.tolist(),
                batch.original_length.tolist(),
                batch.captured_length.tolist(),
                strict=True,
            )
        ]
    return rows, capture


MODIFIED = struct.pack("<IHBx", 2, 0x0800, 4)
BUILT = {
    "pcap": ("pcap", {}),
    "pcap big": ("pcap", {"order": ">"}),
    "pcap nanoseconds": ("pcap", {"magic": 0xA1B23C4D, "unit": 1}),
    "IXIA hardware": ("pcap", {"magic": 0x1C0001AC, "unit": 1, "trailer": bytes(4)}),
    "IXIA software": ("pcap", {"magic": 0x1C0001AB, "trailer": bytes(4), "order": ">"}),
    "modified 1999-04-17": ("pcap", {"extra": MODIFIED}),
    "modified 1999-09-15": ("pcap", {"magic": 0xA1B2CD34, "extra": MODIFIED + bytes(4)}),
    "modified 1999-10-29": ("pcap", {"magic": 0xA1B2CD34, "extra": MODIFIED}),
    "Nokia": ("pcap", {"extra": (0x9FBFB601).to_bytes(4, "little")}),
    "AIX": ("pcap", {"order": ">", "unit": 1, "link_type": 6, "version": (2, 2), "swapped": True}),
    "AIX FDDI": (
        "pcap",
        {"unit": 1, "link_type": 15, "version": (2, 2), "swapped": True, "padding": bytes(3)},
    ),
    "pcap 2.3": ("pcap", {"version": (2, 3), "swapped": True}),
    "DG/UX": ("pcap", {"version": (543, 0), "swapped": True}),
    "FCS": ("pcap", {"link_type": 0x24000001}),
    "small snap length": ("pcap", {"snap_length": 10}),
    "raw": ("pcap", {"link_type": 12}),
    "pcapng": ("pcapng", {}),
    "pcapng binary clock": ("pcapng", {"order": ">", "resolution": 0x80 | 20}),
    "pcapng offset": ("pcapng", {"resolution": 9, "offset": -7200}),
    "snoop": ("snoop", {}),
    "snoop loopback": ("snoop", {"network": 9}),
    "Shomiti": ("snoop", {"network": 12, "trailer": bytes(16), "version": 4}),
}


MISREAD = {"IXIA hardware"}
"""Wireshark 4.0 takes the nanoseconds of IXIA's hardware for microseconds; later ones do not."""


@needs_tshark
@pytest.mark.parametrize("kind", BUILT)
def test_captures_built_here(captures, tmp_path, kind):
    builder, arguments = BUILT[kind]
    built = getattr(captures, builder)(**arguments)
    path = tmp_path / "capture"
    path.write_bytes(built.octets)
    theirs, _ = wireshark(path)
    found, _ = ours(path)
    if kind in MISREAD:
        found, theirs = [row[1:] for row in found], [row[1:] for row in theirs]
    assert found == theirs
    # And cut in the last frame.
    path.write_bytes(built.octets[:-2])
    theirs, complaint = wireshark(path)
    found, capture = ours(path)
    if kind in MISREAD:
        found, theirs = [row[1:] for row in found], [row[1:] for row in theirs]
    assert found == theirs
    assert "cut short" in complaint
    assert [each.name for each in capture.anomalies] == ["capture-truncated"]


@needs_tshark
@pytest.mark.corpora
def test_captures_of_the_corpora(corpora):
    with (corpora / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        names = [row["capture"] for row in csv.DictReader(manifest, delimiter="\t")]
    compared = frames = 0
    different = []
    for name in names[::SAMPLE]:
        path = corpora / name
        if not path.is_file():
            continue
        theirs, complaint = wireshark(path)
        try:
            found, capture = ours(path)
        except NetanatomyError as error:
            # Refused by both, or read by Wireshark alone: a pcap of version 2.5, which libpcap refuses.
            if theirs and "version 2.5" not in str(error):
                different.append((name, str(error)))
            continue
        if "unknown or unsupported" in complaint:
            # A link type that this Wireshark does not know.
            continue
        if capture.information.custom_blocks:
            # Wireshark counts custom blocks as frames.
            assert len(theirs) == len(found) + len(capture.information.custom_blocks), name
            continue
        off = PSEUDO_HEADERS.get(capture.information.interfaces[0].link_type, 0) if found else 0
        found = [(time, length - off, captured - off) for time, length, captured in found]
        if path.name in WRONG_FRACTIONS:
            found = [row[1:] for row in found]
            theirs = [row[1:] for row in theirs]
        compared += 1
        frames += len(found)
        if found != theirs:
            different.append((name, len(found), len(theirs)))
        damaged = "appears to be damaged" in complaint or "cut short" in complaint
        if damaged != bool(capture.anomalies):
            different.append((name, complaint, capture.anomalies))
    assert compared > 0
    assert not different, different
