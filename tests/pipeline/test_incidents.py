"""The packets of many findings: one reading, whatever their number, and nothing gathered."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import netanatomy as na
from netanatomy.capture.reader import CaptureReader, open_capture
from netanatomy.cli.finding_detail import finding_details
from netanatomy.decode.packets import PacketDecoder
from netanatomy.pipeline import incidents, reading
from netanatomy.schema.match import Selector, where
from tests.detect.support import capture as lab_capture
from tests.detect.support import findings as found_in


def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every time that a capture is opened from now on."""
    opened: list[object] = []

    def counted(paths: Sequence[Path]) -> CaptureReader:
        opened.append(paths)
        return open_capture(paths)

    monkeypatch.setattr(reading, "open_capture", counted)
    return opened


def findings_about(number: int) -> list[na.Finding]:
    (flood,) = (each for each in found_in("syn-flood-spoofed") if each.detector == "syn-flood")
    return [
        replace(flood, id=f"finding-{port}", scope=(Selector(where(source_port=port)),), evidence=())
        for port in range(1, number)
    ] + [flood]


def test_the_packets_of_many_findings_are_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = na.open(lab_capture("syn-flood-spoofed"))
    findings = findings_about(60)
    list(capture.frames())
    opened = readings(monkeypatch)
    series = capture.packets_over_time([finding.scope for finding in findings])
    assert len(opened) == 1
    alone = sum(batch.num_rows for batch in capture.packets_of(findings[-1].scope))
    assert [int(each.amounts.sum()) for each in series[-1:]] == [alone]
    opened.clear()
    assert capture.annotate(findings, io.BytesIO()) > 0
    assert len(opened) == 1
    opened.clear()
    capture.rule_effects(findings)
    assert len(opened) <= 2
    opened.clear()
    assert len(finding_details(capture, findings)) == len(findings)
    assert len(opened) <= 4


def test_comments_of_frames_that_end_in_a_later_batch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Frames wait for their packets, however the batches of both fall."""
    path = lab_capture("fragment-overlap-ipv6")
    found = found_in("fragment-overlap-ipv6")
    whole = io.BytesIO()
    count = na.open(path).annotate(found, whole)
    monkeypatch.setattr(incidents, "PacketDecoder", lambda columns: PacketDecoder(columns, 7))
    pieces = io.BytesIO()
    assert na.open(path).annotate(found, pieces) == count > 0
    assert pieces.getvalue() == whole.getvalue()
