from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import netanatomy
from netanatomy.report.annotation import MAXIMUM_COMMENT, FrameComments
from netanatomy.schema.match import Selector, where
from tests.detect.support import capture, findings, incidents


def flood() -> netanatomy.Finding:
    return next(one for one in findings("syn-flood-spoofed") if one.detector == "syn-flood")


def packets(*numbers: int) -> pa.RecordBatch:
    """Rows of these frames, with a destination port that is 80 in odd frames."""
    return pa.record_batch(
        {
            "frame_number": pa.array(numbers, pa.uint64()),
            "destination_port": pa.array([80 if number % 2 else 53 for number in numbers], pa.uint16()),
        }
    )


def about_port(finding: netanatomy.Finding, port: int, **changed: object) -> netanatomy.Finding:
    return replace(finding, scope=(Selector(where(destination_port=port)),), **changed)  # type: ignore[arg-type]


def test_comments_come_batch_by_batch() -> None:
    comments = FrameComments(
        [about_port(flood(), 80, evidence=()), about_port(flood(), 53, evidence=(), id="b")]
    )
    assert set(comments.columns) == {"frame_number", "destination_port"}
    assert comments.observe(packets(1, 1, 2, 3)) == 3
    assert comments.observe(packets(4, 5)) == 5
    first = comments.taken(1, 2)
    assert set(first) == {1, 2}
    assert first[1].startswith("netanatomy high syn-flood-")
    assert first[1].count("\n") == 0, "a frame with two packets is told once"
    assert first[2].startswith("netanatomy high b:")
    assert set(comments.taken(3, 1)) == {3}
    assert set(comments.taken(4, 10)) == {4, 5}
    assert comments.taken(14, 10) == {}


def test_evidence_is_told_with_its_place() -> None:
    finding = about_port(flood(), 80)
    first = finding.evidence[0]
    comments = FrameComments([finding])
    told = comments.taken(first.frame, 1)[first.frame]
    assert f"evidence: Flags SYN at octet {first.offset}" in told


def test_text_is_escaped_and_cut() -> None:
    comments = FrameComments([about_port(flood(), 80, title="\x1b[31m" + "x" * 5_000, evidence=())])
    comments.observe(packets(1))
    text = comments.taken(1, 1)[1]
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
