"""A table that is full: who is given up for room, and that no flood pushes a conversation out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from netanatomy.errors import UsageError
from netanatomy.flows.connections import ConnectionTracker
from tests import wire
from tests.flows.following import (
    CLIENT,
    GOES_ON,
    HONEST,
    SERVER,
    USUAL,
    assert_accounted,
    at,
    back,
    datagram,
    echo,
    follow,
    from_stranger,
    other,
    packed,
    stranger,
)
from tests.wire import ACK, FIN, PSH, RST, SYN

CAPS = (2, 4, 64)


def answered(number: int) -> list[bytes]:
    """A SYN, and the server's SYN-ACK, as in a flood that reaches its aim."""
    syn = from_stranger(number, SYN)
    sequence = int.from_bytes(syn[38:42], "big")
    answer = back(SYN | ACK, 9, sequence + 1, source=SERVER, destination=stranger(number))
    packet = answer[14:]
    header = packet[:16] + packed(stranger(number))[12:]
    header = header[:10] + b"\0\0" + header[12:]
    right = wire.checksum(header).to_bytes(2, "big")
    return [syn, answer[:14] + header[:10] + right + header[12:] + packet[20:]]


FLOODS: dict[str, Callable[[int], list[bytes]]] = {
    "SYN": lambda number: [from_stranger(number, SYN)],
    "SYN twice": lambda number: [from_stranger(number, SYN)] * 2,
    "SYN answered": answered,
    "ACK": lambda number: [from_stranger(number, ACK, 77)],
    "data": lambda number: [from_stranger(number, PSH | ACK, 77, b"x")],
    "RST": lambda number: [from_stranger(number, RST)],
    "FIN": lambda number: [from_stranger(number, FIN | ACK, 7)],
    "SYN-ACK": lambda number: [from_stranger(number, SYN | ACK, 7)],
    "UDP": lambda number: [datagram(b"?", stranger(number))],
    "ICMP": lambda number: [echo(8, stranger(number))],
    "OSPF": lambda number: [other(89, stranger(number))],
}


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("name", FLOODS)
def test_no_flood_pushes_a_conversation_out(name: str, cap: int) -> None:
    count = 10 * cap
    flood = [octets for number in range(count) for octets in FLOODS[name](number)]
    step = 4 / len(flood)
    frames = [at(0.1 + step * place, octets) for place, octets in enumerate(flood)]
    found = follow([*HONEST, *frames, *GOES_ON], replace(USUAL, maximum_connections=cap))
    assert_accounted(found)
    honest = [row for row in found.rows if packed(CLIENT) in (row["id.orig_h"], row["id.resp_h"])]
    assert [(row["conn_state"], row["orig_bytes"], row["resp_bytes"]) for row in honest] == [("SF", 150, 100)]
    assert honest[0]["orig_pkts"] + honest[0]["resp_pkts"] == len(HONEST) + len(GOES_ON)
    evicted = Counter(row["end_reason"] for row in found.rows)["evicted"]
    assert evicted == sum(found.counts.evicted.values()) >= count - cap
    assert "established" not in found.counts.evicted


def test_among_established_ones_the_closed_go_first() -> None:
    closed = [*HONEST, *[(time - 4 * 10**9, octets) for time, octets in GOES_ON]]
    talks = [
        frame
        for number in range(3)
        for frame in (
            at(1 + number, datagram(b"?", stranger(number))),
            at(1.1 + number, datagram(b"!", SERVER, stranger(number), 53, 40000)),
        )
    ]
    options = replace(USUAL, maximum_connections=3)
    found = follow([*closed, *talks], options)
    assert found.counts.evicted == {"closed": 1}
    assert [row["proto"] for row in found.rows if row["end_reason"] == "evicted"] == ["tcp"]


def test_where_all_are_established_the_oldest_goes() -> None:
    talks = [
        frame
        for number in range(6)
        for frame in (
            at(number, datagram(b"?", stranger(number))),
            at(number + 0.1, datagram(b"!", SERVER, stranger(number), 53, 40000)),
        )
    ]
    found = follow(talks, replace(USUAL, maximum_connections=4))
    gone = [row["id.orig_h"] for row in found.rows if row["end_reason"] == "evicted"]
    assert gone == [packed(stranger(0)), packed(stranger(1))]
    assert found.counts.evicted == {"udp": 2}


def test_evicted_ones_are_counted_by_their_queue() -> None:
    options = replace(USUAL, maximum_connections=2)
    queues = {
        "SYN": "attempts",
        "UDP": "udp_unanswered",
        "ICMP": "icmp",
        "OSPF": "other",
        "ACK": "half_open",
        "SYN-ACK": "half_open",
        "RST": "closed",
    }
    for name, queue in queues.items():
        frames = [at(0.01 * number, FLOODS[name](number)[0]) for number in range(7)]
        found = follow(frames, options)
        assert found.counts.evicted == {queue: 5}, name


def test_room_for_one() -> None:
    frames = [at(number / 100, datagram(b"?", stranger(number % 3))) for number in range(30)]
    found = follow(frames, replace(USUAL, maximum_connections=1))
    assert_accounted(found)
    assert len(found.rows) == 30
    assert [row["orig_pkts"] for row in found.rows] == [1] * 30


def test_no_room_is_no_table() -> None:
    with pytest.raises(UsageError, match="at least one"):
        ConnectionTracker(replace(USUAL, maximum_connections=0))
