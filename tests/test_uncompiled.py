"""`NETANATOMY_UNCOMPILED=1` runs the sources even where compiled twins lie beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import netanatomy

CODE = """
import importlib.util
import netanatomy
for name in ("netanatomy.report.units", "netanatomy.decode.kernel"):
    print(importlib.util.find_spec(name).origin)
import json
print(json.__name__)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with what looks like compiled modules beside the sources."""
    copy = tmp_path / "netanatomy"
    sources = Path(netanatomy.__file__).parent
    shutil.copytree(sources, copy, ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    for name in ("report/units", "decode/kernel"):
        (copy / f"{name}{EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    return tmp_path


@pytest.mark.parametrize(("value", "forced"), [("1", True), ("0", False), ("", False)])
def test_the_variable_chooses(package: Path, value: str, forced: bool) -> None:
    environment = {**os.environ, "NETANATOMY_UNCOMPILED": value, "PYTHONPATH": str(package)}
    found = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    *origins, other = found.stdout.splitlines()
    assert all(origin.startswith(str(package)) for origin in origins)
    assert [origin.endswith(".py") for origin in origins] == [forced, forced]
    assert other == "json"
