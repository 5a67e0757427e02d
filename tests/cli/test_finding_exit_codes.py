"""What the exit code of `findings` counts: what is told, and not what was left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.cli.finding_arguments import FOUND
from netanatomy.cli.main import main
from tests.detect.support import capture


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), FOUND),
        (("--severity", "high"), FOUND),
        (("--severity", "critical"), 0),
        (("--detector", "arp-scan"), 0),
        (("--exit-zero",), 0),
    ],
)
def test_what_is_left_out_does_not_count(
    arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["findings", str(capture("amplification-dns")), *arguments]) == code


def test_what_a_file_switches_off_does_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "netanatomy.toml"
    file.write_text("[detectors.amplification]\noff = true\n")
    arguments = ["findings", str(capture("amplification-dns")), "--detector", "amplification"]
    assert main(arguments) == FOUND
    assert main([*arguments, "--config", str(file)]) == 0
