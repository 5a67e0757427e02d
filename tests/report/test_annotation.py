from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import netanatomy
from netanatomy.report.annotation import MAXIMUM_COMMENT, FrameComments
from tests.detect.support import capture, findings, incidents


def flood() -> netanatomy.Finding:
    return next(one for one in findings("syn-flood-spoofed") if one.detector == "syn-flood")


def test_comments_of_a_batch_only() -> None:
    comments = FrameComments([flood()], [np.array([3, 5, 9], np.uint64)])
    assert set(comments.of(4, 5)) == {5}
    assert set(comments.of(1, 2)) == set()
    assert comments.of(3, 1)[3].startswith("netanatomy high syn-flood-")


def test_evidence_is_told_with_its_place() -> None:
    finding = flood()
    first = finding.evidence[0]
    comments = FrameComments([finding], [np.array([first.frame], np.uint64)])
    assert f"evidence: Flags SYN at octet {first.offset}" in comments.of(first.frame, 1)[first.frame]


def test_text_is_escaped_and_cut() -> None:
    finding = replace(flood(), title="\x1b[31m" + "x" * 5_000, evidence=())
    text = FrameComments([finding], [np.array([1], np.uint64)]).of(1, 1)[1]
    assert "\x1b" not in text
    assert len(text) == MAXIMUM_COMMENT


def test_wireshark_shows_the_comments_and_every_frame_is_there(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed (Debian: tshark)")
    name = "syn-flood-spoofed"
    opened = netanatomy.open(capture(name))
    found = opened.findings()
    target = tmp_path / "annotated.pcapng"
    with target.open("wb") as file:
        count = opened.annotate(found, file)
    told = subprocess.run(
        [
            "tshark",
            "-r",
            target,
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "frame.time_epoch",
            "-e",
            "frame.comment",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    rows = [line.split("\t") for line in told]
    assert len(rows) == opened.counts.frames
    commented = {int(row[0]) for row in rows if row[2]}
    assert len(commented) == count
    (incident,) = incidents(name)
    assert len(commented & incident.frames) >= 0.99 * len(incident.frames)


def test_without_findings_it_is_a_copy() -> None:
    opened = netanatomy.open(capture("busy-browsing"))
    file = io.BytesIO()
    assert opened.annotate([], file) == 0
    frames = opened.frames().to_arrow()
    again = io.BytesIO(file.getvalue())
    assert again.read(4) == b"\x0a\x0d\x0d\x0a"
    assert frames.num_rows == opened.frames().to_arrow().num_rows
