"""Kernels of the transport layer: TCP with its options, UDP, and the rarer ones by header."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.fits import fits
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk, folded

    ALIGNED_TIMESTAMPS = 0x0101080A  # two of no operation, kind 8, length 10: RFC 7323 appendix A


def transport_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one header of the transport layer; the code of the next."""
    if header == TCP:
        return tcp(walk, rows)
    if header == UDP:
        return udp(walk, rows)
    if header == UDPLITE:
        return udplite(walk, rows)
    if header == SCTP:
        return sctp(walk, rows)
    if header == DCCP:
        return dccp(walk, rows)
    return DONE


def checksum_status(
    walk: Walk,
    rows: Rows,
    protocol: cython.uint,
    sent: cython.uint,
    read: cython.ulonglong,
    start: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
) -> cython.int:
    """The verdict on a checksum over the pseudo-header and the segment (RFC 9293 section 3.1).

    The octets from `start` to `end` are summed up here, those before are in `read` already.
    An IPv4 address is stored as ::ffff:a.b.c.d; the ffff adds nothing to a ones' complement sum.
    """
    row: cython.Py_ssize_t = walk.row
    pseudo: cython.ulonglong = protocol + (length & 0xFFFF) + (length >> 16)
    total: cython.ulonglong
    half: cython.ulonglong
    low: cython.ulonglong = 0xFFFFFFFF
    if end > walk.end or (walk.incomplete and walk.cut) or walk.present & HAS_IP == 0:
        return CHECKSUM_UNVERIFIED
    half = walk.home_high if walk.away else rows.ip_source[row, 0]
    pseudo += (half & low) + (half >> 32)
    half = walk.home_low if walk.away else rows.ip_source[row, 1]
    pseudo += (half & low) + (half >> 32)
    half = walk.final_high if walk.routed else rows.ip_destination[row, 0]
    pseudo += (half & low) + (half >> 32)
    half = walk.final_low if walk.routed else rows.ip_destination[row, 1]
    pseudo += (half & low) + (half >> 32)
    pseudo = folded(pseudo)
    total = folded(pseudo + read + walk.ones_sum(start, end))
    if total == 0xFFFF:
        return CHECKSUM_GOOD
    if walk.incomplete:  # the packet is shorter than it says, so that this says nothing
        return CHECKSUM_UNVERIFIED
    # Linux leaves the pseudo-header's sum for the network card to complete.
    if sent == pseudo:
        return CHECKSUM_PARTIAL
    return CHECKSUM_BAD


