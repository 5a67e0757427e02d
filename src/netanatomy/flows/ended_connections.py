"""Connections that ended: what the columns of the connection table have in common, each worked out once."""

from __future__ import annotations

import sys
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netanatomy.flows import record as words
from netanatomy.flows.conn_state import (
    CODES,
    RESET,
    TCP_CODES,
    UDP_CODES,
    reset_after_syn,
)
from netanatomy.flows.ended_words import LETTERS
from netanatomy.flows.record import ORIGINATOR, RESPONDER
from netanatomy.flows.record_arrays import RecordArrays, Scratch, Validity
from netanatomy.flows.side_numbers import ICMP, ICMPV6, TCP, UDP, write_sizes, write_spreads
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.frozen import frozen

# STATUS
ACTIVE_SHIFT = 16

# FACTS
PRESENT_SHIFT = 52
SYN_SHIFT = 53

LOW = 0xFFFFFFFF
HIGH_HALF = int(sys.byteorder == "little")  # of a word, where it lies in memory


@frozen
class Spreads:
    """How the packets of one side spread, in size and in time.

    Attributes:
        sizes: standard deviation of their octets.
        has_gaps: which connections have times between packets that are known.
        means: mean time between two packets, in nanoseconds.
        deviations: standard deviation of these times, in nanoseconds.
    """

    sizes: NDArray[np.float64]
    has_gaps: Validity
    means: NDArray[np.int64]
    deviations: NDArray[np.int64]


