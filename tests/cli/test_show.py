from __future__ import annotations

import json
from pathlib import Path

import pytest

from netanatomy.cli.main import main
from tests.wire import PSH, handshake, ipv4, tcp_frame, write_capture

HOSTILE = "\x1b[2J\u202e"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write_capture(tmp_path / "a.pcapng", handshake(), comment=HOSTILE)


def test_each_header_with_place_name_value_and_meaning(
    capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(capture), "4"]) == 0
    text = capsys.readouterr().out
    headings = [line for line in text.splitlines() if " · " in line]
    assert [heading.split(" · ")[0] for heading in headings] == ["Link", "Internet", "Transport"]
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert any(line.startswith("14 bits 0–3 Version 4") for line in lines)
    assert any(line.startswith("22 Time to Live 64") for line in lines)
    assert any(line.startswith("6–11 Source 00:00:0c:00:00:01 Cisco") for line in lines)
    assert "hello" in text


def test_every_octet_of_the_frame_is_shown(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", str(capture), "4"])
    lines = [
        line.split("| ")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("    | ")
    ]
    shown = "".join(line[6:54].replace(" ", "") for line in lines)
    assert bytes.fromhex(shown) == handshake()[3]


def test_it_is_plain_and_escapes(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", str(capture), "1"])
    text = capsys.readouterr().out
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "Comment: \\x1b[2J\\u202e" in text


def test_json_has_the_fields(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--json", str(capture), "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["frame_number"] == 1
    assert found["protocols"] == "ethernet:ipv4:tcp"
    assert bytes.fromhex(found["octets"]) == handshake()[0]
    fields = {field["name"]: field for header in found["headers"] for field in header["fields"]}
    assert fields["Destination Port"]["value"] == 443
    assert fields["Destination Port"]["bit_offset"] == 36 * 8
    assert found["stop"] is None


def test_where_and_why_a_walk_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = write_capture(tmp_path / "a.pcapng", [tcp_frame(PSH)[:40], b"abc", ipv4(b"")])
    main(["show", "--json", str(capture), "1"])
    stop = json.loads(capsys.readouterr().out)["stop"]
    assert stop["layer"] == "tcp"
    assert 34 <= stop["offset"] <= 40
    main(["show", str(capture), "2"])
    assert "The walk stopped" in capsys.readouterr().out


def test_an_unknown_link_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = write_capture(tmp_path / "a.pcapng", [b"octets of somebody"], link_type=147)
    assert main(["show", str(capture), "1"]) == 0
    text = capsys.readouterr().out
    assert "147" in text
    assert "6f 63 74 65 74 73" in text
