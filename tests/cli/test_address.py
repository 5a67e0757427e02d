"""`netanatomy address` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from tests.active.mmdb import database
from tests.cli.typed import typed


def test_several_at_once_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "10.0.0.0/8", "10.1.0.0/16", "fe80::1"]) == 0
    text = capsys.readouterr().out
    for words in (
        "Private use",
        "contains",
        "RFC 1918",
        "0.255.255.255",
        "link-local",
        "ip6.arpa",
    ):
        assert words in text


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "192.0.2.0/24", "--split", "/26", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (answer,) = found["answers"]
    assert answer["kind"]["name"] == "documentation"
    assert answer["division"]["parts"][1] == "192.0.2.64/26"
    assert answer["subnet"]["broadcast"] == "192.0.2.255"
    assert found["comparison"] is None


def test_json_writes_octets_and_mapped_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "::ffff:192.0.2.1", "00:00:0c:01:02:03", "--json"]) == 0
    mapped, mac = json.loads(capsys.readouterr().out)["answers"]
    assert mapped["address"] == "::ffff:192.0.2.1"
    assert mapped["embedded"]["ipv4"] == "192.0.2.1"
    assert mac["mac"]["octets"] == "00000c010203"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, b"# a comment\n\n192.0.2.1\r\n2001:db8::1\n")
    assert main(["address", "-", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [answer["question"] for answer in answers] == ["192.0.2.1", "2001:db8::1"]


def test_a_bad_line_is_told_and_the_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"192.0.2.1\nnobody\xff\x1b[31m\n2001:db8::1\n")
    assert main(["address", "-"]) == 2
    told = capsys.readouterr()
    assert "192.0.2.1" in told.out
    assert "2001:db8::1" in told.out
    assert len(told.err.splitlines()) == 1
    assert "nobody" in told.err
    assert "\x1b" not in told.err


def test_many_bad_lines_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"nobody\n" * 25)
    assert main(["address", "-"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert "15 more" in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["nobody"], 2, "nobody"),
        (["nobody", "--json"], 2, "nobody"),
        (["192.0.2.0/24", "--split", "8"], 2, "from /24"),
        (["192.0.2.0/24", "--split", "x"], 2, "prefix length"),
        (["192.0.2.1", "--split", "26"], 2, "only a network"),
        (["192.0.2.1", "--nat64", "10.0.0.0/8"], 2, "NAT64"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["address", *arguments]) == code
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("netanatomy: ")
    assert word in line


def test_a_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("maxminddb")
    path = tmp_path / "a.mmdb"
    path.write_bytes(database({"192.0.2.0/24": {"country": {"iso_code": "DE"}}}))
    assert main(["address", "192.0.2.1", "--mmdb", str(path)]) == 0
    assert "country.iso_code  DE" in capsys.readouterr().out
    path.write_bytes(b"nothing")
    assert main(["address", "192.0.2.1", "--mmdb", str(path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert main(["address", "192.0.2.1", "--mmdb", str(tmp_path / "none.mmdb")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_a_closed_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["address", "-"]) == 2
    assert "closed" in capsys.readouterr().err


def test_an_odd_notation_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "0x7f.1"]) == 0
    text = capsys.readouterr().out
    assert "Read as 127.0.0.1" in text
    assert "CWE-918" in text
