"""What tells connections apart: the keyed hash of the table and uids; and the entropy of what they say.

`keyed_hash` is SipHash-1-3 of five words: with a random key nobody can make packets that share a
bucket. `wide_hash` is SipHash-2-4 with 128 bits (https://www.aumasson.jp/siphash/siphash.pdf);
with a key that everybody knows it gives uids that are the same whenever a capture is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

import cython
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, ShortsView


def pairs_of(*texts: Iterable[bytes]) -> NDArray[np.uint16]:
    """Texts of two characters as numbers, as they lie in memory."""
    return np.frombuffer(b"".join(chain(*texts)), np.uint16)


def each_of(octets: bytes) -> list[bytes]:
    """Texts of one character each."""
    return [octets[place : place + 1] for place in range(len(octets))]


BASE62 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # the order of Zeek's digits

PAIRS62 = pairs_of(
    (first + second for first in each_of(BASE62) for second in each_of(BASE62)),
    (b"C" + digit for digit in each_of(BASE62)),
)
"""The two digits of every number below 62 * 62, and C before every digit."""

ENTROPY_ONE = 1 << 32  # fixed point of the weights

if not cython.compiled:  # compiled, these are inline: see identity.pxd
    UID_OCTETS = 18  # "C" and 17 digits
    TWO_DIGITS = 3844  # 62 * 62: as many pairs, and behind them those that begin a uid
    ENTROPY_OCTETS = 128  # so much of a payload counts, at most

    MASK = 0xFFFFFFFFFFFFFFFF
    UID_KEY = (0x6D6F74616E61744E, 0x31206469752079)  # any fixed key does

    def as_signed(number: int) -> int:
        """An unsigned 64-bit number as the signed one of the same bits."""
        return number - (1 << 64) if number >= 1 << 63 else number

    def sip_round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
        """SipRound, of which every variant is made."""
        v0 = (v0 + v1) & MASK
        v2 = (v2 + v3) & MASK
        v1 = (v1 << 13 & MASK | v1 >> 51) ^ v0
        v3 = (v3 << 16 & MASK | v3 >> 48) ^ v2
        v0 = v0 << 32 & MASK | v0 >> 32
        v2 = (v2 + v1) & MASK
        v0 = (v0 + v3) & MASK
        v1 = (v1 << 17 & MASK | v1 >> 47) ^ v2
        v3 = (v3 << 21 & MASK | v3 >> 43) ^ v0
        v2 = v2 << 32 & MASK | v2 >> 32
        return v0, v1, v2, v3

    def siphash(k0: int, k1: int, octets: bytes, rounds: int, last_rounds: int, outputs: int) -> list[int]:
        """SipHash with any numbers of rounds: one word, or two where 128 bits are wanted."""
        wide = outputs == 2
        v0 = k0 & MASK ^ 0x736F6D6570736575
        v1 = k1 & MASK ^ 0x646F72616E646F6D ^ (0xEE if wide else 0)
        v2 = k0 & MASK ^ 0x6C7967656E657261
        v3 = k1 & MASK ^ 0x7465646279746573
        length = len(octets)
        octets += bytes(7 - length % 8) + bytes((length & 0xFF,))
        for at in range(0, len(octets), 8):
            message = int.from_bytes(octets[at : at + 8], "little")
            v3 ^= message
            for _ in range(rounds):
                v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
            v0 ^= message
        v2 ^= 0xEE if wide else 0xFF
        words = []
        for _ in range(outputs):
            for _ in range(last_rounds):
                v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
            words.append(v0 ^ v1 ^ v2 ^ v3)
            v1 ^= 0xDD
        return words

    def _octets(*words: int) -> bytes:
        return b"".join((word & MASK).to_bytes(8, "little") for word in words)

    def keyed_hash(k0: int, k1: int, a: int, b: int, c: int, d: int, e: int) -> int:
        """SipHash-1-3 of five words with the key of two words; 64 bits, unsigned."""
        return siphash(k0, k1, _octets(a, b, c, d, e), 1, 3, 1)[0]

    def short_hash(k0: int, k1: int, a: int, b: int) -> int:
        """SipHash-1-3 of two words, keyed with two others."""
        return siphash(k0, k1, _octets(a, b), 1, 3, 1)[0]

    def wide_hash(k0: int, k1: int, a: int, b: int, c: int, d: int, e: int, f: int) -> tuple[int, int]:
        """SipHash-2-4 with 128 bits of six words: the first word of the result and the second."""
        high, low = siphash(k0, k1, _octets(a, b, c, d, e, f), 2, 4, 2)
        return high, low

    def uid_hash(a: int, b: int, c: int, d: int, e: int, f: int) -> tuple[int, int]:
        """`wide_hash` with the key that everybody knows: the two words of a uid, unsigned."""
        return wide_hash(*UID_KEY, a, b, c, d, e, f)


def hash_words(k0: cython.ulonglong, k1: cython.ulonglong, words: NDArray[np.uint64]) -> list[int]:
    """`keyed_hash` of the first five words, then both words of `wide_hash` of all six.

    >>> f"{hash_words(0, 0, np.zeros(6, np.uint64))[0]:016x}"
    '8a0d55ebcf29c4b2'
    """
    a: cython.ulonglong = int(words[0])
    b: cython.ulonglong = int(words[1])
    c: cython.ulonglong = int(words[2])
    d: cython.ulonglong = int(words[3])
    e: cython.ulonglong = int(words[4])
    f: cython.ulonglong = int(words[5])
    high, low = wide_hash(k0, k1, a, b, c, d, e, f)
    return [keyed_hash(k0, k1, a, b, c, d, e), high, low]


# What is read and written is looked at once, before it; a remainder is less than what it is of.
@cython.boundscheck(False)
def write_uids(high: LongsView, low: LongsView, pairs: ShortsView, texts: ShortsView) -> cython.int:
    """Write 18 octets a row, two and two: C, seven digits of the first word, ten of the second."""
    row: cython.Py_ssize_t
    place: cython.Py_ssize_t
    at: cython.Py_ssize_t
    first: cython.ulonglong
    second: cython.ulonglong
    rows: cython.Py_ssize_t = len(high)
    if len(low) < rows or len(texts) < rows * (UID_OCTETS // 2) or len(pairs) < TWO_DIGITS + 62:
        raise IndexError("no room for the texts, or words of fewer rows")
    with cython.nogil:
        for row in range(rows):
            first = high[row]
            second = low[row]
            at = row * (UID_OCTETS // 2)
            for place in range(3):
                texts[at + 3 - place] = pairs[first % TWO_DIGITS]
                first = first // TWO_DIGITS
            texts[at] = pairs[TWO_DIGITS + first % 62]
            for place in range(5):
                texts[at + 8 - place] = pairs[second % TWO_DIGITS]
                second = second // TWO_DIGITS
    return 0


class Entropy:
    """Shannon's entropy of the octets of a payload, with a memory of its own for counting them.

    >>> from netanatomy.flows.identity import entropy
    >>> entropy(bytes(range(256))), entropy(b"aaaa"), entropy(b"abab")
    (7000, 0, 1000)
    """

    def __init__(self) -> None:
        count: cython.Py_ssize_t
        if not cython.compiled:
            self.counts = [0] * 256
            self.steps = [0] * ENTROPY_OCTETS
            self.sums = [0] * (ENTROPY_OCTETS + 1)
        for count in range(2, ENTROPY_OCTETS + 1):
            self.sums[count] = round(count * math.log2(count) * ENTROPY_ONE)
        for count in range(ENTROPY_OCTETS):
            self.steps[count] = self.sums[count + 1] - self.sums[count]

    # What is read is looked at once, before it.
    @cython.boundscheck(False)
    def of(self, octets: OctetsView, at: cython.Py_ssize_t, length: cython.Py_ssize_t) -> cython.int:
        """The entropy of up to 128 octets from `at`, in thousandths of a bit an octet."""
        place: cython.Py_ssize_t
        end: cython.Py_ssize_t
        total: cython.longlong = 0
        whole: cython.uint
        number: cython.uint
        if length > ENTROPY_OCTETS:
            length = ENTROPY_OCTETS
        if length <= 0:
            return 0
        if at < 0 or at + length > len(octets):
            return self.outside()
        # The sum of c * log2(c) over the counts c of all values, as it grows with each octet.
        end = at + (length & -8)
        for place in range(at, end, 8):
            total += self.add(octets[place])
            total += self.add(octets[place + 1])
            total += self.add(octets[place + 2])
            total += self.add(octets[place + 3])
            total += self.add(octets[place + 4])
            total += self.add(octets[place + 5])
            total += self.add(octets[place + 6])
            total += self.add(octets[place + 7])
        for place in range(end, at + length):
            total += self.add(octets[place])
        self.clear()
        # H = log2(n) - sum(c * log2(c)) / n, to the nearest thousandth. It is never negative, and what is
        # left of the fixed point are 32 bits, which the processor divides sooner than 64.
        total = (self.sums[length] - total) * 1000 + (length << 31)
        whole = total >> 32
        number = length
        return whole // number

    if not cython.compiled:  # compiled, these are inline: see identity.pxd

        def add(self, octet: int) -> int:
            """Count an octet: by how much the sum of c * log2(c) grows."""
            count: int = self.counts[octet]
            self.counts[octet] = count + 1
            step: int = self.steps[count]
            return step

        def clear(self) -> int:
            """Forget what was counted."""
            for octet in range(256):
                self.counts[octet] = 0
            return 0

    def outside(self) -> cython.int:
        """Refuse to read outside the buffer; only our own mistake leads here."""
        with cython.gil:
            raise IndexError("a payload outside its buffer")


def entropy(octets: bytes) -> int:
    """The entropy of the first 128 octets, in thousandths of a bit an octet."""
    return Entropy().of(memoryview(octets), 0, len(octets))


def uid_texts(high: NDArray[np.int64], low: NDArray[np.int64]) -> pa.StringArray:
    """Every uid as text: C, then seven base-62 digits of `high` and ten of `low`, most significant first.

    >>> uid_texts(np.array([62]), np.array([-1])).to_pylist()
    ['C0000010YGhA16ahyf']
    """
    rows = len(high)
    texts = np.empty(rows * UID_OCTETS // 2, np.uint16)
    write_uids(
        np.ascontiguousarray(high).view(np.uint64).data,
        np.ascontiguousarray(low).view(np.uint64).data,
        PAIRS62.data,
        texts.data,
    )
    return fixed_texts(texts, rows, UID_OCTETS)


def fixed_texts(octets: NDArray[np.uint16], rows: int, width: int) -> pa.StringArray:
    """A column of texts that all have so many octets."""
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(octets))
