"""Kernels of what routers say to each other and to hosts: IGMP, OSPF, PIM, VRRP."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def igmp(walk: Walk, rows: Rows) -> cython.int:
    """IGMP (RFC 9776): the type, and the group or the first record's."""
    at: cython.Py_ssize_t = walk.position
    kind: cython.int
    group: cython.Py_ssize_t = 0
    length: cython.Py_ssize_t = 4
    place: cython.Py_ssize_t
    records: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    kind = walk.octets[at]
    if kind in (0x11, 0x12, 0x16, 0x17):
        group = at + 4
        length = 8
    elif kind == 0x22:
        length = 8
        if walk.end - at >= 16 and walk.u16(at + 6) > 0:
            group = at + 12
    place = rows.begin(IN_IGMP, walk.row)
    rows.igmp_type[place] = kind
    rows.igmp_group[place, 0] = 0
    rows.igmp_group[place, 1] = 0xFFFF00000000
    if group and walk.end >= group + 4:
        rows.igmp_group[place, 1] = walk.mapped(group)
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    if kind == 0x11 and walk.end - at >= 12:  # a query of version 3, RFC 9776 section 7.1
        length = 12 + walk.u16(at + 10) * 4
        if walk.lacks(rows, ON_INTERNET, length):
            return DONE
    walk.position = at + length
    if kind == 0x22:
        records = walk.u16(at + 6)
        while records > 0:
            if walk.lacks(rows, ON_INTERNET, 8):
                return DONE
            length = 8 + walk.u16(walk.position + 2) * 4 + walk.octets[walk.position + 1] * 4
            if walk.lacks(rows, ON_INTERNET, length):
                return DONE
            walk.position += length
            records -= 1
    return DONE


def ospf(walk: Walk, rows: Rows) -> cython.int:
    """OSPF (RFC 2328, RFC 5340): the common header."""
    at: cython.Py_ssize_t = walk.position
    version: cython.int
    length: cython.Py_ssize_t
    header_length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 12):
        return DONE
    version = walk.octets[at]
    if version != 2 and version != 3:
        walk.stop(rows, ON_INTERNET, STOP_BAD_VERSION, at)
        return DONE
    place = rows.begin(IN_OSPF, walk.row)
    rows.ospf_version[place] = version
    rows.ospf_type[place] = walk.octets[at + 1]
    rows.ospf_router_id[place] = walk.u32(at + 4)
    rows.ospf_area[place] = walk.u32(at + 8)
    header_length = 24 if version == 2 else 16
    if walk.lacks(rows, ON_INTERNET, header_length):
        return DONE
    length = walk.u16(at + 2)
    if length < header_length:
        walk.stop(rows, ON_INTERNET, STOP_BAD_LENGTH, at + 2)
        return DONE
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    # What lies behind the packet is a digest (RFC 2328 section D.4.3) or link-local signalling.
    walk.position = at + header_length
    return DONE


def pim(walk: Walk, rows: Rows) -> cython.int:
    """PIM (RFC 7761); a register carries the packet of a sender."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    version: cython.int
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    place = rows.begin(IN_PIM, walk.row)
    rows.pim_version[place] = walk.octets[at] >> 4
    rows.pim_type[place] = walk.octets[at] & 0x0F
    walk.position = at + 4
    if walk.octets[at] != 0x21:  # version 2, register
        return DONE
    if walk.lacks(rows, ON_INTERNET, 4):
        return DONE
    walk.position = at + 8
    # A null register holds no packet, only the header that stands for it.
    if walk.end <= walk.position or walk.octets[at + 4] & 0x40:
        return DONE
    version = walk.octets[walk.position] >> 4
    if version != 4 and version != 6:
        return DONE
    if not walk.nest(rows, TUNNEL_PIM_REGISTER):
        return DONE
    return IPV4 if version == 4 else IPV6


def vrrp(walk: Walk, rows: Rows) -> cython.int:
    """VRRP (RFC 9568), but not the CARP message that looks like it."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_INTERNET, 8):
        return DONE
    # OpenBSD's netinet/ip_carp.h: always 36 octets, of which seven words are counter and digest.
    if walk.end - at == 36 and walk.octets[at + 3] == 7:
        walk.position = walk.end
        return DONE
    place = rows.begin(IN_VRRP, walk.row)
    rows.vrrp_version[place] = walk.octets[at] >> 4
    rows.vrrp_virtual_router[place] = walk.octets[at + 1]
    rows.vrrp_priority[place] = walk.octets[at + 2]
    walk.position = at + 8
    return DONE
