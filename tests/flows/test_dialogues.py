"""The simulator makes what hosts send: tshark finds its checksums right and its losses where they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from tests.flows.dialogues import (
    ARRIVES,
    CLOSES,
    LOST_BEFORE,
    LOST_BEHIND,
    Dialogue,
    capture_of,
    conversations,
    hosts_of,
    ping_dialogue,
    tcp_dialogue,
    tcp_dialogues,
    together,
    udp_dialogue,
)


def tshark(path: Path, expression: str) -> int:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    options = [part for name in ("ip", "tcp", "udp") for part in ("-o", f"{name}.check_checksum:TRUE")]
    said = subprocess.run(
        ["tshark", "-n", "-r", str(path), *options, "-Y", expression],
        capture_output=True,
        text=True,
        check=True,
    )
    return len(said.stdout.splitlines())


def lossy(close: str) -> Dialogue:
    turns = [(0, [(100, ARRIVES)]), (1, [(1460, ARRIVES), (1460, LOST_BEHIND), (700, ARRIVES)]),
             (1, [(500, LOST_BEFORE), (400, ARRIVES)])]  # fmt: skip
    return tcp_dialogue(hosts_of(CLOSES.index(close) + 1, 80), (2**32 - 50, 7), turns, close)


def test_tshark_agrees(tmp_path: Path) -> None:
    path = tmp_path / "dialogues.pcap"
    made = [lossy(close) for close in CLOSES]
    made += [udp_dialogue(hosts_of(90, 9999), [(0, 20), (1, 90)]), ping_dialogue(hosts_of(91, 0), 2, True)]
    path.write_bytes(capture_of(together(made)))
    assert tshark(path, "ip.checksum.status == Bad || tcp.checksum.status == Bad || _ws.malformed") == 0
    assert tshark(path, "icmp.checksum.status == Bad") == 0
    used = len(CLOSES) - 2  # two end before there is data
    again = "tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.out_of_order"
    assert tshark(path, again) == 2 * used
    assert tshark(path, "tcp.analysis.lost_segment") == used
    assert tshark(path, "tcp.options.sack_le") == 2 * used
    assert tshark(path, "tcp.analysis.ack_lost_segment") == 0


@given(tcp_dialogues())
def test_every_octet_is_sent_and_acknowledged(dialogue: Dialogue) -> None:
    for side in (0, 1):
        spans = {(each.sequence, each.payload) for each in dialogue.messages if each.sender == side}
        assert sum(len(payload) for _, payload in spans) == dialogue.lengths[side]
        there = [
            each.acknowledgment for each in dialogue.messages if each.sender != side and each.flags & 0x10
        ]
        assert there == sorted(there)


@given(conversations())
def test_frames_are_in_the_order_of_time(made: list[Dialogue]) -> None:
    times = [time for time, _ in together(made)]
    assert times == sorted(times)
    assert len(times) == sum(len(dialogue.messages) for dialogue in made)
