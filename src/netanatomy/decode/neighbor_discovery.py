"""Kernel of neighbour discovery (RFC 4861): targets, router advertisements, and the options of both."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def neighbor_discovery(walk: Walk, rows: Rows, kind: cython.int) -> cython.int:
    """A message of neighbour discovery; its fixed part is known to be there."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    if kind == 134:
        return router_advertisement(walk, rows)
    walk.position = at + 8
    if 135 <= kind <= 137:
        place = rows.begin(IN_ND_TARGET, walk.row)
        rows.nd_target[place, 0] = walk.u64(at + 8)
        rows.nd_target[place, 1] = walk.u64(at + 16)
        walk.position = at + 24
    if kind == 136:
        place = rows.begin(IN_ND_FLAGS, walk.row)
        rows.nd_flags[place] = walk.octets[at + 4] >> 5
    elif kind == 137:
        place = rows.begin(IN_ICMP_GATEWAY, walk.row)
        rows.icmp_gateway[place, 0] = walk.u64(at + 8)
        rows.icmp_gateway[place, 1] = walk.u64(at + 16)
        walk.position = at + 40
    return options(walk, rows)


def router_advertisement(walk: Walk, rows: Rows) -> cython.int:
    """What a router tells about itself and the link (RFC 4861 section 4.2)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t = rows.begin(IN_RA, walk.row)
    rows.ra_hop_limit[place] = walk.octets[at + 4]
    rows.ra_flags[place] = walk.octets[at + 5]
    rows.ra_router_lifetime[place] = walk.u16(at + 6)
    rows.ra_reachable_time[place] = walk.u32(at + 8)
    rows.ra_retransmit_time[place] = walk.u32(at + 12)
    walk.position = at + 16
    return options(walk, rows)


def options(walk: Walk, rows: Rows) -> cython.int:
    """The options up to the end of the message; the first of each kind has columns."""
    kind: cython.int
    length: cython.Py_ssize_t
    seen: cython.uint = 0
    prefixes: cython.uint = 0
    place: cython.Py_ssize_t
    while walk.end > walk.position:
        if walk.lacks(rows, ON_INTERNET, 2):
            break
        kind = walk.octets[walk.position]
        length = walk.octets[walk.position + 1] * 8
        if length == 0:
            walk.stop(rows, ON_INTERNET, STOP_BAD_OPTION, walk.position + 1)
            break
        if walk.lacks(rows, ON_INTERNET, length):
            break
        if kind == 3 and length >= 32:
            prefixes += 1
        if 1 <= kind <= 5 and (seen >> kind) & 1 == 0:
            seen |= option(walk, rows, kind, walk.position, length) << kind
        walk.position += length
    if prefixes:
        place = rows.begin(IN_RA_PREFIX, walk.row)
        rows.ra_prefix_count[place] = min(prefixes, 255)
    return DONE


def option(
    walk: Walk, rows: Rows, kind: cython.int, at: cython.Py_ssize_t, length: cython.Py_ssize_t
) -> cython.int:
    """One option that has columns; whether it filled them."""
    place: cython.Py_ssize_t
    if kind == 1 and length == 8:  # RFC 4861 section 4.6.1; other links have longer addresses
        place = rows.begin(IN_ND_SOURCE_LINK, walk.row)
        rows.nd_source_link_address[place] = walk.u48(at + 2)
    elif kind == 2 and length == 8:
        place = rows.begin(IN_ND_TARGET_LINK, walk.row)
        rows.nd_target_link_address[place] = walk.u48(at + 2)
    elif kind == 3 and length >= 32:  # RFC 4861 section 4.6.2
        place = rows.begin(IN_RA_PREFIX, walk.row)
        rows.ra_prefix_length[place] = walk.octets[at + 2]
        rows.ra_prefix_flags[place] = walk.octets[at + 3]
        rows.ra_valid_lifetime[place] = walk.u32(at + 4)
        rows.ra_preferred_lifetime[place] = walk.u32(at + 8)
        rows.ra_prefix[place, 0] = walk.u64(at + 16)
        rows.ra_prefix[place, 1] = walk.u64(at + 24)
        rows.ra_prefix_count[place] = 1
    elif kind == 5:  # RFC 4861 section 4.6.4
        place = rows.begin(IN_RA_MTU, walk.row)
        rows.ra_mtu[place] = walk.u32(at + 4)
    else:
        return 0
    return 1
