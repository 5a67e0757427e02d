from __future__ import annotations

import io
import json
import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import dns.edns
import dns.message
import dns.rcode
import dns.rrset
import pytest

from netanatomy.cli.main import main
from tests.active.resolve.misbehaving import framed, misbehaving


def server_of(address: str = "192.0.2.1") -> AbstractContextManager[str]:
    """A server that knows `a.example`, and answers oddly for others."""

    def reply(query: bytes, over: str) -> list[bytes]:
        asked = dns.message.from_wire(query)
        name, kind = asked.question[0].name, asked.question[0].rdtype
        found = dns.message.make_response(asked)
        label = name.labels[0].decode()
        if label == "refused":
            found.set_rcode(dns.rcode.REFUSED)
        elif label == "failed":
            found.set_rcode(dns.rcode.SERVFAIL)
            found.use_edns(0, options=[dns.edns.EDEOption(18, "go \x1b]0;away\x07")])
        elif label in ("a", "host") and kind == 1:
            found.answer.append(dns.rrset.from_text(name, 60, "IN", "A", address))
        elif label == "text":
            found.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", r'"\027[31m\226\128\174"'))
        elif label != "a":
            found.set_rcode(dns.rcode.NXDOMAIN)
        return [framed(found.to_wire()) if over == "tcp" else found.to_wire()]

    return misbehaving(reply)


def silent(query: bytes, over: str) -> list[bytes]:
    return []


def run(*arguments: str) -> int:
    return main(["resolve", "--timeout", "1", "--attempts", "1", *arguments])


def test_addresses_with_their_class(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as server:
        assert run("a.example", "--server", server) == 0
    out = capsys.readouterr().out
    assert "  a.example.  A     192.0.2.1  documentation  none    60\n" in out
    assert "has no AAAA record" in out


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nothing.example", 10, "was asked for nothing.example. A: no such name"),
        ("failed.example", 12, "it failed (SERVFAIL)"),
        ("refused.example", 13, "it refuses to answer"),
    ],
)
def test_failures_are_answers_with_a_code(
    capsys: pytest.CaptureFixture[str], name: str, code: int, words: str
) -> None:
    with server_of() as server:
        assert run(name, "--server", server) == code
    out = capsys.readouterr().out
    assert words in out
    assert f"udp://{server}" in out
    assert "\x1b" not in out
    if name.startswith("failed"):
        assert r"go \x1b]0;away\x07" in out
        assert "EDE 18  Prohibited" in out


def test_no_data_timeout_and_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as server:
        assert run("a.example", "--server", server, "--type", "MX") == 11
    with misbehaving(silent) as server:
        assert main(["resolve", "a.example", "--server", server, "--timeout", "0.2", "--attempts", "1"]) == 14
    assert run("a.example", "--server", "tcp://127.0.0.1:1") == 15
    out = capsys.readouterr().out
    assert "no answer in 0.2 s" in out
    assert "connecting to 127.0.0.1:1: Connection refused" in out and "Connect call" not in out
    assert "connect " in out.rpartition("tcp://127.0.0.1:1  tcp")[2]  # the time of what failed


def test_no_network_is_a_clear_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def fail(*arguments: object, **named: object) -> object:
        raise OSError(101, "Network is unreachable")

    def unreachable(*arguments: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "create_datagram_endpoint", fail)
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert run("a.example", "--server", "192.0.2.53") == 15
    assert "no way to 192.0.2.53:53: Network is unreachable" in capsys.readouterr().out


def test_several_servers_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as one, server_of("192.0.2.99") as other:
        assert run("a.example", "--type", "A", "--server", one, "--server", other) == 0
        out = capsys.readouterr().out
        assert out.count("≠  a.example.") == 2
        assert "The servers do not agree." in out
        assert run("a.example", "--type", "A", "--server", one, "--server", f"tcp://{one}") == 0
        out = capsys.readouterr().out
    assert "All servers say the same." in out


def test_json_is_one_object_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as server:
        assert run("a.example", "bücher.example", "--server", server, "--json") == 10
    lines = capsys.readouterr().out.splitlines()
    found = [json.loads(line) for line in lines]
    assert all(line.isascii() for line in lines)
    assert [(each["name"], each["type"]) for each in found] == [
        ("a.example", "A"),
        ("a.example", "AAAA"),
        ("xn--bcher-kva.example", "A"),
        ("xn--bcher-kva.example", "AAAA"),
    ]
    assert found[0]["answers"][0]["records"][0]["address_class"] == "documentation"
    assert found[2]["unicode"] == "bücher.example"
    assert found[0]["answers"][0]["exchanges"][0]["phases"][0]["name"] == "query"


def test_text_of_answers_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as server:
        assert run("text.example", "--type", "TXT", "--server", server) == 0
    out = capsys.readouterr().out
    assert r"\\027[31m" in out
    assert "\x1b" not in out


