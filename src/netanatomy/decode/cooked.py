"""Kernels of the headers that capturing machines put in place of a link's own, or before it."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.little_endian import le16, le32
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def cooked_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one such header; the code of the next."""
    if header == LINUX_SLL:
        return linux_sll(walk, rows)
    if header == LINUX_SLL2:
        return linux_sll2(walk, rows)
    if header == LOOPBACK:
        return loopback(walk, rows)
    if header == NFLOG:
        return nflog(walk, rows)
    if header == PKTAP:
        return pktap(walk, rows)
    if header == IPNET:
        return ipnet(walk, rows)
    if header == PFLOG:
        return pflog(walk, rows)
    return enc(walk, rows)


def linux_sll(walk: Walk, rows: Rows) -> cython.int:
    """Linux cooked captures (LINKTYPE_LINUX_SLL)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 16):
        return DONE
    place = rows.begin(IN_SLL, walk.row)
    rows.sll_packet_type[place] = walk.u16(at)
    rows.sll_hardware_type[place] = walk.u16(at + 2)
    rows.sll_protocol[place] = walk.u16(at + 14)
    if walk.u16(at + 4) == 6:
        place = rows.begin(IN_SLL_SOURCE, walk.row)
        rows.sll_source[place] = walk.u48(at + 6)
    walk.position = at + 16
    return sll_payload(walk, walk.u16(at + 2), walk.u16(at + 14))


def linux_sll2(walk: Walk, rows: Rows) -> cython.int:
    """Linux cooked captures, version 2 (LINKTYPE_LINUX_SLL2)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 20):
        return DONE
    place = rows.begin(IN_SLL, walk.row)
    rows.sll_protocol[place] = walk.u16(at)
    rows.sll_hardware_type[place] = walk.u16(at + 8)
    rows.sll_packet_type[place] = walk.octets[at + 10]
    place = rows.begin(IN_SLL2, walk.row)
    rows.sll_interface_index[place] = walk.u32(at + 4)
    if walk.octets[at + 11] == 6:
        place = rows.begin(IN_SLL_SOURCE, walk.row)
        rows.sll_source[place] = walk.u48(at + 12)
    walk.position = at + 20
    return sll_payload(walk, walk.u16(at + 8), walk.u16(at))


def sll_payload(walk: Walk, hardware: cython.uint, protocol: cython.uint) -> cython.int:
    """What Linux's protocol type means on that kind of hardware."""
    if hardware == 824 or protocol == 1:  # netlink; Novell's raw IEEE 802.3
        return DONE
    if protocol == 4:  # IEEE 802.2
        return LLC
    return walk.ethertypes[protocol]


def ip_of_family(family: cython.uint) -> cython.int:
    """IP by the numbers that the BSDs, macOS and Windows have for its address families."""
    if family == 2:
        return IPV4
    return IPV6 if family in (10, 23, 24, 28, 30) else DONE


def family_at(walk: Walk, at: cython.Py_ssize_t) -> cython.uint:
    """An address family in either byte order: families are small numbers."""
    return le32(walk, at) if walk.u16(at) else walk.u32(at)


def loopback(walk: Walk, rows: Rows) -> cython.int:
    """BSD's NULL and LOOP headers: an address family."""
    place: cython.Py_ssize_t
    family: cython.uint
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    family = family_at(walk, walk.position)
    place = rows.begin(IN_LOOPBACK, walk.row)
    rows.loopback_family[place] = family
    walk.position += 4
    if 1500 < family <= 0xFFFF:  # some systems write an EtherType
        return walk.ethertypes[family]
    return ip_of_family(family)


def enc(walk: Walk, rows: Rows) -> cython.int:
    """BSD's encapsulation interface: family, security parameters index, flags."""
    family: cython.uint
    if walk.lacks(rows, ON_LINK, 12):
        return DONE
    family = family_at(walk, walk.position)
    walk.position += 12
    return DONE if family in (10, 23) else ip_of_family(family)


def pflog(walk: Walk, rows: Rows) -> cython.int:
    """OpenBSD's packet filter log: a length, a family, and a verdict."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    family: cython.uint
    if walk.lacks(rows, ON_LINK, 1):
        return DONE
    length = walk.octets[at]
    if length < 44:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, at)
        return DONE
    length = (length + 3) & ~3
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    family = walk.octets[at + 1]
    walk.position = at + length
    return DONE if family in (10, 23) else ip_of_family(family)


def ipnet(walk: Walk, rows: Rows) -> cython.int:
    """Solaris's view of its IP layer."""
    family: cython.uint
    if walk.lacks(rows, ON_LINK, 24):
        return DONE
    family = walk.octets[walk.position + 1]
    walk.position += 24
    if family == 2:
        return IPV4
    return IPV6 if family == 26 else DONE


def pktap(walk: Walk, rows: Rows) -> cython.int:
    """Apple's header about the process; another link type's header follows."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    length = le32(walk, at)
    if length < 108:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, at)
        return DONE
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position = at + length
    return header_of_link_type(walk, le32(walk, at + 8))


def header_of_link_type(walk: Walk, number: cython.uint) -> cython.int:
    """The header of a link type that stands in a field; unknown ones end the walk."""
    header: cython.int
    if number in (12, 14):  # DLT_RAW, as the systems number it
        return RAW_IP
    if number > 0xFFFF:
        return DONE
    header = walk.link_types[number]
    return header if header < FIRST_LEAF else DONE


def nflog(walk: Walk, rows: Rows) -> cython.int:
    """Netfilter's log: type-length-values up to the one that holds the packet."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    length: cython.Py_ssize_t
    kind: cython.uint
    family: cython.uint
    swapped: cython.bint
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    family = walk.octets[at]
    place = rows.begin(IN_NFLOG, walk.row)
    rows.nflog_family[place] = family
    rows.nflog_resource[place] = walk.u16(at + 2)
    at += 4
    walk.position = at
    # In the byte order of the machine that captured: no type is greater than 255.
    swapped = walk.end - at >= 4 and walk.u16(at + 2) <= 255
    while walk.end - at >= 4:
        length = walk.u16(at) if swapped else le16(walk, at)
        kind = walk.u16(at + 2) if swapped else le16(walk, at + 2)
        if length < 4:
            walk.stop(rows, ON_LINK, STOP_BAD_LENGTH, at)
            return DONE
        if kind == 9:  # NFULA_PAYLOAD
            walk.position = at + 4
            walk.end = min(walk.end, at + length)
            if family == 2:
                return IPV4
            return IPV6 if family == 10 else DONE
        if walk.end - at < length:
            walk.ran_out(rows, ON_LINK)
            return DONE
        at += (length + 3) & ~3
    walk.position = min(at, walk.end)
    return DONE
