"""TLS sessions of whole captures: segments in any size, lost ones, and a port that nobody expects."""

from __future__ import annotations

import ssl
from pathlib import Path

import pyarrow as pa
import pytest

import netanatomy
from netanatomy.flows.messages.protocol import Said
from tests.flows.messages.handshakes import dialogue
from tests.flows.talk import CLIENT, SERVER, Talk
from tests.wire import ACK, write_capture


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    return dialogue(tmp_path_factory.mktemp("dialogue"), ssl.TLSVersion.TLSv1_2)


def captured(said: list[Said], folder: Path, size: int, lost: int | None = None) -> dict[str, object]:
    """The row of a capture with segments of so many octets, of which one may be missing."""
    talk, sent, number = Talk().handshake(), [1, 1], 0
    for each in said:
        side = CLIENT if each.is_orig else SERVER
        for place in range(0, len(each.octets), size):
            octets = each.octets[place : place + size]
            if number != lost:
                talk.send(side, ACK, sent[side], sent[1 - side], octets)
            sent[side] += len(octets)
            number += 1
    talk.closing(sent[CLIENT], sent[SERVER])
    path = write_capture(folder / "tls.pcapng", [octets for _, octets in talk.frames])
    (row,) = pa.table(netanatomy.open(path).messages("tls")).to_pylist()
    return dict(row)


@pytest.mark.parametrize("size", [100, 536, 1460])
def test_a_session_on_the_port_of_the_web(said: list[Said], tmp_path: Path, size: int) -> None:
    row = captured(said, tmp_path, size)
    assert (row["version"], row["server_name"], row["next_protocol"]) == ("TLSv12", "localhost", "h2")
    assert (row["established"], row["ssl_history"], row["sni_matches_cert"]) == (True, "CsxknGIti", True)
    assert row["usual_port"] is False and row["weaknesses"] == []
    assert (row["missed"], row["error"], row["upgraded_from"]) == (0, None, None)


def test_segments_that_are_lost_are_told(said: list[Said], tmp_path: Path) -> None:
    whole = captured(said, tmp_path, 536)
    for lost in range(2, 8):
        row = captured(said, tmp_path, 536, lost)
        if row["established"]:
            # It was one within a record, or one of what is encrypted.
            assert row["cipher"] == whole["cipher"]
        else:
            assert row["missed"] and row["error"]
        assert row["server_name"] == "localhost"
