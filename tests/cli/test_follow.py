"""`netanatomy follow` end to end: captures made here, and the example, against tshark."""

from __future__ import annotations

import base64
import json
import os
import shutil
import struct
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

import netanatomy
from netanatomy.cli.main import main
from netanatomy.report.follow_view import HEADER_COLUMNS, Conversation, conversations
from tests.plain_rows import plain_rows
from tests.wire import ACK, FIN, PSH, SYN, checksum, ethernet, ipv4, udp, write_capture

CLIENT, SERVER = "10.0.0.1", "192.0.2.7"
OFFICE = Path(__file__).resolve().parents[2] / "examples" / "office.pcapng"
FOLLOWED = 120
"""TCP conversations of the example that are compared with tshark's."""


def segment(client: bool, flags: int, sequence: int, acknowledgment: int, payload: bytes = b"") -> bytes:
    source, destination = (CLIENT, SERVER) if client else (SERVER, CLIENT)
    ports = (40000, 80) if client else (80, 40000)
    octets = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledgment, 0x50, flags, 1024, 0, 0) + payload
    pseudo = ip_address(source).packed + ip_address(destination).packed + struct.pack(">HH", 6, len(octets))
    right = checksum(pseudo + octets).to_bytes(2, "big")
    return ethernet(ipv4(octets[:16] + right + octets[18:], source, destination))


def conversation(*middle: bytes) -> list[bytes]:
    return [
        segment(True, SYN, 999, 0),
        segment(False, SYN | ACK, 4999, 1000),
        segment(True, ACK, 1000, 5000),
        *middle,
    ]


QUESTION = segment(True, PSH | ACK, 1000, 5000, b"GET /\x1b[2J HTTP/1.1\r\n\r\n")
ANSWER = segment(False, PSH | ACK, 5000, 1022, b"HTTP/1.1 200 OK\r\n\r\n")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    datagram = ethernet(ipv4(udp(b"query", 5353, 53), CLIENT, SERVER, 17))
    end = [segment(True, FIN | ACK, 1022, 5019), segment(False, FIN | ACK, 5019, 1023)]
    return write_capture(tmp_path / "a.pcapng", [*conversation(QUESTION, ANSWER, *end), datagram])


