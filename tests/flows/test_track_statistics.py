"""What is counted and measured of each side, against plain sums over the same packets."""

from __future__ import annotations

import math
import statistics
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.flows.track import COMPILED
from tests import wire
from tests.flows.dialogues import Dialogue, dialogues
from tests.flows.following import CLIENT, SECOND, SERVER, at, back, datagram, follow, segment, there
from tests.flows.talk import SACK_PERMITTED, Talk, mss, scale, stamps
from tests.wire import ACK, PSH, RST, SYN

EXAMPLES = settings(max_examples=150 if COMPILED else 30)
PROTOCOL_TCP = 6


def oracle(frames: Sequence[tuple[int, bytes]], source: str) -> dict[str, Any]:
    """What one host's packets of Ethernet and IPv4 amount to."""
    own = [(time, octets[14:]) for time, octets in frames if octets[26:30] == ip_address(source).packed]
    sizes = [int.from_bytes(packet[2:4], "big") for _, packet in own]
    times = [time for time, _ in own]
    gaps = [max(after - before, 0) for before, after in pairwise(times)]
    payloads = [packet[20 + _header(packet) :] for _, packet in own]
    found: dict[str, Any] = {
        "pkts": len(own),
        "ip_bytes": sum(sizes),
        "data_bytes": sum(map(len, payloads)),
        "size_min": min(sizes, default=None),
        "size_max": max(sizes, default=None),
        "size_mean": statistics.fmean(sizes) if sizes else None,
        "size_deviation": statistics.pstdev(sizes) if sizes else None,
        "gap_min": min(gaps, default=None),
        "gap_max": max(gaps, default=None),
        "gap_mean": statistics.fmean(gaps) if gaps else None,
        "gap_deviation": statistics.pstdev(gaps) if gaps else None,
    }
    first = next((payload for payload in payloads if payload), None)
    found["entropy"] = None if first is None else entropy(first[:128])
    if own:
        found["initial_ttl"] = own[0][1][8]
    return found


def _header(packet: bytes) -> int:
    return packet[20 + 12] >> 4 << 2 if packet[9] == PROTOCOL_TCP else 8


def entropy(octets: bytes) -> float:
    return -sum(
        share * math.log2(share) for share in (octets.count(octet) / len(octets) for octet in set(octets))
    )


def plain(value: Any) -> Any:
    return value.value if hasattr(value, "value") else value


def assert_same(row: dict[str, Any], side: str, expected: dict[str, Any]) -> None:
    for name, right in expected.items():
        told = plain(row[f"{side}_{name}"])
        if right is None or told is None or isinstance(right, int):
            assert told == right, name
        elif name == "entropy":
            assert told == pytest.approx(right, abs=0.001)
        elif name.startswith("gap"):
            # nanoseconds; a deviation is the difference of two squares of seconds
            assert told == pytest.approx(right, rel=1e-6, abs=1000 + 1e-7 * expected["gap_max"]), name
        else:
            assert told == pytest.approx(right, rel=1e-9, abs=0.01), name


def address(row: dict[str, Any], side: str) -> str:
    return ".".join(map(str, row[f"id.{side}_h"][12:]))


@given(dialogues(1))
@EXAMPLES
def test_every_dialogue(dialogue: Dialogue) -> None:
    frames = dialogue.frames()
    row = follow(frames).only
    for side in ("orig", "resp"):
        expected = oracle(frames, address(row, side))
        assert_same(row, side, expected)
    assert plain(row["ts"]) == frames[0][0]
    assert plain(row["last_time"]) == frames[-1][0]
    assert (row["first_frame"], row["last_frame"]) == (1, len(frames))


@given(
    st.lists(
        st.tuples(st.booleans(), st.binary(max_size=300), st.integers(0, 50 * SECOND)),
        min_size=1,
        max_size=12,
    )
)
@EXAMPLES
def test_any_datagrams(said: list[tuple[bool, bytes, int]]) -> None:
    time = wire.START
    frames = []
    for answer, payload, gap in said:
        ends = (SERVER, CLIENT, 53, 40_000) if answer else (CLIENT, SERVER, 40_000, 53)
        time += gap
        frames.append((time, datagram(payload, *ends)))
    row = follow(frames).only
    assert address(row, "orig") == CLIENT
    for side, host in (("orig", CLIENT), ("resp", SERVER)):
        assert_same(row, side, oracle(frames, host))


def test_times_that_go_back_are_gaps_of_zero() -> None:
    row = follow([at(seconds, datagram()) for seconds in (5, 6, 3, 4, 10)]).only
    assert plain(row["orig_gap_min"]) == 0
    assert plain(row["orig_gap_max"]) == 6 * SECOND
    assert plain(row["duration"]) == 5 * SECOND


def test_a_dropped_first_packet_begins_no_gap() -> None:
    """A wrong checksum: the packet is not counted, and the time since then is none between packets."""
    broken = bytearray(back(ACK, 501, 101))
    broken[-1] ^= 1
    row = follow([at(0, bytes(broken)), at(50, there(ACK, 101, 501)), at(51, there(ACK, 101, 501))]).only
    assert plain(row["orig_gap_max"]) == SECOND
    assert plain(row["orig_gap_mean"]) in (None, SECOND)


