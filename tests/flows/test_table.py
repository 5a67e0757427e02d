"""The table of connections: keys, collisions, many ends at once, and slots used again."""

from __future__ import annotations

import random
import struct
from collections import Counter
from dataclasses import replace
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.flows import table
from netanatomy.flows.identity import hash_words
from netanatomy.flows.track import COMPILED
from tests import wire
from tests.flows.following import (
    GOES_ON,
    HONEST,
    SERVER,
    USUAL,
    Followed,
    assert_accounted,
    at,
    datagram,
    echo,
    follow,
    segment,
    stranger,
)
from tests.wire import ACK, FIN, PSH, RST, SYN

EXAMPLES = settings(max_examples=100 if COMPILED else 20)


def _tcp(flags: int, sequence: int, acknowledgment: int, source: str, payload: bytes = b"") -> bytes:
    return wire.ethernet(
        wire.ipv4(segment(flags, sequence, acknowledgment, payload, source=source), source, SERVER)
    )


def random_talk(choose: random.Random, count: int, hosts: int) -> list[tuple[int, bytes]]:
    """Packets of few hosts in any order: connections come, go on, end and come again."""
    frames = []
    for place in range(count):
        host = stranger(choose.randrange(hosts))
        kind = choose.randrange(6)
        time = place * choose.choice((0.001, 0.01, 0.5))
        if kind == 0:
            octets = datagram(b"?", host)
        elif kind == 1:
            octets = datagram(b"!", SERVER, host, 53, 40000)
        elif kind == 2:
            octets = echo(choose.choice((0, 8)), host)
        else:
            flags = choose.choice((SYN, ACK, PSH | ACK, FIN | ACK, RST))
            octets = _tcp(flags, choose.randrange(1000), choose.randrange(1000), host, b"z" * (flags & PSH))
        frames.append(at(time, octets))
    return frames


def sorted_rows(found: Followed) -> list[str]:
    return sorted(map(str, found.rows))


@given(st.integers(0, 2**32), st.sampled_from((4, 16, 300)))
@EXAMPLES
def test_the_key_of_the_hash_changes_nothing(seed: int, hosts: int) -> None:
    frames = random_talk(random.Random(seed), 120, hosts)
    one, two = follow(frames, key=(1, 2)), follow(frames, key=(2**63 + 5, 2**64 - 1))
    assert sorted_rows(one) == sorted_rows(two) == sorted_rows(follow(frames))
    assert_accounted(one)


@given(st.integers(0, 2**32), st.sampled_from((1, 2, 5, 20)))
@EXAMPLES
def test_a_small_table_accounts_for_every_packet(seed: int, cap: int) -> None:
    frames = random_talk(random.Random(seed), 150, 40)
    options = replace(USUAL, maximum_connections=cap)
    one, two = follow(frames, options, key=(1, 2)), follow(frames, options, key=(3, 4))
    assert_accounted(one)
    assert sorted_rows(one) == sorted_rows(two)


ONE, TWO = "2001:db8::1", "2001:db8::2"
KEY = (7, 9)


def asked_over_ipv6(port: int) -> bytes:
    octets = wire.udp(b"?", port, 53)
    pseudo = ip_address(ONE).packed + ip_address(TWO).packed + struct.pack(">II", len(octets), 17)
    octets = octets[:6] + wire.checksum(pseudo + octets).to_bytes(2, "big") + octets[8:]
    header = struct.pack(">IHBB", 6 << 28, len(octets), 17, 64)
    return wire.ethernet(header + pseudo[:32] + octets, 0x86DD)


def colliding(count: int, buckets: int) -> list[int]:
    """Source ports whose conversations over IPv6 fall into one bucket, for the key `KEY`."""
    ends = [np.frombuffer(ip_address(address).packed, np.int64) for address in (ONE, TWO)]
    words = np.zeros(6, np.uint64)
    found: dict[int, list[int]] = {}
    for port in range(1024, 14_000):
        ports = (port, 53)
        order = sorted((0, 1), key=lambda end: tuple(ends[end]))
        words[:4] = np.concatenate([ends[end] for end in order]).view(np.uint64)
        words[4] = (17 | 6 << 8) << 32 | ports[order[0]] << 16 | ports[order[1]]
        found.setdefault(hash_words(*KEY, words)[0] & (buckets - 1), []).append(port)
    return max(found.values(), key=len)[:count]


