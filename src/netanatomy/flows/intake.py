"""The packet at hand, filled from a row of the packet table: whether there is enough of it to be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.columns import *
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import ORIGINATOR
    from netanatomy.flows.tcp_status import SYN, low32

    # What became of a row.
    NOT_IP = 0
    UNASSEMBLED = 1
    CUT_HEADER = 2
    WRONG_IP_CHECKSUM = 3
    WRONG_CHECKSUM = 4
    FOLLOWED = 5
    OUTCOMES = 6

    BAD_OPTION = 7  # in STOP_REASONS
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58
    NO_COUNTERPART = 0xFFFF  # of an ICMP type that nothing answers

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


class Intake:
    """Fills the packet at hand.

    Args:
        check_ip: whether packets with a wrong checksum of the IPv4 header are dropped.
        strict: whether UDP over IPv6 must have a checksum.

    Attributes:
        counts: rows by what became of them.
        one_way: whether nothing answers the latest packet, an ICMP message.
    """

    def __init__(self, check_ip: bool, strict: bool) -> None:
        self.check_ip = check_ip
        self.strict = strict
        self.counts = np.zeros(OUTCOMES, np.int64)
        self.outcome = self.counts.data
        self.one_way = False
        self.origin = np.zeros(0, np.int64).data
        self.frames = 0
        self.first_number = 0
        counterparts = np.full((2, 256), NO_COUNTERPART, np.uint16)
        for line, pairs in ICMP_COUNTERPARTS:
            for kind, answer in pairs:
                counterparts[line, kind] = answer
        self.counterparts = counterparts.data

    def begin(
        self,
        packet: Packet,
        octets: NDArray[np.uint8],
        origin: LongsView,
        first_number: int,
        reassembled: bool,
    ) -> None:
        """Take up rows whose octets lie in another buffer."""
        packet.octets = octets.data
        packet.reassembled = reassembled
        # Held here: to hand a view on costs more than the rest of the call.
        self.origin = origin
        self.frames = len(origin)
        self.first_number = first_number

    if not cython.compiled:  # compiled, this is inline: see intake.pxd

        def expect_payload(self, packet: Packet, columns: Columns, row: int) -> int:
            """Compiled, have the processor fetch a payload that will be looked at soon."""
            return 0 * (packet.row + columns.rows + row)

    # Whoever follows rows saw that the columns have the row; outcomes are there by their names, and of
    # origins there are `frames`.
    @cython.boundscheck(False)
    def take_up(self, packet: Packet, columns: Columns, row: cython.Py_ssize_t) -> cython.bint:
        """Fill the packet at hand; whether it can be followed."""
        transport: cython.longlong
        place: cython.Py_ssize_t
        protocol: cython.int
        scope: cython.longlong = 0
        number: cython.longlong
        has: cython.uint = columns.has[row]
        packet.row = row
        packet.frame = columns.frame_number[row]
        packet.depth = columns.depth[row]
        packet.time = columns.time[row]
        if not has & HAS_IP:
            self.outcome[NOT_IP] += 1
            return False
        if (
            has & HAS_FRAGMENT
            and not (has & HAS_REASSEMBLY and columns.reassembled_length[row] > 0)
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
        packet.source_high = columns.source(row, 0)
        packet.source_low = columns.source(row, 1)
        packet.destination_high = columns.destination(row, 0)
        packet.destination_low = columns.destination(row, 1)
        packet.ttl = columns.ip_ttl[row]
        packet.ecn = columns.ip_ecn[row]
        packet.network_offset = columns.network_offset[row]
        packet.transport_offset = columns.transport_offset[row]
        packet.payload_offset = columns.payload_offset[row]
        packet.captured = columns.payload_length[row]
        packet.identification = -1
        if has & HAS_IDENTIFICATION and packet.ip_version == 4:
            packet.identification = columns.ip_identification[row]
        packet.ip_length = columns.ip_total_length[row]
        if has & HAS_REASSEMBLY and columns.reassembled_length[row] > 0:
            transport = columns.reassembled_length[row]
            packet.ip_length = columns.ip_header_length[row] + transport
        elif packet.ip_length == 0:  # left to the hardware that cuts segments (or a jumbogram)
            transport = packet.payload_offset + packet.captured - packet.transport_offset
        else:
            transport = packet.ip_length - columns.ip_header_length[row]
        packet.mac_source = -1
        packet.mac_destination = -1
        if has & HAS_ETHERNET:
            packet.mac_source = columns.mac_source(row)
            packet.mac_destination = columns.mac_destination(row)
        if has & HAS_VLAN and (columns.vlan_id[row] or has & HAS_VLAN_INNER):
            # identifier 0 is a priority without a VLAN (IEEE 802.1Q-2018 table 9-2)
            scope = columns.vlan_id[row] | (1 << 12)
            if has & HAS_VLAN_INNER:
                number = columns.vlan_inner_id[row]
                scope |= (number << 13) | (1 << 25)
        if has & HAS_OVERLAY:
            number = low32(columns.tunnel_id[row])
            scope |= number << 26
        packet.scope = scope
        packet.side = ORIGINATOR
        packet.detail = -1
        packet.flags = 0
        self.one_way = False
        place = packet.frame - self.first_number
        packet.at = -1
        if place >= 0 and place < self.frames:
            packet.at = self.origin[place] + packet.payload_offset
        if protocol == PROTOCOL_TCP:
            if take_tcp(packet, columns, row, has, transport):
                return True
            self.outcome[CUT_HEADER] += 1
            return False
        packet.source_port = 0
        packet.destination_port = 0
        packet.checksum = 0
        if protocol == PROTOCOL_UDP:
            if not has & HAS_PORTS:
                self.outcome[CUT_HEADER] += 1
                return False
            packet.source_port = columns.source_port[row]
            packet.destination_port = columns.destination_port[row]
            packet.checksum = columns.transport_checksum_status[row]
            if self.strict and packet.checksum == 3 and packet.ip_version == 6:
                packet.checksum = 2  # "absent", which UDP over IPv6 may not be (RFC 8200 section 8.1)
            packet.payload = columns.udp_length[row] - 8 if has & HAS_UDP else -8
            if packet.payload < 0:
                packet.payload = transport - 8 if transport > 8 else 0
        elif protocol == PROTOCOL_ICMP or protocol == PROTOCOL_ICMPV6:
            if not has & HAS_ICMP:
                self.outcome[CUT_HEADER] += 1
                return False
            self.take_icmp(packet, columns, row, transport)
        else:
            packet.payload = transport if transport > 0 else 0
            if has & HAS_PORTS:
                packet.source_port = columns.source_port[row]
                packet.destination_port = columns.destination_port[row]
        return True

    # As above; a type is one octet, and of those the counterparts have every one.
    @cython.boundscheck(False)
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


# Whoever follows rows saw that the columns have the row.
@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
@cython.boundscheck(False)
def take_tcp(
    packet: Packet,
    columns: Columns,
    row: cython.Py_ssize_t,
    has: cython.uint,
    transport: cython.longlong,
) -> cython.bint:
    """Fill the TCP header of the packet at hand; whether there is a whole one."""
    if not has & HAS_TCP:
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
        return False
    if packet.captured > packet.payload:
        packet.captured = packet.payload
    if packet.payload_offset - packet.transport_offset < packet.header_length:
        packet.captured = 0  # the capture ends within the header: what is left of that is no payload
    packet.has_timestamps = has & HAS_TIMESTAMPS != 0
    packet.timestamp_value = 0
    packet.timestamp_echo = 0
    if packet.has_timestamps:
        packet.timestamp_value = columns.tcp_timestamp_value[row]
        packet.timestamp_echo = columns.tcp_timestamp_echo[row]
    packet.sack_count = 0
    if has & HAS_SACK:
        packet.sack_count = columns.tcp_sack_count[row]
        packet.sack_left = columns.tcp_sack_left[row]
        packet.sack_right = columns.tcp_sack_right[row]
    packet.mss = 0
    packet.window_scale = -1
    packet.sack_permitted = False
    packet.fast_open = -1
    packet.bad_options = has & HAS_STOP != 0 and columns.stop_reason[row] == BAD_OPTION
    if packet.flags & SYN:
        if has & HAS_MSS:
            packet.mss = columns.tcp_mss[row]
        if has & HAS_WINDOW_SCALE:
            packet.window_scale = columns.tcp_window_scale[row]
        packet.sack_permitted = has & HAS_SACK_PERMITTED != 0
        if has & HAS_FAST_OPEN:
            packet.fast_open = columns.tcp_fast_open_length[row]
    return True