class EndedConnections(RecordArrays):
    """The records of connections that ended, and what columns share.

    Args:
        records: shape (rows, RECORD_WORDS).
        details: shape (details, DETAIL_WORDS).
        detail_line: for every row its line in `details`, or -1.
        reasons: code of the reason for every row.
        options: what the user set.
        scratch: memory for the words of records and details.
    """

    def __init__(
        self,
        records: NDArray[np.int64],
        details: NDArray[np.int64],
        detail_line: NDArray[np.int64],
        reasons: NDArray[np.uint8],
        options: FlowOptions,
        scratch: tuple[Scratch, Scratch],
    ) -> None:
        super().__init__(records, details, detail_line, scratch)
        self.reasons = reasons
        self.options = options

    def only_first(self) -> EndedConnections:
        """The first row alone, of which nothing was worked out yet."""
        return EndedConnections(
            self.records[:1],
            np.empty((0, words.DETAIL_WORDS), np.int64),
            np.full(1, -1),
            self.reasons[:1],
            self.options,
            (Scratch(), Scratch()),
        )

    @cached_property
    def protocol(self) -> NDArray[np.uint8]:
        """IP protocol numbers."""
        return self.word(words.PROTOCOL).astype(np.uint8)  # the lowest octet

    @cached_property
    def ip_version(self) -> NDArray[np.uint8]:
        """4 or 6."""
        return (self.word(words.PROTOCOL) >> 8).astype(np.uint8)

    @cached_property
    def tcp(self) -> Validity:
        """Which connections are TCP."""
        return Validity.of(self.protocol == TCP)

    @cached_property
    def lasted(self) -> Validity:
        """Which connections have a duration; the others have no sizes either, as with Zeek."""
        return Validity.of(self.duration > 0)

    @cached_property
    def duration(self) -> NDArray[np.int64]:
        """From the first packet to the last that counts, in nanoseconds."""
        return self.word(words.LAST_TIME) - self.word(words.FIRST_TIME)

    @cached_property
    def sizes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Payload octets of either side as Zeek counts them."""
        return self._size(ORIGINATOR), self._size(RESPONDER)

    def _size(self, side: int) -> NDArray[np.int64]:
        if not self.detailed:  # a lone SYN says nothing
            sent = self.word(words.BYTES_ORIG + side)
            counted = (self.protocol == UDP) | (self.protocol == ICMP) | (self.protocol == ICMPV6)
            return np.where(counted, sent, 0)
        first = words.DETAIL_SIDES + side * words.SIDE_WORDS
        records, details = self.turned_words(
            (words.PROTOCOL, words.STATUS, words.BYTES_ORIG + side),
            [first + number for number in (words.S_START, words.S_LAST, words.S_ACKED, words.S_COUNTS)],
        )
        sizes = np.empty(self.count, np.int64)
        write_sizes(records.data, details.data, side, sizes.data)
        return sizes

    @cached_property
    def conn_state(self) -> NDArray[np.uint16]:
        """Codes of the states."""
        status = self.word(words.STATUS)
        codes: NDArray[np.uint16] = TCP_CODES[status & 63]
        unsure = np.flatnonzero((codes == CODES["RSTOS0"]) & (self.protocol == TCP))
        if len(unsure):
            longest = int(self.history_lengths[unsure].max(initial=1))
            codes[unsure[~reset_after_syn(self.letters(min(longest + 1, LETTERS))[unsure])]] = CODES["OTH"]
        both = np.flatnonzero(status & 63 == RESET << 3 | RESET)
        if len(both):
            silent = (self.sizes[0][both] == 0) & (self.sizes[1][both] == 0)
            codes[both[silent]] = CODES["REJ"]
        if self.tcp.mask is not None:
            others = np.where(self.protocol == UDP, UDP_CODES[status >> ACTIVE_SHIFT & 3], CODES["OTH"])
            codes = np.where(self.tcp.mask, codes, others.astype(np.uint16))
        return codes

    @cached_property
    def scope(self) -> NDArray[np.int64]:
        """VLANs of the originator's packets, or of the responder's where it sent none; 0 for none."""
        scope = self.word(words.SCOPE_ORIG)
        scope = np.where(scope < 0, self.word(words.SCOPE_RESP), scope)
        return np.maximum(scope, 0)

    @cached_property
    def facts_present(self) -> tuple[Validity, Validity]:
        """Which connections have a first packet of either side."""
        return self._facts_with(ORIGINATOR, 0), self._facts_with(RESPONDER, 0)

    @cached_property
    def first_segment(self) -> tuple[Validity, Validity]:
        """The same where it is a segment of TCP."""
        return self._facts_with(ORIGINATOR, 1), self._facts_with(RESPONDER, 1)

    @cached_property
    def first_syn(self) -> tuple[Validity, Validity]:
        """The same where it is a SYN of TCP."""
        return self._facts_with(ORIGINATOR, 2), self._facts_with(RESPONDER, 2)

    def _facts_with(self, side: int, demands: int) -> Validity:
        mask = self.fact(side, PRESENT_SHIFT, 1) != 0
        if demands and self.tcp.mask is not None:
            mask &= self.tcp.mask
        if demands > 1:
            mask &= self.fact(side, SYN_SHIFT, 1) != 0
        return Validity.of(mask)

    def fact(self, side: int, shift: int, mask: int) -> NDArray[np.int64]:
        """A field of the facts about the first packet of a side."""
        return self.word(words.FACTS_ORIG + side, mask << shift) >> shift & mask

    @cached_property
    def sent(self) -> tuple[Validity, Validity]:
        """Which connections have packets of either side."""
        return self._more_than(0, ORIGINATOR), self._more_than(0, RESPONDER)

    @cached_property
    def gaps(self) -> tuple[Validity, Validity]:
        """Which connections have times between packets of either side: two packets, or more."""
        return self._more_than(1, ORIGINATOR), self._more_than(1, RESPONDER)

    def _more_than(self, packets: int, side: int) -> Validity:
        mask = self.word(words.PACKETS_ORIG + side) > packets
        return Validity.of(mask & self.has_detail if packets else mask)

    @cached_property
    def spreads(self) -> tuple[Spreads, Spreads]:
        """How the packets of either side spread; of use only where there are details."""
        return self._spreads(ORIGINATOR), self._spreads(RESPONDER)

    def _spreads(self, side: int) -> Spreads:
        first = words.DETAIL_SIDES + side * words.SIDE_WORDS
        records, details = self.turned_words(
            (
                words.PACKETS_ORIG + side,
                words.IP_BYTES_ORIG + side,
                words.FIRST_TIME,
                words.FACTS_ORIG,
                words.FACTS_RESP,
            ),
            (
                words.D_SECOND_TIME,
                first + words.S_SEEN_TIME,
                first + words.S_SIZE_SQUARES,
                first + words.S_GAP_SQUARES,
            ),
        )
        sizes, has_gaps = np.empty(self.count), np.empty(self.count, np.uint8)
        means, deviations = np.empty(self.count, np.int64), np.empty(self.count, np.int64)
        write_spreads(
            records.data,
            details.data,
            self.places.data,
            side,
            sizes.data,  # type: ignore[arg-type]  # NumPy's stub says int
            has_gaps.data,
            means.data,
            deviations.data,
        )
        return Spreads(sizes, Validity.of(has_gaps.view(np.bool_)), means, deviations)

    def counter(self, side: int, word: int, *, high: bool) -> NDArray[np.uint64]:
        """One of the counters that the analysis of TCP keeps, two of 32 bits a word."""
        halves = self.of_side(side, words.S_ANALYSIS + word).view(np.uint32)
        return halves[HIGH_HALF if high else 1 - HIGH_HALF :: 2].astype(np.uint64)
