import json

import pytest

from netanatomy.cli.main import main
from netanatomy.schema.frame_columns import frame_schema
from netanatomy.schema.packets import COLUMNS


def test_every_column_is_listed_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["columns"]) == 0
    text = capsys.readouterr().out
    for column in COLUMNS:
        (line,) = [line for line in text.splitlines() if line.startswith(f"  {column.name} ")]
        assert column.meaning in line
        assert not column.unit or line.endswith(f"[{column.unit}]")


def test_frames_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["columns", "frames"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == frame_schema().names


@pytest.mark.parametrize("table", ["packets", "frames"])
def test_json(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["columns", table, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["table"] == table
    assert all(column["meaning"] for column in found["columns"])
    if table == "packets":
        types = {column["name"]: column["in_filters"] for column in found["columns"]}
        assert (types["ip_source"], types["ip_ttl"], types["ip_dont_fragment"]) == (
            "text",
            "number",
            "true or false",
        )
