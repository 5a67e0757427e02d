"""What tells connections apart: the keyed hash of the table, uids, Community IDs; and entropy.

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

from netanatomy.layers.internet.community_id import COUNTERPARTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, ShortsView, WordsView

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648 section 4


def _pairs(*texts: Iterable[bytes]) -> NDArray[np.uint16]:
    """Texts of two characters as numbers, as they lie in memory."""
    return np.frombuffer(b"".join(chain(*texts)), np.uint16)


def _each(octets: bytes) -> list[bytes]:
    return [octets[place : place + 1] for place in range(len(octets))]


PAIRS64 = _pairs(
    (first + second for first in _each(BASE64) for second in _each(BASE64)),
    (letter + b"=" for letter in _each(BASE64)),
    (b"1:",),
)
"""The two characters of base64 for every 12 bits, every character before the last =, and a version."""

BASE62 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # the order of Zeek's digits

PAIRS62 = _pairs(
    (first + second for first in _each(BASE62) for second in _each(BASE62)),
    (b"C" + digit for digit in _each(BASE62)),
)
"""The two digits of every number below 62 * 62, and C before every digit."""

ENTROPY_ONE = 1 << 32  # fixed point of the weights

if not cython.compiled:  # compiled, these are inline: see identity.pxd
    LANES = 16  # messages digested side by side, for the sake of vector instructions
    COMMUNITY_ID_OCTETS = 30  # "1:" and 20 octets as base64
    UID_OCTETS = 18  # "C" and 17 digits

    # Places in PAIRS64 and PAIRS62.
    LAST_CHARACTER = 4096  # 64 * 64
    VERSION = 4160
    TWO_DIGITS = 3844  # 62 * 62
    ENTROPY_OCTETS = 128  # so much of a payload counts, at most

    # What the table of counterparts says where it has no ICMP type.
    NO_COUNTERPART = -1  # nothing answers this ICMP type
    NO_PORTS = -2  # the ports do not count
    NOT_ICMP = -3

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


class CommunityIds:
    """Community IDs of many conversations, `LANES` at a time.

    Args:
        seed: 16 bits that go into every one.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.pairs = PAIRS64.data
        self.addresses = np.zeros((1, 8), np.uint32).data
        self.texts = np.zeros(COMMUNITY_ID_OCTETS // 2, np.uint16).data
        # By IP protocol and low octet of the first port, so that the kernel has one thing to ask.
        answers = np.full((256, 256), NO_PORTS, np.int16)
        for protocol in PROTOCOLS_WITH_PORTS:
            answers[protocol] = NOT_ICMP
        for protocol in (ICMP, ICMPV6):
            answers[protocol] = NO_COUNTERPART
            for kind, counterpart in COUNTERPARTS[protocol].items():
                answers[protocol, kind] = counterpart
        self.counterparts = answers.data
        if not cython.compiled:
            self.schedule = [0] * (80 * LANES)
            self.a, self.b, self.c, self.d, self.e = ([0] * LANES for _ in range(5))

    def write(
        self,
        addresses: WordsView,
        ports: WordsView,
        protocols: OctetsView,
        versions: OctetsView,
        texts: ShortsView,
    ) -> cython.int:
        """Write the Community ID of every row.

        Args:
            addresses: eight 32-bit numbers a row, the originator's address and the responder's.
            ports: originator's << 16 | responder's; of ICMP type and code or counterpart.
            protocols: IP protocol.
            versions: 4 or 6; of 4 only the last 32 bits of an address count.
            texts: room for 30 octets a row, two and two.
        """
        row: cython.Py_ssize_t
        first: cython.Py_ssize_t = 0
        lane: cython.int
        lanes: cython.int
        rows: cython.Py_ssize_t = len(protocols)
        # Held here, for handing a view on to another function costs more than what that one does.
        self.addresses = addresses
        self.texts = texts
        if len(texts) < rows * (COMMUNITY_ID_OCTETS // 2):
            raise IndexError("no room for the texts")
        with cython.nogil:
            while first < rows:
                lanes = LANES
                if rows - first < LANES:
                    lanes = rows - first
                for lane in range(lanes):
                    row = first + lane
                    self.message(
                        lane,
                        row,
                        ports[row] >> 16,
                        ports[row] & 0xFFFF,
                        protocols[row],
                        versions[row],
                    )
                self.expand()
                self.digest()
                for lane in range(lanes):
                    self.spell(lane, (first + lane) * (COMMUNITY_ID_OCTETS // 2))
                first += LANES
        return 0

    def message(
        self,
        lane: cython.int,
        row: cython.Py_ssize_t,
        port: cython.uint,
        other_port: cython.uint,
        protocol: cython.int,
        ip_version: cython.int,
    ) -> cython.int:
        """Lay out what is digested for one row, padded to one block of SHA-1 (FIPS 180-4 section 5.1.1)."""
        word: cython.uint
        held: cython.uint = self.seed
        padding: cython.uint = 0x80000000
        mask: cython.uint = 0xFFFFFFFF
        source: cython.Py_ssize_t = 0
        destination: cython.Py_ssize_t = 4
        skipped: cython.Py_ssize_t = 3 if ip_version == 4 else 0
        place: cython.Py_ssize_t
        at: cython.Py_ssize_t = 0
        swapped: cython.bint = False
        answer: cython.int = self.counterparts[protocol, port & 0xFF]
        if answer >= 0 and port < 256:
            other_port = answer
        if (answer >= 0 and port < 256) or answer in (NO_PORTS, NOT_ICMP):
            swapped = answer != NO_PORTS and port > other_port
            for place in range(skipped, 4):
                if self.addresses[row, place] != self.addresses[row, place + 4]:
                    swapped = self.addresses[row, place] > self.addresses[row, place + 4]
                    break
        if swapped:
            source = 4
            destination = 0
            word = port
            port = other_port
            other_port = word
        for place in range(skipped, 4):
            word = self.addresses[row, source + place]
            self.schedule[at * LANES + lane] = (held << 16 | word >> 16) & mask
            held = word & 0xFFFF
            at += 1
        for place in range(skipped, 4):
            word = self.addresses[row, destination + place]
            self.schedule[at * LANES + lane] = (held << 16 | word >> 16) & mask
            held = word & 0xFFFF
            at += 1
        self.schedule[at * LANES + lane] = (held << 16 | protocol << 8) & mask
        at += 1
        if answer != NO_PORTS:
            self.schedule[at * LANES + lane] = (port << 16 | other_port) & mask
            at += 1
        self.schedule[15 * LANES + lane] = at * 32
        self.schedule[at * LANES + lane] = padding
        for place in range(at + 1, 15):
            self.schedule[place * LANES + lane] = 0
        return 0

    def expand(self) -> None:
        """The message schedule of SHA-1 (FIPS 180-4 section 6.1.2)."""
        step: cython.Py_ssize_t
        lane: cython.Py_ssize_t
        word: cython.uint
        mask: cython.uint = 0xFFFFFFFF
        for step in range(16, 80):
            for lane in range(LANES):
                word = (
                    self.schedule[(step - 3) * LANES + lane]
                    ^ self.schedule[(step - 8) * LANES + lane]
                    ^ self.schedule[(step - 14) * LANES + lane]
                    ^ self.schedule[(step - 16) * LANES + lane]
                )
                self.schedule[step * LANES + lane] = (word << 1 | word >> 31) & mask

    def digest(self) -> None:
        """The 80 steps of SHA-1 in every lane; the digest is in `a` to `e`."""
        step: cython.Py_ssize_t
        lane: cython.Py_ssize_t
        a: cython.uint
        b: cython.uint
        c: cython.uint
        d: cython.uint
        mixed: cython.uint
        mask: cython.uint = 0xFFFFFFFF
        initial_a: cython.uint = 0x67452301
        initial_b: cython.uint = 0xEFCDAB89
        initial_c: cython.uint = 0x98BADCFE
        initial_d: cython.uint = 0x10325476
        initial_e: cython.uint = 0xC3D2E1F0
        constant: cython.uint = 0x5A827999
        for lane in range(LANES):
            self.a[lane] = initial_a
            self.b[lane] = initial_b
            self.c[lane] = initial_c
            self.d[lane] = initial_d
            self.e[lane] = initial_e
        for step in range(20):
            for lane in range(LANES):
                a, b, c, d = self.a[lane], self.b[lane], self.c[lane], self.d[lane]
                mixed = (d ^ (b & (c ^ d))) + self.e[lane] + constant + self.schedule[step * LANES + lane]
                self.e[lane] = d
                self.d[lane] = c
                self.c[lane] = (b << 30 | b >> 2) & mask
                self.b[lane] = a
                self.a[lane] = (mixed + (a << 5 | a >> 27)) & mask
        constant = 0x6ED9EBA1
        for step in range(20, 40):
            for lane in range(LANES):
                a, b, c, d = self.a[lane], self.b[lane], self.c[lane], self.d[lane]
                mixed = (b ^ c ^ d) + self.e[lane] + constant + self.schedule[step * LANES + lane]
                self.e[lane] = d
                self.d[lane] = c
                self.c[lane] = (b << 30 | b >> 2) & mask
                self.b[lane] = a
                self.a[lane] = (mixed + (a << 5 | a >> 27)) & mask
        constant = 0x8F1BBCDC
        for step in range(40, 60):
            for lane in range(LANES):
                a, b, c, d = self.a[lane], self.b[lane], self.c[lane], self.d[lane]
                mixed = (b & c | d & (b | c)) + self.e[lane] + constant + self.schedule[step * LANES + lane]
                self.e[lane] = d
                self.d[lane] = c
                self.c[lane] = (b << 30 | b >> 2) & mask
                self.b[lane] = a
                self.a[lane] = (mixed + (a << 5 | a >> 27)) & mask
        constant = 0xCA62C1D6
        for step in range(60, 80):
            for lane in range(LANES):
                a, b, c, d = self.a[lane], self.b[lane], self.c[lane], self.d[lane]
                mixed = (b ^ c ^ d) + self.e[lane] + constant + self.schedule[step * LANES + lane]
                self.e[lane] = d
                self.d[lane] = c
                self.c[lane] = (b << 30 | b >> 2) & mask
                self.b[lane] = a
                self.a[lane] = (mixed + (a << 5 | a >> 27)) & mask
        for lane in range(LANES):
            self.a[lane] = (self.a[lane] + initial_a) & mask
            self.b[lane] = (self.b[lane] + initial_b) & mask
            self.c[lane] = (self.c[lane] + initial_c) & mask
            self.d[lane] = (self.d[lane] + initial_d) & mask
            self.e[lane] = (self.e[lane] + initial_e) & mask

    # `write` saw that there is room.
    @cython.boundscheck(False)
    def spell(self, lane: cython.int, at: cython.Py_ssize_t) -> cython.int:
        """Write the digest of a lane as text: the version, and base64."""
        a: cython.uint = self.a[lane]
        b: cython.uint = self.b[lane]
        c: cython.uint = self.c[lane]
        d: cython.uint = self.d[lane]
        e: cython.uint = self.e[lane]
        self.texts[at] = self.pairs[VERSION]
        self.texts[at + 1] = self.pairs[a >> 20]
        self.texts[at + 2] = self.pairs[a >> 8 & 0xFFF]
        self.texts[at + 3] = self.pairs[(a << 4 | b >> 28) & 0xFFF]
        self.texts[at + 4] = self.pairs[b >> 16 & 0xFFF]
        self.texts[at + 5] = self.pairs[b >> 4 & 0xFFF]
        self.texts[at + 6] = self.pairs[(b << 8 | c >> 24) & 0xFFF]
        self.texts[at + 7] = self.pairs[c >> 12 & 0xFFF]
        self.texts[at + 8] = self.pairs[c & 0xFFF]
        self.texts[at + 9] = self.pairs[d >> 20]
        self.texts[at + 10] = self.pairs[d >> 8 & 0xFFF]
        self.texts[at + 11] = self.pairs[(d << 4 | e >> 28) & 0xFFF]
        self.texts[at + 12] = self.pairs[e >> 16 & 0xFFF]
        self.texts[at + 13] = self.pairs[e >> 4 & 0xFFF]
        self.texts[at + 14] = self.pairs[LAST_CHARACTER + (e & 0xF) * 4]  # =, for two octets are left
        return 0


def write_uids(high: LongsView, low: LongsView, pairs: ShortsView, texts: ShortsView) -> cython.int:
    """Write 18 octets a row, two and two: C, seven digits of the first word, ten of the second."""
    row: cython.Py_ssize_t
    place: cython.Py_ssize_t
    at: cython.Py_ssize_t
    first: cython.ulonglong
    second: cython.ulonglong
    with cython.nogil:
        for row in range(len(high)):
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
        octet: cython.uchar
        total: cython.longlong = 0
        number: cython.longlong
        if length > ENTROPY_OCTETS:
            length = ENTROPY_OCTETS
        if length <= 0:
            return 0
        if at < 0 or at + length > len(octets):
            return self.outside()
        # The sum of c * log2(c) over the counts c of all values, as it grows with each octet.
        for place in range(at, at + length):
            octet = octets[place]
            total += self.steps[self.counts[octet]]
            self.counts[octet] += 1
        for place in range(256):
            self.counts[place] = 0
        # H = log2(n) - sum(c * log2(c)) / n, to the nearest thousandth
        number = length
        return ((self.sums[length] - total) * 1000 + (number << 31)) // (number << 32)

    def outside(self) -> cython.int:
        """Refuse to read outside the buffer; only our own mistake leads here."""
        with cython.gil:
            raise IndexError("a payload outside its buffer")


def entropy(octets: bytes) -> int:
    """The entropy of the first 128 octets, in thousandths of a bit an octet."""
    return Entropy().of(memoryview(octets), 0, len(octets))


def community_id_texts(
    addresses: NDArray[np.int64],
    ports: NDArray[np.int64],
    protocols: NDArray[np.uint8],
    versions: NDArray[np.uint8],
    seed: int = 0,
) -> pa.StringArray:
    """The Community ID of every row.

    Args:
        addresses: shape (rows, 4): the words of both addresses as they lie in a connection's record.
        ports: originator's << 16 | responder's; of ICMP type and code or counterpart.
        protocols: IP protocol.
        versions: 4 or 6.
        seed: 16 bits.
    """
    rows = len(protocols)
    texts = np.empty(rows * COMMUNITY_ID_OCTETS // 2, np.uint16)
    numbers = np.ascontiguousarray(addresses).view(">u4").astype(np.uint32)
    CommunityIds(seed).write(
        numbers.reshape(rows, 8).data,
        ports.astype(np.uint32).data,
        np.ascontiguousarray(protocols).data,
        np.ascontiguousarray(versions).data,
        texts.data,
    )
    return _fixed_texts(texts, rows, COMMUNITY_ID_OCTETS)


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
    return _fixed_texts(texts, rows, UID_OCTETS)


def _fixed_texts(octets: NDArray[np.uint16], rows: int, width: int) -> pa.StringArray:
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(octets))
