"""What is worked out of several words of a connection and its detail: sizes of a side, and how they spread.

Words come as columns, see `ended_words.place_words`; those of a connection without a detail are 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, RealsView

if not cython.compiled:
    import struct
    from math import sqrt

    from netanatomy.flows.lines import lines_differ, words_of
    from netanatomy.flows.record import *
    from netanatomy.flows.tcp_status import INACTIVE, RESET, SYN_SENT, previous_of, state_of

    ICMP = 1  # IP protocol numbers (IANA)
    TCP = 6
    UDP = 17
    ICMPV6 = 58
    SECOND = 1000000000  # ns
    SPOKE_FIRST_SHIFT = 54  # of FACTS_ORIG: the connection's first packet came from this side

    def nearest(number: float) -> int:
        """The nearest whole number, the even one of two."""
        return round(number)

    def real_of(word: int) -> float:
        """The floating-point number that a word holds."""
        real: float = struct.unpack("d", struct.pack("q", word))[0]
        return real


# The shapes are looked at once, before anything is read: every word of every row is there.
@cython.boundscheck(False)
def write_sizes(records: LongsView, details: LongsView, side: cython.int, sizes: LongsView) -> cython.int:
    """Write the payload octets of one side as Zeek counts them: of TCP by its sequence numbers.

    Args:
        records: shape (RECORD_WORDS, rows, or more): PROTOCOL, STATUS and BYTES_ORIG + side are read.
        details: shape (DETAIL_WORDS, rows, or more): S_START, S_LAST, S_ACKED and S_COUNTS of the side.
        side: ORIGINATOR or RESPONDER.
        sizes: one number for every row is written.
    """
    row: cython.Py_ssize_t
    protocol: cython.int
    status: cython.longlong
    start: cython.longlong
    acked: cython.longlong
    size: cython.longlong
    words: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    if side < ORIGINATOR or side > RESPONDER or len(records) != RECORD_WORDS or len(details) != DETAIL_WORDS:
        return lines_differ()
    if words_of(records) < len(sizes) or words_of(details) < len(sizes):
        return lines_differ()
    with cython.nogil:
        for row in range(len(sizes)):
            protocol = records[PROTOCOL, row] & 0xFF
            if protocol != TCP:
                size = records[BYTES_ORIG + side, row]
                if protocol != UDP and protocol != ICMP and protocol != ICMPV6:
                    size = 0
                sizes[row] = size
                continue
            start = details[words + S_START, row]
            acked = details[words + S_ACKED, row]
            size = details[words + S_LAST, row]
            if acked > size:
                size = acked
            size -= start
            if size < 0:
                size = 0
            if size != 0:
                size -= 1  # the SYN
            if size != 0 and (details[words + S_COUNTS, row] >> 16) & 0xFFFF > 0:
                size -= 1  # the FIN
            status = records[STATUS, row]
            if (
                # An attempt that was reset before the peer was ever seen, and yet something beyond the SYN
                # was acknowledged: the peer remembers another connection, and so the numbers say nothing.
                previous_of(status, side) == SYN_SENT
                and state_of(status, side) == RESET
                and state_of(status, 1 - side) == INACTIVE
                and acked != start
                and acked != start + 1
            ):
                size = 0
            sizes[row] = size
    return 0


# The shapes are looked at once, before anything is read: every word of every row is there.
@cython.boundscheck(False)
def write_spreads(
    records: LongsView,
    details: LongsView,
    places: LongsView,
    side: cython.int,
    size_deviations: RealsView,
    has_gaps: OctetsView,
    gap_means: LongsView,
    gap_deviations: LongsView,
) -> cython.int:
    """Write how the packets of one side spread: in size, and in time where two were seen, or more.

    Args:
        records: shape (RECORD_WORDS, rows, or more): PACKETS_ORIG and IP_BYTES_ORIG of the side, FIRST_TIME,
            FACTS_ORIG and FACTS_RESP are read.
        details: shape (DETAIL_WORDS, rows, or more): D_SECOND_TIME; of the side S_SEEN_TIME,
            S_SIZE_SQUARES and S_GAP_SQUARES.
        places: of every row its detail, or a negative number.
        side: ORIGINATOR or RESPONDER.
        size_deviations: octets; the standard deviation of every row is written.
        has_gaps: 1 where a mean time between packets is known, or 0.
        gap_means: that mean, in nanoseconds.
        gap_deviations: the standard deviation, in nanoseconds.
    """
    row: cython.Py_ssize_t
    packets: cython.longlong
    time: cython.longlong
    spent: cython.longlong
    mean: cython.double
    spread: cython.double
    words: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    rows: cython.Py_ssize_t = len(size_deviations)
    if side < ORIGINATOR or side > RESPONDER or len(records) != RECORD_WORDS or len(details) != DETAIL_WORDS:
        return lines_differ()
    if words_of(records) < rows or words_of(details) < rows:
        return lines_differ()
    if len(places) < rows or len(has_gaps) < rows:
        return lines_differ()
    if len(gap_means) < rows or len(gap_deviations) < rows:
        return lines_differ()
    with cython.nogil:
        for row in range(rows):
            size_deviations[row] = 0
            has_gaps[row] = 0
            gap_means[row] = 0
            gap_deviations[row] = 0
            packets = records[PACKETS_ORIG + side, row]
            if places[row] < 0 or packets < 1:  # without a detail there are no squares
                continue
            mean = float(records[IP_BYTES_ORIG + side, row]) / float(packets)
            spread = real_of(details[words + S_SIZE_SQUARES, row]) / float(packets) - mean * mean
            if spread > 0:
                size_deviations[row] = sqrt(spread)
            if packets < 2:
                continue
            time = 0  # of the side's first packet, where that is known
            if (records[FACTS_ORIG + side, row] >> SPOKE_FIRST_SHIFT) & 1:
                time = records[FIRST_TIME, row]
            elif (records[FACTS_RESP - side, row] >> SPOKE_FIRST_SHIFT) & 1:
                time = details[D_SECOND_TIME, row]
            if time == 0:
                continue
            packets -= 1
            spent = details[words + S_SEEN_TIME, row] - time
            mean = 0
            if spent > 0:
                mean = float(spent) / float(packets)
            has_gaps[row] = 1
            gap_means[row] = nearest(mean)
            mean = mean / SECOND
            spread = real_of(details[words + S_GAP_SQUARES, row]) / float(packets) - mean * mean  # in s^2
            if spread > 0:
                gap_deviations[row] = nearest(sqrt(spread) * SECOND)
    return 0
