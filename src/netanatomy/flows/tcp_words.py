"""What the analysis of TCP keeps of each side of a connection, and the small steps all its parts need.

Sequence numbers here are the 32 bits of the header, compared by their signed difference (RFC 9293
§3.4), so that they wrap as those of the endpoints do. A word often holds two halves: `upper` and
`lower` take them apart. A side's words are handed round as its line: `Connections.analysis_line` sees that
there is one, and whoever has it may use every word that T_STORM and those before it name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from netanatomy.layers.transport.tcp_states import transition_octets

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.events import Events
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import S_ANALYSIS

    # The words, from S_ANALYSIS on. The first six are read by the connection table as well; up to T_FRAME
    # stand those that every segment needs, the other side's up to T_STAMP.
    T_RETRANSMISSIONS = 0  # retransmissions << 32 | fast retransmissions
    T_DUPLICATES = 1  # duplicate packets << 32 | out of order
    T_DUPLICATE_ACKS = 2  # duplicate acknowledgments << 32 | zero windows
    T_RESETS = 3  # resets << 32 | congestion marks
    T_PAYLOADS = 4  # packets with payload
    T_STATE = 5  # the state as shown | the likely state << 8 | what was seen, see below
    T_NUMBERS = 6  # next sequence number << 32 | highest acknowledgment number sent
    T_WINDOW = 7  # octets of window given << 32 | the field as sent << 16 | duplicate ACKs in a row
    T_STAMP = 8  # latest timestamp value << 32 | steadiness and the like, see below
    T_IDS = 9  # the latest four IP identifications, the newest in the lowest 16 bits
    T_PATH = 10  # 1 << 56 | link-layer source << 8 | time to live
    T_NEXT_TIME = 11  # ns, when the next sequence number last grew
    T_TIME = 12  # ns, latest packet
    T_FRAME = 13  # latest frame
    T_START = 14  # number of the SYN << 32 | number of the FIN
    T_START_FRAME = 15  # frame of the SYN
    T_MARK = 16  # originator: what stood still while the ACKs of T_STORM came
    T_HOLES = 17  # octets not seen below the next number: start << 32 | end each, 0 for none
    T_OTHER = 20  # a number that did not fit, in case the next segment confirms it
    T_RESET = 21  # number of the RST
    T_RESET_FRAME = 22
    T_STORM = 23  # originator: ACKs in a row << 1 | side of the latest; responder: ns of the first

    HOLES = 3

    # T_STATE
    STATE_MASK = 0xFF  # as shown: 0 until the side was heard of
    LIKELY_SHIFT = 8  # four bits
    KNOWN = 1 << 12  # the side sent something, so its next number is known
    SYN_SEEN = 1 << 13  # its SYN, so where its numbers begin is known
    SYN_ACK_SEEN = 1 << 14
    SYN_ACKED = 1 << 15
    FIN_SEEN = 1 << 16
    FIN_ACKED = 1 << 17
    RST_SEEN = 1 << 18  # one that was acceptable
    ACK_KNOWN = 1 << 19  # it has acknowledged something
    SCALE_KNOWN = 1 << 20  # both SYNs were seen, so what its window counts is known
    SCALE_OFFERED = 1 << 21
    STAMPS_SEEN = 1 << 22
    STAMPS_OFFERED = 1 << 23
    SACK_OFFERED = 1 << 24
    FAST_OPENED = 1 << 25
    KEEP_ALIVE_SENT = 1 << 26  # its latest segment was one
    PROBE_SENT = 1 << 27  # its latest segment probed a zero window
    CHALLENGED = 1 << 28  # the other sent what a challenge ACK answers
    CANDIDATE = 1 << 29  # T_OTHER holds something
    PLAIN = 1 << 30  # established, with nothing pending: the short way suffices

    # T_STAMP, lower half
    STEADY_MASK = 0xFF  # how often in a row the IP identification took a small step
    SHIFT_SHIFT = 8  # window scale, four bits
    ID_CONSTANT = 1 << 16  # the IP identification does not tell packets apart
    LOSSY = 1 << 17  # the capture lost segments of this side
    EXCEEDED = 1 << 18  # it was told that this side went beyond the window
    BARE_SYN = 1 << 19  # its SYN came without ACK
    SYN_WINDOW = 1 << 20  # T_WINDOW is that of its SYN

    # netanatomy.layers.transport.tcp_states
    IN_CLOSED = 1
    IN_LISTEN = 2
    IN_SYN_SENT = 3
    IN_SYN_RECEIVED = 4
    IN_ESTABLISHED = 5
    IN_TIME_WAIT = 11
    SENDS_SYN = 0
    SENDS_SYN_ACK = 1
    SENDS_ACK = 2
    SENDS_FIN = 3
    SENDS_RST = 4
    RECEIVES_SYN = 5
    RECEIVES_SYN_ACK = 6
    SYN_ACKNOWLEDGED = 7
    RECEIVES_ACK = 8
    FIN_ACKNOWLEDGED = 9
    RECEIVES_FIN = 10
    RECEIVES_RST = 11

    FLAG_FIN = 1
    FLAG_SYN = 2
    FLAG_RST = 4
    FLAG_PSH = 8
    FLAG_ACK = 16
    FLAG_URG = 32

    # Where the fields lie in the header, RFC 9293 §3.1
    AT_SEQUENCE = 4
    AT_ACKNOWLEDGMENT = 8
    AT_FLAGS = 12
    AT_WINDOW = 14
    AT_URGENT = 18
    AT_OPTIONS = 20

    UNLIMITED = (
        1 << 30
    )  # octets; the largest window there is (RFC 7323 §2.3), taken where the scale is not known
    STEADY_STEPS = 8  # after so many small steps the IP identification counts as a steady counter
    SMALL_STEP = 64
    MAXIMUM_TOLD = 12  # anomalies of one segment. Bounds what segments with everything wrong cost

LEAST_REACH = 65_535
"""Octets ahead that are always plausible: ACKs that gave a larger window may have been lost."""

NO_ADDRESS = 0xFFFFFFFFFFFF
"""The link-layer address in T_PATH where the link has none."""

TRANSITIONS = transition_octets()

if not cython.compiled:  # compiled, these are inline: see tcp_words.pxd

    def difference(number: cython.uint, other: cython.uint) -> cython.int:
        """How far a sequence number is ahead of another; negative if it is behind (RFC 9293 §3.4)."""
        return ((number - other + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def upper(word: cython.longlong) -> cython.uint:
        """The upper half of a word."""
        return (word >> 32) & 0xFFFFFFFF

    def lower(word: cython.longlong) -> cython.uint:
        """The lower half of a word."""
        return word & 0xFFFFFFFF

    def wrapped(number: cython.longlong) -> cython.uint:
        """A sequence number: 32 bits of a sum or a difference."""
        return number & 0xFFFFFFFF

    def joined(high: cython.uint, low: cython.uint) -> cython.longlong:
        """A word of two halves."""
        word = ((high & 0xFFFFFFFF) << 32) | (low & 0xFFFFFFFF)
        return word - (1 << 64) if word >> 63 else word

    def path_of(packet: Packet) -> cython.longlong:
        """What T_PATH holds after this packet."""
        return (1 << 56) | ((packet.mac_source & NO_ADDRESS) << 8) | (packet.ttl & 0xFF)

    def state_in(state: cython.longlong) -> cython.int:
        """The likely state of a side, by its T_STATE."""
        return (state >> LIKELY_SHIFT) & 15

    def analysis_of(side: LongsView) -> LongsView:
        """Those words of a side that belong to the analysis."""
        return side[S_ANALYSIS:]

    def put(base: LongsView, bits: cython.longlong) -> cython.int:
        """Set bits of a side's T_STATE."""
        base[T_STATE] |= bits
        return 0

    def drop(base: LongsView, bits: cython.longlong) -> cython.int:
        """Clear bits of a side's T_STATE."""
        base[T_STATE] &= ~bits
        return 0

    def enter(base: LongsView, state: cython.int) -> cython.int:
        """A side is likely in this state."""
        base[T_STATE] = (base[T_STATE] & ~(15 << LIKELY_SHIFT)) | (state << LIKELY_SHIFT)
        return 0

    def count_high(base: LongsView, word: cython.Py_ssize_t) -> cython.int:
        """Count in the upper half of a word."""
        base[word] += 1 << 32
        return 0


