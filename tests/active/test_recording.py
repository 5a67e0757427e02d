"""A probe's own packets, and nobody else's."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import netanatomy
from netanatomy.active import recording
from netanatomy.active.recording import Recording
from netanatomy.cli.main import main
from netanatomy.errors import NetanatomyError


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


def test_the_handshake_can_be_opened(server: tuple[str, int], tmp_path: Path) -> None:
    file = tmp_path / "own.pcapng"
    assert main(["probe", "tcp", f"127.0.0.1:{server[1]}", "--capture", str(file)]) == 0
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


def test_a_file_that_cannot_be_written(server: tuple[str, int], tmp_path: Path) -> None:
    assert main(["probe", "tcp", f"127.0.0.1:{server[1]}", "--capture", str(tmp_path / "no" / "x")]) == 1


def test_without_the_right_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(recording.socket, "socket", refused)
    with pytest.raises(NetanatomyError, match="right to record"):
        Recording()