def test_names_from_a_file_and_from_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        b"a.example\n# comment\n\nhost.example more words\nnothing.example\nbad..name\n" + b"\xff\xfe\x1b.x\n"
    )
    path = tmp_path / "names"
    path.write_bytes(text)
    with server_of() as server:
        assert run("--file", str(path), "--server", server, "--type", "A") == 10
        from_file = capsys.readouterr().out.splitlines()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        assert run("--file", "-", "--server", server, "--type", "A") == 10
        from_input = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in from_file[:4]] == [
        "a.example",
        "host.example",
        "nothing.example",
        "bad..name",
    ]
    assert from_file[0].startswith("a.example  A  192.0.2.1  documentation  ")
    assert from_file[2].startswith("nothing.example  A  ! no such name")
    assert from_file[3].startswith("bad..name  ! invalid name: ")
    assert len(from_input) == len(from_file) == 5
    assert "\x1b" not in "".join(from_file)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no name to ask for"),
        (["a..b"], "is no name"),
        (["x", "--type", "NOPE"], "no record type"),
        (["x", "--type", "AXFR"], "cannot be asked for"),
        (["x", "--server", "ftp://x"], "unknown kind of server"),
        (["x", "--subnet", "300.0.0.0/8"], "--subnet"),
        (["x", "--trace", "--server", "127.0.0.1"], "does not go with it"),
        (["x", "--trace", "--dnssec"], "does not go with it"),
        (["x", "--root", "127.0.0.1"], "goes with --trace"),
        (["x", "--trace", "--root", "name"], "no IP address"),
        (["x", "--anchor", "/nonexistent"], "--anchor /nonexistent"),
        (["x", "--ca", "/nonexistent"], "--ca /nonexistent"),
        (["x", "--file", "/nonexistent"], "--file /nonexistent"),
        (["x", "--bootstrap", "127.0.0.1"], "--bootstrap"),
        (["x", "--search", "a.example"], "--search goes with --server"),
        (["x", "--reverse"], "--reverse x: not an IP address"),
        (["127.0.0.1", "--reverse", "--type", "A"], "--type does not go with it"),
    ],
)
def test_mistakes_give_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["resolve", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_an_anchor_file_of_something_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for content in (b"nonsense", b"\xff", b"", b". IN A 127.0.0.1\n"):
        path = tmp_path / "anchor"
        path.write_bytes(content)
        assert main(["resolve", "x", "--server", "127.0.0.1", "--anchor", str(path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_localhost_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resolve", "localhost", "--type", "A"]) == 0
    out = capsys.readouterr().out
    assert "loopback" in out
    assert "source" in out


def test_the_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    from netanatomy.schema.resolution import EXIT_CODES

    with pytest.raises(SystemExit):
        main(["resolve", "--help"])
    out = capsys.readouterr().out
    for code in EXIT_CODES.values():
        assert f"  {code} " in out


def test_a_dash_is_standard_input_and_every_file_counts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a.example\n")
    other.write_text("host.example\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"nothing.example\n")))
    with server_of() as server:
        arguments = ["-", "--file", str(one), "--file", str(other), "--type", "A", "--server", server]
        assert run(*arguments) == 10
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["nothing.example", "a.example", "host.example"]


def test_a_line_says_why_nobody_answered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_text("a.example\n")
    assert run("--file", str(path), "--type", "A", "--server", "tcp://127.0.0.1:1") == 15
    out = capsys.readouterr().out
    assert "a.example  A  ! unreachable: connecting to 127.0.0.1:1: Connection refused" in out
    with misbehaving(silent) as server:
        assert run("--file", str(path), "--type", "A", "--server", server) == 14
    assert "! timeout: no answer in 1 s" in capsys.readouterr().out


def test_types_by_number(capsys: pytest.CaptureFixture[str]) -> None:
    with server_of() as server:
        assert run("a.example", "--type", "1", "--server", server) == 0
        assert run("a.example", "--type", "65", "--server", server) == 11
    out = capsys.readouterr().out
    assert "a.example.  A  " in out and "has no HTTPS record" in out
    assert main(["resolve", "x", "--type", "65536"]) == 2


def test_only_what_was_compared_is_said_to_be_the_same() -> None:
    from netanatomy.report.plain import plain_text
    from netanatomy.report.resolve_view import NameView, resolve_document
    from netanatomy.schema.resolution import Answer, Outcome, Question

    def answer(kind: str, server: str) -> Answer:
        return Answer(question=Question("a.", kind), server=server, outcome=Outcome.NO_DATA, detail="none")

    def text(*answers: Answer) -> str:
        return "\n".join(plain_text(resolve_document(NameView("a", "a", "a", (), answers, {}))))

    assert "say the same" not in text(answer("A", "system"), answer("MX", "udp://192.0.2.1"))
    assert "say the same" in text(answer("A", "system"), answer("A", "udp://192.0.2.1"))
