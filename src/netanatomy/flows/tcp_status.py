"""The states of TCP endpoints and what else STATUS holds; numbers that all parts of `tcp` share."""

from __future__ import annotations

import cython

if not cython.compiled:
    # States of an endpoint.
    INACTIVE = 0
    SYN_SENT = 1
    SYN_ACK_SENT = 2
    PARTIAL = 3  # seen from the middle
    ESTABLISHED = 4
    CLOSED = 5  # sent a FIN
    RESET = 6  # sent a RST

    # STATUS: bits 0 to 5 states, 6 to 11 the states before, then these; `_SHIFT` is the originator's bit,
    # and the next one is the responder's.
    DID_CLOSE_SHIFT = 12
    IS_PARTIAL = 1 << 14
    ACTIVE_SHIFT = 16  # UDP, ICMP: a side has sent something
    FLIPPED = 1 << 18
    ECN_AGREED = 1 << 19
    ENDING = 1 << 20  # the close is complete, the deadline stands
    FIRST_SEEN_SHIFT = 21
    SKIPS_SHIFT = 23  # too much came that nobody acknowledged: gaps are not told any more
    AT_END_SHIFT = 25
    CLOSE_DEFERRED = 1 << 27

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16
    URG = 32

    # Letters of the history that are told once a side.
    SEEN_SYN = 0
    SEEN_FIN = 1
    SEEN_RST = 2
    SEEN_DATA = 3
    SEEN_ACK = 4
    SEEN_MULTIPLE = 5
    SEEN_FIN_RST = 6

    # Octets; a SYN or RST further off than this is not believed (Zeek: TOO_LARGE_SEQ_DELTA).
    LARGE_JUMP = 1 << 20
    # Octets; data or an acknowledgment further ahead than this is believed when a second one bears it
    # out. Bounds what a forged segment can add to the byte counts.
    UNBELIEVED_JUMP = 1 << 26
    # Seconds since the last packet; a SYN with another number into a connection more lively than this is
    # answered by a challenge ACK (RFC 5961 section 4) rather than by a new connection.
    LIVELY_SECONDS = 5
    # Blocks above a hole that are kept apart; bounds segments that leave holes on purpose.
    MAXIMUM_BLOCKS = 8
    # Octets above a hole while nothing was acknowledged, after which gaps are not told (Zeek).
    UNACKNOWLEDGED_ABOVE_HOLE = 16_384
    # Letters of a history: eight in the record, the rest in the detail.
    MAXIMUM_HISTORY = 120
    BLOCK_LENGTH_BITS = 24
    NANOSECONDS = 1_000_000_000  # of a second

    def state_of(status: int, side: int) -> int:
        """The state of an endpoint."""
        return (status >> (3 * side)) & 7

    def previous_of(status: int, side: int) -> int:
        """The state that it had before."""
        return (status >> (6 + 3 * side)) & 7

    def with_state(status: int, side: int, state: int) -> int:
        """STATUS with another state of an endpoint; the old one becomes its previous one."""
        old = (status >> (3 * side)) & 7
        if old == state:
            return status
        status &= ~((7 << (3 * side)) | (7 << (6 + 3 * side)))
        return status | (state << (3 * side)) | (old << (6 + 3 * side))

    def without(status: int, bits: int) -> int:
        """STATUS with these bits cleared."""
        return status & ~bits

    def low32(number: int) -> int:
        """The lowest 32 bits."""
        return number & 0xFFFFFFFF

    def unwrapped(number: int, near: int) -> int:
        """The 64-bit number that ends in these 32 bits and lies next to `near`."""
        difference = (number - near) & 0xFFFFFFFF
        return near + (difference - (1 << 32) if difference >= 1 << 31 else difference)

    def abs_of(number: int) -> int:
        """The number without its sign."""
        return -number if number < 0 else number
