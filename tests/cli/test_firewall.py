from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netanatomy.cli.firewall_told import said
from netanatomy.cli.main import main
from netanatomy.firewall.check import Checked
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


@pytest.mark.parametrize("name", ["tunnel-6in4", "tunnel-gre", "backdoor-port-ssh"])
def test_what_may_be_wanted_is_cut_only_on_request(capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = str(capture(name))
    code, out, err = run(capsys, path)
    assert (code, err) == (0, "")
    assert "# There is no rule to load." in out
    assert all(line.startswith("#") or not line for line in out.splitlines())
    assert "--severity low" in out
    assert " counter drop" in out
    _, out, _ = run(capsys, path, "--what-if")
    assert "Not loaded" in out
    line = json.loads(run(capsys, path, "--what-if", "--json")[1])
    assert (line["severity"], line["outcome"], line["loaded"]) == ("low", "kept", False)
    assert line["replay"] is None  # nothing to load
    code, out, _ = run(capsys, path, "--severity", "low")
    assert code == 0  # no attack
    assert "table inet netanatomy {\n" in out
    assert "Not loaded" not in out
    assert json.loads(run(capsys, path, "--json", "--severity", "low")[1])["loaded"] is True


def test_graver_findings_only(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, FLOOD, "--severity", "critical")
    assert code == 0
    assert "# There is no rule to load." in out
    assert "--severity high" in out


def test_json_says_what_the_real_nftables_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert all("replay" not in json.loads(line) for line in run(capsys, FLOOD, "--json")[1].splitlines())
    for line in run(capsys, FLOOD, "--json", "--what-if")[1].splitlines():
        replay = json.loads(line)["replay"]
        assert bool(replay["why_not"]) is (replay["judged"] == 0)
        assert replay["different"] == 0
        assert replay["frames"] == replay["judged"] + replay["refused"] + replay["without_ip"]


def test_a_disagreement_is_told_in_json_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = Checked(frames=9, dropped=4, different=2, named=[3, 7])
    monkeypatch.setattr("netanatomy.cli.firewall._checked", lambda *_: odd)
    _, out, err = run(capsys, FLOOD, "--json", "--what-if")
    replay = json.loads(out.splitlines()[0])["replay"]
    assert (replay["different"], replay["different_frames"]) == (2, [3, 7])
    assert "thinks otherwise of 2 (frames 3, 7)" in err
    assert err.count("\n") == 1
    assert "thinks otherwise of 2 (frames 3, 7)" in " ".join(run(capsys, FLOOD, "--what-if")[1].split())


def test_nothing_compared_is_no_agreement() -> None:
    none = said(Checked(frames=21, refused=21))
    assert "could judge none of 21 frames: Linux takes no packet whose IP header is broken" in none
    assert "own matcher alone" in none
    assert "the same" not in none
    part = said(Checked(frames=21, refused=15, without_ip=5, dropped=1))
    assert "1 of 21 frames judged, 1 dropped" in part
    assert "the same of each of these" in part
    assert "20 never came to the rules" in part
    assert "as in 15; no packet filter sees frames that are neither Ethernet nor IP, as 5 are" in part
    assert "matcher alone" not in said(Checked(frames=21))
    assert "there are none" in said(Checked())


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


def test_a_pipe_by_any_name_is_no_empty_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # as /dev/stdin and <(zcat ...) are
    code, out, err = run(capsys, str(pipe))
    assert (code, out) == (2, "")
    assert "read only once" in err
    assert "empty" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_by_either_name(name: str) -> None:
    path = capture("land-hping3")
    command = [sys.executable, "-m", "netanatomy", "firewall"]
    told = subprocess.run([*command, str(path)], capture_output=True, check=False)
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as pipe:
        found = subprocess.run([*command, name], stdin=pipe.stdout, capture_output=True, check=False)
    said = [line for line in found.stderr.splitlines() if b"running uncompiled" not in line]
    assert (found.returncode, said) == (6, [])
    assert found.stdout == told.stdout
    assert b"land-" in found.stdout


def test_no_standard_input_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "-")
    assert code != 0
    assert err.count("\n") == 1


def test_the_page_explains_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(run(capsys, FLOOD, "--json", "--what-if")[1].splitlines()[0])
    page = (Path(__file__).parents[2] / "docs" / "firewall.md").read_text()
    for table, names in (("## As JSON", list(line)), ("Of `replay`:", list(line["replay"]))):
        rows = page.split(table)[1].split("\n\n")[1 if table.startswith("Of") else 2].splitlines()[2:]
        told = [name.strip("` ") for row in rows for name in row.split("|")[1].split(",")]
        assert sorted(told) == sorted(names)