def tcp(walk: Walk, rows: Rows) -> cython.int:
    """TCP (RFC 9293)."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    header_length: cython.Py_ssize_t
    first: cython.ulonglong
    second: cython.ulonglong
    last: cython.uint
    low: cython.ulonglong = 0xFFFFFFFF
    if walk.lacks(rows, ON_TRANSPORT, 20):
        return DONE
    first = walk.u64(at)  # ports and sequence number
    second = walk.u64(at + 8)  # acknowledgment number, length of the header, flags, window
    last = walk.u32(at + 16)  # checksum and urgent pointer
    header_length = ((second >> 28) & 0x0F) * 4
    rows.source_port[row] = first >> 48
    rows.destination_port[row] = (first >> 32) & 0xFFFF
    rows.tcp_sequence[row] = first & low
    rows.tcp_acknowledgment[row] = second >> 32
    rows.tcp_header_length[row] = header_length
    rows.tcp_flags[row] = (second >> 16) & 0x0FFF
    rows.tcp_window[row] = second & 0xFFFF
    rows.transport_checksum[row] = last >> 16
    rows.tcp_urgent_pointer[row] = last & 0xFFFF
    rows.transport_checksum_status[row] = checksum_status(
        walk,
        rows,
        6,
        last >> 16,
        (first >> 32) + (first & low) + (second >> 32) + (second & low) + last,
        at + 20,
        walk.end,
        walk.end - at,
    )
    walk.present |= HAS_PORTS | HAS_TCP
    if header_length < 20:
        walk.stop(rows, ON_TRANSPORT, STOP_BAD_HEADER_LENGTH, at + 12)
        return DONE
    if walk.lacks(rows, ON_TRANSPORT, header_length):
        return DONE
    walk.position = at + header_length
    if header_length > 20:
        tcp_options(walk, rows, at + 20, at + header_length)
    return DONE


@cython.boundscheck(False)  # every octet up to `end` is looked for once; what `begin` gives is a place
def tcp_options(walk: Walk, rows: Rows, at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.int:
    """The options: their kinds in their order, and the values of those that have columns."""
    row: cython.Py_ssize_t = walk.row
    sequence: cython.int = 0
    multipath: cython.bint = False
    kind: cython.int
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if at < 0 or end > walk.length:
        return walk.outside()
    if end - at == 12 and walk.seen_u32(at) == ALIGNED_TIMESTAMPS:
        # As nearly every segment of a connection with timestamps has it: read without looking for more.
        rows.tcp_timestamp_value[row] = walk.seen_u32(at + 4)
        rows.tcp_timestamp_echo[row] = walk.seen_u32(at + 8)
        walk.present |= HAS_TCP_TIMESTAMPS
        sequence = walk.tcp_options.step(walk.tcp_options.step(0, 1), 1)
        sequence = walk.tcp_options.step(sequence, 8)
        if sequence > 1:  # 1 stands for all that did not fit, and is counted each time
            walk.plain_options = sequence
        rows.tcp_options[row] = sequence
        return 0
    while at < end:
        kind = walk.seen_u8(at)
        length = 1
        if kind > 1:
            length = walk.seen_u8(at + 1) if at + 1 < end else 0
            if length < 2 or at + length > end:
                walk.stop(rows, ON_TRANSPORT, STOP_BAD_OPTION, at)
                break
        sequence = walk.tcp_options.step(sequence, kind)
        if kind == 0:
            break
        if kind == 8 and length == 10:
            rows.tcp_timestamp_value[row] = walk.seen_u32(at + 2)
            rows.tcp_timestamp_echo[row] = walk.seen_u32(at + 6)
            walk.present |= HAS_TCP_TIMESTAMPS
        elif kind == 2 and length == 4:
            place = rows.begin(IN_TCP_MSS, row)
            rows.tcp_mss[place] = walk.seen_u16(at + 2)
        elif kind == 3 and length == 3:
            place = rows.begin(IN_TCP_WINDOW_SCALE, row)
            rows.tcp_window_scale[place] = walk.seen_u8(at + 2)
        elif kind == 4 and length == 2:
            place = rows.begin(IN_TCP_SACK_PERMITTED, row)
            rows.tcp_sack_permitted[place] = 1
        elif kind == 5 and length >= 10:
            place = rows.begin(IN_TCP_SACK, row)
            rows.tcp_sack_count[place] = (length - 2) // 8
            rows.tcp_sack_left[place] = walk.seen_u32(at + 2)
            rows.tcp_sack_right[place] = walk.seen_u32(at + 6)
        elif kind == 34:
            place = rows.begin(IN_TCP_FAST_OPEN, row)
            rows.tcp_fast_open_length[place] = length - 2
        elif kind == 254 and length >= 4 and walk.seen_u16(at + 2) == 0xF989:  # RFC 4727, RFC 7413's draft
            place = rows.begin(IN_TCP_FAST_OPEN, row)
            rows.tcp_fast_open_length[place] = length - 4
        elif kind == 30 and length >= 3 and not multipath:  # the first of several
            multipath = True
            place = rows.begin(IN_TCP_MULTIPATH, row)
            rows.tcp_multipath_subtype[place] = walk.seen_u8(at + 2) >> 4
        elif kind in (19, 29):
            place = rows.begin(IN_TCP_SIGNATURE, row)
            rows.tcp_signature_kind[place] = kind
        at += length
    rows.tcp_options[row] = sequence
    return 0


def udp(walk: Walk, rows: Rows) -> cython.int:
    """UDP (RFC 768)."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    first: cython.ulonglong
    low: cython.ulonglong = 0xFFFFFFFF
    source: cython.uint
    destination: cython.uint
    sent: cython.uint
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    header: cython.int
    if walk.lacks(rows, ON_TRANSPORT, 8):
        return DONE
    first = walk.u64(at)
    source = first >> 48
    destination = (first >> 32) & 0xFFFF
    length = (first >> 16) & 0xFFFF
    sent = first & 0xFFFF
    rows.source_port[row] = source
    rows.destination_port[row] = destination
    rows.transport_checksum[row] = sent
    walk.present |= HAS_PORTS
    place = rows.begin(IN_UDP, row)
    rows.udp_length[place] = length
    walk.position = at + 8
    if length == 0:
        length = walk.end - at  # a jumbogram, RFC 2675 section 4, or offload
    elif length < 8:
        rows.transport_checksum_status[row] = CHECKSUM_UNVERIFIED
        walk.stop(rows, ON_TRANSPORT, STOP_BAD_LENGTH, at + 4)
        return DONE
    if sent == 0:
        rows.transport_checksum_status[row] = CHECKSUM_ABSENT
    else:
        rows.transport_checksum_status[row] = checksum_status(
            walk, rows, 17, sent, (first >> 32) + (first & low), at + 8, at + length, length
        )
    if at + length < walk.end:
        walk.end = at + length
        walk.cut = False
    header = udp_application(walk, source, destination)
    if header == DONE or header >= FIRST_LEAF:
        return header
    if header == MPLS:
        return MPLS if walk.nest(rows, TUNNEL_MPLS_IN_UDP) else DONE
    return header if fits(walk, header) else DONE


@cython.boundscheck(False)  # the table has a place for every port
def udp_application(walk: Walk, source: cython.uint, destination: cython.uint) -> cython.int:
    """What the ports of UDP hint at.

    The lower port first, as the other side's is usually taken at random. Beside a system port
    (RFC 6335 section 6) a user port means nothing, whatever it happens to be.
    """
    lower: cython.uint = min(source, destination)
    higher: cython.uint = max(source, destination)
    header: cython.int = walk.udp_ports[lower]
    if header == DONE and (lower < 1024) == (higher < 1024):
        header = walk.udp_ports[higher]
    return header


