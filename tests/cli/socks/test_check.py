"""`netanatomy socks check` as a user meets it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from netanatomy.active.socks import Credentials, Settings
from netanatomy.cli.main import main
from tests.active.resolve.nameservers import make_certificates
from tests.active.socks.serving import ANY_PORT, echo, serving, settings, target
from tests.active.socks.test_commands import server_context


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


def test_a_wrong_password_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETANATOMY_SOCKS_PASSWORD", "wrong")
    with serving(settings(credentials=Credentials({b"anna": b"hidden"}))) as proxy:
        assert main(["socks", "check", f"anna@127.0.0.1:{proxy.port}"]) == 23
    said = capsys.readouterr()
    assert "refuses user and password" in said.err
    assert said.err.count("\n") == 1
    assert "othing to worry" not in said.out
    with pytest.raises(SystemExit):
        main(["socks", "check", "--help"])
    assert "23  it refuses user and password" in capsys.readouterr().out


def test_every_target_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as proxy, target(echo) as one, target(echo) as other:
        targets = ["--target", f"127.0.0.1:{one}", "--target", f"127.0.0.1:{other}"]
        assert main(["socks", "check", "--json", *targets, f"127.0.0.1:{proxy.port}"]) == 20
    found = json.loads(capsys.readouterr().out)["check"]["lines"]
    inside = [line["subject"] for line in found if line["topic"] == "inside" and line["answer"] == "yes"]
    assert inside == [f"127.0.0.1:{one} (loopback)", f"127.0.0.1:{other} (loopback)"]


def test_behind_a_certificate_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificates = make_certificates(tmp_path)
    with serving(Settings(listen=ANY_PORT, tls=server_context(certificates))) as proxy:
        address = f"socks5h+tls://127.0.0.1:{proxy.port}"
        assert main(["socks", "check", address]) == 21
        assert main(["socks", "check", address, "--ca", str(certificates.authority)]) == 0
        wrong = ["--ca", str(certificates.authority), "--name", "elsewhere.test"]
        assert main(["socks", "check", address, *wrong]) == 21
    assert "certificate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1"], "scheme"),
        (["anna:hidden@127.0.0.1"], "NETANATOMY_SOCKS_PASSWORD"),
        (["127.0.0.1", "--target", "nonsense"], "HOST:PORT"),
        (["127.0.0.1", "--target", "a:0"], "HOST:PORT"),
        (["127.0.0.1", "--target", "[::1:80"], "HOST:PORT"),
        (["127.0.0.1", "--ca", "ca.pem"], "socks5h+tls://"),
        (["socks5h+tls://127.0.0.1", "--ca", "/does/not/exist"], "/does/not/exist"),
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
