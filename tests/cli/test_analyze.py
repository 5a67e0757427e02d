from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import netanatomy
from netanatomy.cli.main import main
from tests.wire import handshake, ipv4, tcp_frame, write_capture

HOSTILE = "\x1b]0;owned\x07\u202eeth0\x9b31m"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "a.pcapng", [*handshake(), tcp_frame(0)], name=HOSTILE, comment=HOSTILE)


def test_it_reads_from_the_bottom_up(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "--exit-zero", str(capture)]) == 0
    text = capsys.readouterr().out
    titles = [line for line in text.splitlines() if line[:1].isdigit() and line[1:3] == "  "]
    assert [title[0] for title in titles] == ["0", "1", "2", "3", "4", "5"]
    for word in (
        "Cisco Systems",
        "10.0.0.1",
        "private",
        "192.0.2.7:443",
        "https",
        "no handshake allows",
        "null",
    ):
        assert word in text


def test_it_is_plain_when_piped_and_escapes_what_traffic_says(
    capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["analyze", str(capture)])
    text = capsys.readouterr().out
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "\\x1b]0;owned\\x07\\u202eeth0\\x9b31m" in text


def test_json_says_the_same(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "--json", "--exit-zero", str(capture)]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    found = json.loads(text)
    assert list(found) == [
        "netanatomy",
        "format_version",
        "findings",
        "capture",
        "link",
        "internet",
        "transport",
        "connections",
        "protocols",
    ]
    assert found["capture"]["frames"] == 8
    assert found["capture"]["interfaces"][0]["name"] == HOSTILE
    assert found["link"]["pairs"][0]["source_vendor"] == "Cisco Systems, Inc"
    assert found["transport"]["sockets"][0]["server"] == "192.0.2.7"
    assert found["transport"]["impossible_flags"][0]["first_frames"] == [8]
    assert {line["path"]: line["packets"] for line in found["protocols"]["hierarchy"]}[
        "ethernet:ipv4:tcp"
    ] == 8


def test_top_bounds_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [tcp_frame(2, 1000 + port, port) for port in range(1, 40)]
    capture = write_capture(tmp_path / "a.pcapng", frames)
    main(["analyze", "--top", "3", "--json", str(capture)])
    transport = json.loads(capsys.readouterr().out)["transport"]
    assert len(transport["services"]) == len(transport["sockets"]) == 3
    assert transport["sockets_table"]["total"] == 39
    main(["analyze", "--top", "3", str(capture)])
    assert "36 more" in capsys.readouterr().out


def test_captures_without_addresses_and_without_frames(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(write_capture(tmp_path / "a.pcapng", []))]) == 0
    assert "There is no IP packet." in capsys.readouterr().out
    raw = write_capture(tmp_path / "b.pcapng", [ipv4(b"")], link_type=101)
    assert main(["analyze", str(raw)]) == 0
    assert "No frame has link-layer addresses." in capsys.readouterr().out
    unknown = write_capture(tmp_path / "c.pcapng", [b"abc"], link_type=147)
    assert main(["analyze", "--json", str(unknown)]) == 0
    json.loads(capsys.readouterr().out)


def on_a_terminal(*arguments: str) -> str:
    """What a command writes to a terminal of 100 columns."""
    try:
        master, slave = pty.openpty()
    except OSError as error:  # a bare chroot has no /dev/pts
        pytest.skip(f"no pseudo-terminal can be opened here: {error}")
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "netanatomy", *arguments], stdout=slave, stderr=slave, env=environment
    ) as process:
        os.close(slave)
        pieces = []
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux says so when the other side has closed
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(master)
    assert process.returncode == 0
    return b"".join(pieces).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_on_a_terminal_it_has_colours_of_its_own_only(capture: Path) -> None:
    text = on_a_terminal("analyze", "--exit-zero", str(capture))
    assert "\x1b[" in text
    assert "\x1b]0;owned" not in text
    assert "\u202e" not in text
    assert "\\x1b]0;owned\\x07" in text


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_a_frame_on_a_terminal(capture: Path) -> None:
    text = on_a_terminal("show", str(capture), "1")
    assert "\x1b[" in text
    assert "\x1b]0;owned" not in text
    assert "Time to Live" in text


@pytest.mark.parametrize("option", ["--html", "--annotate"])
def test_a_capture_is_not_written_over(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    before = capture.read_bytes()
    alias = tmp_path / "alias.pcapng"
    alias.symlink_to(capture)
    for target, named in ((capture, capture), (alias, capture), (tmp_path / "new.pcapng", tmp_path)):
        assert main(["analyze", str(named), option, str(target)]) == 2
        assert "choose another name" in capsys.readouterr().err
    assert main(["analyze", str(capture), option, "-"]) == 2
    assert "name a file" in capsys.readouterr().err
    assert capture.read_bytes() == before
    assert not (tmp_path / "new.pcapng").exists()


def test_standard_input_is_annotated_too(tmp_path: Path, capture: Path) -> None:
    target, page = tmp_path / "b.pcapng", tmp_path / "b.html"
    found = subprocess.run(
        [sys.executable, "-m", "netanatomy", "analyze", "-", "--annotate", str(target), "--html", str(page)],
        input=capture.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert found.stderr == b""
    assert netanatomy.open(target).frames().to_arrow().num_rows == 8
    assert page.read_text(encoding="utf-8").endswith("</html>\n")


@pytest.mark.parametrize("linked", [False, True])
def test_the_page_and_the_copy_are_two_files(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], linked: bool
) -> None:
    one, other = tmp_path / "x.html", tmp_path / "x.html"
    if linked:
        one.write_text("before")
        other = tmp_path / "y.html"
        other.hardlink_to(one)
    assert main(["analyze", str(capture), "--html", str(one), "--annotate", str(other)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "name the same file" in said.err
    assert one.exists() == linked


def test_the_page_is_written_though_nobody_reads_the_output(tmp_path: Path, capture: Path) -> None:
    target, page = tmp_path / "b.pcapng", tmp_path / "b.html"
    read, write = os.pipe()
    os.close(read)
    try:
        found = subprocess.run(
            [
                *(sys.executable, "-m", "netanatomy", "analyze", str(capture)),
                *("--html", str(page), "--annotate", str(target)),
            ],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write)
    assert (found.returncode, found.stderr) == (141, b"")
    assert page.read_text(encoding="utf-8").endswith("</html>\n")
    assert netanatomy.open(target).frames().to_arrow().num_rows == 8
