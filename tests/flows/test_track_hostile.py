"""Wrong times, doubled and missing packets, and forged ones: the honest connection stays right."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.flows.track import COMPILED
from tests import wire
from tests.flows.dialogues import conversations, dialogues, together
from tests.flows.following import (
    CLIENT,
    SECOND,
    SERVER,
    assert_accounted,
    at,
    back,
    datagram,
    follow,
    there,
)
from tests.wire import ACK, FIN, PSH, RST, SYN

EXAMPLES = settings(max_examples=200 if COMPILED else 40)
HOUR = 3600

HONEST = [
    at(0, there(SYN, 100)),
    at(1, back(SYN | ACK, 500, 101)),
    at(2, there(ACK, 101, 501)),
    at(3, there(PSH | ACK, 101, 501, b"a" * 100)),
    at(4, back(ACK, 501, 201)),
    at(5, back(PSH | ACK, 501, 201, b"b" * 1000)),
    at(6, there(ACK, 201, 1501)),
    at(7, there(FIN | ACK, 201, 1501)),
    at(8, back(FIN | ACK, 1501, 202)),
    at(9, there(ACK, 202, 1502)),
]
TOLD = ("orig_bytes", "resp_bytes", "missed_bytes", "conn_state", "duration", "id.orig_h", "originator_rule")


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in TOLD}


def test_the_honest_connection() -> None:
    row = follow(HONEST).only
    assert (row["orig_bytes"], row["resp_bytes"], row["missed_bytes"]) == (100, 1000, 0)
    assert (row["conn_state"], row["history"]) == ("SF", "ShADadFf")
    assert row["duration"] == 8 * SECOND


FORGED = {
    "SYN-ACK": back(SYN | ACK, 3_000_000_000, 101),
    "SYN-ACK that acknowledges far ahead": back(SYN | ACK, 3_000_000_000, 2_000_000_000),
    "SYN": there(SYN, 3_000_000_000),
    "SYN of the responder": back(SYN, 3_000_000_000),
    "RST": there(RST, 3_000_000_000),
    "RST of the responder": back(RST, 2_000_000_000),
    "RST ACK": there(RST | ACK, 2_000_000_000, 4_000_000_000),
    "data far ahead": there(PSH | ACK, 1_000_000_000, 501, b"x" * 50),
    "data far behind": there(PSH | ACK, 4_000_000_000, 501, b"x" * 50),
    "data half way round": there(PSH | ACK, 100 + (1 << 31) - 1, 501, b"x" * 50),
    "data of the responder": back(PSH | ACK, 1_500_000_000, 101, b"x" * 50),
    "acknowledgment far ahead": there(ACK, 201, 2_000_000_000),
    "acknowledgment of nothing": back(ACK, 501, 1_900_000_000),
    "FIN far ahead": there(FIN | ACK, 1_800_000_000, 501),
}


@pytest.mark.parametrize(
    ("place", "name"),
    # A RST is absurd only once both sides have said what their numbers are, not right after a handshake.
    [(place, name) for place in (3, 5, 7) for name in FORGED if place > 3 or not name.startswith("RST")],
)
def test_one_forged_segment(place: int, name: str) -> None:
    frames = [*HONEST[:place], (HONEST[place - 1][0] + 1000, FORGED[name]), *HONEST[place:]]
    found = follow(frames)
    assert_accounted(found)
    row = max(found.rows, key=lambda row: row["orig_pkts"] + row["resp_pkts"])
    assert (row["orig_bytes"], row["resp_bytes"], row["missed_bytes"]) == (100, 1000, 0)
    assert row["orig_pkts"] + row["resp_pkts"] >= len(HONEST)
    assert row["id.orig_h"] == follow(HONEST).only["id.orig_h"]
    if not name.startswith(("RST", "FIN")):
        assert row["conn_state"] == "SF"
        assert row["history"].lower().replace("t", "").startswith("sha")
        assert row["duration"] == 8 * SECOND


def test_a_packet_from_far_ahead_ends_no_other_connection() -> None:
    stray = (wire.START + 10**17, datagram(b"?", "10.8.8.8", "10.8.8.9", 1111, 2222))
    for place in range(1, len(HONEST)):
        found = follow([*HONEST[:place], stray, *HONEST[place:]])
        rows = {row["proto"]: row for row in found.rows}
        assert len(found.rows) == 2
        assert told(rows["tcp"]) == told(follow(HONEST).only)


def test_two_such_packets_apart_are_not_believed_either() -> None:
    stray = (wire.START + 10**17, datagram(b"?", "10.8.8.8", "10.8.8.9", 1111, 2222))
    found = follow([*HONEST[:3], stray, HONEST[3], stray, *HONEST[4:]])
    assert sorted(row["orig_pkts"] for row in found.rows) == [2, 6]


def test_a_leap_that_the_next_packet_bears_out_is_believed() -> None:
    one, two, three = (datagram(b"?", f"10.8.8.{number}", "10.8.9.9") for number in (1, 2, 3))
    leap = 2 * HOUR
    rows = follow([at(0, one), at(leap, two), at(leap + 1, three)]).by_time()
    assert [row["end_reason"] for row in rows] == ["inactive", "capture-end", "capture-end"]


def test_packets_hours_apart_are_told_apart() -> None:
    """Where every packet comes long after the one before, the clock goes on all the same."""
    frames = [at(2 * HOUR * number, datagram(b"?", f"10.8.8.{number}")) for number in range(5)]
    rows = follow(frames).by_time()
    # the last leap is not borne out yet, so the clock is one packet behind
    assert [row["end_reason"] for row in rows] == ["inactive"] * 3 + ["capture-end"] * 2
    rows = follow([at(2 * HOUR * number, datagram()) for number in range(6)]).by_time()
    assert [row["orig_pkts"] for row in rows] == [1] * 6


def test_time_that_goes_back() -> None:
    """The second half of the connection was stamped by a clock that is late by a minute."""
    shifted = [(time - 60 * SECOND, octets) for time, octets in HONEST[5:]]
    row = follow([*HONEST[:5], *shifted]).only
    straight = follow(HONEST).only
    for name in ("orig_bytes", "resp_bytes", "conn_state", "history", "orig_pkts", "resp_pkts"):
        assert row[name] == straight[name], name


@pytest.mark.parametrize("place", range(len(HONEST)))
def test_one_packet_with_the_time_zero(place: int) -> None:
    frames = list(HONEST)
    frames[place] = (0, frames[place][1])
    found = follow(frames)
    assert_accounted(found)
    for row in found.rows:
        assert row["duration"] is None or row["duration"] >= 0
    if place:  # else the first packet is as old as that, and the connection is another
        row = found.only
        straight = follow(HONEST).only
        for name in ("orig_bytes", "resp_bytes", "conn_state", "history", "orig_pkts"):
            assert row[name] == straight[name], name


def test_every_packet_doubled_shuffled_in_time() -> None:
    choose = random.Random(5)
    frames = [(time - choose.randint(0, SECOND), octets) for time, octets in HONEST for _ in range(3)]
    row = follow(frames).only
    assert (row["orig_bytes"], row["resp_bytes"], row["conn_state"]) == (100, 1000, "SF")
    assert (row["orig_pkts"], row["resp_pkts"]) == (18, 12)


@pytest.mark.parametrize(
    ("side", "state", "sizes", "history"),
    [(CLIENT, "SH", (100, 0), "SADF"), (SERVER, "SHR", (0, 1000), "^hadf")],
)
def test_one_side_of_a_capture(side: str, state: str, sizes: tuple[int, int], history: str) -> None:
    address = bytes(map(int, side.split(".")))
    quick = [(wire.START + (time - wire.START) // 10, octets) for time, octets in HONEST]
    row = follow([frame for frame in quick if frame[1][26:30] == address]).only
    assert (row["conn_state"], row["history"]) == (state, history)
    told_size = row["orig_bytes"] if side == CLIENT else row["resp_bytes"]
    assert told_size == max(sizes)
    assert row["missed_bytes"] == 0
    assert row["id.orig_h"] == follow(HONEST).only["id.orig_h"]


@given(st.lists(st.tuples(st.binary(max_size=120), st.integers(0, 2**62)), max_size=20))
@EXAMPLES
def test_any_octets_at_any_time(made: list[tuple[bytes, int]]) -> None:
    found = follow([(time, octets) for octets, time in made], anomalies=True)
    assert_accounted(found)


@st.composite
def damaged(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """Dialogues of which octets were changed, frames cut, doubled, left out, and times moved."""
    frames = together(draw(conversations(2)))
    made = []
    for time, octets in frames:
        changed = bytearray(octets)
        for _ in range(draw(st.integers(0, 2))):
            changed[draw(st.integers(12, len(changed) - 1))] = draw(st.integers(0, 255))
        cut = draw(st.sampled_from((0, 0, 0, 1, 8, 30)))
        moved = draw(st.sampled_from((0, 0, 0, -(10**9), 10**10, 10**14, -time)))
        made += [(time + moved, bytes(changed[: len(changed) - cut]))] * draw(
            st.sampled_from((1, 1, 1, 2, 0))
        )
    return made


@given(damaged())
@EXAMPLES
def test_damaged_conversations(frames: list[tuple[int, bytes]]) -> None:
    found = follow(frames, anomalies=True)
    assert_accounted(found)
    for row in found.rows:
        for name in ("orig_bytes", "resp_bytes", "missed_bytes", "orig_data_bytes", "resp_data_bytes"):
            assert row[name] is None or row[name] < 1 << 48, name
        for name in ("duration", "orig_gap_min", "resp_gap_mean", "orig_gap_deviation"):
            assert row[name] is None or row[name] >= 0, name


@given(dialogues(1), st.data())
@EXAMPLES
def test_batches_of_any_size_are_the_same(dialogue: Any, data: st.DataObject) -> None:
    frames = dialogue.frames()
    whole = follow(frames, anomalies=True)
    rows = data.draw(st.sampled_from((1, 2, 7, 100)))
    cuts = data.draw(st.lists(st.integers(0, len(frames)), max_size=3))
    parts = follow(frames, batch_rows=rows, cuts=cuts, anomalies=True)
    assert parts.rows == whole.rows
    assert parts.counts == whole.counts
    assert sorted(map(str, parts.anomalies)) == sorted(map(str, whole.anomalies))
