"""Hashes, uids, Community IDs and entropy, against published vectors and the standard library."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from collections import Counter
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.flows.identity import Entropy, community_id_texts, entropy, hash_words, uid_texts
from netanatomy.layers.internet.community_id import PROTOCOLS_WITH_PORTS, community_id

MASK = 0xFFFFFFFFFFFFFFFF
REFERENCE_KEY = bytes(range(16))

# SipHash-2-4 of the octets 0, 1, 2 … with the key of octets 0 to 15, by their number: from the table
# that the authors publish with their implementation.
SIP64 = {
    0: "310e0edd47db6f72",
    7: "37d1018bf50002ab",
    8: "6224939a79f5f593",
    15: "e545be4961ca29a1",
    63: "724506eb4c328a95",
}
SIP128 = {
    0: "a3817f04ba25a8e66df67214c7550293",
    7: "a1f1ebbed8dbc153c0b84aa61ff08239",
    48: "f7e5aef549f782cf379055a608269b16",
    63: "5150d1772f50834a503e069a973fbd7c",
}

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

words64 = st.integers(0, MASK)


def plain_siphash(key: bytes, octets: bytes, rounds: int, last_rounds: int, outputs: int) -> bytes:
    """SipHash as the paper has it, octet by octet."""

    def rotated(number: int, bits: int) -> int:
        return ((number << bits) | (number >> (64 - bits))) & MASK

    def mix(times: int) -> None:
        for _ in range(times):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotated(v[1], 13) ^ v[0]
            v[0] = rotated(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotated(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotated(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotated(v[1], 17) ^ v[2]
            v[2] = rotated(v[2], 32)

    k = struct.unpack("<QQ", key)
    start = struct.unpack(">QQQQ", b"somepseudorandomlygeneratedbytes")
    v = [k[index % 2] ^ start[index] for index in range(4)]
    if outputs == 2:
        v[1] ^= 0xEE
    whole = octets + bytes(7 - len(octets) % 8) + bytes([len(octets) % 256])
    for (message,) in struct.iter_unpack("<Q", whole):
        v[3] ^= message
        mix(rounds)
        v[0] ^= message
    v[2] ^= 0xEE if outputs == 2 else 0xFF
    result = b""
    for _ in range(outputs):
        mix(last_rounds)
        result += struct.pack("<Q", v[0] ^ v[1] ^ v[2] ^ v[3])
        v[1] ^= 0xDD
    return result


@pytest.mark.parametrize(("length", "expected"), SIP64.items())
def test_the_oracle_gives_the_published_64_bits(length: int, expected: str) -> None:
    assert plain_siphash(REFERENCE_KEY, bytes(range(length)), 2, 4, 1).hex() == expected


@pytest.mark.parametrize(("length", "expected"), SIP128.items())
def test_the_oracle_gives_the_published_128_bits(length: int, expected: str) -> None:
    assert plain_siphash(REFERENCE_KEY, bytes(range(length)), 2, 4, 2).hex() == expected


def test_wide_hash_gives_the_published_128_bits() -> None:
    words = np.frombuffer(bytes(range(48)), "<u8")
    _, high, low = hash_words(*struct.unpack("<QQ", REFERENCE_KEY), words)
    assert struct.pack("<QQ", high, low).hex() == SIP128[48]


@given(st.tuples(words64, words64), st.lists(words64, min_size=6, max_size=6))
def test_hashes_are_siphash(key: tuple[int, int], words: list[int]) -> None:
    octets = struct.pack("<6Q", *words)
    packed_key = struct.pack("<QQ", *key)
    keyed, high, low = hash_words(*key, np.array(words, np.uint64))
    assert struct.pack("<Q", keyed) == plain_siphash(packed_key, octets[:40], 1, 3, 1)
    assert struct.pack("<QQ", high, low) == plain_siphash(packed_key, octets, 2, 4, 2)


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this Python hashes bytes otherwise")
@pytest.mark.parametrize("seed", [0, 1, 4711])
def test_keyed_hash_is_what_python_does_with_octets(seed: int) -> None:
    # Python makes the key of a seed by a linear congruential generator, and of 0 all zeros.
    key = bytearray()
    state = seed
    for _ in range(16):
        state = (state * 214013 + 2531011) & 0xFFFFFFFF
        key.append(state >> 16 & 0xFF if seed else 0)
    octets = bytes(range(3, 43))
    program = f"print(hash(bytes.fromhex('{octets.hex()}')) & {MASK})"
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    words = np.frombuffer(octets + bytes(8), "<u8")
    assert hash_words(*struct.unpack("<QQ", bytes(key)), words)[0] == int(said.stdout)


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)), max_size=5))
@example([(-1, -1), (0, 0), (61, 62)])
def test_uids_are_digits_of_both_words(uids: list[tuple[int, int]]) -> None:
    def digits(number: int, count: int) -> str:
        text = ""
        for _ in range(count):
            number, digit = divmod(number, 62)
            text = ALPHABET[digit] + text
        return text

    texts = uid_texts(
        np.array([uid[0] for uid in uids], np.int64), np.array([uid[1] for uid in uids], np.int64)
    )
    texts.validate(full=True)
    assert texts.to_pylist() == ["C" + digits(high & MASK, 7) + digits(low & MASK, 10) for high, low in uids]


# Community IDs

Conversation = tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address, int, int, int]


def kernel_ids(conversations: list[Conversation], seed: int = 0) -> list[str]:
    """What the kernel says of these conversations, laid out as in the connection table."""
    addresses = b"".join(
        address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
        for conversation in conversations
        for address in conversation[:2]
    )
    texts = community_id_texts(
        np.frombuffer(addresses, np.int64).reshape(-1, 4),
        np.array([source << 16 | destination for *_, source, destination in conversations], np.int64),
        np.array([protocol for _, _, protocol, _, _ in conversations], np.uint8),
        np.array([conversation[0].version for conversation in conversations], np.uint8),
        seed,
    )
    texts.validate(full=True)
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


# Entropy


@given(st.binary(max_size=300))
@example(bytes(256))
@example(bytes(range(256)) + b"not counted any more")
def test_entropy_is_shannons(octets: bytes) -> None:
    counted = octets[:128]
    bits = -sum(count / len(counted) * math.log2(count / len(counted)) for count in Counter(counted).values())
    assert abs(entropy(octets) - 1000 * bits) <= 0.501


@given(st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 5)), min_size=1, max_size=5))
def test_entropy_remembers_nothing(payloads: list[tuple[bytes, int]]) -> None:
    kernel = Entropy()
    for octets, at in payloads:
        padded = bytes(at) + octets
        assert kernel.of(memoryview(padded), at, len(octets)) == entropy(octets)
