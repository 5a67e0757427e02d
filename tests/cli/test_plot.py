from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from netanatomy.cli.main import main
from netanatomy.pipeline import Capture, Stream, Watch
from netanatomy.report.row_filter import RowFilter
from netanatomy.schema.connections import CONNECTION_COLUMNS, connection_schema
from netanatomy.schema.flow_options import FlowOptions
from tests.connection_rows import connection_batch
from tests.wire import arp, handshake, write_capture

OFFICE = Path(__file__).resolve().parents[2] / "examples" / "office.pcapng"
COMMUNITY_ID = "1:wCb3OG7yAFWelaUydu0D+125CLM="
ROWS: list[dict[str, object]] = [
    {"uid": "C1", "first_frame": 1, "last_frame": 7},
    {"uid": "C2", "first_frame": 8, "last_frame": 14},
    {
        "uid": "C3",
        "id__orig_h": "2001:db8::1",
        "id__resp_h": "2001:db8::2",
        "ip_version": 6,
        "community_id": None,
        "first_frame": 15,
        "last_frame": 15,
    },
]

needs_flows = pytest.mark.skipif(
    not hasattr(Capture, "connections"), reason="Capture has no connections() in this build"
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """The same handshake twice, and something that is no IP."""
    frames = [*handshake(), *handshake(), arp(1, "02:00:00:00:00:01", "10.0.0.1", "10.0.0.2")]
    return write_capture(tmp_path / "a.pcapng", frames)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table made by hand instead of the capture's own."""

    def connections(
        _: Capture,
        options: FlowOptions | None = None,
        columns: Sequence[str] | None = None,
        filter: str | None = None,  # noqa: A002
        watch: Watch | None = None,
    ) -> Stream:
        names = list(columns or connection_schema().names)
        batch = connection_batch(*ROWS)
        if filter is not None:
            batch = batch.filter(RowFilter(filter, CONNECTION_COLUMNS).mask(batch))
        schema = pa.schema([connection_schema().field(name) for name in names])
        return Stream(schema, lambda: iter([batch.select(names)]))

    monkeypatch.setattr(Capture, "connections", connections, raising=False)


@pytest.mark.parametrize("name", ["C1", "3"])
def test_a_picture(capture: Path, known: None, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.svg"
    assert main(["plot", str(capture), name, "-o", str(path)]) == 0
    text = path.read_text()
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "10.0.0.1:40000 → 192.0.2.7:443" in text
    assert "uid C1" in text


def test_points(capture: Path, known: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", str(capture), "10", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["uid"], found["packets"], found["packets_left_out"]) == ("C2", 7, 0)
    [segment] = found["originator"]["segments"]
    assert (segment["frame"], segment["end"] - segment["start"], segment["kind"]) == (11, 5, "data")
    assert found["originator"]["name"] == "10.0.0.1:40000"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("C9", "no connection is 'C9'"),
        (COMMUNITY_ID, "2 connections are '1:wCb3OG7yAFWelaUydu0D+125CLM=': name one by its uid (C1, C2)"),
        ("192.0.2.7:443-10.0.0.1:40000", "2 connections are"),
        ("10.0.0.1:1-10.0.0.2:2", "no connection is"),
        ("10.0.0.999:1-10.0.0.2:2", "'10.0.0.999' is no IP address"),
        ("99", "there is no frame 99"),
        ("15", "frame 15 holds no IP packet"),
        ("x' OR '1' = '1", "is no connection: name a uid"),
        ("", "is no connection: name a uid"),
    ],
)
def test_mistakes_get_one_line(
    capture: Path, known: None, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", str(capture), name, "--json"]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1
    assert words in error[0]


def test_sockets_of_ipv6(capture: Path, known: None, capsys: pytest.CaptureFixture[str]) -> None:
    """However an address is written, it is found; this connection has no packets in the capture."""
    for name in ("[2001:db8::1]:40000-[2001:DB8:0::2]:443", "2001:db8::2:443-2001:db8::1:40000"):
        assert main(["plot", str(capture), name, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["uid"], found["packets"]) == ("C3", 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a file with -o"),
        (["-o", "a.gif"], "the ending names no format (known: .svg .png)"),
        (["-o", "/nowhere/a.svg"], "No such file"),
    ],
)
def test_where_to(
    capture: Path, known: None, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", str(capture), "C1", *arguments]) in (1, 2)
    assert words in capsys.readouterr().err


@needs_flows
def test_the_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The largest connection of the example, and its Community ID and its frames lead to the same."""
    columns = "uid,community_id,first_frame,proto,orig_data_bytes,resp_data_bytes,orig_retransmissions"
    largest = ("--filter", "proto = 'tcp'", "--sort", "bytes", "--first", "1", "--json", "--columns", columns)
    assert main(["connections", str(OFFICE), *largest]) == 0
    row = json.loads(capsys.readouterr().out)
    found = []
    for name in (row["uid"], row["community_id"], str(row["first_frame"])):
        assert main(["plot", str(OFFICE), name, "--json", "-o", str(tmp_path / "a.svg")]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1] == found[2]
    for side in ("originator", "responder"):
        octets = sum(each["end"] - each["start"] for each in found[0][side]["segments"])
        assert octets == row[f"{side[:4]}_data_bytes"]
    ElementTree.parse(tmp_path / "a.svg")


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_connection_of_standard_input(tmp_path: Path, name: str) -> None:
    picture = tmp_path / "a.svg"
    command = [sys.executable, "-m", "netanatomy", "plot", name, "4273", "-o", str(picture)]
    done = subprocess.run(command, input=OFFICE.read_bytes(), capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    ElementTree.parse(picture)
