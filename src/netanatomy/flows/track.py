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
    from netanatomy.flows.identity import Entropy, uid_hash
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.streams import Streams
    from netanatomy.flows.table import *
    from netanatomy.flows.tcp import *
    from netanatomy.flows.tcp_analysis import analyse
    from netanatomy.flows.tcp_handshake import new_attempt

    # What became of a row.
    NOT_IP = 0
    UNASSEMBLED = 1
    CUT_HEADER = 2
    WRONG_IP_CHECKSUM = 3
    WRONG_CHECKSUM = 4
    FOLLOWED = 5
    OUTCOMES = 6

    # Rows ahead of the one at hand whose bucket, record and detail are fetched: memory takes longer to
    # answer than a packet takes to be followed.
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

    RULE_SYN = 1  # as in schema.connections.ORIGINATOR_RULES
    RULE_SYN_ACK = 2
    RULE_REQUEST = 3
    RULE_SERVICE = 4
    RULE_RANGE = 5
    RULE_FIRST = 6

    PORTS_OF_SYSTEM = 1024  # RFC 6335 section 6
    PORTS_OF_CLIENTS = 32_768  # lowest port that Linux lends to a client (net.ipv4.ip_local_port_range)
    NO_COUNTERPART = 0xFFFF  # of an ICMP type that nothing answers

    def as_signed(number: int) -> int:
        """An unsigned 64-bit number as the signed one of the same bits."""
        return number - (1 << 64) if number >= 1 << 63 else number


COMPILED = cython.compiled
"""Whether the kernels of this room run as machine code."""

EVENTS = 16_384
"""Anomalies that are held until they are taken."""

MAXIMUM_LAYERS = 17
"""Nesting levels of a frame (the packet table has 16) and one for none."""

