from __future__ import annotations

import json
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from tests.detect.support import capture
from tests.wire import handshake, write_capture

FLOOD = str(capture("syn-flood-spoofed"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["firewall", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_rule_set_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, FLOOD)
    assert (code, err) == (6, "")
    assert out.startswith("#!/usr/sbin/nft -f\n")
    assert "ip daddr 10.20.0.10 tcp dport 80 tcp flags & (fin|syn|rst|ack) == syn" in out
    assert "limit rate over" in out
    assert "sysctl -w net.ipv4.tcp_syncookies=1" in out
    assert run(capsys, FLOOD, "--exit-zero")[0] == 0


def test_the_rule_set_in_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "rules.nft"
    code, out, _ = run(capsys, FLOOD, "-o", str(path))
    assert (code, out) == (6, "")
    assert "table inet netanatomy" in path.read_text()
    code, _, err = run(capsys, FLOOD, "-o", str(tmp_path / "none" / "rules.nft"))
    assert code == 1
    assert err.count("\n") == 1


def test_a_minus_is_standard_output(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, FLOOD, "-o", "-")
    assert (code, err) == (6, "")
    assert list(tmp_path.iterdir()) == []


def test_a_capture_is_not_written_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write_capture(tmp_path / "a.pcapng", handshake())
    before = path.read_bytes()
    code, _, err = run(capsys, str(path), "-o", str(path))
    assert code == 2
    assert "choose another name" in err
    assert path.read_bytes() == before


def test_what_if(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, FLOOD, "--what-if")
    assert "attack stopped" in out
    assert "real nftables" in out
    assert "syn-flood-" in out


def test_json_is_one_rule_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run(capsys, FLOOD, "--json")
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    flood = next(line for line in lines if line["id"].startswith("syn-flood"))
    assert flood["outcome"] in ("kept", "narrowed")
    assert flood["attack_stopped"] > flood["attack_passed"]
    assert "table inet netanatomy" in flood["nftables"]


def test_only_one_finding(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, FLOOD, "--json", "--id", "syn-flood")
    assert len(out.splitlines()) == 1
    code, _, err = run(capsys, FLOOD, "--id", "land")
    assert code == 2
    assert "syn-flood-" in err


def test_nothing_found_is_a_file_without_rules(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, str(write_capture(tmp_path / "a.pcapng", handshake())))
    assert code == 0
    assert "no rule to load" in out
    assert "table" not in out.split("# They judge")[1]


@pytest.mark.parametrize(
    "arguments",
    [["--max-collateral", "101"], ["--max-collateral", "x"], ["--interface", 'eth0"; flush ruleset']],
)
def test_mistakes_are_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["firewall", FLOOD, *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_standard_input_cannot_be_read_twice(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "-")
    assert code != 0
    assert err.count("\n") == 1
