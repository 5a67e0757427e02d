"""The command as a user meets it: exit codes, one clear line, no traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import netanatomy
from netanatomy.cli.command import commands, named
from netanatomy.cli.main import main
from tests.wire import handshake, tcp_frame, write_capture

COMMAND = [sys.executable, "-m", "netanatomy"]


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "a.pcapng", handshake())


def test_the_version() -> None:
    assert run("--version").stdout.strip() == f"netanatomy {netanatomy.__version__}"


def test_help_lists_every_command_and_the_exit_codes() -> None:
    text = run("--help").stdout
    for command in commands():
        assert command.name in text
        assert command.summary in " ".join(text.split())
    for code in ("2 ", "3 ", "4 ", "130", "141"):
        assert f"\n  {code}" in text


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from netanatomy.cli.main import parser; parser();"
        "print({'numpy', 'pyarrow', 'polars', 'rich'} & sys.modules.keys())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_a_small_capture_loads_nothing_that_it_does_not_need(capture: Path) -> None:
    code = (
        "import sys; from netanatomy.cli.main import main; main(sys.argv[1:]);"
        "print({'pandas', 'polars', 'pyarrow.acero', 'netanatomy.firewall', 'netanatomy.active',"
        " 'netanatomy.cli.resolve', 'netanatomy.schema.resolution'} & sys.modules.keys())"
    )
    command = [sys.executable, "-c", code, "analyze", "--exit-zero", str(capture)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "set()"


def test_a_small_capture_imports_the_files_of_few_protocols_and_makes_few_of_arrows_functions(
    capture: Path,
) -> None:
    code = (
        "import gc, sys; from netanatomy.cli.main import main;"
        "sys.argv[0] = 'netanatomy'; main(); import pyarrow.compute;"
        "print([name for name in sys.modules if name in {'importlib.resources', 'tempfile', 'zipfile',"
        " 'numpy.ma', 'secrets',"
        " 'netanatomy.layers.link.ipx', 'netanatomy.layers.internet.ospf', 'netanatomy.layers.link.ppp'}],"
        " 'acosh' in vars(pyarrow.compute), gc.get_freeze_count() > 10_000)"
    )
    command = [sys.executable, "-c", code, "analyze", "--exit-zero", str(capture)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[] False True"


def test_only_the_command_that_is_meant_is_loaded_or_all_are() -> None:
    assert [command.name for command in named("analyze")] == ["analyze"]
    every = [command.name for command in commands()]
    for text in ("analyse", "main", "--help", "", "analyze.arguments", "../analyze"):
        assert [command.name for command in named(text)] == every


def mistakes(folder: Path) -> dict[str, tuple[list[str | Path], int, str]]:
    """What a user may do wrong: arguments, exit code, and a word of the message."""
    good = write_capture(folder / "good.pcapng", handshake())
    text = folder / "notes.txt"
    text.write_text("no capture\n")
    (folder / "empty.pcap").touch()
    (folder / "folder").mkdir()
    (folder / "letters").mkdir()
    (folder / "letters" / "a.txt").write_text("no capture either\n")
    return {
        "no command": ([], 2, "required"),
        "an unknown command": (["analyse", good], 2, "invalid choice"),
        "no capture": (["analyze"], 2, "required"),
        "a missing file": (["analyze", folder / "none.pcap"], 4, "none.pcap"),
        "a text file": (["analyze", text], 3, "notes.txt"),
        "an empty file": (["packets", folder / "empty.pcap"], 3, "empty"),
        "an empty folder": (["analyze", folder / "folder"], 3, "folder"),
        "a folder without captures": (["analyze", folder / "letters"], 3, "letters"),
        "a good file and a missing one": (["packets", good, folder / "none.pcap"], 4, "none.pcap"),
        "no lines": (["analyze", good, "--top", "0"], 2, "from 1 on"),
        "frame zero": (["show", good, "0"], 2, "from 1 on"),
        "no such frame": (["show", good, "8"], 2, "frames 1 to 7"),
        "a frame by name": (["show", good, "first"], 2, "from 1 on"),
        "an unknown column": (["packets", good, "--columns", "ip_src"], 2, "did you mean ip_source"),
        "no column": (["packets", good, "--columns", ","], 2, "no column"),
        "an unknown column in a filter": (["packets", good, "--filter", "ttl = 1"], 2, "did you mean"),
        "a bad filter": (["packets", good, "--filter", "ip_ttl >"], 2, "cannot be read"),
        "two filters": (["packets", good, "--filter", "1=1", "--bpf", "tcp"], 2, "not allowed with"),
        "an unknown ending": (["packets", good, "-o", folder / "a.xls"], 2, ".xls"),
        "a folder as output": (["packets", good, "-o", folder / "none" / "a.csv"], 1, "a.csv"),
        "an unknown table": (["columns", "flows"], 2, "there is no table"),
    }


def test_every_mistake_is_told_in_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, (arguments, code, word) in mistakes(tmp_path).items():
        try:
            found = main([str(argument) for argument in arguments])
        except SystemExit as ended:  # argparse ends so
            found = ended.code
        output = capsys.readouterr()
        assert found == code, (name, output.err)
        assert output.out == "", name
        told = [line for line in output.err.splitlines() if line.startswith("netanatomy") and ": " in line]
        told = [line for line in told if "uncompiled" not in line]
        assert len(told) == 1, (name, output.err)
        assert word in told[0], (name, told)


def test_a_mistake_leaves_no_traceback(tmp_path: Path) -> None:
    found = run("packets", tmp_path / "none.pcap")
    assert found.returncode == 4
    assert found.stderr.splitlines() == [f"netanatomy: {tmp_path / 'none.pcap'}: no such file or directory"]


def test_a_hostile_file_name_is_escaped(tmp_path: Path) -> None:
    found = run("analyze", tmp_path / "\x1b[31mred.pcap")
    assert found.returncode == 4
    assert "\x1b" not in found.stderr
    assert "\\x1b[31mred" in found.stderr


def test_whoever_stops_reading_gets_no_complaint(tmp_path: Path) -> None:
    capture = write_capture(tmp_path / "long.pcapng", [tcp_frame(2)] * 20_000)
    with subprocess.Popen(
        [*COMMAND, "packets", str(capture)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 141
    assert "Broken" not in said
    assert "Traceback" not in said


def test_an_interruption_leaves_no_traceback() -> None:
    with subprocess.Popen(
        [*COMMAND, "packets", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(1.5)  # until it waits for its input
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_a_damaged_capture_is_read_with_a_warning(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-10])
    found = run("analyze", capture)
    assert found.returncode == 0
    warnings = [line for line in found.stderr.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "a.pcapng" in warnings[0]
    assert "DAMAGED" in found.stdout


def test_a_pipe_is_read(capture: Path) -> None:
    with capture.open("rb") as file:
        found = run("analyze", "-", stdin=file)
    assert found.returncode == 0
    assert "7 frames" in found.stdout