ICMP_COUNTERPARTS = (
    # Line (ICMP, ICMPv6), then a type and the type that answers it
    # (RFC 792, 950, 1256; RFC 4443, 4861, 2710, 4620, 6275).
    (0, ((8, 0), (0, 8), (13, 14), (14, 13), (15, 16), (16, 15), (17, 18), (18, 17), (10, 9), (9, 10))),
    (
        1,
        (
            (128, 129),
            (129, 128),
            (133, 134),
            (134, 133),
            (135, 136),
            (136, 135),
            (130, 131),
            (131, 130),
            (139, 140),
            (140, 139),
            (144, 145),
            (145, 144),
        ),
    ),
)


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
        self.counts = np.zeros(OUTCOMES, np.int64)
        self.evictions = np.zeros(QUEUES, np.int64)
        self.outcome = self.counts.data
        self.evicted = self.evictions.data
        self.servers = servers.data
        self.parent_high = np.zeros(MAXIMUM_LAYERS, np.int64).data
        self.parent_low = np.zeros(MAXIMUM_LAYERS, np.int64).data
        wrong = np.zeros(8, np.uint8)
        wrong[2] = options.checksums != "ignore"  # codes of CHECKSUM_STATUS: bad, partial
        wrong[5] = options.checksums == "check"
        self.wrong = wrong.data
        self.strict = options.checksums == "check"
        self.check_ip = options.checksums != "ignore"
        self.by_range = by_range
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
        self.one_way = False
        self.keys = np.zeros(KEYS, np.uint64).data
        self.known = np.zeros(KEYS, np.uint8).data
        self.frames = 0
        self.reserved = 0
        self.reserve(0)
        counterparts = np.full((2, 256), NO_COUNTERPART, np.uint16)
        for line, pairs in ICMP_COUNTERPARTS:
            for kind, answer in pairs:
                counterparts[line, kind] = answer
        self.counterparts = counterparts.data

    def reserve(self, rows: int) -> None:
        """Make room to say of each of so many rows which connection it belongs to."""
        if rows == 0 or rows > self.reserved:
            self.reserved = rows
            self.uid_high = np.zeros(max(rows, 1), np.int64)
            self.uid_low = np.zeros(max(rows, 1), np.int64)
            self.sides = np.zeros(max(rows, 1), np.uint8)
            self.row_uid_high = self.uid_high.data
            self.row_uid_low = self.uid_low.data
            self.row_side = self.sides.data

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
        self.packet.octets = octets.data
        self.frames = len(origin)
        with cython.nogil:
            for ahead in range(AHEAD):
                if row + ahead < end:
                    self.foresee(self.columns, self.table, row + ahead)
            while row < end:
                if row + AHEAD < end:
                    self.foresee(self.columns, self.table, row + AHEAD)
                if row + AHEAD_RECORD < end:
                    self.table.expect_record(self.keys[(row + AHEAD_RECORD) % KEYS])
                if row + AHEAD_DETAIL < end:
                    self.table.expect_detail(self.keys[(row + AHEAD_DETAIL) % KEYS])
                if self.full():
                    break
                self.advance_clock(self.columns.time[row])
                if self.now >= self.table.next_deadline and self.expire():
                    break
                self.one(self.packet, row, origin, first_number, reassembled)
                row += 1
        return row

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

    def one(
        self,
        packet: Packet,
        row: cython.Py_ssize_t,
        origin: LongsView,
        first_number: cython.ulonglong,
        reassembled: cython.bint,
    ) -> cython.int:
        """Take up one row."""
        key: cython.ulonglong
        slot: cython.Py_ssize_t
        new: cython.bint = False
        events: cython.longlong = self.events.count
        self.row_uid_high[row] = 0
        self.row_uid_low[row] = 0
        self.row_side[row] = 0
        self.parent_high[self.columns.depth[row]] = 0
        self.parent_low[self.columns.depth[row]] = 0
        if not self.take_up(self.packet, self.columns, row, origin, first_number, reassembled):
            return 0
        key = self.keys[row % KEYS] if self.known[row % KEYS] else self.table.hash_of(packet, self.one_way)
        slot = self.table.find(packet, self.one_way, key)
        if slot >= 0:
            packet.slot = slot
            packet.detail = self.table.detail_of(slot)
            if packet.time >= self.due(slot) and packet.time > self.table.record[slot, LATEST_TIME]:
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
        packet.uid_high = self.table.record[slot, UID_HIGH]
        packet.uid_low = self.table.record[slot, UID_LOW]
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
        self.count(self.packet, self.table)
        if packet.protocol == PROTOCOL_TCP:
            if new and self.is_lone_syn(self.packet):
                self.keep_lone_syn(self.packet, self.table)
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

    def take_up(
        self,
        packet: Packet,
        columns: Columns,
        row: cython.Py_ssize_t,
        origin: LongsView,
        first_number: cython.ulonglong,
        reassembled: cython.bint,
    ) -> cython.bint:
        """Fill the packet at hand; whether it can be followed."""
        transport: cython.longlong
        place: cython.Py_ssize_t
        protocol: cython.int
        scope: cython.longlong = 0
        number: cython.longlong
        packet.row = row
        packet.frame = columns.frame_number[row]
        packet.depth = columns.depth[row]
        packet.time = columns.time[row]
        if not columns.has_ip[row]:
            self.outcome[NOT_IP] += 1
            return False
        if (
            columns.has_fragment[row]
            and columns.reassembled_length[row] == 0
            and (columns.ip_more_fragments[row] or columns.ip_fragment_offset[row] > 0)
        ):
            self.outcome[UNASSEMBLED] += 1
            return False
        if self.check_ip and columns.ip_checksum_status[row] == 2:
            self.outcome[WRONG_IP_CHECKSUM] += 1
            return False
        protocol = columns.ip_protocol[row]
        packet.protocol = protocol
        packet.ip_version = columns.ip_version[row]
        packet.source_high = columns.ip_source[row, 0]
        packet.source_low = columns.ip_source[row, 1]
        packet.destination_high = columns.ip_destination[row, 0]
        packet.destination_low = columns.ip_destination[row, 1]
        packet.ttl = columns.ip_ttl[row]
        packet.ecn = columns.ip_ecn[row]
        packet.network_offset = columns.network_offset[row]
        packet.transport_offset = columns.transport_offset[row]
        packet.payload_offset = columns.payload_offset[row]
        packet.captured = columns.payload_length[row]
        packet.reassembled = reassembled
        packet.identification = -1
        if columns.has_identification[row] and packet.ip_version == 4:
            packet.identification = columns.ip_identification[row]
        packet.ip_length = columns.ip_total_length[row]
        if columns.has_fragment[row] and columns.reassembled_length[row] > 0:
            transport = columns.reassembled_length[row]
            packet.ip_length = columns.ip_header_length[row] + transport
        elif packet.ip_length == 0:  # left to the hardware that cuts segments (or a jumbogram)
            transport = packet.payload_offset + packet.captured - packet.transport_offset
        else:
            transport = packet.ip_length - columns.ip_header_length[row]
        packet.mac_source = -1
        packet.mac_destination = -1
        if columns.has_ethernet[row]:
            packet.mac_source = columns.mac_source(row)
            packet.mac_destination = columns.mac_destination(row)
        if columns.has_vlan[row] and (columns.vlan_id[row] or columns.has_vlan_inner[row]):
            # identifier 0 is a priority without a VLAN (IEEE 802.1Q-2018 table 9-2)
            scope = columns.vlan_id[row] | (1 << 12)
            if columns.has_vlan_inner[row]:
                number = columns.vlan_inner_id[row]
                scope |= (number << 13) | (1 << 25)
        if columns.has_tunnel_id[row] and columns.tunnel[row]:
            number = low32(columns.tunnel_id[row])
            scope |= number << 26
        packet.scope = scope
        packet.side = ORIGINATOR
        packet.detail = -1
        packet.flags = 0
        self.one_way = False
        place = packet.frame - first_number
        packet.at = -1
        if place >= 0 and place < self.frames:
            packet.at = origin[place] + packet.payload_offset
        if protocol == PROTOCOL_TCP:
            return self.take_tcp(self.packet, self.columns, row, transport)
        packet.source_port = 0
        packet.destination_port = 0
        packet.checksum = 0
        if protocol == PROTOCOL_UDP:
            if not columns.has_ports[row]:
                self.outcome[CUT_HEADER] += 1
                return False
            packet.source_port = columns.source_port[row]
            packet.destination_port = columns.destination_port[row]
            packet.checksum = columns.transport_checksum_status[row]
            if self.strict and packet.checksum == 3 and packet.ip_version == 6:
                packet.checksum = 2  # "absent", which UDP over IPv6 may not be (RFC 8200 section 8.1)
            packet.payload = columns.udp_length[row] - 8
            if packet.payload < 0:
                packet.payload = transport - 8 if transport > 8 else 0
        elif protocol == PROTOCOL_ICMP or protocol == PROTOCOL_ICMPV6:
            if not columns.has_icmp[row]:
                self.outcome[CUT_HEADER] += 1
                return False
            self.take_icmp(self.packet, self.columns, row, transport)
        else:
            packet.payload = transport if transport > 0 else 0
            if columns.has_ports[row]:
                packet.source_port = columns.source_port[row]
                packet.destination_port = columns.destination_port[row]
        return True

    def take_tcp(
        self, packet: Packet, columns: Columns, row: cython.Py_ssize_t, transport: cython.longlong
    ) -> cython.bint:
        """Fill the TCP header of the packet at hand; whether there is a whole one."""
        if not columns.has_tcp[row]:
            self.outcome[CUT_HEADER] += 1
            return False
        packet.source_port = columns.source_port[row]
        packet.destination_port = columns.destination_port[row]
        packet.checksum = columns.transport_checksum_status[row]
        packet.header_length = columns.tcp_header_length[row]
        packet.flags = columns.tcp_flags[row]
        packet.sequence = columns.tcp_sequence[row]
        packet.acknowledgment = columns.tcp_acknowledgment[row]
        packet.window = columns.tcp_window[row]
        packet.urgent = columns.tcp_urgent_pointer[row]
        packet.payload = transport - packet.header_length
        if packet.header_length < 20 or packet.payload < 0:
            self.outcome[CUT_HEADER] += 1
            return False
        if packet.captured > packet.payload:
            packet.captured = packet.payload
        packet.has_timestamps = columns.has_timestamps[row] != 0
        packet.timestamp_value = 0
        packet.timestamp_echo = 0
        if packet.has_timestamps:
            packet.timestamp_value = columns.tcp_timestamp_value[row]
            packet.timestamp_echo = columns.tcp_timestamp_echo[row]
        packet.sack_count = columns.tcp_sack_count[row]
        if packet.sack_count:
            packet.sack_left = columns.tcp_sack_left[row]
            packet.sack_right = columns.tcp_sack_right[row]
        packet.mss = 0
        packet.window_scale = -1
        packet.sack_permitted = False
        packet.fast_open = -1
        packet.bad_options = columns.stop_reason[row] == 7  # "bad-option" in STOP_REASONS
        if packet.flags & SYN:
            if columns.has_mss[row]:
                packet.mss = columns.tcp_mss[row]
            if columns.has_window_scale[row]:
                packet.window_scale = columns.tcp_window_scale[row]
            packet.sack_permitted = columns.tcp_sack_permitted[row] != 0
            if columns.has_fast_open[row]:
                packet.fast_open = columns.tcp_fast_open_length[row]
        return True

    def take_icmp(
        self, packet: Packet, columns: Columns, row: cython.Py_ssize_t, transport: cython.longlong
    ) -> cython.int:
        """Fill type and counterpart: what would answer, or the code where nothing answers."""
        line: cython.Py_ssize_t = 0 if packet.protocol == PROTOCOL_ICMP else 1
        packet.source_port = columns.icmp_type[row]
        packet.destination_port = self.counterparts[line, packet.source_port]
        packet.checksum = columns.icmp_checksum_status[row]
        packet.payload = transport - 8
        if packet.payload < 0:
            packet.payload = 0
        if packet.destination_port == NO_COUNTERPART:
            packet.destination_port = columns.icmp_code[row]
            self.one_way = True
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
        self.find_originator(self.packet)
        return 0

    def find_originator(self, packet: Packet) -> cython.int:
        """Turn the new connection round where its first packet came from the responder; keep the rule."""
        rule: cython.longlong = RULE_FIRST
        turn: cython.bint = False
        line: cython.Py_ssize_t
        source: cython.int
        destination: cython.int
        if packet.protocol == PROTOCOL_ICMP:
            if packet.source_port != 0 and packet.source_port != 14 and not self.one_way:
                rule = RULE_REQUEST
        elif packet.protocol == PROTOCOL_ICMPV6:
            if not self.one_way and packet.source_port != 129 and packet.source_port != 136:
                rule = RULE_REQUEST
        elif packet.protocol == PROTOCOL_TCP and packet.flags & (SYN | ACK) == SYN:
            rule = RULE_SYN
        elif packet.protocol == PROTOCOL_TCP and packet.flags & (SYN | ACK | RST) == SYN | ACK:
            rule = RULE_SYN_ACK
            turn = True
        elif packet.protocol == PROTOCOL_TCP or packet.protocol == PROTOCOL_UDP:
            line = 0 if packet.protocol == PROTOCOL_TCP else 1
            source = self.servers[line, packet.source_port]
            destination = self.servers[line, packet.destination_port]
            if source != destination:
                rule = RULE_SERVICE
                turn = source > destination
            elif packet.protocol == PROTOCOL_TCP:
                if source:
                    turn = not packet.flags & SYN and packet.source_port < packet.destination_port
                    rule = RULE_RANGE
                elif self.by_range and not packet.flags & SYN:
                    source = self.range_of(packet.source_port)
                    destination = self.range_of(packet.destination_port)
                    if source != destination:
                        rule = RULE_RANGE
                        turn = source < destination
        self.table.record[packet.slot, PROTOCOL] |= rule << 16
        if turn and not self.is_broadcast():
            flip(self.table, packet)
        return 0

    def is_broadcast(self) -> cython.bint:
        """Whether the packet goes to 255.255.255.255, from where nobody answers."""
        most: cython.longlong = 0xFFFFFFFF
        return self.packet.ip_version == 4 and (
            (self.packet.destination_low & most) == most
            or ((self.packet.destination_low >> 32) & most) == most
        )

    def range_of(self, port: cython.int) -> cython.int:
        """0 for a port of the system, 1 for one that programs register, 2 for one that is lent to clients."""
        if port < PORTS_OF_SYSTEM:
            return 0
        return 1 if port < PORTS_OF_CLIENTS else 2

    def is_lone_syn(self, packet: Packet) -> cython.bint:
        """Whether a new connection's first packet is a bare SYN, of which the record keeps all there is."""
        return (
            packet.flags & 0x3F == SYN
            and packet.payload == 0
            and packet.acknowledgment == 0
            and packet.urgent == 0
            and packet.timestamp_echo == 0
            and packet.fast_open < 0
            and packet.window_scale < 0xFF
            and not packet.bad_options
            and packet.transport_offset < 0x10000
        )

    def keep_lone_syn(self, packet: Packet, table: Connections) -> cython.int:
        """Note what reading the SYN again will need."""
        slot: cython.Py_ssize_t = packet.slot
        number: cython.ulonglong = packet.sequence
        word: cython.longlong = packet.identification & 0xFFFF
        part: cython.longlong
        table.record[slot, FIRST_NUMBERS] = as_signed((number << 32) | packet.timestamp_value)
        if packet.identification >= 0:
            word |= 1 << 16
        part = packet.transport_offset
        word |= part << 17
        part = packet.header_length
        word |= part << 33
        part = packet.depth
        word |= part << 41
        part = packet.flags >> 6
        word |= part << 46
        part = packet.ecn
        word |= part << 52
        table.record[slot, FIRST_OPTIONS] = word
        table.record[slot, STATUS] |= SYN_SENT
        seen_before(table, slot, -1, SEEN_SYN, 83, ORIGINATOR)
        if packet.window == 0:
            add_history(table, slot, -1, 87, ORIGINATOR)  # "W"
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
            self.read_again(self.table, self.earlier)
        return 0

    def read_again(self, table: Connections, earlier: Packet) -> cython.int:
        """Take the lone SYN up once more, now that there is a detail to write in."""
        slot: cython.Py_ssize_t = self.packet.slot
        word: cython.longlong = table.record[slot, FIRST_OPTIONS]
        facts: cython.longlong = table.record[slot, FACTS_ORIG]
        numbers: cython.longlong = table.record[slot, FIRST_NUMBERS]
        earlier.row = -1
        earlier.frame = table.record[slot, FIRST_FRAME]
        earlier.depth = (word >> 41) & 31
        earlier.time = table.record[slot, FIRST_TIME]
        earlier.protocol = PROTOCOL_TCP
        earlier.ip_version = (table.record[slot, PROTOCOL] >> 8) & 0xFF
        earlier.source_high = table.record[slot, ORIG_HIGH]
        earlier.source_low = table.record[slot, ORIG_LOW]
        earlier.destination_high = table.record[slot, RESP_HIGH]
        earlier.destination_low = table.record[slot, RESP_LOW]
        earlier.source_port = (table.record[slot, PORTS] >> 16) & 0xFFFF
        earlier.destination_port = table.record[slot, PORTS] & 0xFFFF
        earlier.mac_source = table.record[slot, MAC_ORIG]
        earlier.mac_destination = -1
        earlier.scope = table.record[slot, SCOPE_ORIG]
        earlier.ttl = facts & 0xFF
        earlier.ecn = (word >> 52) & 3
        earlier.identification = word & 0xFFFF if word & (1 << 16) else -1
        earlier.checksum = 1
        earlier.ip_length = table.record[slot, IP_BYTES_ORIG]
        earlier.transport_offset = (word >> 17) & 0xFFFF
        earlier.header_length = (word >> 33) & 0xFF
        earlier.network_offset = earlier.transport_offset
        earlier.payload_offset = earlier.transport_offset + earlier.header_length
        earlier.payload = 0
        earlier.captured = 0
        earlier.reassembled = False
        earlier.flags = SYN | (((word >> 46) & 63) << 6)
        earlier.sequence = low32(numbers >> 32)
        earlier.acknowledgment = 0
        earlier.window = (facts >> 8) & 0xFFFF
        earlier.urgent = 0
        earlier.has_timestamps = (facts >> 49) & 1 != 0
        earlier.timestamp_value = low32(numbers)
        earlier.timestamp_echo = 0
        earlier.mss = (facts >> 24) & 0xFFFF
        earlier.window_scale = ((facts >> 40) & 0xFF) - 1
        earlier.sack_permitted = (facts >> 48) & 1 != 0
        earlier.sack_count = 0
        earlier.fast_open = -1
        earlier.bad_options = False
        earlier.at = -1
        earlier.side = ORIGINATOR
        earlier.slot = slot
        earlier.detail = self.packet.detail
        earlier.uid_high = table.record[slot, UID_HIGH]
        earlier.uid_low = table.record[slot, UID_LOW]
        table.record[slot, FIRST_OPTIONS] = 0
        table.record[slot, HISTORY] = 0
        table.record[slot, HISTORY_SEEN] = 0
        table.record[slot, STATUS] = 0
        analyse(table, earlier, self.events)
        update(table, earlier)
        return 0

    def count(self, packet: Packet, table: Connections) -> cython.int:
        """Count the packet at hand with its connection and its side."""
        slot: cython.Py_ssize_t = packet.slot
        line: cython.Py_ssize_t = packet.detail
        side: cython.int = packet.side
        own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
        size: cython.longlong = packet.ip_length
        one: cython.longlong = 1
        least: cython.longlong
        most: cython.longlong
        gap_time: cython.longlong
        seconds: cython.double
        mask: cython.longlong = 0xFFFFFFFF
        table.record[slot, PACKETS_ORIG + side] += 1
        table.record[slot, IP_BYTES_ORIG + side] += size
        frame: cython.longlong = packet.frame
        if frame > table.record[slot, LAST_FRAME]:
            table.record[slot, LAST_FRAME] = packet.frame
        if packet.time > table.record[slot, LATEST_TIME]:
            table.record[slot, LATEST_TIME] = packet.time
        if packet.depth > 0 and table.record[slot, PARENT_HIGH] == 0:
            table.record[slot, PARENT_HIGH] = self.parent_high[packet.depth - 1]
            table.record[slot, PARENT_LOW] = self.parent_low[packet.depth - 1]
        if packet.protocol != PROTOCOL_TCP:
            table.record[slot, STATUS] |= one << (ACTIVE_SHIFT + side)
            if packet.time > table.record[slot, LAST_TIME]:
                table.record[slot, LAST_TIME] = packet.time
        if packet.protocol == PROTOCOL_TCP or packet.protocol == PROTOCOL_UDP or packet.payload > 0:
            table.record[slot, BYTES_ORIG + side] += packet.payload
        if table.record[slot, SCOPE_ORIG + side] == -1:
            self.first_of_side(self.packet, self.table)
        if packet.captured > 0 and packet.at >= 0 and not (table.record[slot, EXTRA] >> (32 + side)) & 1:
            size = self.entropy.of(packet.octets, packet.at, packet.captured)
            table.record[slot, EXTRA] |= (size << (16 * side)) | (one << (32 + side))
            size = packet.ip_length
        if line < 0:
            return 0
        if size > 0x7FFFFFFF:  # a jumbogram's own word; its half of S_SIZES has 31 bits
            size = 0x7FFFFFFF
        if table.detail[line, own + S_SIZES] == 0:
            table.detail[line, own + S_SIZES] = (size << 32) | size
        else:
            least = table.detail[line, own + S_SIZES] >> 32
            most = table.detail[line, own + S_SIZES] & mask
            if size < least or size > most:
                least = size if size < least else least
                most = size if size > most else most
                table.detail[line, own + S_SIZES] = (least << 32) | most
        seconds = size
        table.detail_real[line, own + S_SIZE_SQUARES] += seconds * seconds
        if table.record[slot, PACKETS_ORIG + side] > 1:
            gap_time = packet.time - table.detail[line, own + S_SEEN_TIME]
            if gap_time < 0:
                gap_time = 0
            if (
                table.record[slot, PACKETS_ORIG + side] == 2
                or gap_time < table.detail[line, own + S_GAP_LEAST]
            ):
                table.detail[line, own + S_GAP_LEAST] = gap_time
            if gap_time > table.detail[line, own + S_GAP_MOST]:
                table.detail[line, own + S_GAP_MOST] = gap_time
            seconds = gap_time * 1e-9
            table.detail_real[line, own + S_GAP_SQUARES] += seconds * seconds
        table.detail[line, own + S_SEEN_TIME] = packet.time
        return 0

    def first_of_side(self, packet: Packet, table: Connections) -> cython.int:
        """Note what the first packet of a side tells of its sender."""
        slot: cython.Py_ssize_t = packet.slot
        side: cython.int = packet.side
        facts: cython.longlong = packet.ttl
        part: cython.longlong
        one: cython.longlong = 1
        table.record[slot, SCOPE_ORIG + side] = packet.scope
        table.record[slot, MAC_ORIG + side] = packet.mac_source
        if table.record[slot, MAC_RESP - side] == -1:
            table.record[slot, MAC_RESP - side] = packet.mac_destination
        facts |= one << 52
        frame: cython.longlong = packet.frame
        if table.record[slot, PACKETS_RESP - side] == 0:
            # not so where the very first packet was dropped for its checksum
            if frame == table.record[slot, FIRST_FRAME]:
                facts |= one << 54
        elif packet.detail >= 0:
            table.detail[packet.detail, D_SECOND_TIME] = packet.time
        elif packet.protocol != PROTOCOL_TCP:
            table.record[slot, FIRST_NUMBERS] = packet.time
        if packet.protocol == PROTOCOL_TCP:
            part = packet.window
            facts |= part << 8
            part = packet.mss
            facts |= part << 24
            part = packet.window_scale + 1
            if part > 0xFF:  # no scale: 14 is the largest (RFC 7323 section 2.3)
                part = 0xFF
            facts |= part << 40
            if packet.sack_permitted:
                facts |= one << 48
            if packet.has_timestamps:
                facts |= one << 49
            part = (packet.flags >> 6) & 3
            facts |= part << 50
            if packet.flags & SYN:
                facts |= one << 53
        table.record[slot, FACTS_ORIG + side] = facts
        if (
            # ECE and CWR of the SYN ask, ECE alone agrees (RFC 3168 section 6.1.1)
            (table.record[slot, FACTS_ORIG] >> 50) & 15 == 15
            and (table.record[slot, FACTS_RESP] >> 50) & 15 == 13
        ):
            table.record[slot, STATUS] |= ECN_AGREED
        return 0

    def tcp_segment(self, packet: Packet, table: Connections) -> cython.int:
        """Look at a segment, move the endpoints on, and keep its octets."""
        own: cython.Py_ssize_t
        relative: cython.longlong
        if packet.detail < 0:
            self.begin_detail(self.packet, self.table)
        analyse(table, packet, self.events)
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
            if queue == QUEUE_ESTABLISHED:
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
