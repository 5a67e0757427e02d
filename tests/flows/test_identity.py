"""Hashes, uids and entropy, against published vectors and the standard library."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netanatomy.flows.identity import Entropy, entropy, hash_words, uid_texts

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


# Entropy


@given(st.binary(max_size=300))
@example(bytes(256))
@example(bytes(range(256)) + b"not counted any more")
def test_entropy_is_shannons(octets: bytes) -> None:
    counted = octets[:128]
    bits = -sum(count / len(counted) * math.log2(count / len(counted)) for count in Counter(counted).values())
    assert abs(entropy(octets) - 1000 * bits) <= 0.501


@given(st.binary(min_size=1, max_size=140) | st.text("ab", min_size=1, max_size=140).map(str.encode))
@example(b"a" * 127 + b"b")
@example(bytes(range(128)))
def test_entropy_is_worked_out_in_whole_numbers(octets: bytes) -> None:
    def weight(count: int) -> int:
        return round(count * math.log2(count) * 2**32)

    length = len(octets[:128])
    total = weight(length) - sum(map(weight, Counter(octets[:128]).values()))
    assert entropy(octets) == (total * 1000 + (length << 31)) // (length << 32)


@given(st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 5)), min_size=1, max_size=5))
def test_entropy_remembers_nothing(payloads: list[tuple[bytes, int]]) -> None:
    kernel = Entropy()
    for octets, at in payloads:
        padded = bytes(at) + octets
        assert kernel.of(memoryview(padded), at, len(octets)) == entropy(octets)
