"""Community IDs of the kernel, against the definition and those of others."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.flows import record as words
from netanatomy.flows.community_ids import CommunityIds, community_id_texts
from netanatomy.layers.internet.community_id import PROTOCOLS_WITH_PORTS, community_id

Conversation = tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address, int, int, int]


def kernel_ids(conversations: list[Conversation], seed: int = 0) -> list[str]:
    """What the kernel says of these conversations, with vectors and without."""
    addresses = b"".join(
        address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
        for conversation in conversations
        for address in conversation[:2]
    )
    records = np.zeros((len(conversations), words.RECORD_WORDS), np.int64)
    records[:, words.ORIG_HIGH : words.RESP_LOW + 1] = np.frombuffer(addresses, np.int64).reshape(-1, 4)
    for record, (source, _, protocol, port, other_port) in zip(records, conversations, strict=True):
        record[words.PORTS] = port << 16 | other_port
        record[words.PROTOCOL] = protocol | source.version << 8 | 1 << 16
    texts = community_id_texts(records, seed)
    texts.validate(full=True)
    assert texts.equals(community_id_texts(records, seed, at_once=False))
    return [str(text) for text in texts.to_pylist()]


ports = st.one_of(st.integers(0, 0xFFFF), st.integers(0, 20), st.integers(125, 150))
protocols = st.one_of(st.sampled_from(sorted(PROTOCOLS_WITH_PORTS)), st.integers(0, 255))
v4 = st.one_of(st.ip_addresses(v=4), st.sampled_from([IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")]))
v6 = st.one_of(st.ip_addresses(v=6), st.sampled_from([IPv6Address("::1"), IPv6Address("::ffff:10.0.0.1")]))
conversations = st.one_of(
    st.tuples(v4, v4, protocols, ports, ports),
    st.tuples(v6, v6, protocols, ports, ports),
)


@given(st.lists(conversations, max_size=40), st.integers(0, 0xFFFF))
def test_the_kernel_gives_the_community_ids_of_the_definition(rows: list[Conversation], seed: int) -> None:
    assert kernel_ids(rows, seed) == [community_id(*row, seed=seed) for row in rows]


def test_community_ids_of_others(corpora: Path) -> None:
    table = corpora / "expected" / "community_id.jsonl"
    if not table.is_file():
        pytest.skip("community_id.jsonl is not among the captures")
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    assert rows
    given_rows: list[Conversation] = []
    for row in rows:
        endpoints = (ip_address(row["saddr"]), ip_address(row["daddr"]))
        assert community_id(*endpoints, row["proto"], row["sport"], row["dport"]) == row["id"]
        if "id_seed1" in row:
            seeded = community_id(*endpoints, row["proto"], row["sport"], row["dport"], seed=1)
            assert seeded == row["id_seed1"]
        given_rows.append((*endpoints, row["proto"], row["sport"] or 0, row["dport"] or 0))
    assert kernel_ids(given_rows) == [row["id"] for row in rows]
    seeded_rows = [number for number, row in enumerate(rows) if "id_seed1" in row]
    assert seeded_rows
    assert kernel_ids([given_rows[number] for number in seeded_rows], 1) == [
        rows[number]["id_seed1"] for number in seeded_rows
    ]


def test_a_reply_has_the_id_of_its_request() -> None:
    here, there = IPv4Address("192.0.2.1"), IPv4Address("198.51.100.7")
    assert community_id(here, there, 1, 8, 0) == community_id(there, here, 1, 0, 0)
    # Nothing answers a "destination unreachable": it is another conversation the other way round.
    assert community_id(here, there, 1, 3, 3) != community_id(there, here, 1, 3, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        (IPv4Address(1), IPv6Address(1), 6, 1, 2),
        (IPv4Address(1), IPv4Address(2), 256, 1, 2),
        (IPv4Address(1), IPv4Address(2), 6, 1, 65536),
        (IPv4Address(1), IPv4Address(2), 6, 1, 2, 65536),
    ],
)
def test_what_has_no_community_id(arguments: tuple[IPv4Address, IPv4Address, int, int, int]) -> None:
    with pytest.raises(UsageError):
        community_id(*arguments)


def test_a_kernel_used_again_remembers_nothing() -> None:
    here, there = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
    rows: list[Conversation] = []
    for number in range(50):
        four = (IPv4Address(number), IPv4Address(7), 6, number, 80)
        rows.append((here, there, (6, 50, 58)[number % 3], number, 80) if number % 5 else four)
    assert kernel_ids(rows) == [community_id(*row) for row in rows]


def test_no_room_is_refused() -> None:
    records = np.zeros((2, words.RECORD_WORDS), np.int64)
    with pytest.raises(IndexError):
        CommunityIds().write(records.data, np.zeros(29, np.uint16).data)
    with pytest.raises(IndexError):
        CommunityIds().write(records[:, :5].copy().data, np.zeros(30, np.uint16).data)
