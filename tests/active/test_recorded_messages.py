"""A probe's own packets, recorded off the wire and read as a capture, tell what the probe itself told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import netanatomy
from netanatomy.active.recording import Recording
from netanatomy.cli.main import main
from netanatomy.errors import NetanatomyError
from tests.active.probe.authority import Authority, issue
from tests.active.probe.programs import free_port, program, running
from tests.active.probe.proxies import PASSWORD, USER, dante, microsocks
from tests.plain_rows import plain_rows


@pytest.fixture(autouse=True)
def permitted() -> None:
    try:
        with Recording():
            pass
    except NetanatomyError as error:
        pytest.skip(f"packets cannot be recorded here: {error}")


def recorded(tmp_path: Path, protocol: str, *arguments: str) -> list[dict[str, object]]:
    """The messages of a protocol in what a probe recorded of itself."""
    file = tmp_path / "own.pcapng"
    main(["probe", *arguments, "--capture", str(file)])
    return plain_rows(netanatomy.open(file).messages(protocol).to_arrow())


@pytest.mark.parametrize("version", ["-tls1", "-tls1_2"])
def test_weak_settings_are_judged_alike(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path)
    own = issue("rsa", authority.middle, names=("localhost",), key=rsa.generate_private_key(65537, 2048))
    pem, port = str(authority.files("rsa", own)), free_port()
    command = [program("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", version]
    command += ["-cert", pem, "-key", pem, "-cipher", "AES128-SHA:@SECLEVEL=0"]
    with running(command, port, tmp_path):
        target = ("tls", f"127.0.0.1:{port}", "--name", "localhost", "--ca", str(authority.trust), "--json")
        (row,) = recorded(tmp_path, "tls", *target)
    told = json.loads(capsys.readouterr().out)["probes"][0]["tls"]["judgements"]
    weak = [each["name"] for each in told if each["severity"] != "note"]
    assert "no-forward-secrecy" in weak
    assert row["weaknesses"] == weak
    assert row["notes"] == [each["name"] for each in told if each["severity"] == "note"]
    assert row["server_name"] == "localhost"


def test_what_is_asked_of_a_proxy(tmp_path: Path) -> None:
    with dante(tmp_path, "none") as port:
        rows = recorded(tmp_path, "socks", "socks", f"127.0.0.1:{port}")
    assert {row["version"] for row in rows} == {4, 5}
    assert {row["usual_port"] for row in rows} == {False}
    assert "socks.invalid" in {row["request.name"] for row in rows}


def test_whom_a_proxy_was_asked_for_and_by_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETANATOMY_SOCKS_PASSWORD", PASSWORD)
    unused = free_port()
    with microsocks(tmp_path) as port:
        via = ("--via", f"socks5://{USER}@127.0.0.1:{port}")
        (row,) = recorded(tmp_path, "socks", "tcp", f"127.0.0.1:{unused}", *via)
    assert (row["version"], row["user"], row["password_sent"]) == (5, USER, True)
    assert row["request_p"] == unused
    assert row["status"] != "succeeded"
