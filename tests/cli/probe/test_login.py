"""`netanatomy probe --via` with a login, `probe socks` and `probe http --http 3` as a user meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from tests.active.probe.authority import Authority
from tests.active.probe.http3_server import http3_server
from tests.active.probe.programs import free_port, saying
from tests.active.probe.proxies import PASSWORD, USER, microsocks
from tests.active.socks.serving import serving, settings

SOCKS, HTTP = "NETANATOMY_SOCKS", "NETANATOMY_PROXY"
GRANTED = bytes.fromhex("05 00 00 01 00000000 0000")


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    for begins in (SOCKS, HTTP):
        for name in ("USER", "PASSWORD"):
            monkeypatch.delenv(f"{begins}_{name}", raising=False)


def heard_login(arguments: list[str]) -> tuple[int, list[bytes]]:
    with saying(b"\x05\x02", b"\x01\x00", GRANTED + b"hello", hear=True) as (port, heard):
        code = main(["probe", "tcp", "example.test:1", *(each.format(port=port) for each in arguments)])
        return code, heard()


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(f"{SOCKS}_PASSWORD", "secret")
    code, heard = heard_login(["--via", "socks5://127.0.0.1:{port}"])
    assert (code, heard[1]) == (0, b"\x01\x05socks\x06secret")
    code, heard = heard_login(["--via", "socks5://b%C3%A9a@127.0.0.1:{port}", "--json"])
    assert (code, heard[1]) == (0, b"\x01\x04b\xc3\xa9a\x06secret")
    monkeypatch.setenv(f"{SOCKS}_USER", "anna")
    code, heard = heard_login(["--via", "socks5://127.0.0.1:{port}"])
    assert (code, heard[1]) == (0, b"\x01\x04anna\x06secret")
    assert "secret" not in capsys.readouterr().out


def test_of_http_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{HTTP}_PASSWORD", "open sesame")
    with saying(b"HTTP/1.1 200 OK\r\n\r\nhello", hear=True) as (port, heard):
        assert main(["probe", "tcp", "example.test:1", "--via", f"http://Aladdin@127.0.0.1:{port}"]) == 0
        assert b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" in heard()[0]
    assert "sesame" not in capsys.readouterr().out


def test_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "login"
    path.write_bytes(f"# of the proxy\n\n{USER}:{PASSWORD}\n".encode())
    path.chmod(0o600)
    with microsocks(tmp_path) as port, saying(b"SSH-2.0-x\r\n") as (behind, _):
        arguments = ["probe", "ssh", f"127.0.0.1:{behind}", "--via", f"socks5://127.0.0.1:{port}"]
        assert main([*arguments, "--via-password-file", str(path)]) in (0, 16)
        text = capsys.readouterr().out
        assert "speaks ssh" in text or "SSH" in text
        assert PASSWORD not in text
        assert main(arguments) == 20
        assert "wants a login" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ("anna:secret\n", 0o644, "chmod 600"),
        ("secret\n", 0o600, "USER:PASSWORD"),
        ("", 0o600, "USER:PASSWORD"),
        ("x" * 70_000, 0o600, "octets"),
        (f"anna:{'x' * 300}\n", 0o600, "RFC 1929"),
        (None, 0o600, "No such file"),
    ],
)
def test_files_that_are_of_no_use(
    content: str | None, mode: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "login"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    arguments = ["--via", "socks5://127.0.0.1:1", "--via-password-file", str(path)]
    assert main(["probe", "tcp", "x:1", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and "secret" not in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--via", "socks5://anna:secret@127.0.0.1:1"], "seen by every user"),
        (["--via", "http://anna:secret@127.0.0.1:1"], "seen by every user"),
        (["--via-password-file", os.devnull], "goes with --via"),
    ],
)
def test_a_password_on_the_command_line_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", "tcp", "x:1", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and "secret" not in error and error.count("\n") == 1


def test_probe_socks(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(settings()) as proxy:
        target = f"127.0.0.1:{proxy.port}"
        assert main(["probe", "socks", target]) == 0
        text = capsys.readouterr().out
        assert "no authentication  accepted" in text and "each method" in text
        arguments = ["probe", "socks", target, "--json", "--repeat", "2", "--interval", "0.01"]
        assert main(arguments) == 0
        first, second = json.loads(capsys.readouterr().out)["probes"]
        assert first["greeting"] == second["greeting"] and first["greeting"]["protocol"] == "socks"
    assert main(["probe", "socks", f"127.0.0.1:{free_port()}"]) == 13
    capsys.readouterr()


def test_http3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = Authority(tmp_path)
    with http3_server(authority.server("good")) as (port, _):
        url = f"https://localhost:{port}/page"
        arguments = ["probe", "http", url, "--http", "3", "--ca", str(authority.trust)]
        assert main([*arguments, "--repeat", "2", "--interval", "0.01"]) == 0
        text = capsys.readouterr().out
        for words in ("200 over HTTP/3", "QUIC and TLS", "initial_max_data", "2 of 2", "TLSv1.3"):
            assert words in text
        assert main([*arguments, "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)["probes"]
        assert found["quic"]["version"] == "1" and found["responses"][0]["version"] == "3"
        assert main(["probe", "http", url, "--http", "3"]) == 17
        assert "UNABLE_TO_GET_ISSUER_CERT" in capsys.readouterr().out
    assert main(["probe", "http", "http://localhost/", "--http", "3"]) == 2
    assert "https://" in capsys.readouterr().err
