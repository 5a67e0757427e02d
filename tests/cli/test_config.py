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


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Windows' editors write one."""
    file = tmp_path / "netanatomy.toml"
    file.write_text('[network]\ngateways = ["10.0.0.1"]\n', encoding="utf-8-sig", newline="\r\n")
    assert main(["config", "--check", str(file)]) == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("allowed_scanners", "scanner.example"),
        ("home_networks", "f0:18:98:10:01:04"),
        ("root_bridge", "x"),
    ],
)
def test_what_nobody_can_be_is_refused(
    key: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "netanatomy.toml"
    told = f'"{value}"' if key == "root_bridge" else f'["{value}"]'
    file.write_text(f"[network]\n{key} = {told}\n")
    assert main(["config", "--check", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"network.{key}" in line
    assert value in line or "MAC address" in line
