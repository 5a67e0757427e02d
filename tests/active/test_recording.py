"""A probe's own packets, and nobody else's."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import netanatomy
from netanatomy.active import recording
from netanatomy.active.recording import Recording
from netanatomy.cli.main import main
from netanatomy.errors import NetanatomyError

LOCALHOST = bytes([127, 0, 0, 1])


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    """Answers one connection after the other, on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.sendall(b"220 hello\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()
        over.set()
        thread.join()


@pytest.fixture(autouse=True)
def permitted() -> None:
    try:
        with Recording():
            pass
    except NetanatomyError as error:
        pytest.skip(f"packets cannot be recorded here: {error}")


def test_the_handshake_can_be_opened(
    server: tuple[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.pcapng"
    for _ in range(10):
        assert main(["probe", "tcp", f"127.0.0.1:{server[1]}", "--capture", str(file)]) == 0
        if "lost" not in capsys.readouterr().err:  # on a busy machine it says so
            break
    rows = (
        netanatomy.open(file).packets(["tcp_flags", "source_port", "destination_port"]).to_arrow().to_pylist()
    )
    assert [row["tcp_flags"] for row in rows[:3]] == [2, 18, 16]
    assert all(server[1] in (row["source_port"], row["destination_port"]) for row in rows)
    (one,) = netanatomy.open(file).connections(columns=["conn_state"]).to_arrow().to_pylist()
    assert one["conn_state"] == "SF"


def test_others_are_left_out(server: tuple[str, int]) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    with other, Recording() as record:
        for address in (server, other.getsockname()):
            socket.create_connection(address).close()
    file = io.BytesIO()
    assert record.write(file, ["127.0.0.1"], [server[1]]) >= 3
    assert record.write(io.BytesIO(), ["127.0.0.2"], [server[1]]) == 0
    assert record.write(io.BytesIO(), ["127.0.0.1"], [1]) == 0


def test_what_does_not_fit_is_counted(server: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAXIMUM_FRAMES", 2)
    with Recording() as record:
        socket.create_connection(server).close()
    assert record.write(io.BytesIO(), ["127.0.0.1"], [server[1]]) <= 2
    assert record.dropped > 0


def test_what_goes_out_by_loopback_is_recorded_once(server: tuple[str, int]) -> None:
    with Recording() as record:
        socket.create_connection(server).close()
    ours = [
        frame for frame in record._frames if recording._between(frame.octets, 1, {LOCALHOST}, {server[1]})
    ]
    assert len(ours) == len({frame.octets for frame in ours})


def test_what_the_system_loses_is_counted_and_told(
    server: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A buffer for a few frames, and nobody who fetches them meanwhile."""

    def little(recorder: socket.socket) -> None:
        recorder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    fetch = Recording._record

    def late(record: Recording) -> None:
        time.sleep(0.1)
        fetch(record)

    monkeypatch.setattr(recording, "_make_room", little)
    monkeypatch.setattr(Recording, "_record", late)
    with Recording() as record:
        for _ in range(20):
            socket.create_connection(server).close()
    assert record.lost > 0
    command = ["probe", "tcp", f"127.0.0.1:{server[1]}", "--repeat", "9", "--interval", "0.01"]
    assert main([*command, "--capture", str(tmp_path / "own.pcapng")]) == 0
    assert "of the machine's were lost" in capsys.readouterr().err


def test_no_frame_is_later_than_the_next() -> None:
    times = [50, 10, 60, 20, 30, 30, 40]
    frames = [recording._Frame(each, "lo", 1, bytes([each])) for each in times]
    found = recording._in_time(frames)
    assert [frame.octets for frame in found] == [frame.octets for frame in frames]
    assert [frame.time for frame in found] == [10, 10, 20, 20, 30, 30, 40]
    assert recording._in_time([]) == []


def test_a_file_that_cannot_be_written(server: tuple[str, int], tmp_path: Path) -> None:
    assert main(["probe", "tcp", f"127.0.0.1:{server[1]}", "--capture", str(tmp_path / "no" / "x")]) == 1


def test_without_the_right_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(recording.socket, "socket", refused)
    with pytest.raises(NetanatomyError, match="right to record"):
        Recording()
