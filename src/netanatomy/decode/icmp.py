"""Kernels of ICMP and ICMPv6: type, code and checksum, what the type says, and the packet an error quotes."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.multicast_listener import multicast_listener
    from netanatomy.decode.neighbor_discovery import neighbor_discovery
    from netanatomy.decode.rows import *
    from netanatomy.decode.transport import checksum_status
    from netanatomy.decode.walk import Walk


def icmp(walk: Walk, rows: Rows) -> cython.int:
    """ICMP (RFC 792)."""
    at: cython.Py_ssize_t = walk.position
    kind: cython.int
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    kind = walk.octets[at]
    if walk.incomplete:
        icmp_common(walk, rows, CHECKSUM_UNVERIFIED)
    elif walk.ones_sum(at, walk.end) == 0xFFFF:
        icmp_common(walk, rows, CHECKSUM_GOOD)
    else:
        icmp_common(walk, rows, CHECKSUM_BAD)
    if kind in (0, 8, 13, 14, 15, 16, 17, 18) and walk.end - at >= 8:
        icmp_echo(walk, rows)
    elif kind in (42, 43) and walk.end - at >= 8:  # RFC 8335 section 2: a sequence number of eight bits
        place = rows.begin(IN_ICMP_ECHO, walk.row)
        rows.icmp_identifier[place] = walk.u16(at + 4)
        rows.icmp_sequence[place] = walk.octets[at + 6]
    if walk.lacks(rows, ON_INTERNET, icmp_length(kind)):
        return DONE
    walk.position = at + icmp_length(kind)
    if kind == 9:
        return router_discovery(walk, rows)
    if kind == 5:
        place = rows.begin(IN_ICMP_GATEWAY, walk.row)
        rows.icmp_gateway[place, 0] = 0
        rows.icmp_gateway[place, 1] = walk.mapped(at + 4)
    elif kind == 12:
        place = rows.begin(IN_ICMP_POINTER, walk.row)
        rows.icmp_pointer[place] = walk.octets[at + 4]
    elif kind == 3 and walk.octets[at + 1] == 4:  # RFC 1191 section 4
        place = rows.begin(IN_ICMP_MTU, walk.row)
        rows.icmp_mtu[place] = walk.u16(at + 6)
    if kind in (3, 4, 5, 11, 12):
        quoted_ipv4(walk, rows, walk.position)
    return DONE


def icmp_common(walk: Walk, rows: Rows, status: cython.int) -> cython.int:
    """Type, code, checksum and the verdict on it, of either version."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t = rows.begin(IN_ICMP, walk.row)
    rows.icmp_type[place] = walk.octets[at]
    rows.icmp_code[place] = walk.octets[at + 1]
    rows.icmp_checksum[place] = walk.u16(at + 2)
    rows.icmp_checksum_status[place] = status
    return 0


def icmp_echo(walk: Walk, rows: Rows) -> cython.int:
    """Identifier and sequence number."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t = rows.begin(IN_ICMP_ECHO, walk.row)
    rows.icmp_identifier[place] = walk.u16(at + 4)
    rows.icmp_sequence[place] = walk.u16(at + 6)
    return 0


def icmp_length(kind: cython.int) -> cython.int:
    """Octets of a message's fixed part."""
    if kind in (0, 3, 4, 5, 6, 8, 9, 10, 11, 12, 15, 16, 31, 42, 43):
        return 8
    if kind == 13 or kind == 14 or kind == 30:  # three timestamps; RFC 1393 section 2.3
        return 20
    if kind == 17 or kind == 18:
        return 12
    return 4