def udplite(walk: Walk, rows: Rows) -> cython.int:
    """UDP-Lite (RFC 3828)."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    coverage: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_TRANSPORT, 8):
        return DONE
    coverage = walk.u16(at + 4)
    rows.source_port[row] = walk.u16(at)
    rows.destination_port[row] = walk.u16(at + 2)
    rows.transport_checksum[row] = walk.u16(at + 6)
    walk.present |= HAS_PORTS
    place = rows.begin(IN_UDPLITE, row)
    rows.udplite_coverage[place] = coverage
    walk.position = at + 8
    if coverage == 0:
        coverage = walk.end - at
    elif coverage < 8 or (coverage > walk.end - at and not walk.incomplete):
        rows.transport_checksum_status[row] = CHECKSUM_UNVERIFIED
        walk.stop(rows, ON_TRANSPORT, STOP_BAD_LENGTH, at + 4)
        return DONE
    rows.transport_checksum_status[row] = checksum_status(
        walk, rows, 136, walk.u16(at + 6), 0, at, at + coverage, walk.end - at
    )
    return DONE


def sctp(walk: Walk, rows: Rows) -> cython.int:
    """SCTP (RFC 9260): the common header and the first chunk's type."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_TRANSPORT, 12):
        return DONE
    rows.source_port[row] = walk.u16(at)
    rows.destination_port[row] = walk.u16(at + 2)
    rows.transport_checksum[row] = walk.u32(at + 8)
    rows.transport_checksum_status[row] = sctp_checksum_status(walk, at, walk.end)
    walk.present |= HAS_PORTS
    place = rows.begin(IN_SCTP, row)
    rows.sctp_verification_tag[place] = walk.u32(at + 4)
    walk.position = at + 12
    if walk.end > walk.position:
        place = rows.begin(IN_SCTP_CHUNK, row)
        rows.sctp_chunk_type[place] = walk.octets[at + 12]
    return DONE


def sctp_checksum_status(walk: Walk, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.int:
    """The verdict on the CRC32c, which is sent with its lowest octet first (RFC 9260 appendix A)."""
    crc: cython.uint = 0xFFFFFFFF
    every: cython.uint = 0xFFFFFFFF
    sent: cython.uint
    octet: cython.uint
    at: cython.Py_ssize_t
    if walk.incomplete:
        return CHECKSUM_UNVERIFIED
    for at in range(start, end):
        octet = walk.octets[at]
        if start + 8 <= at < start + 12:
            octet = 0  # the checksum's own place counts as zeros
        crc = (crc >> 8) ^ walk.crc32c[(crc ^ octet) & 0xFF]
    crc = crc ^ every
    sent = walk.u16(start + 8)
    sent = (sent >> 8) | ((sent & 0xFF) << 8)
    octet = walk.u16(start + 10)
    sent |= ((octet >> 8) << 16) | ((octet & 0xFF) << 24)
    return CHECKSUM_GOOD if crc == sent else CHECKSUM_BAD


def dccp(walk: Walk, rows: Rows) -> cython.int:
    """DCCP (RFC 4340): ports and checksum."""
    at: cython.Py_ssize_t = walk.position
    row: cython.Py_ssize_t = walk.row
    header_length: cython.Py_ssize_t
    shortest: cython.Py_ssize_t
    covered: cython.Py_ssize_t
    kind: cython.int
    wide: cython.int
    if walk.lacks(rows, ON_TRANSPORT, 12):
        return DONE
    header_length = walk.octets[at + 4] * 4
    covered = walk.octets[at + 5] & 0x0F
    rows.source_port[row] = walk.u16(at)
    rows.destination_port[row] = walk.u16(at + 2)
    rows.transport_checksum[row] = walk.u16(at + 6)
    # RFC 4340 section 9.2: zero is everything, otherwise words of payload and one.
    covered = walk.end - at if covered == 0 else min(walk.end - at, header_length + (covered - 1) * 4)
    rows.transport_checksum_status[row] = checksum_status(
        walk, rows, 33, walk.u16(at + 6), 0, at, at + covered, walk.end - at
    )
    walk.present |= HAS_PORTS
    kind = (walk.octets[at + 8] >> 1) & 0x0F
    wide = walk.octets[at + 8] & 1
    shortest = 16 if wide else 12
    if kind != 0 and kind != 2:  # all but request and data acknowledge
        shortest += 8 if wide else 4
    if kind in (0, 1, 7):  # request and response have a service code, reset a reason
        shortest += 4
    if header_length < shortest:
        walk.stop(rows, ON_TRANSPORT, STOP_BAD_HEADER_LENGTH, at + 4)
        return DONE
    if walk.lacks(rows, ON_TRANSPORT, header_length):
        return DONE
    walk.position = at + header_length
    return DONE
