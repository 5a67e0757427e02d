"""Whatever a capture holds: every table is made, valid to Arrow, from no more columns than are declared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import netanatomy
from netanatomy.errors import NetanatomyError
from netanatomy.flows import oddities

ASKED = re.compile(r"""\.(?:at|numbers|present|column)\(\s*"([a-z_0-9]+)\"""")


def test_the_checks_ask_for_declared_columns_only() -> None:
    folder = Path(str(oddities.__file__)).parent
    asked = {name for path in folder.glob("*.py") for name in ASKED.findall(path.read_text())}
    assert "captured_length" in asked
    assert asked <= set(oddities.columns())


@pytest.mark.corpora
@pytest.mark.parametrize("table", ["anomaly_table", "streams", "connections"])
def test_every_capture_is_survived(corpora: Path, table: str) -> None:
    paths = sorted(path for path in corpora.rglob("*") if ".pcap" in path.name or path.suffix == ".cap")
    read = 0
    for path in paths:
        try:
            for batch in getattr(netanatomy.open(path), table)():
                batch.validate(full=True)
            read += 1
        except NetanatomyError:
            continue  # no capture at all, as some are made to be
    assert read > len(paths) // 2
