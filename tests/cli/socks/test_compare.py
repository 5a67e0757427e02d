"""`netanatomy socks compare`, and what curl really sends against what the comparison says."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from netanatomy.cli.actions import actions
from netanatomy.cli.main import main
from netanatomy.layers.application.socks_versions import ASPECTS, DIALOGUES, VERSIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "socks.md"
CURL = shutil.which("curl")

FIELDS = {
    "user": rb"[^\0]*",
    "name": rb"[^\0]+",
    "password": rb".+",
    "METHODS": rb".+",
    "ADDRESS": rb".+",
    "xx": rb"[^\0]",
}
"""Fields of a dialogue that have not one octet."""

ANSWERS = {
    "socks4": [bytes.fromhex("005a000000000000")],
    "socks4a": [bytes.fromhex("005a000000000000")],
    "socks5-hostname": [b"\x05\x02", b"\x01\x00", bytes.fromhex("05000001000000000000")],
}
"""What a proxy answers to each message of the client: granted, with a password where there is one."""


def pattern(octets: str) -> re.Pattern[bytes]:
    parts = [
        FIELDS[word] if word in FIELDS else b"." if word.isupper() and not is_octet(word) else octet(word)
        for word in octets.split()
    ]
    return re.compile(b"".join(parts), re.DOTALL)


def is_octet(word: str) -> bool:
    return re.fullmatch("[0-9a-f]{2}", word) is not None


def octet(word: str) -> bytes:
    return re.escape(bytes.fromhex(word))


def said_by_curl(option: str) -> list[bytes]:
    """The messages that curl sends to a proxy, up to the request itself."""
    messages: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def serve() -> None:
        connection, _ = listener.accept()
        connection.settimeout(20)
        with connection:
            for answer in ANSWERS[option]:
                messages.append(connection.recv(1000))
                connection.sendall(answer)
            connection.recv(1000)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = Thread(target=serve)
    thread.start()
    proxy = f"127.0.0.1:{listener.getsockname()[1]}"
    target = "http://192.0.2.1/" if option == "socks4" else "http://name.invalid/"
    command = [str(CURL), "--silent", "--max-time", "15", f"--{option}", proxy, target]
    if option == "socks5-hostname":
        command += ["--proxy-user", "anna:secret"]
    with listener:
        subprocess.run(command, env={}, check=True, timeout=30)
        thread.join(30)
    return messages


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("version", "option"), [("SOCKS4", "socks4"), ("SOCKS4a", "socks4a"), ("SOCKS5", "socks5-hostname")]
)
def test_curl_speaks_as_the_comparison_says(version: str, option: str) -> None:
    steps = [step for step in DIALOGUES if step.version == version and step.sender == "client"]
    messages = said_by_curl(option)
    assert len(messages) == len(steps)
    for step, message in zip(steps, messages, strict=True):
        assert pattern(step.octets).fullmatch(message), (step.octets, message.hex(" "))
    text = b"".join(messages)
    assert (b"secret" in text) == (version == "SOCKS5")  # in cleartext
    assert (b"name.invalid" in text) == (version != "SOCKS4")


def test_text_and_json_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["socks", "compare"]) == 0
    text = capsys.readouterr().out
    assert main(["socks", "compare", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert tuple(found["versions"]) == VERSIONS
    assert len(found["aspects"]) == len(ASPECTS)
    for aspect in found["aspects"]:
        assert all(value in text for value in aspect.values())
    for step in found["dialogues"]:
        assert step["octets"] in text


def test_the_page_of_the_documentation_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["socks", "compare", "--markdown"]) == 0
    assert capsys.readouterr().out == PAGE.read_text(encoding="utf-8")


def test_actions_are_found() -> None:
    assert "compare" in [action.name for action in actions("netanatomy.cli.socks")]


def test_no_action_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["socks"])
    assert "ACTION" in capsys.readouterr().err
