from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netanatomy.cli.flow_arguments import TIMEOUTS
from netanatomy.cli.main import main
from netanatomy.pipeline import Capture, Stream, Watch
from netanatomy.report.connection_lines import DEFAULT_COLUMNS
from netanatomy.report.row_filter import RowFilter
from netanatomy.report.zeek_log import CONNECTION_FIELDS
from netanatomy.schema.connections import CONNECTION_COLUMNS, connection_schema
from netanatomy.schema.flow_options import SECOND, FlowOptions
from tests.connection_rows import connection_batch
from tests.wire import handshake, write_capture

OFFICE = Path(__file__).resolve().parents[2] / "examples" / "office.pcapng"

ROWS: list[dict[str, object]] = [
    {"uid": "C1"},
    {"uid": "C2", "id__orig_h": "10.0.0.2", "conn_state": "S0", "orig_bytes": 9_000_000, "first_frame": 2},
    {"uid": "C3", "proto": "udp", "ip_proto": 17, "id__resp_p": 53, "duration": None, "first_frame": 3},
]

needs_flows = pytest.mark.skipif(
    not hasattr(Capture, "connections"), reason="Capture has no connections() in this build"
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "a.pcapng", handshake())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[FlowOptions]:
    """A table made by hand instead of the capture's own; the options that it was asked with."""
    options_seen: list[FlowOptions] = []

    def connections(
        _: Capture,
        options: FlowOptions | None = None,
        columns: Sequence[str] | None = None,
        filter: str | None = None,  # noqa: A002
        watch: Watch | None = None,
    ) -> Stream:
        options_seen.append(options or FlowOptions())
        names = list(columns or connection_schema().names)
        batches = [connection_batch(row) for row in ROWS]
        if filter is not None:
            rows = RowFilter(filter, CONNECTION_COLUMNS)
            batches = [batch.filter(rows.mask(batch)) for batch in batches]
        schema = pa.schema([connection_schema().field(name) for name in names])
        return Stream(schema, lambda: (batch.select(names) for batch in batches))

    monkeypatch.setattr(Capture, "connections", connections, raising=False)
    return options_seen