def test_conversations_of_one_bucket() -> None:
    """Ends from the middle, the front and the back of a chain; every connection is found all the same."""
    options = replace(USUAL, maximum_connections=64)
    ports = colliding(16, 1024)
    assert len(ports) == 16
    choose = random.Random(1)
    asked: Counter[int] = Counter()
    frames = []
    for place in range(400):
        port = choose.choice(ports)
        asked[port] += 1
        frames.append(at(place * 0.01, asked_over_ipv6(port)))
    found = follow(frames, options, key=KEY)
    assert {row["id.orig_p"]: row["orig_pkts"] for row in found.rows} == asked
    # with a table that is too small for them they go and come, and nothing is lost
    # where time ends them, they leave the chain from any place in it
    slow = [(wire.START + 700 * (time - wire.START), octets) for time, octets in frames]
    lapsed = follow(slow, options, key=KEY)
    assert len(lapsed.rows) > 2 * len(ports)
    assert sorted_rows(lapsed) == sorted_rows(follow(slow, options, key=(1, 2)))
    little = replace(options, maximum_connections=5)
    small = follow(frames, little, key=KEY)
    assert sorted_rows(small) == sorted_rows(follow(frames, little, key=(1, 2)))
    assert_accounted(small)
    assert sum(row["orig_pkts"] for row in small.rows) == 400


def test_the_hash_is_the_published_one() -> None:
    assert hash_words(0, 0, np.zeros(6, np.uint64))[0] == 0x8A0D55EBCF29C4B2


@pytest.mark.parametrize("count", [17_000, 40_000] if COMPILED else [17_000])
def test_many_end_at_once(count: int) -> None:
    """More connections than are held until they are taken end by one packet."""
    options = replace(USUAL, maximum_connections=count + 1)
    frames = [at(number * 1e-6, datagram(b"?", stranger(number))) for number in range(count)]
    found = follow([*frames, at(1000, echo(8))], options)
    assert len(found.rows) == count + 1
    assert_accounted(found)
    assert Counter(row["end_reason"] for row in found.rows) == {"inactive": count, "capture-end": 1}


def test_slots_are_used_again_and_nothing_stays_in_them() -> None:
    """Two thousand conversations one after the other in a table of four: each is as if it were alone."""
    rounds = 200 if COMPILED else 60
    frames = []
    for number in range(rounds):
        shift = 400 * number
        frames += [at(shift + (time - wire.START) / 1e9, octets) for time, octets in HONEST + GOES_ON[:1]]
        frames.append(at(shift + 6, datagram(b"?", stranger(number))))
    found = follow(frames, replace(USUAL, maximum_connections=4))
    names = (
        "history",
        "conn_state",
        "orig_bytes",
        "resp_bytes",
        "orig_gap_mean",
        "resp_size_max",
        "duration",
    )
    conversations = {tuple(str(row[name]) for name in names) for row in found.rows if row["proto"] == "tcp"}
    assert len(conversations) == 1
    lone = {tuple(str(row[name]) for name in names) for row in found.rows if row["proto"] == "udp"}
    assert len(lone) == 1
    assert len(found.rows) == 2 * rounds
    assert not found.counts.evicted


def test_every_connection_is_found_after_the_buckets_grew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Growing from few buckets to many, with free records among the others, loses and doubles nothing."""
    choose = random.Random(5)
    frames = []
    for number in range(700):
        # Some end by time while others come: their records are free when the rest is spread.
        frames.append(at(number * 0.5, datagram(b"?", stranger(choose.randrange(number + 1)))))
        frames.append(at(number * 0.5 + 0.1, datagram(b"?", stranger(number))))
    expected = follow(frames, USUAL, key=KEY)
    monkeypatch.setattr(table, "FIRST_BUCKETS", 16)
    grown = follow(frames, USUAL, key=KEY)
    assert sorted_rows(grown) == sorted_rows(expected)
    assert grown.counts == expected.counts
    assert len(grown.rows) > 700
