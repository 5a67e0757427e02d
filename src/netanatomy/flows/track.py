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
    from netanatomy.flows.events import MAXIMUM_PACKET_EVENTS, Events
    from netanatomy.flows.facts import first_of_side
    from netanatomy.flows.identity import Entropy, as_signed, uid_hash
    from netanatomy.flows.intake import FOLLOWED, WRONG_CHECKSUM, Intake
    from netanatomy.flows.lone_syn import is_lone_syn, keep_lone_syn, read_again
    from netanatomy.flows.originators import Originators
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.streams import Streams
    from netanatomy.flows.table import *
    from netanatomy.flows.tcp import takes_place, update, wrong_checksum
    from netanatomy.flows.tcp_analysis import analyse
    from netanatomy.flows.tcp_handshake import new_attempt
    from netanatomy.flows.tcp_history import seen_before
    from netanatomy.flows.tcp_roles import is_reuse
    from netanatomy.flows.tcp_status import *

    # Rows ahead of the one at hand whose bucket, record and detail are fetched: memory takes longer to
    # answer than a packet takes to be followed.
    AHEAD_COLUMNS = 32  # a multiple of eight: columns are fetched for as many rows at once
    AHEAD = 16
    AHEAD_RECORD = 8
    AHEAD_DETAIL = 4
    KEYS = 32  # more than AHEAD, a power of two

    # Seconds; one packet that claims to be this much later does not move the clock: the next one must
    # agree. Bounds what one forged or broken time does to the connections of all others.
    LONGEST_LEAP_SECONDS = 3600
    # Connections that one packet can end, beside those whose time has come.
    ENDED_BY_A_PACKET = 4

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
        self.keeps_streams = options.stream_depth > 0
        self.delivers = streams.chunks.deliver
        self.now = 0
        self.leap = 0
        self.attempt_timeout = options.tcp_attempt_timeout
        self.handshake_timeout = options.tcp_handshake_timeout
        self.established_timeout = options.tcp_inactivity_timeout
        self.close_delay = options.tcp_close_delay
        self.udp_timeout = options.udp_inactivity_timeout
        self.icmp_timeout = options.icmp_inactivity_timeout
        self.other_timeout = options.other_inactivity_timeout
        self.keys = np.zeros(KEYS, np.uint64).data
        self.known = np.zeros(KEYS, np.uint8).data
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
        self.intake.begin(self.packet, octets, origin, first_number, reassembled)
        if first < 0 or end > self.columns.rows or end > self.reserved:
            raise IndexError("rows beyond the batch")
        with cython.nogil:
            for ahead in range(AHEAD):
                if row + ahead < end:
                    self.foresee(self.columns, self.table, row + ahead)
            while row < end:
                if row % 8 == 0:
                    self.columns.expect(row + AHEAD_COLUMNS)
                if row + AHEAD < end:
                    self.foresee(self.columns, self.table, row + AHEAD)
                if row + AHEAD_RECORD < end:
                    self.table.expect_record(self.keys[(row + AHEAD_RECORD) % KEYS])
                if row + AHEAD_DETAIL < end:
                    self.table.expect_detail(self.keys[(row + AHEAD_DETAIL) % KEYS])
                    if not self.table.has_spoken(self.keys[(row + AHEAD_DETAIL) % KEYS]):
                        self.intake.expect_payload(self.packet, self.columns, row + AHEAD_DETAIL)
                if self.full():
                    break
                self.advance_clock(self.columns.time[row])
                if self.now >= self.table.next_deadline and self.expire():
                    break
                self.one(self.packet, self.table, row)
                row += 1
        return row

    # `follow` saw that the columns have the row.
    @cython.boundscheck(False)
    def foresee(self, columns: Columns, table: Connections, row: cython.Py_ssize_t) -> cython.int:
        """Work out the key of a row that comes soon, and have its bucket fetched."""
        place: cython.Py_ssize_t = row % KEYS
        swap: cython.bint
        kind: cython.ulonglong
        self.known[place] = 0
        self.keys[place] = 0
        if not columns.has_ports[row]:
            return 0
        kind = columns.ip_protocol[row] | (columns.ip_version[row] << 8)
        if columns.ip_source[row, 0] != columns.ip_destination[row, 0]:
            swap = columns.ip_source[row, 0] > columns.ip_destination[row, 0]
        elif columns.ip_source[row, 1] != columns.ip_destination[row, 1]:
            swap = columns.ip_source[row, 1] > columns.ip_destination[row, 1]
        else:
            swap = columns.source_port[row] > columns.destination_port[row]
        if swap:
            self.keys[place] = table.hash_from(
                kind,
                columns.ip_destination[row, 0],
                columns.ip_destination[row, 1],
                columns.destination_port[row],
                columns.ip_source[row, 0],
                columns.ip_source[row, 1],
                columns.source_port[row],
            )
        else:
            self.keys[place] = table.hash_from(
                kind,
                columns.ip_source[row, 0],
                columns.ip_source[row, 1],
                columns.source_port[row],
                columns.ip_destination[row, 0],
                columns.ip_destination[row, 1],
                columns.destination_port[row],
            )
        self.known[place] = 1
        return table.expect_bucket(self.keys[place])

    def finish(self) -> bool:
        """End all connections, as far as there is room; whether all have ended."""
        queue: cython.int
        slot: cython.Py_ssize_t
        with cython.nogil:
            for queue in range(QUEUES):
                while self.table.head[queue] != NOTHING:
                    if self.full():
                        break
                    slot = self.table.head[queue]
                    self.end(slot, self.lapse(slot) if self.due(slot) <= self.now else ENDED_CAPTURE)
        return self.table.live == 0

    def full(self) -> cython.bint:
        """Whether something must be taken before another packet."""
        return (
            self.table.ended + ENDED_BY_A_PACKET > self.table.ended_capacity
            or self.events.count + MAXIMUM_PACKET_EVENTS > self.events.capacity
            or self.events.evidence_count + MAXIMUM_PACKET_EVENTS > self.events.readings
            or self.streams.is_nearly_full()
        )

    def advance_clock(self, time: cython.longlong) -> cython.int:
        """The clock is the latest packet's time; it never goes back, nor far ahead for one packet alone."""
        ahead: cython.longlong = time - self.now
        away: cython.longlong
        longest: cython.longlong = LONGEST_LEAP_SECONDS
        longest *= NANOSECONDS
        if ahead <= 0:
            self.leap = 0
            return 0
        if ahead > longest and self.now > 0:
            away = time - self.leap
            if self.leap == 0 or away < -longest:
                self.leap = time
                return 0
            if away > longest:  # so rare are packets here: that it was so late then is borne out
                self.now = self.leap
                self.leap = time
                return 0
        self.leap = 0
        self.now = time
        return 0

    def expire(self) -> cython.bint:
        """End the connections whose time has come; whether there was no room for all of them."""
        queue: cython.int
        slot: cython.Py_ssize_t
        deadline: cython.longlong
        for queue in range(QUEUES):
            while self.table.head[queue] != NOTHING:
                slot = self.table.head[queue]
                if self.table.record[slot, DEADLINE] > self.now:
                    break
                if self.full():
                    return True
                deadline = self.due(slot)
                if deadline <= self.now:
                    self.end(slot, self.lapse(slot))
                else:
                    self.table.schedule(slot, queue, deadline)
        self.table.look_again()
        return False

    def due(self, slot: cython.Py_ssize_t) -> cython.longlong:
        """When a connection ends if nothing comes."""
        queue: cython.int = self.table.queue_of(slot)
        due: cython.longlong
        if queue == QUEUE_ATTEMPT or queue == QUEUE_CLOSED:
            due = self.table.record[slot, DEADLINE]
        else:
            due = self.table.record[slot, LAST_TIME] + self.timeout_of(queue)
        return due

    def lapse(self, slot: cython.Py_ssize_t) -> cython.int:
        """Why a connection ends whose time has come."""
        return ENDED_ATTEMPT if self.table.queue_of(slot) == QUEUE_ATTEMPT else ENDED_INACTIVE

    def timeout_of(self, queue: cython.int) -> cython.longlong:
        """How long nothing may come for a connection in a queue, in ns."""
        if queue == QUEUE_ESTABLISHED or queue == QUEUE_HALF_OPEN:
            return self.established_timeout
        if queue == QUEUE_HANDSHAKE:
            return self.handshake_timeout
        if queue == QUEUE_ICMP:
            return self.icmp_timeout
        if queue == QUEUE_OTHER:
            return self.other_timeout
        return self.udp_timeout

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
        key = self.keys[row % KEYS] if self.known[row % KEYS] else table.hash_of(packet, self.intake.one_way)
        slot = table.find(packet, self.intake.one_way, key)
        if slot >= 0:
            packet.slot = slot
            record = table.record_line(slot)
            packet.detail = table.detail_of(slot)
            if packet.time > record[LATEST_TIME] and packet.time >= self.due(slot):
                self.end(slot, self.lapse(slot))
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
        elif packet.detail < 0 and (
            packet.protocol == PROTOCOL_TCP or self.table.record[slot, PACKETS_ORIG + packet.side] > 0
        ):
            # A question and its answer, as most datagrams are, leave nothing to say in a detail.
            self.begin_detail(self.packet, self.table)
        slot = packet.slot
        record = table.record_line(slot)
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
                self.plan(self.packet, self.table, True)
            return 0
        self.outcome[FOLLOWED] += 1
        self.count(self.packet, self.table, record)
        if packet.protocol == PROTOCOL_TCP:
            if new and is_lone_syn(packet):
                keep_lone_syn(packet, table)
            else:
                self.tcp_segment(self.packet, self.table)
        elif packet.protocol == PROTOCOL_UDP:
            seen_before(self.table, slot, packet.detail, SEEN_DATA, 68, packet.side)
        if self.delivers and packet.protocol != PROTOCOL_TCP:
            self.streams.datagram(self.table, packet)
        self.row_side[row] = packet.side
        if self.events.count > events and packet.detail >= 0:
            self.table.detail[packet.detail, D_ANOMALIES] += self.events.count - events
        self.plan(self.packet, self.table, new)
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

    def count(self, packet: Packet, table: Connections, record: LongsView) -> cython.int:
        """Count the packet at hand with its connection and its side."""
        side: cython.int = packet.side
        own: cython.p_longlong
        reals: cython.p_double
        size: cython.longlong = packet.ip_length
        one: cython.longlong = 1
        least: cython.longlong
        most: cython.longlong
        gap_time: cython.longlong
        seconds: cython.double
        mask: cython.longlong = 0xFFFFFFFF
        record[PACKETS_ORIG + side] += 1
        record[IP_BYTES_ORIG + side] += size
        frame: cython.longlong = packet.frame
        if frame > record[LAST_FRAME]:
            record[LAST_FRAME] = packet.frame
        if packet.time > record[LATEST_TIME]:
            record[LATEST_TIME] = packet.time
        if packet.depth > 0 and record[PARENT_HIGH] == 0:
            record[PARENT_HIGH] = self.parent_high[packet.depth - 1]
            record[PARENT_LOW] = self.parent_low[packet.depth - 1]
        if packet.protocol != PROTOCOL_TCP:
            record[STATUS] |= one << (ACTIVE_SHIFT + side)
            if packet.time > record[LAST_TIME]:
                record[LAST_TIME] = packet.time
        if packet.protocol == PROTOCOL_TCP or packet.protocol == PROTOCOL_UDP or packet.payload > 0:
            record[BYTES_ORIG + side] += packet.payload
        if record[SCOPE_ORIG + side] == -1:
            first_of_side(packet, table)
        if packet.captured > 0 and packet.at >= 0 and not (record[EXTRA] >> (32 + side)) & 1:
            size = self.entropy.of(packet.octets, packet.at, packet.captured)
            record[EXTRA] |= (size << (16 * side)) | (one << (32 + side))
            size = packet.ip_length
        if packet.detail < 0:
            return 0
        own = table.side_line(packet.detail, side)
        reals = table.side_reals(packet.detail, side)
        if size > 0x7FFFFFFF:  # a jumbogram's own word; its half of S_SIZES has 31 bits
            size = 0x7FFFFFFF
        if own[S_SIZES] == 0:
            own[S_SIZES] = (size << 32) | size
        else:
            least = own[S_SIZES] >> 32
            most = own[S_SIZES] & mask
            if size < least or size > most:
                least = size if size < least else least
                most = size if size > most else most
                own[S_SIZES] = (least << 32) | most
        seconds = size
        reals[S_SIZE_SQUARES] += seconds * seconds
        if record[PACKETS_ORIG + side] > 1:
            gap_time = packet.time - own[S_SEEN_TIME]
            if gap_time < 0:
                gap_time = 0
            if record[PACKETS_ORIG + side] == 2 or gap_time < own[S_GAP_LEAST]:
                own[S_GAP_LEAST] = gap_time
            if gap_time > own[S_GAP_MOST]:
                own[S_GAP_MOST] = gap_time
            seconds = gap_time * 1e-9
            reals[S_GAP_SQUARES] += seconds * seconds
        own[S_SEEN_TIME] = packet.time
        return 0

    def tcp_segment(self, packet: Packet, table: Connections) -> cython.int:
        """Look at a segment, move the endpoints on, and keep its octets."""
        own: cython.Py_ssize_t
        relative: cython.longlong
        if packet.detail < 0:
            self.begin_detail(self.packet, self.table)
        if not (analyse(table, packet, self.events) and takes_place(table, packet)):
            update(table, packet)
        if self.keeps_streams and table.queue_of(packet.slot) != QUEUE_CLOSED:
            if packet.flags & ACK:
                own = DETAIL_SIDES + (1 - packet.side) * SIDE_WORDS
                if table.detail[packet.detail, own + S_STREAM]:
                    relative = (
                        table.detail[packet.detail, own + S_ACKED]
                        - table.detail[packet.detail, own + S_START]
                    )
                    self.streams.acknowledged(table, packet, 1 - packet.side, relative - 1)
            if packet.captured > 0 and packet.at >= 0 and not packet.flags & RST:
                own = DETAIL_SIDES + packet.side * SIDE_WORDS
                relative = unwrapped(packet.sequence, table.detail[packet.detail, own + S_LAST])
                relative -= table.detail[packet.detail, own + S_START]
                if not packet.flags & SYN:
                    relative -= 1
                if relative >= 0:
                    self.streams.segment(table, packet, self.events, relative)
        return 0

    def plan(self, packet: Packet, table: Connections, new: cython.bint) -> cython.int:
        """Put the connection into the queue that its state asks for, if it is not there."""
        slot: cython.Py_ssize_t = packet.slot
        status: cython.longlong = table.record[slot, STATUS]
        last: cython.longlong = table.record[slot, LAST_TIME]
        queue: cython.int = table.queue_of(slot)
        wanted: cython.int
        orig: cython.int
        resp: cython.int
        acked: cython.longlong
        if packet.protocol == PROTOCOL_TCP:
            if queue == QUEUE_ESTABLISHED and not status & ENDING:
                return 0
            orig = state_of(status, ORIGINATOR)
            resp = state_of(status, RESPONDER)
            if status & ENDING:
                if queue != QUEUE_CLOSED:
                    table.schedule(slot, QUEUE_CLOSED, last + self.close_delay)
                    if self.keeps_streams and orig == CLOSED and resp == CLOSED and packet.detail >= 0:
                        self.streams.close(table, packet.detail)  # all was said: others need the room
                return 0
            if new and (orig == SYN_SENT or orig == SYN_ACK_SENT) and resp == INACTIVE:
                table.schedule(slot, QUEUE_ATTEMPT, packet.time + self.attempt_timeout)
                return 0
            if orig >= PARTIAL or resp >= PARTIAL:
                wanted = QUEUE_HALF_OPEN
                if orig != INACTIVE and resp != INACTIVE:
                    acked = table.detail[packet.detail, DETAIL_SIDES + SIDE_WORDS + S_ACKED]
                    if acked > table.detail[packet.detail, DETAIL_SIDES + SIDE_WORDS + S_START]:
                        wanted = QUEUE_ESTABLISHED
            elif queue == QUEUE_ATTEMPT and resp == INACTIVE:
                return 0
            else:
                wanted = QUEUE_HANDSHAKE
        elif packet.protocol == PROTOCOL_UDP:
            wanted = QUEUE_UDP if (status >> ACTIVE_SHIFT) & 3 == 3 else QUEUE_UDP_UNANSWERED
        elif packet.protocol == PROTOCOL_ICMP or packet.protocol == PROTOCOL_ICMPV6:
            wanted = QUEUE_ICMP
        else:
            wanted = QUEUE_OTHER
        if wanted != queue:
            table.schedule(slot, wanted, last + self.timeout_of(wanted))
        return 0
