"""What each finding of the laboratory shows: octets that are there, in no more frames than it has."""

from __future__ import annotations

import pytest

import netanatomy
from netanatomy.schema.findings import Evidence
from tests.detect.support import capture, findings, names

LAYERS = {"link", "internet", "transport", "application"}

# (capture, detector) with a proof that points at nothing, and why. One that points at octets must go.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def lengths(name: str, wanted: set[int]) -> dict[int, int]:
    """Captured octets of some frames."""
    found: dict[int, int] = {}
    for frames in netanatomy.open(capture(name))._reading.frames():
        numbers = range(frames.first_number, frames.first_number + len(frames))
        captured = dict(zip(numbers, frames.captured_length.tolist(), strict=True))
        found |= {number: captured[number] for number in wanted & captured.keys()}
    return found


def wrong(piece: Evidence, length: int) -> str:
    """What is wrong with a piece of evidence, or nothing."""
    if piece.layer not in LAYERS:
        return "layer"
    if not piece.value or not piece.field or not piece.role:
        return "text"
    if piece.offset is None or piece.length < 1:
        return "place"
    return "" if piece.offset >= 0 and piece.offset + piece.length <= length else "beyond the frame"


@pytest.mark.parametrize("name", names())
def test_every_proof_points_at_octets_of_its_frame(name: str) -> None:
    told = findings(name)
    length = lengths(name, {piece.frame for finding in told for piece in finding.evidence}) if told else {}
    faults = {
        (name, finding.detector): (piece.frame, piece.field, fault)
        for finding in told
        for piece in finding.evidence
        if (fault := wrong(piece, length[piece.frame]))
    }
    assert faults.keys() == {key for key in EXCEPTIONS if key[0] == name}, faults


@pytest.mark.parametrize("name", names())
def test_the_total_is_no_less_than_what_is_shown(name: str) -> None:
    for finding in findings(name):
        assert finding.evidence_frames >= len({piece.frame for piece in finding.evidence}), finding.title


def test_a_proof_that_points_at_nothing_is_seen() -> None:
    good = Evidence(1, 0, "link", "Source", "02:00:00:00:00:01", 6, 6, "role")
    assert not wrong(good, 12)
    assert wrong(good, 11) == "beyond the frame"
    assert wrong(Evidence(1, 0, "", "Source", "x", 6, 6, "role"), 60) == "layer"
    assert wrong(Evidence(1, 0, "link", "Source", "", 6, 6, "role"), 60) == "text"
    assert wrong(Evidence(1, 0, "link", "Source", "x", None, 6, "role"), 60) == "place"
    assert wrong(Evidence(1, 0, "link", "Source", "x", 6, 0, "role"), 60) == "place"
