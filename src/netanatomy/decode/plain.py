"""The shortcut for what nearly every frame is: Ethernet, IP with nothing between, and TCP or UDP.

It writes what the walk from header to header writes, but in one piece and with one look at the
bounds. It looks before it writes: of a frame that is not plain nothing is written, and the walk reads
it from the start. The walk stays the truth; a test holds the two equal for whatever octets there are.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.transport import ALIGNED_TIMESTAMPS, tcp_options, udp_application
    from netanatomy.decode.walk import Walk, folded


def plain_frame(walk: Walk, rows: Rows, start: cython.Py_ssize_t, captured: cython.Py_ssize_t) -> cython.bint:
    """Whether the Ethernet frame at `start` was plain; if so, it is the next row.

    Every read of this module is below `start + captured`, which lies in the buffer, and every write
    to a dense column is to the next row, for which there is room. So no other checks bounds.
    """
    ethertype: cython.uint
    if rows.count < 0 or rows.count >= rows.capacity:
        return False
    if captured < 34 or start < 0 or start > walk.length - captured:
        return False
    ethertype = walk.seen_u16(start + 12)
    if ethertype == 0x0800 and walk.ethertypes[0x0800] == IPV4:
        return plain_ipv4(walk, rows, start, captured)
    if ethertype == 0x86DD and captured >= 54 and walk.ethertypes[0x86DD] == IPV6:
        return plain_ipv6(walk, rows, start, captured)
    return False


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_ipv4(walk: Walk, rows: Rows, start: cython.Py_ssize_t, captured: cython.Py_ssize_t) -> cython.bint:
    """IPv4 without options, whole, and shorter than what was captured."""
    at: cython.Py_ssize_t = start + 14
    row: cython.Py_ssize_t = rows.count
    first: cython.ulonglong = walk.seen_u64(at)  # from the version to the fragment offset
    second: cython.ulonglong = walk.seen_u64(at + 8)  # time to live, protocol, checksum, source
    destination: cython.ulonglong = walk.seen_u32(at + 16)
    low: cython.ulonglong = 0xFFFFFFFF
    mapped: cython.ulonglong = 0xFFFF
    total_length: cython.Py_ssize_t = (first >> 32) & 0xFFFF
    protocol: cython.uint = (second >> 48) & 0xFF
    behind: cython.int
    if first >> 56 != 0x45 or first & 0x3FFF or total_length < 20 or total_length > captured - 14:
        return False
    behind = plain_segment(walk, protocol, at + 20, total_length - 20)
    if behind < 0:
        return False
    plain_link(walk, rows, start, 0x0800)
    rows.ip_version[row] = 4
    rows.ip_header_length[row] = 20
    rows.ip_dscp[row] = (first >> 50) & 0x3F
    rows.ip_ecn[row] = (first >> 48) & 3
    rows.ip_total_length[row] = total_length
    rows.ip_identification[row] = (first >> 16) & 0xFFFF
    rows.ip_dont_fragment[row] = (first >> 14) & 1
    rows.ip_ttl[row] = second >> 56
    rows.ip_protocol[row] = protocol
    rows.ip_checksum[row] = (second >> 32) & 0xFFFF
    rows.ip_source[row, 1] = (mapped << 32) | (second & low)
    rows.ip_destination[row, 1] = (mapped << 32) | destination
    if folded((first >> 32) + (first & low) + (second >> 32) + (second & low) + destination) == 0xFFFF:
        rows.ip_checksum_status[row] = CHECKSUM_GOOD
    else:
        rows.ip_checksum_status[row] = CHECKSUM_BAD
    walk.present = HAS_ETHERNET | HAS_ETHERTYPE | HAS_IP | HAS_IPV4 | HAS_IP_IDENTIFICATION | HAS_PORTS
    plain_transport(walk, rows, IPV4, protocol, behind, at + 20, total_length - 20)
    return True


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_ipv6(walk: Walk, rows: Rows, start: cython.Py_ssize_t, captured: cython.Py_ssize_t) -> cython.bint:
    """IPv6 without extension headers, whole, and shorter than what was captured."""
    at: cython.Py_ssize_t = start + 14
    row: cython.Py_ssize_t = rows.count
    place: cython.Py_ssize_t
    first: cython.uint = walk.seen_u32(at)
    payload_length: cython.Py_ssize_t = walk.seen_u16(at + 4)
    protocol: cython.uint = walk.seen_u8(at + 6)
    behind: cython.int
    if first >> 28 != 6 or payload_length > captured - 54:
        return False
    behind = plain_segment(walk, protocol, at + 40, payload_length)
    if behind < 0:
        return False
    plain_link(walk, rows, start, 0x86DD)
    rows.ip_version[row] = 6
    rows.ip_header_length[row] = 40
    rows.ip_dscp[row] = (first >> 22) & 0x3F
    rows.ip_ecn[row] = (first >> 20) & 3
    rows.ip_total_length[row] = payload_length + 40
    rows.ip_ttl[row] = walk.seen_u8(at + 7)
    rows.ip_protocol[row] = protocol
    rows.ip_source[row, 0] = walk.seen_u64(at + 8)
    rows.ip_source[row, 1] = walk.seen_u64(at + 16)
    rows.ip_destination[row, 0] = walk.seen_u64(at + 24)
    rows.ip_destination[row, 1] = walk.seen_u64(at + 32)
    place = rows.begin(IN_IPV6, row)
    rows.ip_flow_label[place] = first & 0x000FFFFF
    walk.present = HAS_ETHERNET | HAS_ETHERTYPE | HAS_IP | HAS_PORTS
    plain_transport(walk, rows, IPV6, protocol, behind, at + 40, payload_length)
    return True


@cython.boundscheck(False)  # the tables have a place for every number of 16 bits
def plain_segment(
    walk: Walk, protocol: cython.uint, at: cython.Py_ssize_t, length: cython.Py_ssize_t
) -> cython.int:
    """What is behind the header of a whole TCP or UDP segment: DONE, or a leaf. −1 if it is not plain."""
    header_length: cython.Py_ssize_t
    header: cython.int
    if protocol == 6 and length >= 20 and walk.ip_protocols[6] == TCP:
        header_length = (walk.seen_u8(at + 12) >> 4) * 4
        return -1 if header_length < 20 or header_length > length else DONE
    if protocol == 17 and length >= 8 and walk.ip_protocols[17] == UDP and walk.seen_u16(at + 4) == length:
        header = udp_application(walk, walk.seen_u16(at), walk.seen_u16(at + 2))
        return header if header == DONE or header >= FIRST_LEAF else -1
    return -1


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_link(walk: Walk, rows: Rows, start: cython.Py_ssize_t, ethertype: cython.uint) -> cython.int:
    """Begin the row with the header of Ethernet II, and with where the next one is."""
    row: cython.Py_ssize_t = rows.count
    rows.count = row + 1
    walk.row = row
    walk.origin = start
    rows.depth[row] = 0
    rows.packet_offset[row] = 0
    rows.eth_destination[row] = walk.seen_u64(start) >> 16
    rows.eth_source[row] = walk.seen_u64(start + 6) >> 16
    rows.eth_type[row] = ethertype
    rows.network_offset[row] = 14
    return 0


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_transport(
    walk: Walk,
    rows: Rows,
    internet: cython.int,
    protocol: cython.uint,
    behind: cython.int,
    at: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
) -> cython.int:
    """The segment, and the end of the row."""
    row: cython.Py_ssize_t = walk.row
    addresses: cython.Py_ssize_t = 8 if internet == IPV4 else 32
    header_length: cython.Py_ssize_t = 8
    stack: cython.int
    rows.transport_offset[row] = at - walk.origin
    if protocol == 6:
        header_length = plain_tcp(walk, rows, at, addresses, length)
        stack = plain_stack(walk, internet, TCP)
    else:
        plain_udp(walk, rows, at, addresses, length)
        stack = plain_stack(walk, internet, UDP)
        if behind != DONE:
            stack = walk.stacks.step(stack, behind)
    rows.present[row] = walk.present
    rows.protocols[row] = stack
    rows.payload_offset[row] = at + header_length - walk.origin
    rows.payload_length[row] = length - header_length
    return 0


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_tcp(
    walk: Walk, rows: Rows, at: cython.Py_ssize_t, addresses: cython.Py_ssize_t, length: cython.Py_ssize_t
) -> cython.int:
    """TCP, as long as `plain_segment` has seen; the length of its header."""
    row: cython.Py_ssize_t = walk.row
    first: cython.ulonglong = walk.seen_u64(at)  # ports and sequence number
    second: cython.ulonglong = walk.seen_u64(at + 8)  # acknowledgment number, header length, flags, window
    last: cython.uint = walk.seen_u32(at + 16)  # checksum and urgent pointer
    low: cython.ulonglong = 0xFFFFFFFF
    header_length: cython.int = ((second >> 28) & 0x0F) * 4
    rows.source_port[row] = first >> 48
    rows.destination_port[row] = (first >> 32) & 0xFFFF
    rows.tcp_sequence[row] = first & low
    rows.tcp_acknowledgment[row] = second >> 32
    rows.tcp_header_length[row] = header_length
    rows.tcp_flags[row] = (second >> 16) & 0x0FFF
    rows.tcp_window[row] = second & 0xFFFF
    rows.transport_checksum[row] = last >> 16
    rows.tcp_urgent_pointer[row] = last & 0xFFFF
    rows.transport_checksum_status[row] = plain_checksum_status(walk, 6, last >> 16, at, addresses, length)
    walk.present |= HAS_TCP
    if header_length == 20:
        return header_length
    if header_length == 32 and walk.plain_options and walk.seen_u32(at + 20) == ALIGNED_TIMESTAMPS:
        rows.tcp_timestamp_value[row] = walk.seen_u32(at + 24)
        rows.tcp_timestamp_echo[row] = walk.seen_u32(at + 28)
        rows.tcp_options[row] = walk.plain_options
        walk.present |= HAS_TCP_TIMESTAMPS
        return header_length
    tcp_options(walk, rows, at + 20, at + header_length)
    return header_length


@cython.boundscheck(False)  # see plain_frame, which sees to all of them
def plain_udp(
    walk: Walk, rows: Rows, at: cython.Py_ssize_t, addresses: cython.Py_ssize_t, length: cython.Py_ssize_t
) -> cython.int:
    """UDP, as long as it says."""
    row: cython.Py_ssize_t = walk.row
    first: cython.ulonglong = walk.seen_u64(at)
    sent: cython.uint = first & 0xFFFF
    place: cython.Py_ssize_t
    rows.source_port[row] = first >> 48
    rows.destination_port[row] = (first >> 32) & 0xFFFF
    rows.transport_checksum[row] = sent
    if sent == 0:
        rows.transport_checksum_status[row] = CHECKSUM_ABSENT
    else:
        rows.transport_checksum_status[row] = plain_checksum_status(walk, 17, sent, at, addresses, length)
    place = rows.begin(IN_UDP, row)
    rows.udp_length[place] = length
    return 0


@cython.boundscheck(False)  # two versions of IP and two protocols upon them make four places
def plain_stack(walk: Walk, internet: cython.int, transport: cython.int) -> cython.int:
    """The number of the sequence of these headers, which stays what it is once there was room for it."""
    place: cython.Py_ssize_t = (2 if internet == IPV6 else 0) + (1 if transport == UDP else 0)
    stack: cython.int = walk.plain_stacks[place]
    if stack == 0:
        stack = walk.stacks.step(walk.stacks.step(0, ETHERNET), internet)
        stack = walk.stacks.step(stack, transport)
        if stack > 1:  # 1 stands for all that did not fit, and is counted each time
            walk.plain_stacks[place] = stack
    return stack


def plain_checksum_status(
    walk: Walk,
    protocol: cython.uint,
    sent: cython.uint,
    at: cython.Py_ssize_t,
    addresses: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
) -> cython.int:
    """The verdict on the checksum of a whole segment, right before which stand the addresses it covers."""
    pseudo: cython.ulonglong = protocol + length
    if folded(pseudo + walk.sum_of_words(at - addresses, addresses + length)) == 0xFFFF:
        return CHECKSUM_GOOD
    # Linux leaves the pseudo-header's sum for the network card to complete.
    if folded(pseudo + walk.sum_of_words(at - addresses, addresses)) == sent:
        return CHECKSUM_PARTIAL
    return CHECKSUM_BAD
