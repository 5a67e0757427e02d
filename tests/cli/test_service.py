"""`netanatomy service` as a user meets it."""

from __future__ import annotations

import json
import os
import socket

import pytest

from netanatomy.cli.main import main
from netanatomy.cli.questions import MAXIMUM_LINE, NOT_FOUND
from tests.cli.typed import typed


def test_several_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "http", "443/tcp", "ssh", "53"]) == 0
    text = capsys.readouterr().out
    for words in (
        "80/tcp",
        "cleartext",
        "443/tcp",
        "The Secure Shell",
        "T1021.004",
        "53/udp",
        "system (0 to 1023)",
    ):
        assert words in text


def test_only_one_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "53", "--udp", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert [port["protocol"] for port in answer["ports"]] == ["udp"]


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        main(["service", f"{port}/tcp", "--json"])
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    (mine,) = [one for one in answer["ports"][0]["sockets"] if one["pid"] == os.getpid()]
    assert (mine["local_address"], mine["local_port"], mine["exposure"]) == ("127.0.0.1", port, "loopback")


def test_an_unknown_service_has_its_own_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "ssh", "gopherx", "--no-sockets"]) == NOT_FOUND == 5
    told = capsys.readouterr()
    assert told.err == ""
    assert "Nobody knows it. Asked were" in told.out
    assert main(["service", "gopherx", "--json"]) == NOT_FOUND
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert (answer["known"], len(answer["asked"])) == (False, 2)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, b"ssh\n# none\n\nsmtp\n")
    assert main(["service", "-", "--json", "--no-sockets"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [answer["question"] for answer in answers] == ["ssh", "smtp"]


def test_what_is_no_list_of_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"x" * (MAXIMUM_LINE + 1))
    assert main(["service", "-", "--no-sockets"]) == 2
    assert "octets" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["70000"], "65535"), (["http/icmp"], "icmp"), ([""], "empty"), (["53/udp", "--tcp"], "udp")],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("netanatomy: ")
    assert word in line
