from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netanatomy.cli.main import main
from netanatomy.report.packet_lines import DEFAULT_COLUMNS
from netanatomy.schema.packets import packet_schema
from tests.wire import ALICE, handshake, tcp_frame, write_capture


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "a.pcapng", handshake())


def output(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["packets", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_text_is_aligned(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, capture).splitlines()
    assert lines[0].split() == list(DEFAULT_COLUMNS)
    assert len(lines) == 8
    column = lines[0].index("ip_source")
    assert {line[column : column + 9].strip() for line in lines[1:]} == {"10.0.0.1", "192.0.2.7"}


def test_json_lines(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in output(capsys, capture, "--format", "jsonl").splitlines()]
    assert [row["tcp_flags"] for row in rows] == [2, 18, 16, 24, 17, 17, 16]
    assert rows[0]["time"] == "2023-11-14T22:13:20.000000000Z"
    assert rows[0]["ip_source"] == "10.0.0.1"
    assert rows[0]["stop_reason"] is None


def test_csv(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(output(capsys, capture, "--format", "csv"))))
    assert len(rows) == 7
    assert rows[1]["ip_source"] == "192.0.2.7"
    assert rows[1]["protocols"] == "ethernet:ipv4:tcp"
    assert rows[1]["stop_reason"] == ""


def test_all_columns_in_every_format(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("text", "jsonl", "csv"):
        text = output(capsys, capture, "--columns", "all", "--format", kind)
        assert all(name in text for name in packet_schema().names)


def test_columns_are_chosen_and_ordered(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(
        capsys, capture, "--columns", "ip_destination,eth_source", "--limit", "1", "--format", "csv"
    )
    assert text.splitlines() == ["ip_destination,eth_source", f"192.0.2.7,{ALICE}"]


@pytest.mark.parametrize("ending", ["arrow", "parquet"])
def test_files_keep_the_types(capture: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    assert main(["packets", str(capture), "-o", str(path)]) == 0
    table = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
    assert table.num_rows == 7
    assert table.schema.names == packet_schema().names
    for name in ("time", "ip_source", "eth_source", "tcp_flags", "ip_ttl"):
        assert table.schema.field(name).type == packet_schema().field(name).type, name
    assert table["protocols"].to_pylist() == ["ethernet:ipv4:tcp"] * 7


def test_files_of_many_batches(tmp_path: Path) -> None:
    """Names that turn up late make dictionaries grow from one batch to the next."""
    frames = [tcp_frame(2)] * 40_000 + [tcp_frame(2)[:20]] * 10 + [b"\0" * 12 + b"\x88\xcc" + b"\0"] * 30_000
    capture = write_capture(tmp_path / "a.pcapng", frames)
    for ending in ("arrow", "parquet"):
        path = tmp_path / f"out.{ending}"
        assert (
            main(["packets", str(capture), "-o", str(path), "--columns", "frame_number,protocols,ip_source"])
            == 0
        )
        table = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
        frame = pl.DataFrame(table)
        assert frame.height == len(frames)
        assert frame["protocols"].cast(pl.String)[[0, 40_005, 60_000]].to_list()[0] == "ethernet:ipv4:tcp"
        assert frame["protocols"].cast(pl.String).n_unique() == 3


def test_an_arrow_file_can_be_piped(capture: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["packets", str(capture), "--format", "arrow"]) == 0
    octets = capfdbinary.readouterr().out
    assert pa.ipc.open_file(pa.py_buffer(octets)).read_all().num_rows == 7


def test_filters_limits_and_endings(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.csv"
    condition = "ip_source = '192.0.2.7' AND tcp_flags <> 18"
    assert main(["packets", str(capture), "--filter", condition, "--limit", "1", "-o", str(path)]) == 0
    assert pl.read_csv(path)["frame_number"].to_list() == [5]
    assert capsys.readouterr().out == ""


def test_a_limit_ends_the_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = write_capture(tmp_path / "a.pcapng", [tcp_frame(2)] * 100)
    assert len(output(capsys, capture, "--limit", "3").splitlines()) == 4