def tell(
    events: Events,
    packet: Packet,
    limit: cython.Py_ssize_t,
    kind: cython.int,
    field: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
) -> cython.int:
    """Note an anomaly in a field of the TCP header, unless the segment has `limit` already."""
    if events.count < limit:
        events.add(packet, kind, packet.transport_offset + field, length)
    return 0


def tell_numbers(
    events: Events,
    packet: Packet,
    limit: cython.Py_ssize_t,
    kind: cython.int,
    field: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
    value: cython.longlong,
    expected: cython.longlong,
    other_frame: cython.longlong,
) -> cython.int:
    """The same with the number found, the right one, and the frame that it contradicts."""
    if events.count < limit:
        events.add_numbers(
            packet, kind, packet.transport_offset + field, length, value, expected, other_frame
        )
    return 0


def move(base: LongsView, event: cython.int) -> cython.int:
    """Something happened to a side: take its state on where the table has a way."""
    target: cython.int = TRANSITIONS[state_in(base[T_STATE]) * 16 + event]
    if target:
        enter(base, target)
    return target


def settle(base: LongsView) -> cython.int:
    """After a segment: show the state of a side that was heard of, and say whether the short way is open."""
    word: cython.longlong = base[T_STATE]
    shown: cython.longlong = 0
    mask: cython.longlong = STATE_MASK | PLAIN
    needed: cython.longlong = KNOWN | ACK_KNOWN
    pending: cython.longlong = RST_SEEN | FIN_SEEN | KEEP_ALIVE_SENT | PROBE_SENT | CHALLENGED | CANDIDATE
    if word & KNOWN:
        shown = state_in(word)
    if (
        shown == IN_ESTABLISHED
        and (word & needed) == needed
        and not word & pending
        and not base[T_STAMP] & SYN_WINDOW
        and base[T_HOLES] == 0
        and base[T_HOLES + 1] == 0
        and base[T_HOLES + 2] == 0
    ):
        shown |= PLAIN
    base[T_STATE] = (word & ~mask) | shown
    return 0


def reach(base: LongsView) -> cython.longlong:
    """How far ahead of what a side has acknowledged the other may plausibly send."""
    window: cython.longlong = UNLIMITED
    if base[T_STATE] & SCALE_KNOWN:
        window = upper(base[T_WINDOW])
        window = LEAST_REACH if window < LEAST_REACH else window
    return window
