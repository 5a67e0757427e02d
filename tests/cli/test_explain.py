from __future__ import annotations

import json

import pytest

from netanatomy.cli.main import main
from netanatomy.detect.registry import detectors


def test_all_detectors_in_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(detectors())


@pytest.mark.parametrize("name", detectors())
def test_one_of_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    text = capsys.readouterr().out
    for part in ("What it is", "The exchange", "recognised", "harmless", "How to stop it", "References"):
        assert part in text
    assert f"▶ {detectors()[name].layer}" in text


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "syn-flood", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "syn-flood"
    assert {"name", "value", "unit", "meaning", "source"} == set(found["thresholds"][0])
    assert main(["explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(detectors())


def test_a_name_that_is_nearly_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "syn-floods"]) == 2
    assert "did you mean syn-flood" in capsys.readouterr().err
