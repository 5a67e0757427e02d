"""The segment that most are: the next one of an established connection, with nothing odd about it.

`takes_place` finds out at once whether a segment is one, and then does all that the general way does of it,
which is `analyse` and `update`: a test holds both to that. Else it has written nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.tcp_status import *
    from netanatomy.flows.tcp_words import *

    CONGESTION_EXPERIENCED = 3  # RFC 3168 §5
    DATA_FLAGS = 0xE37  # what must be ACK alone in an ordinary segment: all but PSH and those of congestion

    def may_be_plain(packet: Packet, own: LongsView, peer: LongsView) -> bool:
        """Whether flags and states of both sides leave it possible that a segment is plain."""
        return (packet.flags & DATA_FLAGS) == FLAG_ACK and own[T_STATE] & peer[T_STATE] & PLAIN != 0

    def followed_by(ids: int, number: int) -> int:
        """The latest four identifications, of which this is the newest."""
        return joined((upper(ids) << 16) | (lower(ids) >> 16), (lower(ids) << 16) | number)


def takes_place(packet: Packet, record: LongsView, own: LongsView, peer: LongsView) -> cython.bint:
    """Take up the next data or a new acknowledgment of an established connection; False for all else.

    The lines are the connection's record and the details of both sides, the sender's first.
    """
    analysis: cython.p_longlong = analysis_of(own)
    theirs: cython.p_longlong = analysis_of(peer)
    if not may_be_plain(packet, analysis, theirs):
        return False
    status: cython.longlong = record[STATUS]
    side: cython.int = packet.side
    time: cython.longlong = packet.time
    length: cython.longlong = packet.payload
    letter: cython.int = 16 + (SEEN_DATA if length else SEEN_ACK) + 8 * side
    last: cython.longlong = own[S_LAST]
    relative: cython.longlong = last - own[S_START]
    acked: cython.longlong = unwrapped(packet.acknowledgment, peer[S_ACKED])
    to: cython.longlong = acked - peer[S_START]
    whole: cython.bint = length > 0 and packet.captured >= length
    if (
        (status & (63 | (3 << DID_CLOSE_SHIFT))) != (ESTABLISHED | (ESTABLISHED << 3))
        or not (status >> (FIRST_SEEN_SHIFT + side)) & 1
        or (status >> (SKIPS_SHIFT + side)) & 1
        or not (record[HISTORY_SEEN] >> letter) & 1
        or packet.sequence != low32(last)
        or packet.acknowledgment == 0
        or length > UNBELIEVED_JUMP
        # what this side sent: all came, and no more was acknowledged
        or own[S_COUNTS] != 0
        or own[S_ACKED] > last
        or (whole and (own[S_BLOCKS] != 0 or own[S_NEXT] != relative or own[S_TRIM] > relative))
        # what it acknowledges
        or peer[S_COUNTS] != 0
        or peer[S_JUMP] > peer[S_LAST]
        or acked > peer[S_LAST]
        or to < 0
        or to > peer[S_NEXT]
        or not fits(packet, analysis, theirs)
    ):
        return False
    if length:
        analysis[T_PAYLOADS] += 1
    if packet.ecn == CONGESTION_EXPERIENCED:
        analysis[T_RESETS] += 1
    analysis[T_TIME] = time
    analysis[T_FRAME] = packet.frame
    if time >= record[FIRST_TIME]:
        record[LAST_TIME] = time
    own[S_LAST] = last + length
    if whole:
        own[S_NEXT] = relative + length
    if acked > peer[S_ACKED]:
        peer[S_ACKED] = acked
    if to > peer[S_TRIM]:
        peer[S_TRIM] = to
    return True


def is_plain(packet: Packet, own: LongsView, peer: LongsView) -> cython.bint:
    """What the analysis notes of the next data or a new acknowledgment; False for all else.

    For segments that `may_be_plain`. The lines are both sides' words of `tcp_words`, the sender's first.
    """
    return fits(packet, own, peer)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def fits(packet: Packet, own: cython.p_longlong, peer: cython.p_longlong) -> cython.bint:
    """The same, for this file alone: so the compiler puts it where it is called."""
    state: cython.longlong = own[T_STATE]
    numbers: cython.longlong = own[T_NUMBERS]
    theirs: cython.longlong = peer[T_NUMBERS]
    misc: cython.longlong = own[T_STAMP]
    window: cython.longlong = packet.window
    payload: cython.longlong = packet.payload
    step: cython.longlong = difference(packet.acknowledgment, lower(numbers))
    end: cython.uint = wrapped(packet.sequence + payload)
    field: cython.longlong = window
    before: cython.longlong = own[T_WINDOW]
    ids: cython.longlong = own[T_IDS]
    steady: cython.longlong = misc & STEADY_MASK
    stamp: cython.uint = upper(misc)
    counter: cython.int
    scale: cython.int
    mask: cython.longlong = STEADY_MASK
    if (
        packet.sequence != upper(numbers)
        or step < 0
        or (step == 0 and payload == 0)
        or difference(upper(theirs), packet.acknowledgment) < 0
        or field == 0
        or own[T_PATH] != path_of(packet)
        or packet.urgent != 0
        or packet.sack_count != 0
        or packet.bad_options
    ):
        return False
    if state & SCALE_KNOWN:
        # What the receiver takes back is told; less than one unit of the scale is rounding (RFC 7323 §2.4).
        scale = (misc >> SHIFT_SHIFT) & 15
        window = field << scale
        if ((field + 1) << scale) + step <= upper(before):
            return False
    else:
        window = UNLIMITED
    if payload and difference(end, lower(theirs)) >= upper(peer[T_WINDOW]):
        return False
    if packet.has_timestamps:
        if not state & STAMPS_SEEN or difference(packet.timestamp_value, stamp) < 0:
            return False
        if difference(packet.timestamp_echo, upper(peer[T_STAMP])) > 0:
            return False
        stamp = packet.timestamp_value
    elif state & STAMPS_SEEN:
        return False
    if packet.identification > 0:
        counter = (packet.identification - ids) & 0xFFFF
        if 0 < counter <= SMALL_STEP:
            if steady < STEADY_MASK:
                steady += 1
        elif steady >= STEADY_STEPS:
            return False
        else:
            steady = 0
            if counter == 0:
                misc |= ID_CONSTANT
        own[T_IDS] = followed_by(ids, packet.identification)
    own[T_NUMBERS] = joined(end, packet.acknowledgment)
    own[T_WINDOW] = joined(window, (field << 16) | (0 if step > 0 else lower(before) & 0xFFFF))
    own[T_STAMP] = joined(stamp, (lower(misc) & ~mask) | steady)
    if payload:
        own[T_NEXT_TIME] = packet.time
    return True
