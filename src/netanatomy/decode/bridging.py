"""Kernels of what bridges say to each other, and of access to them: spanning tree, EAPOL."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def stp(walk: Walk, rows: Rows) -> cython.int:
    """A bridge protocol data unit (IEEE 802.1Q §14.4)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    kind: cython.uint
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 2):
        return DONE
    if walk.u16(at) != 0:  # not spanning tree: GARP shares the address
        walk.position = at + 2
        return DONE
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    kind = walk.octets[at + 3]
    place = rows.begin(IN_STP, walk.row)
    rows.stp_version[place] = walk.octets[at + 2]
    rows.stp_type[place] = kind
    if kind not in (0, 2):  # a notification of a topology change is no longer
        walk.position = at + 4
        return DONE
    length = 36 if kind == 2 else 35
    if walk.lacks(rows, ON_LINK, 27):
        return DONE
    place = rows.begin(IN_STP_CONFIGURATION, walk.row)
    rows.stp_flags[place] = walk.octets[at + 4]
    rows.stp_root[place] = walk.u64(at + 5)
    rows.stp_root_cost[place] = walk.u32(at + 13)
    rows.stp_bridge[place] = walk.u64(at + 17)
    rows.stp_port[place] = walk.u16(at + 25)
    if not walk.lacks(rows, ON_LINK, length):
        walk.position = at + length
    return DONE


def eapol(walk: Walk, rows: Rows) -> cython.int:
    """EAP over LAN (IEEE 802.1X §11.3)."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    place = rows.begin(IN_EAPOL, walk.row)
    rows.eapol_version[place] = walk.octets[at]
    rows.eapol_type[place] = walk.octets[at + 1]
    length = walk.u16(at + 2)
    walk.position = at + 4
    walk.end = min(walk.end, walk.position + length)
    return EAP if walk.octets[at + 1] == 0 and length else DONE
