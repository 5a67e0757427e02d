"""`netanatomy echo` as a user meets it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from netanatomy.cli.main import main


def started(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-m", "netanatomy", "echo", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert " on 127.0.0.1:" in line, (line, process.stderr and process.stderr.read())
    return process, int(line.rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_interrupted(number: int) -> None:
    process, port = started("http", "--address", "127.0.0.1")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/x", timeout=10) as answer:
        assert json.load(answer)["target"] == "/x"
    process.send_signal(number)
    told, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert "served 1, 1 requests" in told


def test_a_second_interrupt_ends_at_once() -> None:
    process, port = started("tcp", "--address", "127.0.0.1")
    with socket.create_connection(("127.0.0.1", port)) as client:
        # Who does not read keeps the server from ending gracefully.
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            while True:
                client.sendall(bytes(1_000_000))
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate(timeout=20)
        assert time.monotonic() - begun < 4  # the grace is 5 seconds
    assert process.returncode == 0 and "served 1" in told and errors == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["udp", "--address", "nonsense"], 2, "IP address"),
        (["tls", "--key", "x.pem"], 2, "--key goes with --cert"),
        (["tls", "--cert", "/nowhere.pem"], 2, "/nowhere.pem"),
        (["tcp", "--address", "192.0.2.1"], 1, "192.0.2.1"),
    ],
)
def test_mistakes(arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *arguments]) == code
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_other_addresses_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "tcp", "--address", "192.0.2.1"]) == 1
    assert "can be reached by others" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["tcp", "http"])
def test_more_connections_than_files_are_no_flood_of_lines(kind: str) -> None:
    pytest.importorskip("resource")
    files = 128
    limited = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"]
    command = [sys.executable, "-m", "netanatomy", "echo", kind, "--address", "127.0.0.1"]
    process = subprocess.Popen(
        [*limited, *command, "--connections", "4000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    endpoint = "127.0.0.1", int(process.stdout.readline().rpartition(":")[2])
    clients = [socket.create_connection(endpoint, 20) for _ in range(3 * files)]
    request = b"GET / HTTP/1.1\r\n\r\n"
    answered = 0
    for client in clients:
        try:
            client.sendall(request)
            answered += bool(client.recv(1))
        except ConnectionError:
            continue
    for client in clients:
        client.close()
    process.send_signal(signal.SIGTERM)
    told, errors = process.communicate(timeout=20)
    assert answered == files - 64
    assert f"served {answered}" in told and f"refused {3 * files - answered}" in told
    assert errors.count("\n") == 1 and f"{answered} connections at once" in errors
