"""What the tests of probes share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.active.probe.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of our own."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers write."""
    return tmp_path_factory.mktemp("lab")
