from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

import netanatomy
from netanatomy.cli.kept_input import LEFT_FREE, kept_input
from netanatomy.cli.main import main
from netanatomy.report.finding_json import finding_schema
from netanatomy.report.finding_report import parties
from tests.detect.support import capture, findings
from tests.wire import handshake, write_capture

FLOOD = str(capture("syn-flood-spoofed"))
QUIET = str(capture("busy-browsing"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_line_each_and_an_exit_code_that_tells(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "findings", FLOOD)
    assert code == 6
    assert "SYN flood against 10.20.0.10 port 80" in out
    assert run(capsys, "findings", FLOOD, "--exit-zero")[0] == 0
    code, out, _ = run(capsys, "findings", QUIET, "--severity", "medium")
    assert code == 0
    assert "no findings" in out


def test_json_is_one_finding_a_line_as_the_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "findings", FLOOD, "--json")
    assert (code, err) == (6, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines
    for line in lines:
        jsonschema.validate(line, finding_schema())
    assert out.isascii()
    flood = next(line for line in lines if line["detector"] == "syn-flood")
    assert flood["evidence"][0]["offset"] == 46  # flags of TCP behind Ethernet and IPv4 without options
    assert flood["evidence"][0]["length"] == 2


def test_nothing_found_is_no_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    quiet = write_capture(tmp_path / "a.pcapng", handshake()[:1])
    assert run(capsys, "findings", str(quiet), "--json") == (0, "", "")


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "findings", "--schema")
    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_one_finding_from_all_sides(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "findings", FLOOD, "--id", "syn-flood")
    for part in ("What happened", "What proves it", "When it happened", "harmless", "What to do", "Firewall"):
        assert part in out
    assert "On this capture it stops" in out
    assert "[50 02]" in out  # data offset and flags, marked in the hex view
    assert "T1499.001" in out


def test_an_id_that_nothing_has(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "findings", FLOOD, "--id", "land")
    assert code == 2
    assert err.count("\n") == 1
    assert "syn-flood-" in err


def test_only_one_detector(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "findings", FLOOD, "--detector", "arp-scan")[0] == 0
    code, _, err = run(capsys, "findings", FLOOD, "--detector", "arp-scam")
    assert code == 2
    assert "no detector 'arp-scam'" in err


def test_thresholds_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    chosen = tmp_path / "a.toml"
    chosen.write_text("[detectors.syn-flood]\nrate = 100000\nhalf_open = 100000\nburst = 100000\n")
    code, out, _ = run(capsys, "findings", FLOOD, "--detector", "syn-flood", "--config", str(chosen))
    assert (code, "SYN flood" in out) == (0, False)
    chosen.write_text("[detectors.syn-flood]\nspeed = 1\n")
    code, _, err = run(capsys, "findings", FLOOD, "--config", str(chosen))
    assert code == 2
    assert "a.toml" in err
    assert run(capsys, "findings", FLOOD, "--config", str(tmp_path / "none.toml"))[0] == 4
    chosen.write_bytes(b"\xff\xfe")
    assert run(capsys, "findings", FLOOD, "--config", str(chosen))[0] == 2


def test_analyze_opens_with_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "analyze", FLOOD)
    assert code == 6
    assert out.index("Verdict: ") < out.index("0  Capture")
    assert f"netanatomy findings {FLOOD} --id syn-flood-" in out
    code, out, _ = run(capsys, "analyze", FLOOD, "--no-findings")
    assert (code, "Verdict" in out) == (0, False)
    assert run(capsys, "analyze", FLOOD, "--exit-zero")[0] == 0


def test_analyze_says_so_where_nothing_was_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "analyze", str(write_capture(tmp_path / "a.pcapng", handshake()[:1])))
    assert code == 0
    assert "nothing found" in out


def test_what_is_said_where_nothing_is_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = str(write_capture(tmp_path / "empty.pcapng", []))
    _, out, _ = run(capsys, "findings", path)
    assert "no findings in" in out
    assert "What was looked for: netanatomy explain." in out
    _, out, _ = run(capsys, "findings", path, "--severity", "high")
    assert "of severity high or above" in out


def test_the_command_that_shows_more_can_be_copied(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / f"it's a {'long ' * 20}name.pcapng.zst"
    path.write_bytes(capture("syn-flood-spoofed").read_bytes())
    _, out, _ = run(capsys, "findings", str(path), "--severity", "high")
    assert "1 finding of severity high or above in" in out
    (line,) = (line for line in out.splitlines() if " --id " in line)
    words = shlex.split(line)
    assert words[:2] == ["netanatomy", "findings"]
    assert words[2] == str(path)
    _, shown, _ = run(capsys, *words[1:])
    assert "What happened" in shown


def commands(text: str) -> list[list[str]]:
    """The commands in a text, as a shell takes them apart."""
    found = []
    for line in text.splitlines():
        begin = line.find("netanatomy ")
        if begin >= 0 and not line[:begin].strip(" ").replace("More", ""):
            found += [shlex.split(each) for each in line[begin:].split("; ")]
    return [words for words in found if words[0] == "netanatomy" and len(words) > 2]


@pytest.mark.parametrize(
    ("name", "detector", "tcp"),
    [
        ("session-hijack-injection", "session-hijack", True),
        ("arp-spoofing-arpspoof", "arp-spoofing", False),
        ("mac-flooding-macof", "mac-flooding", False),
    ],
)
def test_every_command_that_is_shown_can_be_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, detector: str, tcp: bool
) -> None:
    path = tmp_path / "it's a capture.pcapng.zst"
    path.write_bytes(capture(name).read_bytes())
    _, out, _ = run(capsys, "findings", str(path), "--id", detector)
    assert "CAPTURE" not in out
    told = {words[1]: words for words in commands(out)}
    assert set(told) == {"show", "explain", "firewall"} | ({"follow"} if tcp else set())
    first = next(one for one in findings(name) if one.detector == detector).evidence[0].frame
    assert told["show"] == ["netanatomy", "show", str(path), str(first)]
    assert told["explain"] == ["netanatomy", "explain", detector]
    for words in told.values():
        code, shown, err = run(capsys, *words[1:])
        assert code in {0, 6}
        assert err == ""
        assert shown
    if tcp:
        assert told["follow"][2] == str(path)


