"""The kernels and the slow reading agree upon every capture of third parties."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from netanatomy.errors import CaptureError
from tests.decode.agreement import disagreements, frames_of

FRAMES_OF_EACH = 60
"""Enough of each capture to meet what it is about; all of all takes minutes."""

PARTS = 12


@pytest.mark.corpora
@pytest.mark.parametrize("part", range(PARTS))
def test_captures(corpora: Path, part: int) -> None:
    with (corpora / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        names = [line["capture"] for line in csv.DictReader(manifest, delimiter="\t")]
    wrong: list[str] = []
    for name in names[part::PARTS]:
        if not (corpora / name).is_file():
            continue
        try:
            frames = frames_of(corpora / name, FRAMES_OF_EACH)
        except CaptureError:
            continue  # broken captures are another test's matter
        wrong += [f"{name}: {difference}" for difference in disagreements(frames)]
    assert not wrong
