from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from netanatomy.detect.registry import detectors


def test_what_is_printed_can_be_read_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["config"]) == 0
    text = capsys.readouterr().out
    assert set(tomllib.loads(text)["detectors"]) == set(detectors())
    file = tmp_path / "netanatomy.toml"
    file.write_text(text)
    assert main(["config", "--check", str(file)]) == 0
    file.write_text("[network]\nhome = 1\n")
    assert main(["config", "--check", str(file)]) == 2
    assert "no setting of network 'home'" in capsys.readouterr().err