def test_analyze_tells_of_each_finding_how_to_see_more(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "analyze", FLOOD)
    told = commands(out[: out.index("0  Capture")])
    assert [words[1] for words in told[:2]] == ["findings", "show"]
    assert "What happened" in run(capsys, *told[0][1:])[1]
    assert "Transmission Control Protocol" in run(capsys, *told[1][1:])[1]


def test_the_command_has_the_settings_that_the_finding_needs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    chosen = tmp_path / "my net.toml"
    chosen.write_text("[detectors.syn-flood]\nrate = 10\n")
    _, out, _ = run(capsys, "findings", FLOOD, "--config", str(chosen), "--detector", "syn-flood")
    (words,) = commands(out)
    assert words[3:7] == ["--config", str(chosen), "--detector", "syn-flood"]
    assert "What happened" in run(capsys, *words[1:])[1]


def piped(*arguments: str, octets: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command that reads these octets from a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "netanatomy", *arguments],
        input=octets,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_gives_the_same_findings_with_their_proof(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    octets = Path(FLOOD).read_bytes()
    _, out, _ = run(capsys, "findings", FLOOD, "--json")
    found = piped("findings", name, "--json", octets=octets, TMPDIR=str(tmp_path))
    said = [line for line in found.stderr.splitlines() if b"running uncompiled" not in line]
    assert (found.returncode, said) == (6, [])
    assert found.stdout.decode() == out
    assert list(tmp_path.iterdir()) == [], "what was kept is gone"


def test_one_finding_of_standard_input_has_all_its_sides_and_says_what_to_save() -> None:
    octets = Path(FLOOD).read_bytes()
    out = piped("findings", "-", "--id", "syn-flood", octets=octets).stdout.decode()
    for part in ("When it happened", "[50 02]", "On this capture it stops", "Save it in a file first"):
        assert part in out
    assert "netanatomy show SAVED.pcapng " in out
    out = piped("analyze", "-", octets=octets).stdout.decode()
    assert "Flags SYN" in out
    assert "Save it in a file first" in out
    assert "findings SAVED.pcapng --id syn-flood-" in out
    assert "findings - " not in out


@pytest.mark.parametrize("command", ["analyze", "findings"])
def test_any_other_pipe_is_refused_with_a_way_out(command: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = piped(command, str(pipe), octets=b"")
    assert (found.returncode, found.stdout) == (2, b"")
    assert b"write it to a file, and name that" in found.stderr


def test_a_file_as_standard_input_is_read_where_it_lies(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, out, _ = run(capsys, "findings", FLOOD, "--json")
    with Path(FLOOD).open("rb") as file:
        found = subprocess.run(
            [sys.executable, "-m", "netanatomy", "findings", "-", "--json"],
            stdin=file,
            capture_output=True,
            check=False,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
    assert found.stdout.decode() == out


def test_no_room_for_standard_input_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=LEFT_FREE - 1))
    with Path(FLOOD).open("rb") as file:
        read, write = os.pipe()
        os.write(write, file.read(1000))
        os.close(write)
    with open(read, encoding="latin-1") as pipe:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stdin", pipe)
        with (
            pytest.raises(netanatomy.CaptureError, match=r"256 MiB must stay free.*TMPDIR"),
            kept_input(["-"]),
        ):
            pass
        assert sys.stdin is pipe


def test_nothing_is_left_of_standard_input_after_an_interruption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read, write = os.pipe()
    os.write(write, b"some octets")
    os.close(write)
    with open(read, encoding="latin-1") as pipe:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stdin", pipe)
        with pytest.raises(KeyboardInterrupt), kept_input(["-"]):
            assert sys.stdin.buffer.read() == b"some octets"
            raise KeyboardInterrupt
        assert sys.stdin is pipe
    assert list(tmp_path.iterdir()) == []


def test_who_is_not_known_is_not_said_to_have_forged() -> None:
    (flood,) = (each for each in findings("syn-flood-spoofed") if each.detector == "syn-flood")
    assert parties(flood).startswith("unknown (the sources are forged) → 10.20.0.10; ")
    plain = replace(flood, others={"client": ("192.0.2.1",)})
    assert parties(plain) == "unknown → 10.20.0.10; client 192.0.2.1"
    tunnel = replace(flood, attackers=("10.0.0.1",), victims=(), others={"far end": ("192.0.2.1",)})
    assert parties(tunnel) == "10.0.0.1; far end 192.0.2.1"
    assert parties(replace(tunnel, layer="link", others={})) == "10.0.0.1 → everybody on the link"