def output(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["connections", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_text_on_a_pipe(capture: Path, asked: list[FlowOptions], capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, capture).splitlines()
    assert lines[0].split() == list(DEFAULT_COLUMNS)
    assert [line.split()[1] for line in lines[1:]] == ["C1", "C2", "C3"]
    assert lines[3].split()[7] == "-"
    assert asked == [FlowOptions()]


def test_filter_columns_sort_and_first(
    capture: Path, asked: list[FlowOptions], capsys: pytest.CaptureFixture[str]
) -> None:
    columns = ("--columns", "uid,id.orig_h")
    kept = output(capsys, capture, "--filter", "id.orig_h = '10.0.0.1' AND proto = 'tcp'", *columns, "--json")
    assert json.loads(kept) == {"uid": "C1", "id.orig_h": "10.0.0.1"}
    first = output(capsys, capture, "--sort", "bytes", "--first", "2", *columns)
    assert [line.split()[0] for line in first.splitlines()[1:]] == ["C2", "C1"]
    one = output(capsys, capture, "--columns", "uid", "--first", "1")
    assert [line.strip() for line in one.splitlines()] == ["uid", "C1"]


def test_json_lines(capture: Path, asked: list[FlowOptions], capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in output(capsys, capture, "--json").splitlines()]
    assert [row["duration"] for row in rows] == [1.0, 1.0, None]
    assert rows[0]["ts"] == "2023-11-14T22:13:20.000000000Z"


def test_zeek(
    capture: Path, asked: list[FlowOptions], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = output(capsys, capture, "--zeek")
    lines = text.splitlines()
    fields = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    assert fields == list(CONNECTION_FIELDS)
    assert len([line for line in lines if not line.startswith("#")]) == 3
    assert output(capsys, capture, "-o", tmp_path / "conn.log") == ""
    assert (tmp_path / "conn.log").read_text() == text


def test_csv(capture: Path, asked: list[FlowOptions], tmp_path: Path) -> None:
    assert main(["connections", str(capture), "-o", str(tmp_path / "a.csv")]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [row["conn_state"] for row in rows] == ["SF", "S0", "SF"]


@pytest.mark.parametrize("ending", ["arrow", "parquet"])
@pytest.mark.parametrize("more", [[], ["--sort", "bytes", "--first", "2"]])
def test_files_keep_the_types(
    capture: Path, asked: list[FlowOptions], tmp_path: Path, ending: str, more: list[str]
) -> None:
    path = tmp_path / f"a.{ending}"
    assert main(["connections", str(capture), "-o", str(path), *more]) == 0
    table = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
    assert table.schema.names == connection_schema().names
    for name in ("ts", "id.orig_h", "duration", "orig_bytes", "tunnel_parents"):
        assert table.schema.field(name).type == connection_schema().field(name).type, name
    assert table["uid"].to_pylist() == (["C2", "C1"] if more else ["C1", "C2", "C3"])


def test_options(capture: Path, asked: list[FlowOptions], capsys: pytest.CaptureFixture[str]) -> None:
    output(
        capsys,
        capture,
        *("--local-net", "10.0.0.0/8", "--local-net", "fd00::/8", "--checksums", "ignore", "--limit", "77"),
        *("--timeout", "udp=1.5", "--timeout", "tcp_close_delay=9"),
    )
    [options] = asked
    assert [str(each) for each in options.local_networks] == ["10.0.0.0/8", "fd00::/8"]
    assert (options.checksums, options.maximum_connections) == ("ignore", 77)
    assert (options.udp_inactivity_timeout, options.tcp_close_delay) == (1_500_000_000, 9 * SECOND)
    assert options.tcp_attempt_timeout == FlowOptions().tcp_attempt_timeout


def test_every_time_out_has_a_name() -> None:
    times = {name for name in FlowOptions.__slots__ if name.endswith(("timeout", "delay"))}
    assert set(TIMEOUTS.values()) == times


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--columns", "id.orig"], "there is no column 'id.orig'"),
        (["--columns", ","], "names no column"),
        (["--filter", "id.orig = 1"], "there is no column 'id.orig'"),
        (["--filter", "duration >"], "cannot be read"),
        (["-o", "a.xml"], "the ending names no format"),
        (["-o", "/nowhere/a.csv"], "No such file or directory"),
    ],
)
def test_mistakes_get_one_line(
    capture: Path,
    asked: list[FlowOptions],
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["connections", str(capture), *arguments])
    assert code == (1 if "/nowhere/a.csv" in arguments else 2)
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1
    assert words in error[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--timeout", "udp"],
        ["--timeout", "lunch=5"],
        ["--timeout", "udp=-1"],
        ["--timeout", "udp=nan"],
        ["--timeout", "udp=inf"],
        ["--local-net", "10.0.0.0/99"],
        ["--limit", "0"],
        ["--sort", "name"],
        ["--json", "--zeek"],
    ],
)
def test_arguments_that_make_no_sense(capture: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["connections", str(capture), *arguments])
    assert ended.value.code == 2


@needs_flows
def test_a_capture(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [row] = [
        json.loads(line)
        for line in output(
            capsys, capture, "--json", "--columns", "all", "--local-net", "10.0.0.0/8"
        ).splitlines()
    ]
    assert (row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"]) == (
        "10.0.0.1",
        40000,
        "192.0.2.7",
        443,
    )
    assert (row["proto"], row["orig_pkts"], row["resp_pkts"]) == ("tcp", 4, 3)
    assert (row["local_orig"], row["local_resp"]) == (True, False)


@needs_flows
def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in output(capsys, OFFICE, "--json", "--sort", "ts").splitlines()]
    assert len(rows) > 20
    assert [row["ts"] for row in rows] == sorted(row["ts"] for row in rows)
    assert {"SF", "S0"} & {row["conn_state"] for row in rows}
    filtered = output(capsys, OFFICE, "--json", "--filter", "proto = 'udp' AND id.resp_p = 53")
    assert {json.loads(line)["proto"] for line in filtered.splitlines()} == {"udp"}


@needs_flows
def test_a_table_on_a_terminal() -> None:
    """A terminal gets a table; a pseudo-terminal stands for one."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "netanatomy", "connections", str(OFFICE), "--first", "3"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(command, stdout=follower, stderr=subprocess.PIPE, env=environment) as process:
        os.close(follower)
        text = b""
        while True:
            try:
                piece = os.read(leader, 65_536)
            except OSError:  # the other side has closed
                break
            if not piece:
                break
            text += piece
    os.close(leader)
    assert process.returncode == 0
    assert b"Connections" in text
    assert b"id.orig_h" in text
