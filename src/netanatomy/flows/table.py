"""The connection table: where connections lie, how they are found, and which is looked at when.

Everything is arrays of fixed size: records and details are lines (see record.py), a bucket of the hash
table is the number of its first record, and a queue of deadlines runs through the records. A queue
holds connections that are looked at after the same time, so its order is that of the deadlines, and
a packet costs no change of it: when a deadline comes, the connection is looked at, and put at the end
again if something came since.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import cython
import numpy as np
from numpy.typing import NDArray

from netanatomy.flows.ended_room import EndedRoom, EndedRooms, lines_of

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, RealsView

if not cython.compiled:
    from netanatomy.flows.identity import as_signed, keyed_hash, short_hash
    from netanatomy.flows.lines import clear_line, copy_line
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *

    QUEUE_ATTEMPT = 0  # a SYN that nobody answered
    QUEUE_UDP_UNANSWERED = 1
    QUEUE_ICMP = 2
    QUEUE_OTHER = 3
    QUEUE_HANDSHAKE = 4  # TCP of which no side is established
    QUEUE_HALF_OPEN = 5  # TCP of which a side is unheard, or nothing of the responder was acknowledged
    QUEUE_CLOSED = 6
    QUEUE_UDP = 7
    QUEUE_ESTABLISHED = 8
    QUEUES = 9
    CHEAP_QUEUES = 7  # those before this one hold what one packet can make or has ended: a flood fills these

    ENDED_CLOSED = 1  # as in schema.connections.END_REASONS
    ENDED_RESET = 2
    ENDED_ATTEMPT = 3
    ENDED_INACTIVE = 4
    ENDED_REUSED = 5
    ENDED_EVICTED = 6
    ENDED_CAPTURE = 7

    GROWTH = 8  # times as many buckets, when half as many connections came as there are buckets
    NOBODY = -1  # the protocol of a record that is free
    NOTHING = 0x7FFFFFFF  # no record, no detail: what PLACE, LINKS and a bucket say then

ENDED_ROWS = 8_192
"""Ended connections that are held until they are taken."""

FIRST_BUCKETS = 1 << 16
"""Buckets that are used at first: a quarter of a MiB."""

NEVER = (1 << 63) - 1
"""A deadline that does not come."""


def random_word() -> int:
    """64 bits that nobody can guess, from where `secrets` has them, whose import costs six milliseconds."""
    return int.from_bytes(os.urandom(8), "little")


def as_reals(words: NDArray[np.int64]) -> RealsView:
    """The same memory, read as floating-point numbers."""
    reals: RealsView = words.view(np.float64).data  # type: ignore[assignment]  # NumPy's stub says int
    return reals


class Connections:
    """Room for `limit` connections.

    Memory is asked for at once and touched only as connections come, so that it costs NOTHING before.

    Args:
        limit: connections kept at once.
        key: two 64-bit words that key the hash; random where none are given, so that nobody can
            prepare packets that fall into one bucket.

    Attributes:
        live: connections in the table.
        live_details: how many of them have a detail.
        made: connections ever made.
        ended: connections that ended and were not taken yet.
    """

    def __init__(self, limit: int, key: tuple[int, int] | None = None) -> None:
        # Four buckets a connection: most are empty or hold one, so that a stranger is told apart at once.
        buckets = 1 << max(10, (4 * limit).bit_length())
        self.limit = limit
        self.live = 0
        self.live_details = 0
        self.made = 0
        self.short_words = bool(np.little_endian)
        self.mask = min(buckets, FIRST_BUCKETS) - 1
        self.key_low, self.key_high = key or (random_word(), random_word())
        words: dict[str, NDArray[np.int64]] = {
            "record": lines_of(limit, RECORD_WORDS),
            "detail": lines_of(limit, DETAIL_WORDS),
        }
        self.arrays = arrays = words
        self.record = arrays["record"].data
        self.detail = arrays["detail"].data
        self.detail_real = as_reals(arrays["detail"])
        if not cython.compiled:  # uncompiled, a line is a slice of these
            self.records = arrays["record"].reshape(-1).data
            self.details = arrays["detail"].reshape(-1).data
            self.detail_reals = as_reals(arrays["detail"].reshape(-1))
        self.bucket = np.zeros(buckets, np.uint32).data  # a record's number plus one, or 0
        self.free_record = np.zeros(limit, np.uint32).data
        self.free_detail = np.zeros(limit, np.uint32).data
        self.freed_records = 0
        self.freed_details = 0
        self.fresh_record = 0
        self.fresh_detail = 0
        self.head = np.full(QUEUES, NOTHING, np.uint32).data
        self.tail = np.full(QUEUES, NOTHING, np.uint32).data
        self.length = np.zeros(QUEUES, np.int64).data
        self.next_deadline = NEVER
        self.ended_capacity = ENDED_ROWS
        self.rooms = EndedRooms(ENDED_ROWS, RECORD_WORDS, DETAIL_WORDS)
        self._move_into(self.rooms.free())

    def _move_into(self, room: EndedRoom) -> None:
        self.room = room
        self.ended_record = room.record.data
        self.ended_detail = room.detail.data
        self.ended_line = room.line.data
        self.ended_reason = room.reason.data
        self.ended = 0
        self.ended_details = 0

    def take_ended(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
        """Records, details, the detail's line of each record or -1, and reasons of what ended since."""
        room, ended, details = self.room, int(self.ended), int(self.ended_details)
        taken = room.record[:ended], room.detail[:details], room.line[:ended], room.reason[:ended]
        self._move_into(self.rooms.free())
        return taken

    if not cython.compiled:  # compiled, these are inline: see table.pxd

        def record_line(self, slot: int) -> LongsView:
            """The words of a connection's record."""
            return self.records[slot * RECORD_WORDS : (slot + 1) * RECORD_WORDS]

        def detail_line(self, line: int) -> LongsView:
            """The words of a detail."""
            return self.details[line * DETAIL_WORDS : (line + 1) * DETAIL_WORDS]

        def side_line(self, line: int, side: int) -> LongsView:
            """The words of a side in a detail."""
            first = line * DETAIL_WORDS + DETAIL_SIDES + side * SIDE_WORDS
            return self.details[first : first + SIDE_WORDS]

        def side_reals(self, line: int, side: int) -> RealsView:
            """The same words, read as floating-point numbers."""
            first = line * DETAIL_WORDS + DETAIL_SIDES + side * SIDE_WORDS
            return self.detail_reals[first : first + SIDE_WORDS]

        def analysis_line(self, line: int, side: int) -> LongsView:
            """Those words of a side that belong to the analysis of TCP."""
            return self.side_line(line, side)[S_ANALYSIS:]

        def detail_of(self, slot: cython.Py_ssize_t) -> cython.longlong:
            """The line of a connection's detail, or -1."""
            line: int = self.record[slot, PLACE] & NOTHING
            return -1 if line == NOTHING else line

        def queue_of(self, slot: cython.Py_ssize_t) -> cython.int:
            """The queue that a connection waits in."""
            queue: int = (self.record[slot, EXTRA] >> 56) & 15
            return queue

        def first_of(self, key: int) -> int:
            """The first record in the bucket of a key, or NOTHING."""
            number: int = self.bucket[key & self.mask]
            return number - 1 if number else NOTHING

        def expect_bucket(self, key: int) -> int:
            """Compiled, have the processor fetch a bucket that will be asked for soon."""
            return 0 * key

        def expect_eviction(self, slot: int) -> int:
            """The same for what giving up a connection looks at, and for the two after it."""
            return 0 * slot

        def expect_end(self, slot: int) -> int:
            """The same for what ending a connection looks at; the one behind it in its queue, or NOTHING."""
            following: int = self.record[slot, LINKS] & NOTHING
            return following

        def hash_from(
            self,
            kind: cython.ulonglong,
            high: cython.longlong,
            low: cython.longlong,
            port: cython.ulonglong,
            other_high: cython.longlong,
            other_low: cython.longlong,
            other_port: cython.ulonglong,
        ) -> cython.ulonglong:
            """The keyed hash of two ends in their order.

            Of IPv4 only half of each low word differs: the ports and the protocol take the place of the other
            half, where the octets lie so that they do not meet the address.
            """
            ports: cython.ulonglong = (port << 16) | other_port
            if self.short_words and (kind >> 8) == 4:
                return short_hash(self.key_low, self.key_high, low ^ ports, other_low ^ kind)
            return keyed_hash(
                self.key_low, self.key_high, high, low, other_high, other_low, (kind << 32) | ports
            )

    def hash_of(self, packet: Packet, one_way: cython.bint) -> cython.ulonglong:
        """The keyed hash of a packet's conversation: the same both ways, unless it has but one."""
        swap: cython.bint = False
        if not one_way:
            if packet.source_high != packet.destination_high:
                swap = packet.source_high > packet.destination_high
            elif packet.source_low != packet.destination_low:
                swap = packet.source_low > packet.destination_low
            else:
                swap = packet.source_port > packet.destination_port
        if swap:
            return self.hash_from(
                packet.protocol | (packet.ip_version << 8),
                packet.destination_high,
                packet.destination_low,
                packet.destination_port,
                packet.source_high,
                packet.source_low,
                packet.source_port,
            )
        return self.hash_from(
            packet.protocol | (packet.ip_version << 8),
            packet.source_high,
            packet.source_low,
            packet.source_port,
            packet.destination_high,
            packet.destination_low,
            packet.destination_port,
        )

    def find(self, packet: Packet, one_way: cython.bint, key: cython.ulonglong) -> cython.Py_ssize_t:
        """The connection that a packet belongs to, or -1; `packet.side` says which side sent it.

        Where one conversation runs in several VLANs or overlay networks, the one in the packet's own
        is taken; a side that was not heard of yet may come from another, as mirrored ports show.
        """
        slot: cython.Py_ssize_t = self.first_of(key)
        best: cython.Py_ssize_t = -1
        best_score: cython.int = 0
        best_side: cython.int = 0
        score: cython.int
        side: cython.int
        source_port: cython.longlong = packet.source_port
        destination_port: cython.longlong = packet.destination_port
        forward: cython.longlong = (source_port << 16) | destination_port
        backward: cython.longlong = (destination_port << 16) | source_port
        kind: cython.longlong = packet.protocol | (packet.ip_version << 8)
        while slot != NOTHING:
            side = -1
            if (self.record[slot, PROTOCOL] & 0xFFFF) == kind:
                if (
                    self.record[slot, PORTS] == forward
                    and self.record[slot, ORIG_LOW] == packet.source_low
                    and self.record[slot, RESP_LOW] == packet.destination_low
                    and self.record[slot, ORIG_HIGH] == packet.source_high
                    and self.record[slot, RESP_HIGH] == packet.destination_high
                ):
                    side = ORIGINATOR
                elif (
                    not one_way
                    and self.record[slot, PORTS] == backward
                    and self.record[slot, ORIG_LOW] == packet.destination_low
                    and self.record[slot, RESP_LOW] == packet.source_low
                    and self.record[slot, ORIG_HIGH] == packet.destination_high
                    and self.record[slot, RESP_HIGH] == packet.source_high
                ):
                    side = RESPONDER
            if side >= 0:
                score = 0
                if self.record[slot, SCOPE_ORIG + side] == packet.scope:
                    score = 3
                elif self.record[slot, SCOPE_ORIG + side] == -1:
                    score = 2 if self.record[slot, SCOPE_RESP - side] == packet.scope else 1
                if score > best_score:
                    best = slot
                    best_score = score
                    best_side = side
                    if score == 3:
                        break
            slot = self.record[slot, PLACE] >> 32
        if best >= 0:
            packet.side = best_side
        return best

    def insert(self, packet: Packet, key: cython.ulonglong) -> cython.Py_ssize_t:
        """A new record for a packet whose source is its originator; -1 if there is no room."""
        slot: cython.Py_ssize_t
        place: cython.Py_ssize_t
        source_port: cython.longlong = packet.source_port
        none: cython.longlong = QUEUES
        following: cython.longlong
        if self.live * 2 > self.mask and self.mask + 1 < len(self.bucket):
            self.grow()
        place = key & self.mask
        following = self.first_of(key)
        if self.freed_records > 0:
            self.freed_records -= 1
            slot = self.free_record[self.freed_records]
            clear_line(self.record, slot)
        elif self.fresh_record < self.limit:
            slot = self.fresh_record  # never used before, so all zeros
            self.fresh_record += 1
        else:
            return -1
        self.record[slot, ORIG_HIGH] = packet.source_high
        self.record[slot, ORIG_LOW] = packet.source_low
        self.record[slot, RESP_HIGH] = packet.destination_high
        self.record[slot, RESP_LOW] = packet.destination_low
        self.record[slot, PORTS] = (source_port << 16) | packet.destination_port
        self.record[slot, PROTOCOL] = packet.protocol | (packet.ip_version << 8)
        self.record[slot, SCOPE_ORIG] = -1
        self.record[slot, SCOPE_RESP] = -1
        self.record[slot, PLACE] = (following << 32) | NOTHING
        self.record[slot, EXTRA] = none << 56  # in no queue yet
        self.record[slot, BUCKET] = as_signed(key)
        self.record[slot, MAC_ORIG] = -1
        self.record[slot, MAC_RESP] = -1
        self.bucket[place] = slot + 1
        self.live += 1
        self.made += 1
        return slot

    def grow(self) -> cython.int:
        """Spread the connections over more buckets.

        As long as there are few connections, their buckets so lie near the core; those of the whole limit
        would not.
        """
        slot: cython.Py_ssize_t
        place: cython.Py_ssize_t
        following: cython.longlong
        for place in range(self.mask + 1):
            self.bucket[place] = 0
        self.mask = self.mask * GROWTH + GROWTH - 1
        if self.mask >= len(self.bucket):
            self.mask = len(self.bucket) - 1
        for slot in range(self.fresh_record):
            if self.record[slot, PROTOCOL] == NOBODY:
                continue
            place = self.record[slot, BUCKET] & self.mask
            following = self.first_of(place)
            self.record[slot, PLACE] = (self.record[slot, PLACE] & NOTHING) | (following << 32)
            self.bucket[place] = slot + 1
        return 0

    def remove(self, slot: cython.Py_ssize_t) -> cython.int:
        """Take a record out of its bucket."""
        place: cython.Py_ssize_t = self.record[slot, BUCKET] & self.mask
        other: cython.Py_ssize_t = self.first_of(place)
        following: cython.longlong = self.record[slot, PLACE] >> 32
        if other == slot:
            self.bucket[place] = 0 if following == NOTHING else following + 1
            return 0
        while (self.record[other, PLACE] >> 32) != slot:
            other = self.record[other, PLACE] >> 32
        self.record[other, PLACE] = (self.record[other, PLACE] & NOTHING) | (following << 32)
        return 0

    def add_detail(self, slot: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """A detail for a record; there is one for each record, so there is always room."""
        line: cython.Py_ssize_t
        if self.freed_details > 0:
            self.freed_details -= 1
            line = self.free_detail[self.freed_details]
            clear_line(self.detail, line)
        else:
            line = self.fresh_detail  # never used before, so all zeros
            self.fresh_detail += 1
        self.detail[line, D_RTT_RESP] = -1
        self.detail[line, D_RTT_ORIG] = -1
        self.record[slot, PLACE] = ((self.record[slot, PLACE] >> 32) << 32) | line
        self.live_details += 1
        return line

    def unlink(self, slot: cython.Py_ssize_t) -> cython.int:
        """Take a connection out of its queue."""
        queue: cython.int = self.queue_of(slot)
        if queue >= QUEUES:
            return 0
        before: cython.longlong = (self.record[slot, LINKS] >> 32) & NOTHING
        behind: cython.longlong = self.record[slot, LINKS] & NOTHING
        if before != NOTHING:
            self.record[before, LINKS] = ((self.record[before, LINKS] >> 32) << 32) | behind
        else:
            self.head[queue] = behind
        if behind != NOTHING:
            self.record[behind, LINKS] = (self.record[behind, LINKS] & NOTHING) | (before << 32)
        else:
            self.tail[queue] = before
        self.length[queue] -= 1
        return 0

    def schedule(self, slot: cython.Py_ssize_t, queue: cython.int, deadline: cython.longlong) -> cython.int:
        """Put a connection at the end of a queue, to be looked at when its deadline comes."""
        self.unlink(slot)
        last: cython.longlong = self.tail[queue]
        self.record[slot, LINKS] = (last << 32) | NOTHING
        self.record[slot, DEADLINE] = deadline
        number: cython.longlong = queue
        mask: cython.longlong = 0x00FFFFFFFFFFFFFF
        self.record[slot, EXTRA] = (self.record[slot, EXTRA] & mask) | (number << 56)
        if last != NOTHING:
            self.record[last, LINKS] = ((self.record[last, LINKS] >> 32) << 32) | slot
        else:
            self.head[queue] = slot
        self.tail[queue] = slot
        self.length[queue] += 1
        if deadline < self.next_deadline:
            self.next_deadline = deadline
        return 0

    def look_again(self) -> cython.int:
        """Work out anew when the next deadline comes."""
        queue: cython.Py_ssize_t
        first: cython.longlong
        soonest: cython.longlong = 0x7FFFFFFFFFFFFFFF
        for queue in range(QUEUES):
            first = self.head[queue]
            if first != NOTHING and self.record[first, DEADLINE] < soonest:
                soonest = self.record[first, DEADLINE]
        self.next_deadline = soonest
        return 0

    def oldest_to_evict(self) -> cython.Py_ssize_t:
        """Whom to give up for room: the oldest of the fullest of the queues that cost a sender nothing.

        A flood of packets that nobody answers, of whatever kind, pushes out itself, never a
        conversation while there is anything else.
        """
        queue: cython.Py_ssize_t
        fullest: cython.Py_ssize_t = 0
        for queue in range(CHEAP_QUEUES):
            if self.length[queue] > self.length[fullest]:
                fullest = queue
        if self.length[fullest] > 0:
            return self.head[fullest]
        for queue in range(CHEAP_QUEUES, QUEUES):
            if self.head[queue] != NOTHING:
                return self.head[queue]
        return -1

    def end(self, slot: cython.Py_ssize_t, reason: cython.int) -> cython.int:
        """Take a connection out of the table and keep its words until they are taken.

        There must be room among the ended ones: who drives the table sees to it.
        """
        place: cython.Py_ssize_t = self.ended
        line: cython.longlong = self.detail_of(slot)
        self.unlink(slot)
        self.remove(slot)
        copy_line(self.record, slot, self.ended_record, place)
        self.ended_line[place] = -1
        self.ended_reason[place] = reason
        if line >= 0:
            self.ended_line[place] = self.ended_details
            copy_line(self.detail, line, self.ended_detail, self.ended_details)
            self.ended_details += 1
            self.free_detail[self.freed_details] = line
            self.freed_details += 1
            self.live_details -= 1
        self.record[slot, PROTOCOL] = NOBODY
        self.free_record[self.freed_records] = slot
        self.freed_records += 1
        self.ended = place + 1
        self.live -= 1
        return 0
