"""`netanatomy socks serve` as a user meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netanatomy.active.socks import Limits
from netanatomy.cli.main import main
from netanatomy.cli.socks import serve
from tests.active.resolve.nameservers import make_certificates
from tests.active.socks.serving import echo, opened, read_all, read_exactly, request, target, through, until

STOPPED = re.compile(r"stopped after (\d+) session")


@contextmanager
def serving(
    *options: str, log: Path, env: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command, and the port where it listens."""
    command = [sys.executable, "-m", "netanatomy", "socks", "serve", "--listen", "127.0.0.1:0", *options]
    command += ["--log", str(log)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    ) as process:
        assert process.stderr is not None
        try:
            for text in process.stderr:
                if found := re.search(r"listening at 127\.0\.0\.1:(\d+)", text):
                    yield process, int(found[1])
                    break
            else:
                raise AssertionError("it does not listen")
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that could be caught")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_it_is_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        target(echo) as port,
        serving("--allow", f"127.0.0.1:{port}", log=log) as (process, proxy),
        through(("127.0.0.1", proxy), port) as connection,
    ):
        connection.sendall(b"hello")
        assert read_exactly(connection, 5) == b"hello"
        process.send_signal(number)
        connection.sendall(b"still")
        assert read_exactly(connection, 5) == b"still"  # within the grace
        connection.close()
        assert process.stderr is not None
        assert STOPPED.search(process.stderr.read())
        assert process.wait(20) == 0
    found = [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()]
    assert [(each["outcome"], each["octets_up"]) for each in found] == [("closed", 10)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that could be caught")
def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with (
        target(echo) as port,
        serving("--allow", "127.0.0.0/8", "--grace", "300", log=tmp_path / "log") as (process, proxy),
        through(("127.0.0.1", proxy), port),
    ):
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert "stopping" in process.stderr.readline()
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - started < 4  # not even the time for a farewell


def test_passwords_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("# who may\nanna:secret\n\nbert:with:colon\n")
    file.chmod(0o600)
    variables = {"NETANATOMY_SOCKS_USER": "carl", "NETANATOMY_SOCKS_PASSWORD": "hidden"}
    for options, env, user, secret in (
        (["--password-file", str(file)], {}, b"anna", b"secret"),
        (["--password-file", str(file)], {}, b"bert", b"with:colon"),
        ([], variables, b"carl", b"hidden"),
    ):
        with (
            serving(*options, log=tmp_path / "log", env=env) as (_, proxy),
            opened(("127.0.0.1", proxy)) as one,
        ):
            octets = b"\x05\x01\x02\x01" + bytes((len(user),)) + user + bytes((len(secret),)) + secret
            one.sendall(octets)
            assert read_exactly(one, 4) == b"\x05\x02\x01\x00"
            one.sendall(request("127.0.0.1", 80))
            assert read_exactly(one, 10)[1] == 2
        assert secret.decode() not in (tmp_path / "log").read_text()


def test_two_at_one_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(log=tmp_path / "log") as (_, proxy):
        assert main(["socks", "serve", "--listen", f"127.0.0.1:{proxy}"]) == 1
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--listen", "0.0.0.0"], "needs a password"),
        (["--listen", "[::]:1080"], "needs a password"),
        (["--listen", "localhost"], "IP address"),
        (["--listen", "127.0.0.1:99999"], "no port"),
        (["--listen", "[::1"], "[ADDRESS]:PORT"),
        (["--listen", "[::1]1080"], "[ADDRESS]:PORT"),
        (["--client", "10.0.0.1/8"], "--client"),
        (["--allow", "nonsense"], "nonsense"),
        (["--tls-key", "x"], "--tls-cert"),
        (["--tls-cert", "/does/not/exist"], "/does/not/exist"),
        (["--password-file", "/does/not/exist"], "/does/not/exist"),
    ],
)
def test_mistakes_are_one_line(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["socks", "serve", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_user_without_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETANATOMY_SOCKS_USER", "anna")
    for command in (["serve", "--listen", "127.0.0.1:0"], ["check", "127.0.0.1:1"]):
        for password in (None, ""):
            if password is not None:
                monkeypatch.setenv("NETANATOMY_SOCKS_PASSWORD", password)
            assert main(["socks", *command]) == 2
            error = capsys.readouterr().err
            assert "NETANATOMY_SOCKS_USER names a user without a password" in error
            assert error.count("\n") == 1
        monkeypatch.delenv("NETANATOMY_SOCKS_PASSWORD")


def limits_of(*options: str) -> Limits:
    parser = ArgumentParser()
    serve.arguments(parser)
    return serve._settings(parser.parse_args(options)).limits


def test_every_cap_can_be_set() -> None:
    assert limits_of() == Limits()
    chosen = limits_of("--connect-seconds", "3", "--bind-seconds", "4", "--client-octets", "5")
    assert (chosen.connect_seconds, chosen.bind_seconds, chosen.client_octets) == (3.0, 4.0, 5)
    assert limits_of("--client-seconds", "7200").client_seconds == 7200
    without = limits_of("--client-octets", "0", "--client-seconds", "0")
    assert (without.client_octets, without.client_seconds) == (None, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that could be caught")
def test_a_transfer_that_is_cut_does_not_look_whole(tmp_path: Path) -> None:
    octets = bytes(48_000_000)
    failed = threading.Event()

    def give(connection: socket.socket) -> None:
        try:
            connection.sendall(octets)
            connection.recv(1)
        except OSError:
            failed.set()

    log = tmp_path / "log"
    with (
        target(give) as port,
        serving("--allow", f"127.0.0.1:{port}", "--grace", "0.2", log=log) as (process, proxy),
        through(("127.0.0.1", proxy), port) as connection,
    ):
        assert len(read_exactly(connection, 100_000)) == 100_000
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        with pytest.raises(ConnectionResetError):
            read_all(connection)
        assert failed.wait(20)
    assert json.loads(log.read_text(encoding="ascii"))["outcome"] == "cut"


def test_outside_loopback_clients_must_be_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETANATOMY_SOCKS_PASSWORD", "hidden")
    assert main(["socks", "serve", "--listen", "0.0.0.0"]) == 2
    assert "--client" in capsys.readouterr().err
    assert main(["socks", "serve", "--socks4"]) == 2
    assert "SOCKS4 has none" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_password_files_that_will_not_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "passwords"
    for text, mode, message in (
        ("anna:secret\n", 0o644, "others may read it"),
        ("anna secret\n", 0o600, "line 1 is not USER:PASSWORD"),
        ("# nobody\n", 0o600, "no USER:PASSWORD"),
        (f"anna:{'x' * 300}\n", 0o600, "1 to 255 octets"),
    ):
        file.write_text(text)
        file.chmod(mode)
        assert main(["socks", "serve", "--password-file", str(file)]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "secret" not in error


def test_a_log_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["socks", "serve", "--log", str(tmp_path / "no" / "log")]) == 1
    assert "--log" in capsys.readouterr().err


def test_it_warns_of_passwords_in_clear(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "netanatomy", "socks", "serve", "--listen", "127.0.0.1:0"]
    certificates = make_certificates(tmp_path)
    tls = ["--tls-cert", str(certificates.certificate), "--tls-key", str(certificates.key)]
    for options, warned in (([], True), (tls, False)):
        env = {**os.environ, "NETANATOMY_SOCKS_PASSWORD": "hidden"}
        with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True, env=env) as process:
            assert process.stderr is not None
            said = ""
            while "listening" not in said:
                said += process.stderr.readline()
            process.kill()
        assert ("in clear" in said) == warned


def test_a_reader_of_the_log_that_goes_away() -> None:
    command = [sys.executable, "-m", "netanatomy", "socks", "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        found = re.search(r":(\d+)\n", process.stderr.readline())
        assert found
        process.stdout.close()
        for _ in range(3):
            try:
                with socket.create_connection(("127.0.0.1", int(found[1])), 5) as one:
                    one.sendall(b"GET")
                    one.recv(10)
            except OSError:
                break
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(process.stderr.read() if process.stderr else ""))
        reader.start()
        until(lambda: process.poll() is not None)
        reader.join(10)
    assert process.returncode == 141
    assert "Traceback" not in said[0]
