"""`netanatomy probe` as a user meets it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from tests.active.probe.programs import free_port, saying


def test_a_probe_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with saying(b"SSH-2.0-x\r\n") as (port, _):
        assert main(["probe", "tcp", f"127.0.0.1:{port}"]) == 0
    text = capsys.readouterr().out
    for words in ("is open and says 11 bytes (ssh)", "round trip", "SSH-2.0-x", "connect"):
        assert words in text
    assert main(["probe", "tcp", f"127.0.0.1:{free_port()}"]) == 13
    assert "connection refused" in capsys.readouterr().out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    with saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", hear=True) as (port, _):
        assert main(["probe", "http", f"http://127.0.0.1:{port}/x", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["probes"]
    assert (found["outcome"], found["responses"][0]["status"]) == ("reached", 404)


def test_repeating(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"127.0.0.1:{server.getsockname()[1]}"
        arguments = ["probe", "tcp", target, "--repeat", "3", "--interval", "0.01", "--wait", "0.01"]
        assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "3 of 3" in text and "median" in text


def test_sending(capsys: pytest.CaptureFixture[str]) -> None:
    with saying(b"+PONG\r\n", hear=True) as (port, heard):
        assert main(["probe", "tcp", f"127.0.0.1:{port}", "--send", r"PING\r\n\xffé"]) == 0
        assert heard() == [b"PING\r\n\xff" + "é".encode()]
    with saying(b"+PONG\r\n", hear=True) as (port, heard):
        assert main(["probe", "tcp", f"127.0.0.1:{port}", "--hex", "00:ff 10"]) == 0
        assert heard() == [b"\x00\xff\x10"]
    capsys.readouterr()


def test_an_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    with saying(b"SSH-2.0-x\r\n") as (port, _):
        arguments = ["probe", "ports", "127.0.0.1", "--ports", f"{port},{free_port()}"]
        assert main(arguments) == 0
        text = capsys.readouterr().out
        assert "ssh" in text and "1 (the host refused)" in text
        assert main([*arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["inventory"]["open"][0]["service"] == "ssh"
    assert main(["probe", "ports", "127.0.0.1", "--ports", str(free_port())]) == 13
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tcp", "x"], "which port"),
        (["tcp", "x:99999"], "65535"),
        (["http", "ftp://x"], "scheme"),
        (["tls", "127.0.0.1:1", "--ca", "/nowhere.pem"], "/nowhere.pem"),
        (["tcp", "x:1", "--via", "nonsense"], "socks5://"),
        (["ports", "127.0.0.0/16"], "--yes"),
        (["ports", "127.0.0.1", "--ports", "9-1"], "range"),
        (["smtp", "a b"], "neither a name nor an address"),
        (["tcp", "x:1", "--repeat", "99999999"], "at most"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["tcp", "x:1", "--send", "\\x"], ["tcp", "x:1", "--hex", "zz"], ["nonsense"]]
)
def test_arguments_that_argparse_refuses(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["probe", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_every_action_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["probe", "--help"])
    text = capsys.readouterr().out
    import netanatomy.cli.probe as package

    for path in Path(package.__path__[0]).glob("[a-z]*.py"):
        assert f"\n    {path.stem} " in text


def test_statistics_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    with saying(b"hello") as (port, _):
        arguments = ["probe", "tcp", f"127.0.0.1:{port}", "--repeat", "4", "--interval", "0.01", "--json"]
        assert main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["statistics"]["outcomes"] == [["reached", 4]]
    phases = {each["name"]: each for each in document["statistics"]["phases"]}
    totals = [sum(phase["nanoseconds"] for phase in probe["phases"]) for probe in document["probes"]]
    total = phases["total"]
    assert (total["times"], total["shortest"], total["longest"]) == (4, min(totals), max(totals))
    assert total["shortest"] <= total["median"] <= total["longest"]
    assert abs(total["mean"] - sum(totals) / 4) <= 1 and list(phases) == ["connect", "first byte", "total"]
    assert total["deviation"] ** 2 == pytest.approx(
        sum((each - sum(totals) / 4) ** 2 for each in totals) / 4, rel=0.01
    )


def test_who_interrupts_gets_the_statistics_so_far() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-m", "netanatomy", "probe", "tcp", target, "--wait", "0.01"]
        process = subprocess.Popen(
            [*command, "--repeat", "9999", "--interval", "0.01"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(5):
            server.accept()[0].close()  # the fourth has ended when the fifth begins
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    times = re.search(r"(\d+) times tcp", told)
    assert times is not None and 4 <= int(times[1]) < 9999
    assert "median" in told