def follow(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["follow", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_who_said_what_escaped(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = follow(capsys, capture, f"{CLIENT}:40000-{SERVER}:80")
    assert "# tcp 10.0.0.1:40000 → 192.0.2.7:80" in text
    assert "> GET /\\x1b[2J HTTP/1.1\n" in text
    assert "< HTTP/1.1 200 OK\n" in text
    assert text.index("> GET") < text.index("< HTTP")


def test_every_way_to_name_it(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [row] = [
        row for row in plain_rows(netanatomy.open(capture).connections().to_arrow()) if row["proto"] == "tcp"
    ]
    texts = {
        follow(capsys, capture, name)
        for name in (
            row["uid"],
            row["community_id"],
            "frame:4",
            "5",
            f"{CLIENT}:40000-{SERVER}:80",
            f"{SERVER}:80-{CLIENT}:40000",
        )
    }
    assert len(texts) == 1


def test_hex(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = follow(capsys, capture, 4, "--hex", "--side", "resp")
    assert "< 0000  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d HTTP/1.1 200 OK.\n" in text
    assert ">" not in text.split("\n", 6)[-1]


def test_json(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in follow(capsys, capture, 4, "--json").splitlines()]
    assert [line["frame_number"] for line in lines] == [4, 5]
    assert base64.b64decode(lines[1]["data"]) == b"HTTP/1.1 200 OK\r\n\r\n"


def test_raw(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out"
    assert follow(capsys, capture, 4, "--raw", file) == ""
    assert file.read_bytes() == b"GET /\x1b[2J HTTP/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    follow(capsys, capture, 4, "--raw", file, "--side", "resp", "--first", 4)
    assert file.read_bytes() == b"HTTP"


def test_a_datagram(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "> query\n" in follow(capsys, capture, 8)


def test_what_was_lost_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = segment(True, PSH | ACK, 1010, 5000, b"after the hole")
    frames = conversation(later, segment(False, ACK, 5000, 1024))
    text = follow(capsys, write_capture(tmp_path / "a.pcapng", frames), 4)
    assert "# [10 octets of the originator missing]\n> after the hole\n" in text


@pytest.mark.parametrize(("policy", "said"), [("first", "> abcDEF"), ("last", "> aXXXXF")])
def test_the_policy_chooses(
    policy: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = conversation(
        segment(True, PSH | ACK, 1003, 5000, b"DEF"),
        segment(True, PSH | ACK, 1001, 5000, b"bc" + b"DE")
        if policy == "first"
        else segment(True, PSH | ACK, 1001, 5000, b"XXXX"),
        segment(True, PSH | ACK, 1000, 5000, b"a"),
    )
    text = follow(capsys, write_capture(tmp_path / "a.pcapng", frames), 4, "--policy", policy)
    assert "".join(line[2:] for line in text.splitlines() if line.startswith(">")) == said[2:]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing", "names no connection"),
        ("10.9.9.9:1-10.9.9.8:2", "there is no connection"),
        ("99", "there is no frame 99"),
    ],
)
def test_what_is_not_there(capture: Path, name: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["follow", str(capture), name]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_the_example_as_tshark_follows_it() -> None:
    capture = netanatomy.open(OFFICE)
    of_ends: dict[frozenset[tuple[str, int | None]], list[Conversation]] = {}
    for batch in capture.connections(columns=HEADER_COLUMNS):
        for each in conversations(batch):
            ends = frozenset({(each.orig_h, each.orig_p), (each.resp_h, each.resp_p)})
            if each.proto == "tcp":
                of_ends.setdefault(ends, []).append(each)
    said: dict[tuple[str, bool], bytes] = {}
    for batch in capture.streams():
        for uid, is_orig, data in zip(
            *(batch[name].to_pylist() for name in ("uid", "is_orig", "data")), strict=True
        ):
            said[uid, is_orig] = said.get((uid, is_orig), b"") + data
    wanted = [part for number in range(FOLLOWED) for part in ("-z", f"follow,tcp,raw,{number}")]
    command = ["tshark", "-q", "-r", str(OFFICE), *wanted]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    compared = 0
    for part in text.split("Follow: tcp,raw\n")[1:]:
        nodes = [line.split(": ")[1].rpartition(":") for line in part.split("\n") if line.startswith("Node ")]
        its = of_ends[frozenset((address.strip("[]"), int(port)) for address, _, port in nodes)]
        if len(its) > 1:
            continue  # the same ports again
        lines = [line for line in part.split("Node 1:")[1].split("\n")[1:] if line and "=" not in line]
        first_is_orig = (nodes[0][0].strip("[]"), int(nodes[0][2])) == (its[0].orig_h, its[0].orig_p)
        for indented in (False, True):
            mine = "".join(line for line in lines if line.startswith("\t") is indented)
            octets = bytes.fromhex(mine)
            assert said.get((its[0].uid, first_is_orig is not indented), b"") == octets, its
            compared += len(octets)
    assert compared > 100_000


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_pipe_is_followed_by_either_name(name: str, capture: Path) -> None:
    command = [sys.executable, "-m", "netanatomy", "follow"]
    told = subprocess.run([*command, str(capture), "1"], capture_output=True, check=True)
    with subprocess.Popen(["cat", str(capture)], stdout=subprocess.PIPE) as pipe:
        found = subprocess.run([*command, name, "1"], stdin=pipe.stdout, capture_output=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, told.stdout, told.stderr)
    assert b"GET /" in found.stdout


def test_any_other_pipe_is_said_to_be_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # as <(zcat ...) is
    assert main(["follow", str(pipe), "1"]) == 2
    told = capsys.readouterr().err
    assert "write it to a file" in told
    assert told.count("\n") == 1
