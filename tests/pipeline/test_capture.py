"""The public interface: a capture, its tables, and what a caller may do wrong."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

import netanatomy as na
from netanatomy.report import bpf
from netanatomy.schema.packets import COLUMNS, packet_schema
from tests.conftest import CHECKOUT
from tests.wire import ACK, RST, START, SYN, ethernet, handshake, ipv4, tcp_frame, udp, write_capture


@pytest.fixture
def capture(tmp_path: Path) -> na.Capture:
    return na.open(write_capture(tmp_path / "a.pcapng", handshake(), comment="the first"))


def test_the_public_names_are_there() -> None:
    for name in na.__all__:
        assert getattr(na, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = na.nothing


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    assert na.__version__ == project["project"]["version"]


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, netanatomy; print({'numpy', 'pyarrow', 'polars', 'rich'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_packets_are_arrow(capture: na.Capture) -> None:
    stream = capture.packets()
    assert stream.schema == packet_schema()
    batches = list(stream)
    assert all(isinstance(batch, pa.RecordBatch) and batch.schema == stream.schema for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 7
    assert stream.to_arrow().num_rows == 7, "a stream can be read again"
    assert capture.counts.frames == capture.counts.decoded == 7


def test_other_libraries_take_the_stream(capture: na.Capture) -> None:
    stream = capture.packets(columns=["frame_number", "protocols", "tcp_flags", "ip_source", "time"])
    for frame in (stream.to_polars(), pl.DataFrame(stream)):
        assert frame["tcp_flags"].to_list() == [2, 18, 16, 24, 17, 17, 16]
        assert frame["protocols"].cast(pl.String).unique().to_list() == ["ethernet:ipv4:tcp"]
    assert pa.table(stream).num_rows == 7
    assert duckdb.sql(
        "SELECT count(*), max(frame_number) FROM stream WHERE tcp_flags & 2 > 0"
    ).fetchall() == [(2, 2)]


def test_columns_come_in_the_wanted_order(capture: na.Capture) -> None:
    stream = capture.packets(columns=["tcp_flags", "frame_number"])
    assert stream.schema.names == ["tcp_flags", "frame_number"]
    assert next(iter(stream)).schema == stream.schema


@pytest.mark.parametrize(
    ("condition", "frames"),
    [
        ("tcp_flags = 2", [1]),
        ("ip_source = '192.0.2.7'", [2, 5, 7]),
        ("ip_source LIKE '10.%' AND payload_length > 0", [4]),
        ("eth_source = '00:00:0c:00:00:01' AND frame_number IN (1, 2)", [1, 2]),
        ("time >= '2023-11-14T22:13:20.005'", [6, 7]),
        ("protocols LIKE '%tcp%' AND NOT frame_number BETWEEN 2 AND 6", [1, 7]),
        ("ip_ttl < 5", []),
        ("icmp_type = 8", []),
        ("icmp_type IS NULL AND tcp_flags & 4 = 0 AND frame_number = 3", [3]),
        ("ip_dont_fragment", []),
        ("stop_reason IS NULL AND frame_number < 2", [1]),
        ("1 = 1", [1, 2, 3, 4, 5, 6, 7]),
        ("FALSE", []),
    ],
)
def test_filters(capture: na.Capture, condition: str, frames: list[int]) -> None:
    stream = capture.packets(columns=["frame_number"], filter=condition)
    assert stream.to_arrow()["frame_number"].to_pylist() == frames


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_every_column_can_be_filtered(capture: na.Capture, column: str) -> None:
    stream = capture.packets(columns=["frame_number"], filter=f"{column} IS NULL OR {column} = {column}")
    assert stream.to_arrow().num_rows == 7


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("ip_sorce = '1'", "no column 'ip_sorce'; did you mean ip_source"),
        ("ip_ttl <", "cannot be read"),
        ("", "cannot be read"),
        ("ip_ttl + 1", "must be a condition"),
        ("ip_ttl", "must be a condition"),
        ("ip_ttl = 'x' AND nonsense(ip_ttl)", "filter"),
        ("SELECT 1; DROP TABLE x", "cannot be read"),
        ("SUM(ip_ttl) > 5", "row by row"),
        ("ip_source = 5", "does not fit"),
    ],
)
def test_bad_filters_are_told_before_anything_is_read(
    capture: na.Capture, condition: str, words: str
) -> None:
    with pytest.raises(na.UsageError, match=words) as caught:
        capture.packets(filter=condition)
    assert "\n" not in str(caught.value)


def test_bad_columns(capture: na.Capture) -> None:
    with pytest.raises(na.UsageError, match="did you mean ip_ttl"):
        capture.packets(columns=["ip_tll"])
    with pytest.raises(na.UsageError, match="at least one"):
        capture.packets(columns=[])
    with pytest.raises(na.UsageError, match="list of names"):
        capture.packets(columns="ip_ttl")


@pytest.fixture
def libpcap() -> None:
    try:
        bpf.FrameFilter("tcp")
    except na.UsageError:
        raise
    except na.NetanatomyError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("expression", "frames"),
    [
        ("tcp[tcpflags] & tcp-syn != 0", [1, 2]),
        ("src host 192.0.2.7", [2, 5, 7]),
        ("udp", []),
        ("greater 55", [4]),
        ("", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_bpf_filters(libpcap: None, capture: na.Capture, expression: str, frames: list[int]) -> None:
    stream = capture.packets(columns=["frame_number"], bpf=expression)
    assert stream.to_arrow()["frame_number"].to_pylist() == frames


def test_bpf_filters_and_expressions_may_both_be_given(libpcap: None, capture: na.Capture) -> None:
    stream = capture.packets(columns=["ip_ttl"], bpf="src host 192.0.2.7", filter="tcp_flags = 18")
    assert stream.to_arrow().to_pylist() == [{"ip_ttl": 64}]


def test_bpf_keeps_all_rows_of_a_frame(libpcap: None, tmp_path: Path) -> None:
    tunnel = ethernet(ipv4(ipv4(udp(b"", 5, 6), protocol=17), "1.1.1.1", "2.2.2.2", protocol=4))
    capture = na.open(write_capture(tmp_path / "a.pcapng", [tcp_frame(ACK), tunnel, tcp_frame(RST), tunnel]))
    stream = capture.packets(columns=["frame_number", "depth"], bpf="ip proto 4")
    assert [tuple(row.values()) for row in stream.to_arrow().to_pylist()] == [(2, 0), (2, 1), (4, 0), (4, 1)]


def test_a_bad_bpf_filter(libpcap: None, capture: na.Capture) -> None:
    with pytest.raises(na.UsageError, match="BPF"):
        list(capture.packets(bpf="this is no filter"))


def test_without_libpcap_it_says_so(capture: na.Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpf.ctypes.util, "find_library", lambda _: None)
    monkeypatch.setattr(bpf, "LIBRARY_NAMES", ("libnothing.so",))
    with pytest.raises(na.NetanatomyError, match="needs libpcap"):
        capture.packets(bpf="tcp")


def test_frames_have_their_octets(capture: na.Capture) -> None:
    table = capture.frames().to_arrow()
    assert table["octets"].to_pylist() == handshake()
    assert table["comment"].to_pylist() == ["the first"] + [None] * 6
    assert table["time"].cast(pa.int64()).to_pylist() == [START + 1_000_000 * each for each in range(7)]
    assert table["frame_number"].to_pylist() == list(range(1, 8))
    assert pl.DataFrame(capture.frames()).height == 7


def test_one_frame(capture: na.Capture) -> None:
    batch = capture.frame(4)
    assert batch.frame(0) == handshake()[3]
    assert capture.frame(1).comments == {0: "the first"}
    with pytest.raises(na.UsageError, match="no frame 8: the capture has frames 1 to 7"):
        capture.frame(8)


def test_several_captures_are_one(tmp_path: Path) -> None:
    one = write_capture(tmp_path / "a.pcapng", handshake())
    other = write_capture(tmp_path / "b.pcapng", [tcp_frame(SYN, 5, 6)])
    capture = na.open([one, str(other)])
    assert capture.packets(columns=["frame_number"]).to_arrow()["frame_number"].to_pylist() == list(
        range(1, 9)
    )
    assert na.open(tmp_path).packets(columns=["depth"]).to_arrow().num_rows == 8


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(na.CaptureError):
        na.open(tmp_path / "nothing.pcap")
    (tmp_path / "text.pcap").write_text("this is no capture at all")
    with pytest.raises(na.NotACaptureError):
        na.open(tmp_path / "text.pcap")
    with pytest.raises(na.UsageError):
        na.open([])


def test_a_truncated_capture_gives_what_it_has(tmp_path: Path) -> None:
    path = write_capture(tmp_path / "a.pcapng", handshake())
    path.write_bytes(path.read_bytes()[:-20])
    capture = na.open(path)
    assert capture.packets(columns=["depth"]).to_arrow().num_rows == 6
    assert [anomaly.layer for anomaly in capture.anomalies] == ["capture"]


def test_standard_input_can_be_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_capture(tmp_path / "a.pcapng", handshake())
    code = """
import netanatomy as na
capture = na.open("-")
stream = capture.packets(columns=["depth"])
print(stream.to_arrow().num_rows)
try:
    list(stream)
except na.UsageError as error:
    print(error)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], input=path.read_bytes(), capture_output=True, check=True
    )
    assert found.stdout.decode().splitlines() == ["7", "standard input can be read only once"]


def test_someone_can_watch(capture: na.Capture) -> None:
    seen: list[tuple[int, int]] = []
    list(capture.packets(watch=lambda reader, frames: seen.append((reader.progress.octets, frames))))
    assert seen[-1][1] == 7
    assert seen[-1][0] > 0
