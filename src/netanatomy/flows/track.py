"""From packets to connections: each row of the packet table is taken up, found its connection, counted.

What follows of it is told by three others: `tcp_analysis` looks at every segment, `tcp` moves the
endpoints on as Zeek does, and `streams` keeps the octets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython
import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.flow_options import FlowOptions

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.columns import Columns
    from netanatomy.flows.counting import count
    from netanatomy.flows.deadlines import Deadlines
    from netanatomy.flows.events import MAXIMUM_PACKET_EVENTS, Events
    from netanatomy.flows.foresight import AHEAD, AHEAD_COLUMNS, AHEAD_DETAIL, KEYS, Foresight
    from netanatomy.flows.identity import Entropy, as_signed, uid_hash
    from netanatomy.flows.intake import FOLLOWED, WRONG_CHECKSUM, Intake
    from netanatomy.flows.lone_syn import is_lone_syn, keep_lone_syn, read_again
    from netanatomy.flows.originators import Originators
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.streams import Streams
    from netanatomy.flows.table import *
    from netanatomy.flows.tcp import update, wrong_checksum
    from netanatomy.flows.tcp_analysis import analyse
    from netanatomy.flows.tcp_handshake import new_attempt
    from netanatomy.flows.tcp_history import seen_before
    from netanatomy.flows.tcp_plain import takes_place
    from netanatomy.flows.tcp_roles import is_reuse
    from netanatomy.flows.tcp_status import *

    # Connections that one packet can end, beside those whose time has come.
    ENDED_BY_A_PACKET = 4

    # Connections ahead of the one that ends with the capture whose bucket is fetched.
    ENDED_AHEAD = 8

    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58


COMPILED = cython.compiled
"""Whether the kernels of this room run as machine code."""

EVENTS = 16_384
"""Anomalies that are held until they are taken."""

MAXIMUM_LAYERS = 17
"""Nesting levels of a frame (the packet table has 16) and one for none."""


class Tracker:
    """Follows connections, row by row.

    Args:
        options: what a user may set.
        servers: for TCP and UDP, of each port whether it is taken for a server's; shape (2, 65536).
        by_range: whether the range of a port may tell the originator where nothing else does.
        streams: where the octets of the streams go.
        key: key of the hash table, for tests; random if None.

    Attributes:
        table: the connections.
        events: anomalies noted since they were taken last.
        streams: the octets of the streams.
        counts: rows by what became of them.
        evictions: connections given up for room, by queue.
        takes_short_way: whether plain segments are taken up at once; for tests, which compare both ways.
        uid_high, uid_low, sides: of each row of the batch, its connection's uid (0: none) and side.
    """

    def __init__(
        self,
        options: FlowOptions,
        servers: NDArray[np.uint8],
        by_range: bool,
        streams: Streams,
        key: tuple[int, int] | None = None,
    ) -> None:
        self.table = Connections(options.maximum_connections, key)
        self.packet = Packet()
        self.earlier = Packet()
        self.events = Events(EVENTS)
        self.columns = Columns()
        self.streams = streams
        self.entropy = Entropy()
        self.intake = Intake(options.checksums != "ignore", options.checksums == "check")
        self.counts = self.intake.counts
        self.evictions = np.zeros(QUEUES, np.int64)
        self.outcome = self.counts.data
        self.evicted = self.evictions.data
        self.originators = Originators(servers, by_range)
        self.parent_high = np.zeros(MAXIMUM_LAYERS, np.int64).data
        self.parent_low = np.zeros(MAXIMUM_LAYERS, np.int64).data
        wrong = np.zeros(8, np.uint8)
        wrong[2] = options.checksums != "ignore"  # codes of CHECKSUM_STATUS: bad, partial
        wrong[5] = options.checksums == "check"
        self.wrong = wrong.data
        self.takes_short_way = True
        self.keeps_streams = options.stream_depth > 0
        self.delivers = streams.chunks.deliver
        self.deadlines = Deadlines(options)
        self.foresight = Foresight()
        self.reserved = 0
        self.reserve(0)

    def reserve(self, rows: int) -> None:
        """Make room to say of each of so many rows which connection it belongs to; none does yet."""
        if rows == 0 or rows > self.reserved:
            self.reserved = rows
            self.uid_high = np.zeros(max(rows, 1), np.int64)
            self.uid_low = np.zeros(max(rows, 1), np.int64)
            self.sides = np.zeros(max(rows, 1), np.uint8)
            self.row_uid_high = self.uid_high.data
            self.row_uid_low = self.uid_low.data
            self.row_side = self.sides.data
        else:
            self.uid_high[:rows] = 0
            self.uid_low[:rows] = 0
            self.sides[:rows] = 0

    def follow(
        self,
        first: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
        octets: NDArray[np.uint8],
        origin: LongsView,
        first_number: cython.ulonglong,
        reassembled: cython.bint,
    ) -> cython.Py_ssize_t:
        """Take up the rows from `first` to `end`, whose octets lie in one buffer.

        Returns the row to go on with: before `end` where ended connections, anomalies or chunks of
        streams must be taken first.
        """
        row: cython.Py_ssize_t = first
        ahead: cython.Py_ssize_t
        assured: cython.Py_ssize_t = first  # up to this row there is room for all that packets can give
        self.intake.begin(self.packet, octets, origin, first_number, reassembled)
        if first < 0 or end > self.columns.rows or end > self.reserved:
            raise IndexError("rows beyond the batch")
        with cython.nogil:
            for ahead in range(AHEAD):
                self.foresight.look(self.columns, self.table, row + ahead, end)
            while row < end:
                if row & 7 == 0:
                    self.columns.expect(row + AHEAD_COLUMNS)
                if self.foresight.look(self.columns, self.table, row + AHEAD, end):
                    self.intake.expect_payload(self.packet, self.columns, row + AHEAD_DETAIL)
                if row >= assured:
                    if self.full():
                        break
                    assured = row + self.room()
                if self.streams.is_nearly_full():
                    break
                self.deadlines.advance(self.columns.time[row])
                if self.deadlines.now >= self.table.next_deadline:
                    if self.expire():
                        break
                    assured = row + self.room()
                self.one(self.packet, self.table, row)
                row += 1
        return row

    def finish(self) -> bool:
        """End all connections, as far as there is room; whether all have ended."""
        queue: cython.int
        slot: cython.Py_ssize_t
        ahead: cython.Py_ssize_t
        _step: cython.int
        with cython.nogil:
            for queue in range(QUEUES):
                ahead = self.table.head[queue]
                for _step in range(ENDED_AHEAD):
                    if ahead != NOTHING:
                        ahead = self.table.expect_end(ahead)
                while self.table.head[queue] != NOTHING:
                    if self.full():
                        break
                    if ahead != NOTHING:
                        ahead = self.table.expect_end(ahead)
                    slot = self.table.head[queue]
                    self.end(
                        slot,
                        self.deadlines.lapse(self.table, slot)
                        if self.deadlines.due(self.table, slot) <= self.deadlines.now
                        else ENDED_CAPTURE,
                    )
        return self.table.live == 0

    def full(self) -> cython.bint:
        """Whether something must be taken before another packet."""
        return (
            self.table.ended + ENDED_BY_A_PACKET > self.table.ended_capacity
            or self.events.count + MAXIMUM_PACKET_EVENTS > self.events.capacity
            or self.events.evidence_count + MAXIMUM_PACKET_EVENTS > self.events.readings
            or self.streams.is_nearly_full()
        )

    def room(self) -> cython.Py_ssize_t:
        """How many packets there is room for whatever they bring, but for the octets of streams."""
        ended: cython.Py_ssize_t = (self.table.ended_capacity - self.table.ended) // ENDED_BY_A_PACKET
        events: cython.Py_ssize_t = (self.events.capacity - self.events.count) // MAXIMUM_PACKET_EVENTS
        readings: cython.Py_ssize_t = (
            self.events.readings - self.events.evidence_count
        ) // MAXIMUM_PACKET_EVENTS
        least: cython.Py_ssize_t = events if events < readings else readings
        return ended if ended < least else least

    def expire(self) -> cython.bint:
        """End the connections whose time has come; whether there was no room for all of them."""
        queue: cython.int
        slot: cython.Py_ssize_t
        deadline: cython.longlong
        for queue in range(QUEUES):
            while self.table.head[queue] != NOTHING:
                slot = self.table.head[queue]
                if self.table.record[slot, DEADLINE] > self.deadlines.now:
                    break
                if self.full():
                    return True
                deadline = self.deadlines.due(self.table, slot)
                if deadline <= self.deadlines.now:
                    self.end(slot, self.deadlines.lapse(self.table, slot))
                else:
                    self.table.schedule(slot, queue, deadline)
        self.table.look_again()
        return False

    def end(self, slot: cython.Py_ssize_t, reason: cython.int) -> cython.int:
        """End a connection and give back what its streams hold."""
        status: cython.longlong = self.table.record[slot, STATUS]
        line: cython.Py_ssize_t = self.table.detail_of(slot)
        if reason == ENDED_EVICTED:
            self.evicted[self.table.queue_of(slot)] += 1
        elif status & ENDING and reason != ENDED_REUSED:
            reason = ENDED_CLOSED
            if state_of(status, ORIGINATOR) == RESET or state_of(status, RESPONDER) == RESET:
                reason = ENDED_RESET
        if line >= 0 and self.keeps_streams:
            self.streams.close(self.table, line)
        return self.table.end(slot, reason)

    def one(self, packet: Packet, table: Connections, row: cython.Py_ssize_t) -> cython.int:
        """Take up one row."""
        record: cython.p_longlong
        key: cython.ulonglong
        slot: cython.Py_ssize_t
        new: cython.bint = False
        events: cython.longlong = self.events.count
        if not self.intake.take_up(packet, self.columns, row):
            self.parent_high[packet.depth] = 0
            self.parent_low[packet.depth] = 0
            return 0
        key = self.foresight.keys[row & (KEYS - 1)]
        if not key:
            key = table.hash_of(packet, self.intake.one_way)
        slot = table.find(packet, self.intake.one_way, key)
        if slot >= 0:
            packet.slot = slot
            record = table.record_line(slot)
            packet.detail = table.detail_of(slot)
            if (
                packet.time >= record[DEADLINE]  # it moves on late: no connection is due before
                and packet.time > record[LATEST_TIME]
                and packet.time >= self.deadlines.due(self.table, slot)
            ):
                self.end(slot, self.deadlines.lapse(self.table, slot))
                slot = -1
            elif (
                packet.protocol == PROTOCOL_TCP
                and packet.flags & SYN
                and not self.wrong[packet.checksum]
                and is_reuse(self.table, packet)
            ):
                packet.uid_high = self.table.record[slot, UID_HIGH]
                packet.uid_low = self.table.record[slot, UID_LOW]
                if packet.detail < 0:
                    self.begin_detail(self.packet, self.table)
                new_attempt(self.table, packet, self.events)
                self.table.detail[packet.detail, D_ANOMALIES] += self.events.count - events
                events = self.events.count
                self.end(slot, ENDED_REUSED)
                slot = -1
        if slot < 0:
            self.make(self.packet, self.table, key)
            new = True
            record = table.record_line(packet.slot)
        elif packet.detail < 0 and (
            packet.protocol == PROTOCOL_TCP or record[PACKETS_ORIG + packet.side] > 0
        ):
            # A question and its answer, as most datagrams are, leave nothing to say in a detail.
            self.begin_detail(self.packet, self.table)
        packet.uid_high = record[UID_HIGH]
        packet.uid_low = record[UID_LOW]
        self.row_uid_high[row] = packet.uid_high
        self.row_uid_low[row] = packet.uid_low
        self.parent_high[packet.depth] = packet.uid_high
        self.parent_low[packet.depth] = packet.uid_low
        if self.wrong[packet.checksum]:
            self.outcome[WRONG_CHECKSUM] += 1
            self.row_side[row] = packet.side
            if packet.protocol != PROTOCOL_ICMP and packet.protocol != PROTOCOL_ICMPV6:
                if packet.detail < 0:
                    self.begin_detail(self.packet, self.table)
                wrong_checksum(self.table, packet)
            if new:
                self.deadlines.plan(self.packet, self.table, True)
            return 0
        self.outcome[FOLLOWED] += 1
        if packet.depth > 0 and record[PARENT_HIGH] == 0:
            record[PARENT_HIGH] = self.parent_high[packet.depth - 1]
            record[PARENT_LOW] = self.parent_low[packet.depth - 1]
        count(packet, table, record, self.entropy)
        if packet.protocol == PROTOCOL_TCP:
            if (
                not new
                and self.takes_short_way
                and takes_place(
                    packet,
                    record,
                    table.side_line(packet.detail, packet.side),
                    table.side_line(packet.detail, 1 - packet.side),
                )
            ):
                if self.keeps_streams:
                    self.keep_octets(packet, table)
            elif new and is_lone_syn(packet):
                keep_lone_syn(packet, table)
            else:
                self.tcp_segment(self.packet, self.table)
        else:
            if packet.protocol == PROTOCOL_UDP:
                seen_before(self.table, packet.slot, packet.detail, SEEN_DATA, 68, packet.side)
            if self.delivers:
                self.streams.datagram(self.table, packet)
        self.row_side[row] = packet.side
        if self.events.count > events and packet.detail >= 0:
            self.table.detail[packet.detail, D_ANOMALIES] += self.events.count - events
        if (record[EXTRA] >> 56) & 15 == QUEUE_ESTABLISHED and not record[STATUS] & ENDING:
            return 0  # as of nearly every packet: there it stays
        if self.deadlines.plan(self.packet, self.table, new) and self.keeps_streams and packet.detail >= 0:
            self.streams.close(table, packet.detail)
        return 0

    def make(self, packet: Packet, table: Connections, key: cython.ulonglong) -> cython.int:
        """A new connection for the packet at hand."""
        victim: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        sequence: cython.longlong = packet.sequence if packet.protocol == PROTOCOL_TCP else 0
        ports: cython.longlong = packet.source_port
        high: cython.ulonglong
        low: cython.ulonglong
        packet.side = ORIGINATOR
        packet.detail = -1
        if table.live >= table.limit:
            victim = table.oldest_to_evict()
            if victim >= 0:
                self.end(victim, ENDED_EVICTED)
                victim = table.oldest_to_evict()
                if victim >= 0:
                    table.expect_eviction(victim)
        slot = table.insert(packet, key)
        packet.slot = slot
        ports = (ports << 16) | packet.destination_port
        ports = (ports << 8) | packet.protocol
        high, low = uid_hash(
            packet.time,
            packet.source_high,
            packet.source_low,
            packet.destination_high,
            packet.destination_low,
            (ports << 20) ^ sequence ^ (packet.scope << 1),
        )
        table.record[slot, UID_HIGH] = as_signed(high)
        table.record[slot, UID_LOW] = as_signed(low)
        table.record[slot, FIRST_TIME] = packet.time
        table.record[slot, LAST_TIME] = packet.time
        table.record[slot, LATEST_TIME] = packet.time
        table.record[slot, FIRST_FRAME] = packet.frame
        table.record[slot, LAST_FRAME] = packet.frame
        self.originators.find(packet, table, self.intake.one_way)
        return 0

    def begin_detail(self, packet: Packet, table: Connections) -> cython.int:
        """A connection becomes more than one lone packet: give it a detail, and take the SYN up into it."""
        slot: cython.Py_ssize_t = packet.slot
        line: cython.Py_ssize_t = table.add_detail(slot)
        side: cython.int
        size: cython.longlong
        own: cython.Py_ssize_t
        second: cython.longlong = 0
        packet.detail = line
        if packet.protocol != PROTOCOL_TCP:
            second = table.record[slot, FIRST_NUMBERS]
            table.detail[line, D_SECOND_TIME] = second
        for side in range(2):
            if table.record[slot, PACKETS_ORIG + side] == 1:
                own = DETAIL_SIDES + side * SIDE_WORDS
                size = table.record[slot, IP_BYTES_ORIG + side]
                if size > 0x7FFFFFFF:
                    size = 0x7FFFFFFF
                table.detail[line, own + S_SIZES] = (size << 32) | size
                table.detail_real[line, own + S_SIZE_SQUARES] = size * size * 1.0
                if not second:
                    table.detail[line, own + S_SEEN_TIME] = table.record[slot, LATEST_TIME]
                elif (table.record[slot, FACTS_ORIG + side] >> 54) & 1:
                    table.detail[line, own + S_SEEN_TIME] = table.record[slot, FIRST_TIME]
                else:
                    table.detail[line, own + S_SEEN_TIME] = second
        if packet.protocol == PROTOCOL_TCP and table.record[slot, FIRST_OPTIONS]:
            read_again(table, packet, self.earlier, self.events)
        return 0

    def tcp_segment(self, packet: Packet, table: Connections) -> cython.int:
        """Look at a segment that is not plain, move the endpoints on, and keep its octets."""
        if packet.detail < 0:
            self.begin_detail(self.packet, self.table)
        analyse(table, packet, self.events)
        update(table, packet)
        if self.keeps_streams:
            self.keep_octets(packet, table)
        return 0

    def keep_octets(self, packet: Packet, table: Connections) -> cython.int:
        """Take up what a segment brings to the streams of its connection, and what it acknowledges."""
        own: cython.p_longlong
        peer: cython.p_longlong
        relative: cython.longlong
        if table.queue_of(packet.slot) == QUEUE_CLOSED:
            return 0
        if packet.flags & ACK:
            peer = table.side_line(packet.detail, 1 - packet.side)
            if peer[S_STREAM]:
                relative = peer[S_ACKED] - peer[S_START]
                self.streams.acknowledged(table, packet, 1 - packet.side, relative - 1)
        if packet.captured > 0 and packet.at >= 0 and not packet.flags & RST:
            own = table.side_line(packet.detail, packet.side)
            relative = unwrapped(packet.sequence, own[S_LAST])
            relative -= own[S_START]
            if not packet.flags & SYN:
                relative -= 1
            if relative >= 0:
                self.streams.segment(table, packet, self.events, relative)
        return 0
