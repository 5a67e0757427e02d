"""`netanatomy anomalies`: rows, counts, explanations, and what it says to mistakes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netanatomy.cli.main import main
from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows.anomaly_table import hits_batch
from netanatomy.flows.oddities import find
from netanatomy.pipeline import Capture, Stream
from netanatomy.report.anomaly_lines import DEFAULT_COLUMNS
from netanatomy.schema.anomaly_kinds.catalogue import kinds
from netanatomy.schema.anomaly_table import anomaly_schema
from tests.wire import ethernet, ipv4, udp, write_capture


@pytest.fixture(autouse=True)
def checks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is tested with the checks of single packets only: connections have their own tests."""

    def anomaly_table(self: Capture, **_: object) -> Stream:
        def batches() -> Iterator[pa.RecordBatch]:
            for packets in self._reading.packets(PacketDecoder()):
                yield hits_batch(find(packets), packets)

        return Stream(anomaly_schema(), batches)

    monkeypatch.setattr(Capture, "anomaly_table", anomaly_table, raising=False)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    def frame(source: str, port: int = 20_000, ttl: int = 64) -> bytes:
        return ethernet(ipv4(udp(b"", port, 20_001), source, protocol=17, ttl=ttl))

    frames = [frame("10.0.0.1"), frame("127.0.0.1"), frame("10.0.0.2", 0), frame("10.0.0.3", 0, 0)]
    return write_capture(tmp_path / "a.pcapng", [*frames, frames[0][:9]])


def output(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["anomalies", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def names(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[str]:
    text = output(capsys, *arguments, "--json")
    return sorted(json.loads(line)["name"] for line in text.splitlines())


def test_text(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, capture).splitlines()
    assert lines[0].split() == list(DEFAULT_COLUMNS)
    assert len(lines) == 6
    assert "loopback-on-link" in lines[1]
    assert "127.0.0.1" in lines[1]


def test_json_lines(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in output(capsys, capture, "--json").splitlines()]
    assert [row["frame_number"] for row in rows] == [2, 3, 4, 4, 5]
    assert (rows[0]["source"], rows[0]["offset"], rows[0]["length"]) == ("127.0.0.1", 26, 4)
    assert rows[-1]["source"] is None


def test_names_layers_filters_and_the_first(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert names(capsys, capture, "--name", "ttl-zero", "--name", "port-zero") == [
        "port-zero",
        "port-zero",
        "ttl-zero",
    ]
    assert names(capsys, capture, "--layer", "link") == ["link-header-truncated"]
    assert names(capsys, capture, "--filter", "source = '10.0.0.3' AND layer = 'internet'") == ["ttl-zero"]
    assert len(names(capsys, capture, "--first", "2")) == 2


def test_csv_and_files(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.csv"
    assert output(capsys, capture, "-o", path) == ""
    assert next(row["name"] for row in csv.DictReader(io.StringIO(path.read_text()))) == "loopback-on-link"
    for ending in ("arrow", "parquet"):
        path = tmp_path / f"out.{ending}"
        output(capsys, capture, "-o", path)
        table = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
        assert table.schema.names == anomaly_schema().names
        assert table.num_rows == 5


def test_columns(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, capture, "--columns", "name,depth", "--first", "1").split() == [
        "name",
        "depth",
        "loopback-on-link",
        "0",
    ]
    assert "other_evidence" in output(capsys, capture, "--columns", "all")


def test_counts(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, capture, "--count")
    assert text.startswith("5 anomalies\n")
    line = next(line for line in text.splitlines() if "port-zero" in line)
    assert line.split()[:5] == ["port-zero", "transport", "2", "3,", "4"]
    counted = json.loads(output(capsys, capture, "--count", "--json"))
    assert counted["port-zero"] == {"count": 2, "frames": [3, 4]}


def test_nothing_odd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = write_capture(tmp_path / "b.pcapng", [ethernet(ipv4(udp(b"", 20_000, 20_001), protocol=17))])
    assert len(output(capsys, plain).splitlines()) == 1
    assert "no anomalies" in output(capsys, plain, "--count")


def test_explanations_need_no_capture(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "--explain", "land-packet")
    assert "land attack" in text
    assert "harmless" in text
    every = output(capsys, "--explain").splitlines()
    assert [line.split()[0] for line in every] == [kind.name for kind in kinds()]
    (one,) = json.loads(output(capsys, "--explain", "ttl-zero", "--json"))
    assert (one["name"], one["layer"]) == ("ttl-zero", "internet")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a capture"),
        (["--explain", "land-paket"], "did you mean land-packet"),
        (["CAPTURE", "--name", "nonsense"], "there is no anomaly 'nonsense'"),
        (["CAPTURE", "--filter", "sorce = '1'"], "did you mean source"),
        (["CAPTURE", "--columns", "sorce"], "did you mean source"),
        (["CAPTURE", "-o", "x.zip"], "the ending names no format"),
        (["CAPTURE", "--count", "-o", "x.arrow"], "--count is written as text"),
    ],
)
def test_mistakes_get_one_line(
    arguments: list[str], said: str, capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(capture) if argument == "CAPTURE" else argument for argument in arguments]
    assert main(["anomalies", *given]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
