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
    from netanatomy.flows.counting import count, count_in_detail, first_payload
    from netanatomy.flows.deadlines import Deadlines
    from netanatomy.flows.events import MAXIMUM_PACKET_EVENTS, Events
    from netanatomy.flows.facts import first_of_side
    from netanatomy.flows.foresight import AHEAD, AHEAD_COLUMNS, AHEAD_DETAIL, KEYS, Foresight
    from netanatomy.flows.identity import Entropy, as_signed, uid_hash
    from netanatomy.flows.intake import FOLLOWED, WRONG_CHECKSUM, Intake
    from netanatomy.flows.lone_syn import is_lone_syn, keep_lone_syn, read_again
    from netanatomy.flows.originators import Originators
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.streams import Streams
    from netanatomy.flows.table import *
    from netanatomy.flows.tcp import side_of, update, wrong_checksum
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

    def has_letter(record: LongsView, kind: int, side: int) -> bool:
        """Whether a side's history has such a letter."""
        return record[HISTORY_SEEN] >> (16 + kind + 8 * side) & 1 != 0


COMPILED = cython.compiled
"""Whether the kernels of this room run as machine code."""

EVENTS = 16_384
"""Anomalies that are held until they are taken."""

LAYERS = 256
"""Nesting levels that a frame could have: the column that tells the level is one octet wide."""


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
        self.parent_high = np.zeros(LAYERS, np.int64).data
        self.parent_low = np.zeros(LAYERS, np.int64).data
        # Codes of CHECKSUM_STATUS whose packets do not count: bad, partial; -1 where they do.
        self.bad = 2 if options.checksums != "ignore" else -1
        self.partial = 5 if options.checksums == "check" else -1
        self.takes_short_way = True
        self.keeps_streams = options.stream_depth > 0
        self.delivers = streams.chunks.deliver
        self.makes_chunks = self.keeps_streams or self.delivers
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
        self.intake.begin(self.packet, octets, origin, first_number, reassembled)
        if first < 0 or end > self.columns.rows or end > self.reserved:
            raise IndexError("rows beyond the batch")
        with cython.nogil:
            return self.go(
                self.packet, self.table, self.columns, self.intake, self.foresight, self.deadlines, first, end
            )

    # `follow` saw that there are the rows from `first` to `end`.
    @cython.boundscheck(False)
    def go(
        self,
        packet: Packet,
        table: Connections,
        columns: Columns,
        intake: Intake,
        foresight: Foresight,
        deadlines: Deadlines,
        first: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Take up these rows; the row to go on with.

        The parts of the tracker are handed over so that they are looked up once, not for every packet.
        """
        row: cython.Py_ssize_t = first
        ahead: cython.Py_ssize_t
        assured: cython.Py_ssize_t = first  # up to this row there is room for all that packets can give
        for ahead in range(AHEAD):
            foresight.look(columns, table, row + ahead, end)
        while row < end:
            if row & 7 == 0:
                columns.expect(row + AHEAD_COLUMNS)
            if foresight.look(columns, table, row + AHEAD, end):
                intake.expect_payload(packet, columns, row + AHEAD_DETAIL)
            if row >= assured:
                if self.full():
                    break
                assured = row + self.room()
            if self.makes_chunks and self.streams.is_nearly_full():
                break
            deadlines.advance(columns.time[row])
            if deadlines.now >= table.next_deadline:
                if self.expire():
                    break
                assured = row + self.room()
            self.one(packet, table, columns, intake, row)
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

    # `follow` saw that there is the row, and LAYERS are as many as a depth can be.
    @cython.boundscheck(False)
    def one(
        self, packet: Packet, table: Connections, columns: Columns, intake: Intake, row: cython.Py_ssize_t
    ) -> cython.int:
        """Take up one row."""
        record: cython.p_longlong
        detail: cython.p_longlong
        own: cython.p_longlong
        key: cython.ulonglong
        slot: cython.Py_ssize_t
        line: cython.longlong
        queue: cython.longlong
        new: cython.bint = False
        plain: cython.bint = False
        uid_high: cython.longlong
        uid_low: cython.longlong
        events: cython.longlong = self.events.count
        if not intake.take_up(packet, columns, row):
            self.parent_high[packet.depth] = 0
            self.parent_low[packet.depth] = 0
            return 0
        key = self.foresight.keys[row & (KEYS - 1)]
        if not key:
            key = table.hash_of(packet, intake.one_way)
        slot = table.find(packet, intake.one_way, key)
        if slot >= 0:
            packet.slot = slot
            record = table.record_line(slot)
            line = record[PLACE] & NOTHING
            packet.detail = -1 if line == NOTHING else line
            if (
                packet.time >= record[DEADLINE]  # it moves on late: no connection is due before
                and packet.time > record[LATEST_TIME]
                and packet.time >= self.deadlines.due(table, slot)
            ):
                self.end(slot, self.deadlines.lapse(table, slot))
                slot = -1
            elif (
                packet.flags & SYN  # so it is TCP
                and not self.is_wrong(packet.checksum)
                and is_reuse(table, packet)
            ):
                packet.uid_high = record[UID_HIGH]
                packet.uid_low = record[UID_LOW]
                if packet.detail < 0:
                    self.begin_detail(packet, table)
                new_attempt(table, packet, self.events)
                table.detail[packet.detail, D_ANOMALIES] += self.events.count - events
                events = self.events.count
                self.end(slot, ENDED_REUSED)
                slot = -1
        if slot < 0:
            self.make(packet, table, key)
            new = True
            record = table.record_line(packet.slot)
        elif packet.detail < 0 and (
            packet.protocol == PROTOCOL_TCP or record[PACKETS_ORIG + packet.side] > 0
        ):
            # A question and its answer, as most datagrams are, leave nothing to say in a detail.
            self.begin_detail(packet, table)
        uid_high = record[UID_HIGH]
        uid_low = record[UID_LOW]
        packet.uid_high = uid_high
        packet.uid_low = uid_low
        self.row_uid_high[row] = uid_high
        self.row_uid_low[row] = uid_low
        self.parent_high[packet.depth] = uid_high
        self.parent_low[packet.depth] = uid_low
        if self.is_wrong(packet.checksum):
            return self.leave_out(packet, table, row, new)
        self.outcome[FOLLOWED] += 1
        if packet.depth > 0 and record[PARENT_HIGH] == 0:
            record[PARENT_HIGH] = self.parent_high[packet.depth - 1]
            record[PARENT_LOW] = self.parent_low[packet.depth - 1]
        if packet.detail >= 0:
            detail = table.detail_line(packet.detail)
            own = side_of(detail, packet.side)
            count_in_detail(packet, record, own, table.side_reals(packet.detail, packet.side))
            plain = (
                packet.protocol == PROTOCOL_TCP
                and self.takes_short_way
                and takes_place(packet, record, own, side_of(detail, 1 - packet.side))
            )
        else:
            count(packet, record)
        if record[SCOPE_ORIG + packet.side] == -1:
            first_of_side(packet, table)
        if packet.captured > 0 and not (record[EXTRA] >> (32 + packet.side)) & 1 and packet.at >= 0:
            first_payload(packet, record, self.entropy)
        if packet.protocol != PROTOCOL_TCP:
            if packet.protocol == PROTOCOL_UDP and not has_letter(record, SEEN_DATA, packet.side):
                seen_before(table, packet.slot, packet.detail, SEEN_DATA, 68, packet.side)
            if self.delivers:
                self.streams.datagram(table, packet)
        elif plain:
            if self.keeps_streams:
                self.keep_octets(packet, table)
        elif new and is_lone_syn(packet):
            keep_lone_syn(packet, table)
        else:
            self.tcp_segment(packet, table)
        self.row_side[row] = packet.side
        if self.events.count > events and packet.detail >= 0:
            detail = table.detail_line(packet.detail)
            detail[D_ANOMALIES] += self.events.count - events
        queue = (record[EXTRA] >> 56) & 15
        if (queue == QUEUE_ESTABLISHED or queue == QUEUE_UDP) and not record[STATUS] & ENDING:
            return 0  # as of nearly every packet: there it stays
        if self.deadlines.plan(packet, table, new) and self.keeps_streams and packet.detail >= 0:
            self.streams.close(table, packet.detail)
        return 0

    def leave_out(
        self, packet: Packet, table: Connections, row: cython.Py_ssize_t, new: cython.bint
    ) -> cython.int:
        """Note of a packet with a wrong checksum, which is not counted, that it came."""
        self.outcome[WRONG_CHECKSUM] += 1
        self.row_side[row] = packet.side
        if packet.protocol != PROTOCOL_ICMP and packet.protocol != PROTOCOL_ICMPV6:
            if packet.detail < 0:
                self.begin_detail(packet, table)
            wrong_checksum(table, packet)
        if new:
            self.deadlines.plan(packet, table, True)
        return 0

    def make(self, packet: Packet, table: Connections, key: cython.ulonglong) -> cython.int:
        """A new connection for the packet at hand."""
        record: cython.p_longlong
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
        record = table.record_line(slot)
        record[UID_HIGH] = as_signed(high)
        record[UID_LOW] = as_signed(low)
        record[FIRST_TIME] = packet.time
        record[LAST_TIME] = packet.time
        record[LATEST_TIME] = packet.time
        record[FIRST_FRAME] = packet.frame
        record[LAST_FRAME] = packet.frame
        self.originators.find(packet, table, self.intake.one_way)
        return 0

    if not cython.compiled:  # compiled, this is inline: see track.pxd

        def is_wrong(self, checksum: int) -> bool:
            """Whether packets with such a status of their checksum do not count."""
            return checksum in (self.bad, self.partial)

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
            self.begin_detail(packet, table)
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
