"""When a connection ends: every time-out just before and just after its limit, and what else ends one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netanatomy.schema.flow_options import FlowOptions
from tests import wire
from tests.flows.following import (
    CLIENT,
    SECOND,
    SERVER,
    USUAL,
    Frames,
    assert_accounted,
    at,
    back,
    datagram,
    echo,
    follow,
    other,
    there,
)
from tests.wire import ACK, FIN, PSH, RST, SYN

HANDSHAKE = [at(0, there(SYN, 100)), at(0.1, back(SYN | ACK, 500, 101)), at(0.2, there(ACK, 101, 501))]
CLOSE = [
    at(0.3, there(FIN | ACK, 101, 501)),
    at(0.4, back(FIN | ACK, 501, 102)),
    at(0.5, there(ACK, 102, 502)),
]

CASES: dict[str, tuple[str, list[tuple[int, bytes]], bytes, str]] = {
    # field of the options; packets, of which the last begins the time; one more; the reason of the end
    "attempt": ("tcp_attempt_timeout", [at(0, there(SYN, 100))], there(SYN, 100), "attempt-timeout"),
    "established": ("tcp_inactivity_timeout", HANDSHAKE, there(PSH | ACK, 101, 501, b"x"), "inactive"),
    "established keep-alive": ("tcp_inactivity_timeout", HANDSHAKE, there(ACK, 100, 501), "inactive"),
    "met in the middle": (
        "tcp_inactivity_timeout",
        [at(0, there(ACK, 101, 501))],
        there(ACK, 101, 501),
        "inactive",
    ),
    "closed": ("tcp_close_delay", [*HANDSHAKE, *CLOSE], there(ACK, 102, 502), "closed"),
    "reset": ("tcp_close_delay", [*HANDSHAKE, at(0.3, back(RST, 501))], there(ACK, 101, 501), "reset"),
    "rejected": (
        "tcp_close_delay",
        [at(0, there(SYN, 100)), at(0.1, back(RST | ACK, 0, 101))],
        there(ACK, 101, 501),
        "reset",
    ),
    "UDP": ("udp_inactivity_timeout", [at(0, datagram())], datagram(), "inactive"),
    "UDP answered": (
        "udp_inactivity_timeout",
        [at(0, datagram()), at(1, datagram(b"!", SERVER, CLIENT, 53, 40000))],
        datagram(),
        "inactive",
    ),
    "ICMP": (
        "icmp_inactivity_timeout",
        [at(0, echo(8)), at(1, echo(0, SERVER, CLIENT))],
        echo(8),
        "inactive",
    ),
    "SCTP": ("other_inactivity_timeout", [at(0, other(89))], other(89), "inactive"),
}


def last_that_counts(name: str, frames: Frames) -> int:
    # The time of a close runs from the second FIN: what comes after it moves nothing.
    return frames[-2][0] if name == "closed" else frames[-1][0]


@pytest.mark.parametrize("factor", [1, 3, 0.5])
@pytest.mark.parametrize("name", CASES)
def test_every_time_out(name: str, factor: float) -> None:
    field, frames, more, reason = CASES[name]
    limit = round(getattr(FlowOptions(), field) * factor)
    limit = max(limit, SECOND)
    options = replace(USUAL, **{field: limit})
    begin = last_that_counts(name, frames)
    before = follow([*frames, (begin + limit - 1, more)], options)
    assert before.only["orig_pkts"] + before.only["resp_pkts"] == len(frames) + 1
    after = follow([*frames, (begin + limit, more)], options)
    assert len(after.rows) == 2
    first, second = after.by_time()
    assert first["end_reason"] == reason
    assert second["end_reason"] == "capture-end"
    assert second["ts"] == begin + limit
    assert first["orig_pkts"] + first["resp_pkts"] == len(frames)
    assert second["orig_pkts"] == 1
    assert_accounted(after)


@pytest.mark.parametrize("name", CASES)
def test_a_packet_of_others_ends_it_as_well(name: str) -> None:
    """The time runs with all packets: those of other connections move the clock."""
    field, frames, _, reason = CASES[name]
    limit = getattr(FlowOptions(), field)
    stranger = datagram(b"x", "10.9.9.9", "10.9.9.8", 5000, 5001)
    begin = last_that_counts(name, frames)
    for wait, usual in ((limit - 1, "capture-end"), (limit, reason)):
        found = follow([*frames, (begin + wait, stranger)])
        row = found.by_time()[0]
        # an end that was seen is the reason whenever the row is written
        ended = reason if name in ("closed", "reset", "rejected") else usual
        assert row["end_reason"] == ended, wait


def test_handshake_time_out_is_of_an_attempt_that_was_answered_by_halves() -> None:
    """A first packet with a wrong checksum is no attempt, and nothing is established: the shorter time."""
    broken = bytearray(there(SYN, 100))
    broken[-1] ^= 1  # the urgent pointer
    limit = FlowOptions().tcp_handshake_timeout
    wait = [(wire.START + limit - 1, there(SYN, 100)), (wire.START + limit, there(SYN, 100))]
    assert len(follow([at(0, bytes(broken)), wait[0]]).rows) == 1
    first, _ = follow([at(0, bytes(broken)), wait[1]]).by_time()
    assert (first["end_reason"], first["orig_pkts"]) == ("inactive", 0)
    changed = replace(USUAL, tcp_handshake_timeout=2 * limit)
    assert len(follow([at(0, bytes(broken)), wait[1]], changed).rows) == 1


def test_an_attempt_s_time_runs_from_its_first_packet() -> None:
    """Zeek's tcp_attempt_delay: more SYNs do not make it longer."""
    found = follow([at(0, there(SYN, 100)), at(3, there(SYN, 100)), at(5, there(SYN, 100))])
    assert [row["orig_pkts"] for row in found.by_time()] == [2, 1]


