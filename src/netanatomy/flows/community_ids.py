"""Community IDs of ended connections, many at a time: SHA-1 of what tells a conversation apart, as text.

What a Community ID is says `layers.internet.community_id`. Of every message one block is digested. Where
the processor has vectors of eight words, they are digested in C, eight messages at once (see
community_ids.pxd); elsewhere by the same steps below, which are what counts.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

import cython
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.identity import each_of, fixed_texts, pairs_of
from netanatomy.layers.internet.community_id import COUNTERPARTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, ShortsView

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # RFC 4648 section 4

PAIRS64 = pairs_of(
    (first + second for first in each_of(BASE64) for second in each_of(BASE64)),
    (letter + b"=" for letter in each_of(BASE64)),
    (b"1:",),
)
"""The two characters of base64 for every 12 bits, every character before the last =, and a version."""

if not cython.compiled:
    from netanatomy.flows.lines import words_of
    from netanatomy.flows.record import *

    LANES = 16  # messages digested side by side, for the sake of vector instructions
    COMMUNITY_ID_OCTETS = 30  # "1:" and 20 octets as base64

    # Places in PAIRS64, and how many there are.
    LAST_CHARACTER = 4096  # 64 * 64
    VERSION = 4160
    PAIRS = 4161

    # What the table of counterparts says where it has no ICMP type.
    NO_COUNTERPART = -1  # nothing answers this ICMP type
    NO_PORTS = -2  # the ports do not count
    NOT_ICMP = -3

    def network_order(word: int) -> int:
        """The number that the octets of a word are, the first one highest."""
        return int.from_bytes(word.to_bytes(8, sys.byteorder, signed=True), "big")


@cache
def counterparts() -> NDArray[np.int16]:
    """By IP protocol and low octet of the first port, so that the kernel has one thing to ask."""
    answers = np.full((256, 256), NO_PORTS, np.int16)
    for protocol in PROTOCOLS_WITH_PORTS:
        answers[protocol] = NOT_ICMP
    for protocol in (ICMP, ICMPV6):
        answers[protocol] = NO_COUNTERPART
        for kind, counterpart in COUNTERPARTS[protocol].items():
            answers[protocol, kind] = counterpart
    answers.flags.writeable = False
    return answers


class CommunityIds:
    """Community IDs of many conversations, `LANES` at a time.

    Args:
        seed: 16 bits that go into every one.

    Attributes:
        at_once: whether vectors are used where there are any.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.at_once = True
        self.pairs = PAIRS64.data
        self.counterparts = counterparts().data
        self.records = np.zeros((1, RECORD_WORDS), np.int64).data
        self.texts = np.zeros(COMMUNITY_ID_OCTETS // 2, np.uint16).data
        if not cython.compiled:
            self.schedule = [0] * (80 * LANES)
            self.laid = [0] * LANES  # words of the message that was laid out in each lane
            self.a, self.b, self.c, self.d, self.e = ([0] * LANES for _ in range(5))

    def write(self, records: LongsView, texts: ShortsView) -> cython.int:
        """Write the Community ID of every connection.

        Args:
            records: lines as record.py has them: addresses, ports and protocol are read.
            texts: room for 30 octets a row, two and two.
        """
        first: cython.Py_ssize_t = 0
        lane: cython.int
        lanes: cython.int
        rows: cython.Py_ssize_t = len(records)
        # Held here, for handing a view on to another function costs more than what that one does.
        self.records = records
        self.texts = texts
        if (
            words_of(records) != RECORD_WORDS
            or len(texts) < rows * (COMMUNITY_ID_OCTETS // 2)
            or len(self.pairs) != PAIRS
        ):
            raise IndexError("no room for the texts, or other records")
        with cython.nogil:
            while first < rows:
                lanes = LANES
                if rows - first < LANES:
                    lanes = rows - first
                for lane in range(lanes):
                    self.message(lane, first + lane)
                if not (self.at_once and self.digested_at_once()):
                    self.expand()
                    self.digest()
                for lane in range(lanes):
                    self.spell(lane, (first + lane) * (COMMUNITY_ID_OCTETS // 2))
                first += LANES
        return 0

    # `write` saw that there is such a row; counterparts stand for any two octets; 16 words a message.
    @cython.boundscheck(False)
    def message(self, lane: cython.int, row: cython.Py_ssize_t) -> cython.int:
        """Lay out what is digested for one row, padded to one block of SHA-1 (FIPS 180-4 section 5.1.1)."""
        mask: cython.uint = 0xFFFFFFFF
        padding: cython.uint = 0x80000000
        low: cython.ulonglong = 0xFFFFFFFF
        place: cython.Py_ssize_t
        at: cython.Py_ssize_t
        protocol: cython.uint = self.records[row, PROTOCOL] & 0xFF
        ip_version: cython.uint = (self.records[row, PROTOCOL] >> 8) & 0xFF
        port: cython.uint = (self.records[row, PORTS] >> 16) & 0xFFFF
        other_port: cython.uint = self.records[row, PORTS] & 0xFFFF
        source: cython.ulonglong = network_order(self.records[row, ORIG_LOW])
        destination: cython.ulonglong = network_order(self.records[row, RESP_LOW])
        source_high: cython.ulonglong = network_order(self.records[row, ORIG_HIGH])
        destination_high: cython.ulonglong = network_order(self.records[row, RESP_HIGH])
        held: cython.ulonglong
        word: cython.uint
        answer: cython.int = self.counterparts[protocol, port & 0xFF]
        swapped: cython.bint = False
        if ip_version == 4:  # only the last 32 bits count
            source &= low
            destination &= low
            source_high = destination_high = 0
        if answer >= 0 and port < 256:
            other_port = answer
        if (answer >= 0 and port < 256) or answer == NO_PORTS or answer == NOT_ICMP:
            if source_high != destination_high:
                swapped = source_high > destination_high
            elif source != destination:
                swapped = source > destination
            else:
                swapped = answer != NO_PORTS and port > other_port
        if swapped:
            held = source
            source = destination
            destination = held
            held = source_high
            source_high = destination_high
            destination_high = held
            word = port
            port = other_port
            other_port = word
        held = self.seed
        if ip_version == 4:
            self.schedule[lane] = (held << 16 | source >> 16) & mask
            self.schedule[LANES + lane] = (source << 16 | destination >> 16) & mask
            at = 2
        else:
            self.schedule[lane] = (held << 16 | source_high >> 48) & mask
            self.schedule[LANES + lane] = (source_high >> 16) & mask
            self.schedule[2 * LANES + lane] = (source_high << 16 | source >> 48) & mask
            self.schedule[3 * LANES + lane] = (source >> 16) & mask
            self.schedule[4 * LANES + lane] = (source << 16 | destination_high >> 48) & mask
            self.schedule[5 * LANES + lane] = (destination_high >> 16) & mask
            self.schedule[6 * LANES + lane] = (destination_high << 16 | destination >> 48) & mask
            self.schedule[7 * LANES + lane] = (destination >> 16) & mask
            at = 8
        held = protocol << 8
        self.schedule[at * LANES + lane] = (destination << 16 | held) & mask
        at += 1
        if answer != NO_PORTS:
            self.schedule[at * LANES + lane] = (port << 16 | other_port) & mask
            at += 1
        if self.laid[lane] != at:  # else the lane's last message left it as it has to be
            self.laid[lane] = at
            self.schedule[at * LANES + lane] = padding
            for place in range(at + 1, 15):
                self.schedule[place * LANES + lane] = 0
            self.schedule[15 * LANES + lane] = at * 32
        return 0

    if not cython.compiled:  # compiled, this is C: see community_ids.pxd

        def digested_at_once(self) -> bool:
            """Digest all lanes by vectors; whether there are any."""
            return False

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

    # `write` saw that there is room, and that there are all pairs.
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


def community_id_texts(records: NDArray[np.int64], seed: int = 0, *, at_once: bool = True) -> pa.StringArray:
    """The Community ID of every connection.

    Args:
        records: shape (rows, RECORD_WORDS).
        seed: 16 bits.
        at_once: whether vectors are used where there are any: the outcome is the same.
    """
    rows = len(records)
    texts = np.empty(rows * COMMUNITY_ID_OCTETS // 2, np.uint16)
    kernel = CommunityIds(seed)
    kernel.at_once = at_once
    kernel.write(np.ascontiguousarray(records).data, texts.data)
    return fixed_texts(texts, rows, COMMUNITY_ID_OCTETS)
