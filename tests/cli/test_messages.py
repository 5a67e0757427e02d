"""`netanatomy messages`: rows, columns, formats, counts, and what it says to mistakes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netanatomy.cli.main import main
from netanatomy.errors import UsageError
from netanatomy.flows.messages.registry import protocols
from netanatomy.flows.messages.socks import MESSAGES
from netanatomy.flows.messages.table import table_columns
from netanatomy.report.message_lines import LEADING_COLUMNS
from netanatomy.schema.column import arrow_schema
from tests.flows.talk import Talk
from tests.wire import ACK, PSH, write_capture

NAME = b"evil\x1b[2J\n.test"
"""What would clear the screen."""


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """One client of a SOCKS proxy at a port of the web."""
    talk = Talk().handshake()
    request = b"\x05\x01\x00\x03" + bytes((len(NAME),)) + NAME + b"\x01\xbb"
    talk.client(PSH | ACK, 1, 1, b"\x05\x01\x00")
    talk.server(PSH | ACK, 1, 4, b"\x05\x00")
    talk.client(PSH | ACK, 4, 3, request)
    talk.server(PSH | ACK, 3, 4 + len(request), b"\x05\x00\x00\x01\xc0\x00\x02\x63\x04\x38")
    talk.closing(4 + len(request), 13)
    return write_capture(tmp_path / "a.pcapng", [octets for _, octets in talk.frames])


def output(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["messages", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_who_speaks_what(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, line = output(capsys, capture).splitlines()
    assert header.split() == [*LEADING_COLUMNS, "usual_port", "inside", "protocol"]
    assert line.split()[2:] == ["10.0.0.1", "40000", "192.0.2.7", "80", "False", "-", "socks"]


def test_text_shows_some_columns_and_escapes_them(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, line = output(capsys, capture, "--protocol", "socks").splitlines()
    assert header.split() == [*LEADING_COLUMNS, *MESSAGES.shown]
    assert "CONNECT" in line
    assert line.isprintable()
    assert "evil\\\\x1b[2J\\\\x0a.test" in line


def test_json_and_zeek_have_all_columns(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(output(capsys, capture, "--protocol", "socks", "--json"))
    assert list(row) == [column.name for column in table_columns(MESSAGES)]
    assert (row["request.name"], row["bound.host"], row["methods"], row["usual_port"]) == (
        "evil\\x1b[2J\\x0a.test",
        "192.0.2.99",
        ["none"],
        False,
    )
    lines = output(capsys, capture, "--protocol", "socks", "--zeek").splitlines()
    fields = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    types = next(line for line in lines if line.startswith("#types")).split("\t")[1:]
    cells = next(line for line in lines if not line.startswith("#")).split("\t")
    read = dict(zip(fields, cells, strict=True))
    assert "#path\tsocks" in lines
    assert dict(zip(fields, types, strict=True))["request_p"] == "port"
    assert (read["status"], read["request.name"]) == ("succeeded", "evil\\\\x1b[2J\\\\x0a.test")
    assert (read["bound_p"], read["password"], read["password_sent"]) == ("1080", "-", "F")


def test_files(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = arrow_schema(table_columns(MESSAGES))
    for ending in ("csv", "jsonl", "log", "txt", "arrow", "parquet"):
        path = tmp_path / f"out.{ending}"
        assert output(capsys, capture, "--protocol", "socks", "-o", path) == ""
        if ending in ("arrow", "parquet"):
            table = pq.read_table(path) if ending == "parquet" else pa.ipc.open_file(path).read_all()
            assert table.schema.names == schema.names
            assert table.num_rows == 1
    (row,) = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text()))
    assert (row["command"], row["id.resp_p"], row["version"]) == ("CONNECT", "80", "5")


def test_columns_filters_and_the_first(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    socks = (capture, "--protocol", "socks")
    assert output(capsys, *socks, "--columns", "request_p, status").split() == [
        *("request_p", "status", "443", "succeeded")
    ]
    header = output(capsys, *socks, "--columns", "all").splitlines()[0]
    assert header.split() == [column.name for column in table_columns(MESSAGES)]
    wanted = "request.name LIKE 'evil%' AND NOT usual_port AND bound.host = '192.0.2.99'"
    assert len(output(capsys, *socks, "--filter", wanted).splitlines()) == 2
    assert len(output(capsys, *socks, "--filter", "usual_port").splitlines()) == 1
    assert len(output(capsys, capture, capture, "--first", "1").splitlines()) == 2


def test_counts(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys, capture, "--count").splitlines()
    assert lines[0] == "1 messages"
    assert lines[-1].split() == ["socks", "1", "1", "0"]
    assert json.loads(output(capsys, capture, "--count", "--json")) == {
        "socks": {"messages": 1, "at_unusual_ports": 1, "inside_another": 0}
    }
    assert "no protocol" in output(capsys, capture, "--count", "--filter", "usual_port")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--protocol", "sock"], "there are no messages of 'sock'; did you mean socks?"),
        (["--protocol", "gopher"], "there are no messages of 'gopher' (known: "),
        (
            ["--protocol", "socks", "--columns", "statu"],
            "there is no column 'statu'; did you mean status or state?",
        ),
        (["--columns", ","], "--columns names no column"),
        (["--filter", "nothing = 1"], "there is no column 'nothing'"),
        (["-o", "out.xyz"], "the ending names no format"),
        (["--count", "--protocol", "socks"], "--count counts all protocols"),
        (["--count", "-o", "out.parquet"], "--count counts all protocols"),
    ],
)
def test_mistakes(arguments: list[str], said: str, capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["messages", str(capture), *arguments]) == UsageError.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_the_columns_of_each_protocol_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for table in ("messages", *protocols()):
        assert main(["columns", table]) == 0
        names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
        assert names == [column.name for column in table_columns(protocols().get(table))]
    assert main(["columns", "socks", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    types = {column["name"]: column["in_filters"] for column in found["columns"]}
    assert (types["request.host"], types["usual_port"]) == ("text", "true or false")
    assert main(["columns", "gopher"]) == UsageError.exit_code
    assert "there is no table 'gopher'" in capsys.readouterr().err