def test_what_the_syns_offer() -> None:
    talk = Talk()
    talk.client(SYN, options=mss(1400) + SACK_PERMITTED + scale(7) + stamps(1, 0), window=65_000, ttl=61)
    talk.server(SYN | ACK, 0, 1, options=mss(8960) + scale(0), window=500, ttl=128, after=20_000_000)
    talk.client(ACK, 1, 1, window=9, after=30_000_000)
    row = follow(talk.frames).only
    assert (row["orig_mss"], row["resp_mss"]) == (1400, 8960)
    assert (row["orig_window_scale"], row["resp_window_scale"]) == (7, 0)
    assert (row["orig_sack_permitted"], row["resp_sack_permitted"]) == (True, False)
    assert (row["orig_timestamps"], row["resp_timestamps"]) == (True, False)
    assert (row["orig_initial_window"], row["resp_initial_window"]) == (65_000, 500)
    assert (row["orig_initial_ttl"], row["resp_initial_ttl"]) == (61, 128)
    assert (plain(row["syn_ack_delay"]), plain(row["ack_delay"])) == (20_000_000, 30_000_000)
    assert row["ecn"] is False


def test_what_no_syn_offers_is_null() -> None:
    row = follow([at(0, there(ACK, 5, 6)), at(1, back(ACK, 6, 5))]).only
    for name in ("mss", "window_scale", "sack_permitted"):
        assert (row[f"orig_{name}"], row[f"resp_{name}"]) == (None, None), name
    assert (row["syn_ack_delay"], row["ack_delay"]) == (None, None)
    assert row["orig_initial_window"] == 1024
    row = follow([at(0, datagram())]).only
    for name in ("mss", "initial_window", "timestamps", "retransmissions", "zero_windows"):
        assert row[f"orig_{name}"] is None, name


@pytest.mark.parametrize(
    ("asked", "answered", "agreed"),
    [(0xC0, 0x40, True), (0xC0, 0xC0, False), (0xC0, 0, False), (0, 0x40, False), (0x40, 0x40, False)],
)
def test_ecn_is_agreed_by_both(asked: int, answered: int, agreed: bool) -> None:
    """RFC 3168 section 6.1.1: ECE and CWR ask, ECE alone agrees."""
    frames = [at(0, there(SYN | asked, 100)), at(0.1, back(SYN | ACK | answered, 500, 101))]
    assert follow(frames).only["ecn"] is agreed


def test_congestion_marks_and_resets() -> None:
    frames = [at(0, there(SYN, 100)), at(0.1, back(SYN | ACK, 500, 101)), at(0.2, there(ACK, 101, 501))]
    marked = bytearray(there(PSH | ACK, 101, 501, b"x"))
    marked[15] |= 3
    marked[24:26] = b"\0\0"
    marked[24:26] = struct.pack(">H", wire.checksum(bytes(marked[14:34])))
    frames += [at(0.3, bytes(marked)), at(0.4, back(RST, 501))]
    row = follow(frames).only
    assert (row["orig_congestion_marks"], row["resp_congestion_marks"]) == (1, 0)
    assert (row["orig_resets"], row["resp_resets"]) == (0, 1)


def test_a_broken_window_scale_is_no_absent_one() -> None:
    for number in (14, 15, 254, 255):
        frames = [at(0, there(SYN, 100, options=scale(number)))]
        assert follow(frames).only["orig_window_scale"] == min(number, 254)


# A SYN that cannot be kept as a lone one: its urgent pointer says something, which no flag asks for.
VARIANTS: dict[str, dict[str, Any]] = {
    "bare": {},
    "options": {"options": mss(1460) + SACK_PERMITTED + stamps(77, 0) + scale(7)},
    "small segments": {"options": mss(20)},
    "wrong scale": {"options": scale(200)},
    "no window": {"window": 0},
    "high numbers": {"sequence": 2**32 - 1},
    "ECN": {"flags": SYN | 0xC0},
    "reserved bits": {"flags": SYN | 0xF00},
}
AFTER = {
    "answer": [back(SYN | ACK, 500, 101), there(ACK, 101, 501), there(PSH | ACK, 101, 501, b"hello")],
    "again": [there(SYN, 100), there(SYN, 100)],
    "refusal": [back(RST | ACK, 0, 101)],
    "own reset": [there(RST, 101)],
    "wrong answer": [back(SYN | ACK, 500, 7777), there(RST, 7777)],
    "nothing more": [],
}


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_lone_syn_that_is_read_again_is_as_if_it_had_been_read_at_once(variant: str, after: str) -> None:
    options = dict(VARIANTS[variant])
    flags, sequence = options.pop("flags", SYN), options.pop("sequence", 100)
    kept, direct = (
        follow(
            [
                at(0.01 * place, octets)
                for place, octets in enumerate(
                    [
                        wire.ethernet(wire.ipv4(segment(flags, sequence, urgent=urgent, **options))),
                        *AFTER[after],
                    ]
                )
            ],
            anomalies=True,
        )
        for urgent in (0, 1)
    )
    other = "urgent-pointer-without-flag"
    assert any(told["name"].endswith("urgent-pointer-without-flag") for told in direct.anomalies)
    if after == "nothing more":
        return _assert_same_but(kept.only, direct.only, ("anomalies",))
    _assert_same_but(kept.rows[0], direct.rows[0], ("anomalies",))
    told = [[row for row in each.anomalies if not row["name"].endswith(other)] for each in (kept, direct)]
    assert told[0] == told[1]
    counts = [sum(row["anomalies"] for row in each.rows) for each in (kept, direct)]
    assert counts[0] == counts[1] - 1
    return None


def _assert_same_but(one: dict[str, Any], two: dict[str, Any], names: Sequence[str]) -> None:
    assert {name: one[name] for name in one if name not in names} == {
        name: two[name] for name in two if name not in names
    }