def router_discovery(walk: Walk, rows: Rows) -> cython.int:
    """The addresses of a router advertisement (RFC 1256 section 3)."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t = walk.octets[at - 4] * walk.octets[at - 3] * 4
    if walk.octets[at - 3] < 2:
        walk.stop(rows, ON_INTERNET, STOP_BAD_LENGTH, at - 3)
        return DONE
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position = at + length
    return DONE


def icmpv6(walk: Walk, rows: Rows) -> cython.int:
    """ICMPv6 (RFC 4443)."""
    at: cython.Py_ssize_t = walk.position
    kind: cython.int
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    kind = walk.octets[at]
    icmp_common(walk, rows, checksum_status(walk, rows, 58, walk.u16(at + 2), 0, at, walk.end, walk.end - at))
    if walk.lacks(rows, ON_INTERNET, icmpv6_length(kind)):
        return DONE
    if 130 <= kind <= 132 or kind == 143:
        return multicast_listener(walk, rows, kind)
    if 133 <= kind <= 137 or kind in (141, 142, 146, 147):
        return neighbor_discovery(walk, rows, kind)
    walk.position = at + icmpv6_length(kind)
    if kind == 128 or kind == 129:
        place = rows.begin(IN_ICMP_ECHO, walk.row)
        rows.icmp_identifier[place] = walk.u16(at + 4)
        rows.icmp_sequence[place] = walk.u16(at + 6)
    elif kind == 2:
        place = rows.begin(IN_ICMP_MTU, walk.row)
        rows.icmp_mtu[place] = walk.u32(at + 4)
    elif kind == 4:
        place = rows.begin(IN_ICMP_POINTER, walk.row)
        rows.icmp_pointer[place] = walk.u32(at + 4)
    if 1 <= kind <= 4:
        quoted_ipv6(walk, rows, walk.position)
    return DONE


def icmpv6_length(kind: cython.int) -> cython.int:
    """Octets of a message's fixed part."""
    if 1 <= kind <= 4 or kind in (128, 129, 133, 141, 142, 143, 144, 145, 146, 147, 151, 160, 161):
        return 8
    if kind in (130, 131, 132, 135, 136):
        return 24
    if kind == 134 or kind == 139 or kind == 140:  # RFC 4861 section 4.2; RFC 4620 section 4
        return 16
    if kind == 137:
        return 40
    if kind == 157 or kind == 158:  # RFC 6775 section 4.4
        return 32
    return 4


def quoted_ipv4(walk: Walk, rows: Rows, at: cython.Py_ssize_t) -> cython.int:
    """The IPv4 packet that an error is about, as far as it is quoted."""
    header_length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.end - at < 20 or walk.octets[at] >> 4 != 4:
        return 0
    header_length = (walk.octets[at] & 0x0F) * 4
    place = rows.begin(IN_QUOTED, walk.row)
    rows.quoted_source[place, 0] = 0
    rows.quoted_source[place, 1] = walk.mapped(at + 12)
    rows.quoted_destination[place, 0] = 0
    rows.quoted_destination[place, 1] = walk.mapped(at + 16)
    rows.quoted_protocol[place] = walk.octets[at + 9]
    if header_length >= 20 and walk.u16(at + 6) & 0x1FFF == 0:
        quoted_ports(walk, rows, at + header_length, walk.octets[at + 9])
    return 0


def quoted_ipv6(walk: Walk, rows: Rows, at: cython.Py_ssize_t) -> cython.int:
    """The IPv6 packet that an error is about, as far as it is quoted."""
    place: cython.Py_ssize_t
    following: cython.uint
    if walk.end - at < 40 or walk.octets[at] >> 4 != 6:
        return 0
    place = rows.begin(IN_QUOTED, walk.row)
    rows.quoted_source[place, 0] = walk.u64(at + 8)
    rows.quoted_source[place, 1] = walk.u64(at + 16)
    rows.quoted_destination[place, 0] = walk.u64(at + 24)
    rows.quoted_destination[place, 1] = walk.u64(at + 32)
    following = walk.octets[at + 6]
    at += 40
    # Each round advances by eight octets at least, and stays inside the quotation.
    while following in (0, 43, 44, 60) and walk.end - at >= 8:
        if following == 44:
            if walk.u16(at + 2) & 0xFFF8 != 0:
                break
            following = walk.octets[at]
            at += 8
        else:
            following = walk.octets[at]
            at += (walk.octets[at + 1] + 1) * 8
    rows.quoted_protocol[place] = following
    quoted_ports(walk, rows, at, following)
    return 0


def quoted_ports(walk: Walk, rows: Rows, at: cython.Py_ssize_t, protocol: cython.uint) -> cython.int:
    """The ports, where the quoted packet has some and the quotation reaches that far."""
    place: cython.Py_ssize_t
    if walk.end - at >= 4 and protocol in (6, 17, 33, 132, 136):
        place = rows.begin(IN_QUOTED_PORTS, walk.row)
        rows.quoted_source_port[place] = walk.u16(at)
        rows.quoted_destination_port[place] = walk.u16(at + 2)
    return 0