def test_new_packets_put_inactivity_off() -> None:
    found = follow([at(50 * number, datagram()) for number in range(10)])
    assert found.only["orig_pkts"] == 10


def test_a_delay_after_the_close_is_not_put_off() -> None:
    late = [at(1 + number, there(ACK, 102, 502)) for number in range(8)]
    found = follow([*HANDSHAKE, *CLOSE, *late])
    assert [row["orig_pkts"] + row["resp_pkts"] for row in found.by_time()] == [6 + 5, 3]


def test_another_connection_that_goes_on_does_not_keep_one() -> None:
    """Deadlines are looked at in the order of queues; the reason is the same whoever else talks."""
    one = datagram(b"1", "10.0.0.1", SERVER)
    two = datagram(b"2", "10.0.0.2", SERVER)
    frames = [at(0, one), at(50, two), at(10, one), at(65, two), at(100, two)]
    frames.sort(key=lambda frame: frame[0])
    rows = follow(frames).by_time()
    assert [row["end_reason"] for row in rows] == ["inactive", "capture-end"]


def test_the_same_ports_again() -> None:
    again = [at(0.6, there(SYN, 9000)), at(0.7, back(SYN | ACK, 8000, 9001)), at(0.8, there(ACK, 9001, 8001))]
    first, second = follow([*HANDSHAKE, *CLOSE, *again]).by_time()
    assert (first["end_reason"], first["conn_state"], first["history"]) == ("reused", "SF", "ShAFf")
    assert (second["conn_state"], second["history"], second["end_reason"]) == ("S1", "ShA", "capture-end")


def test_another_attempt_is_another_connection() -> None:
    first, second = follow([at(0, there(SYN, 100)), at(1, there(SYN, 200))]).by_time()
    assert (first["end_reason"], first["orig_pkts"]) == ("reused", 1)
    assert second["end_reason"] == "capture-end"


def test_a_syn_with_a_wrong_checksum_ends_nothing() -> None:
    broken = bytearray(there(SYN, 7777))
    broken[-1] ^= 1
    found = follow([*HANDSHAKE, *CLOSE, at(0.6, bytes(broken)), at(0.7, there(ACK, 102, 502))])
    assert (found.only["orig_pkts"], found.only["conn_state"]) == (5, "SF")
    assert found.counts.wrong_checksum == 1


def test_the_day_of_the_capture_is_of_no_account() -> None:
    frames = [*HANDSHAKE, at(400, there(ACK, 101, 501))]
    now = follow(frames).by_time()
    shift = -wire.START + 5
    early = follow([(time + shift, octets) for time, octets in frames]).by_time()
    told = [name for name in now[0] if name not in ("ts", "uid", "last_time")]
    assert [[row[name] for name in told] for row in early] == [[row[name] for name in told] for row in now]
