"""`netanatomy socks check` as a user meets it."""

from __future__ import annotations

import json
import socket

import pytest

from netanatomy.active.socks import Credentials, Settings
from netanatomy.cli.main import main
from tests.active.socks.serving import ANY_PORT, serving, settings


def test_a_safe_server(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Settings(listen=ANY_PORT)) as proxy:
        assert main(["socks", "check", f"127.0.0.1:{proxy.port}"]) == 0
        text = capsys.readouterr().out
        assert main(["socks", "check", "--json", f"127.0.0.1:{proxy.port}"]) == 0
        found = json.loads(capsys.readouterr().out)["check"]
    assert found["outcome"] == "nothing to worry about was found"
    for line in found["lines"]:
        assert line["subject"] in text
        assert line["meaning"] in text


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as proxy:
        assert main(["socks", "check", f"127.0.0.1:{proxy.port}"]) == 20
        assert "!" in capsys.readouterr().out
    assert main(["socks", "check", f"127.0.0.1:{proxy.port}"]) == 21
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert main(["socks", "check", "--timeout", "0.2", f"127.0.0.1:{port}"]) == 22


def test_a_password_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETANATOMY_SOCKS_PASSWORD", "hidden")
    with serving(settings(credentials=Credentials({b"anna": b"hidden"}))) as proxy:
        assert main(["socks", "check", "--json", f"anna@127.0.0.1:{proxy.port}"]) == 20
    text = capsys.readouterr().out
    assert "hidden" not in text
    granted = [line["answer"] for line in json.loads(text)["check"]["lines"] if line["subject"] == "CONNECT"]
    assert granted == ["yes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1"], "scheme"),
        (["anna:hidden@127.0.0.1"], "NETANATOMY_SOCKS_PASSWORD"),
        (["127.0.0.1", "--target", "nonsense"], "HOST:PORT"),
        (["127.0.0.1", "--target", "a:0"], "HOST:PORT"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["socks", "check", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "hidden" not in error
    assert error.count("\n") == 1
