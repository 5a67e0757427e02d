"""What is odd about a segment by its header alone, or beside the one before: flags, options, the way here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.events import Events
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.tcp_anomalies import *
    from netanatomy.flows.tcp_words import *

SMALLEST_SEGMENT_SIZE = 64
"""Octets; a smaller maximum segment size is told (see the kind mss-too-small)."""

LARGEST_SCALE = 14
"""Bits, RFC 7323 §2.3."""

RESERVED_FLAGS = 0xE00
"""RFC 9293 §3.1, without the bit that RFC 9768 uses."""

SEEN_TWICE_WITHIN = 50_000_000
"""ns; a host that sends again waits longer (RFC 6298 §2.4, and at least 200 ms everywhere)."""

STEADY_WITHIN = 1_000_000_000
"""ns; after a longer pause a host may have counted on for other connections."""

IDENTIFICATION_JUMP = 4096
"""Steps of the IP identification that a busy host does not take at once."""


def look_at_flags(packet: Packet, events: Events, limit: cython.Py_ssize_t) -> cython.int:
    """Flags that no state allows (RFC 9293 §3.10.7)."""
    flags: cython.int = packet.flags
    wrong: cython.int = -1
    xmas: cython.int = FLAG_FIN | FLAG_PSH | FLAG_URG
    if flags & RESERVED_FLAGS:
        tell_numbers(events, packet, limit, A_FLAGS_RESERVED, AT_FLAGS, 2, flags, 0, 0)
    if not flags & 0x3F:
        wrong = A_FLAGS_NULL
    elif flags & FLAG_SYN and flags & FLAG_RST:
        wrong = A_FLAGS_SYN_RST
    elif flags & FLAG_SYN and flags & FLAG_FIN:
        wrong = A_FLAGS_SYN_FIN
    elif flags & FLAG_RST and flags & FLAG_FIN:
        wrong = A_FLAGS_FIN_RST
    elif not flags & (FLAG_SYN | FLAG_RST | FLAG_ACK):
        wrong = A_FLAGS_XMAS if (flags & xmas) == xmas else A_FLAGS_WITHOUT_ACK
    if wrong >= 0:
        tell_numbers(events, packet, limit, wrong, AT_FLAGS, 2, flags, 0, 0)
    if not flags & FLAG_ACK and packet.acknowledgment:
        tell_numbers(
            events,
            packet,
            limit,
            A_ACK_NUMBER_WITHOUT_ACK_FLAG,
            AT_ACKNOWLEDGMENT,
            4,
            packet.acknowledgment,
            0,
            0,
        )
    return 0


def look_at_urgent(packet: Packet, events: Events, limit: cython.Py_ssize_t) -> cython.int:
    """The urgent pointer (RFC 9293 §3.8.5, RFC 6093)."""
    urgent: cython.longlong = packet.urgent
    if not packet.flags & FLAG_URG:
        if urgent:
            tell_numbers(events, packet, limit, A_URGENT_POINTER_WITHOUT_FLAG, AT_URGENT, 2, urgent, 0, 0)
    elif urgent == 0:
        tell(events, packet, limit, A_URGENT_POINTER_ZERO, AT_URGENT, 2)
    elif packet.flags & FLAG_ACK:
        tell_numbers(events, packet, limit, A_URGENT_DATA, AT_URGENT, 2, urgent, 0, 0)
        if urgent > packet.payload:
            tell_numbers(
                events,
                packet,
                limit,
                A_URGENT_POINTER_BEYOND_SEGMENT,
                AT_URGENT,
                2,
                urgent,
                packet.payload,
                0,
            )
    return 0


def look_at_options(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
) -> cython.int:
    """Options that are broken, too large, too small, or were not agreed upon."""
    length: cython.Py_ssize_t = packet.header_length - 20
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    if packet.bad_options:
        tell(events, packet, limit, A_OPTIONS_BROKEN, AT_OPTIONS, length if length > 0 else 0)
    if packet.flags & FLAG_SYN:
        if 0 < packet.mss < SMALLEST_SEGMENT_SIZE:
            tell_numbers(
                events,
                packet,
                limit,
                A_MSS_TOO_SMALL,
                AT_OPTIONS,
                length,
                packet.mss,
                SMALLEST_SEGMENT_SIZE,
                0,
            )
        if packet.window_scale > LARGEST_SCALE:
            tell_numbers(
                events,
                packet,
                limit,
                A_WINDOW_SCALE_TOO_LARGE,
                AT_OPTIONS,
                length,
                packet.window_scale,
                LARGEST_SCALE,
                0,
            )
    elif packet.sack_count > 0:
        if state & SYN_SEEN and other & SYN_SEEN and not (state & other & SACK_OFFERED):
            tell_numbers(
                events, packet, limit, A_SACK_NOT_PERMITTED, AT_OPTIONS, length, packet.sack_count, 0, 0
            )
        if difference(packet.sack_right, packet.sack_left) <= 0:
            tell_numbers(
                events,
                packet,
                limit,
                A_SACK_INVALID,
                AT_OPTIONS,
                length,
                packet.sack_right,
                packet.sack_left,
                0,
            )
    return 0


def seen_twice(packet: Packet, own: LongsView) -> cython.bint:
    """Whether the capture holds this packet twice: shortly before there was one with its IP identification.

    Told only of segments that say nothing new, and where the identification tells packets apart.
    """
    ids: cython.longlong = own[T_IDS]
    numbers: cython.longlong = own[T_NUMBERS]
    identification: cython.int = packet.identification
    length: cython.longlong = packet.payload
    since: cython.longlong = packet.time - own[T_TIME]
    end: cython.uint
    if identification <= 0 or not own[T_STATE] & KNOWN:
        return False
    if own[T_STAMP] & ID_CONSTANT:
        return False
    if packet.flags & (FLAG_SYN | FLAG_FIN):
        length += 1
    if length > 0:  # some hosts send again under the old identification, but not at once
        since = packet.time - own[T_NEXT_TIME]
    end = wrapped(packet.sequence + length)
    if since > SEEN_TWICE_WITHIN or since < 0 or difference(end, upper(numbers)) > 0:
        return False
    if packet.flags & FLAG_ACK and difference(packet.acknowledgment, lower(numbers)) > 0:
        return False
    return (
        (ids & 0xFFFF) == identification
        or ((ids >> 16) & 0xFFFF) == identification
        or ((ids >> 32) & 0xFFFF) == identification
        or ((ids >> 48) & 0xFFFF) == identification
    )


def look_at_path(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    expected: cython.bint,
) -> cython.int:
    """Whether the packet came another way than the one before, or from another counter.

    `expected` says that its sequence number is the next one: after a loss the counter jumps as well.
    """
    before: cython.longlong = own[T_PATH]
    path: cython.longlong = path_of(packet)
    mac: cython.longlong = (path >> 8) & NO_ADDRESS
    mac_before: cython.longlong = (before >> 8) & NO_ADDRESS
    field: cython.Py_ssize_t = packet.network_offset - packet.transport_offset
    misc: cython.longlong = own[T_STAMP]
    ids: cython.longlong = own[T_IDS]
    steady: cython.longlong = misc & STEADY_MASK
    clear: cython.longlong = STEADY_MASK
    since: cython.longlong = packet.time - own[T_TIME]
    identification: cython.int = packet.identification
    last: cython.int = ids & 0xFFFF
    step: cython.int = (identification - last) & 0xFFFF
    if before and before != path:
        if (before & 0xFF) != (path & 0xFF):
            # the octet of the time to live: RFC 791 §3.1, RFC 8200 §3
            tell_numbers(
                events,
                packet,
                limit,
                A_TTL_CHANGE,
                field + (8 if packet.ip_version == 4 else 7),
                1,
                packet.ttl,
                before & 0xFF,
                0,
            )
        if mac != mac_before and mac != NO_ADDRESS and mac_before != NO_ADDRESS:
            tell_numbers(
                events,
                packet,
                limit,
                A_MAC_CHANGE,
                6 - packet.transport_offset,
                6,
                mac,
                mac_before,
                own[T_FRAME],
            )
    own[T_PATH] = path
    if identification <= 0:  # of IPv6 there is none; a zero is a segment that belongs to no counter
        return 0
    if ids == 0:
        steady = 0
    elif 0 < step <= SMALL_STEP:
        steady = steady + 1 if steady < STEADY_MASK else steady
    elif step == 0:
        # new content under an old number: this sender does not number its packets
        misc |= ID_CONSTANT
        steady = 0
    elif step < 0x10000 - SMALL_STEP:  # else it was overtaken
        if (
            steady >= STEADY_STEPS
            and step > IDENTIFICATION_JUMP
            and step < 0x10000 - IDENTIFICATION_JUMP
            and expected
            # what a closing endpoint says last is often not numbered with the rest
            and (packet.payload > 0 or packet.flags & FLAG_RST)
            and not own[T_STATE] & FIN_SEEN
            and since < STEADY_WITHIN
        ):
            tell_numbers(
                events,
                packet,
                limit,
                A_IP_ID_JUMP,
                field + 4,  # RFC 791 §3.1
                2,
                identification,
                (last + 1) & 0xFFFF,
                own[T_FRAME],
            )
        steady = 0
    own[T_STAMP] = (misc & ~clear) | steady
    # four halves of a half: the sign must not matter
    own[T_IDS] = joined(
        wrapped((upper(ids) << 16) | (lower(ids) >> 16)),
        wrapped((lower(ids) << 16) | identification),
    )
    return 0


def look_at_stamps(
    packet: Packet,
    events: Events,
    limit: cython.Py_ssize_t,
    own: LongsView,
    peer: LongsView,
    in_order: cython.bint,
) -> cython.int:
    """Timestamps (RFC 7323): they never step back, and echo only what the other side sent."""
    state: cython.longlong = own[T_STATE]
    other: cython.longlong = peer[T_STATE]
    word: cython.longlong = own[T_STAMP]
    theirs: cython.longlong = peer[T_STAMP]
    length: cython.Py_ssize_t = packet.header_length - 20
    if not packet.has_timestamps:
        if state & other & STAMPS_OFFERED and in_order and not packet.flags & FLAG_RST:
            tell(events, packet, limit, A_TIMESTAMP_MISSING, AT_OPTIONS, length)
        return 0
    if not state & STAMPS_SEEN:
        put(own, STAMPS_SEEN)
        own[T_STAMP] = joined(packet.timestamp_value, lower(word))
    elif difference(packet.timestamp_value, upper(word)) > 0:
        own[T_STAMP] = joined(packet.timestamp_value, lower(word))
    elif in_order and packet.timestamp_value != upper(word):
        tell_numbers(
            events,
            packet,
            limit,
            A_TIMESTAMP_BACKWARDS,
            AT_OPTIONS,
            length,
            packet.timestamp_value,
            upper(word),
            0,
        )
    if (
        packet.flags & FLAG_ACK
        and packet.timestamp_echo
        and other & STAMPS_SEEN
        and other & SYN_SEEN
        and not theirs & LOSSY
        and difference(packet.timestamp_echo, upper(theirs)) > 0
    ):
        tell_numbers(
            events,
            packet,
            limit,
            A_TIMESTAMP_ECHO_NEVER_SENT,
            AT_OPTIONS,
            length,
            packet.timestamp_echo,
            upper(theirs),
            0,
        )
    return 0
