"""Kernel of multicast listener discovery, both versions (RFC 2710, RFC 9777)."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def multicast_listener(walk: Walk, rows: Rows, kind: cython.int) -> cython.int:
    """Who wants which group: the group asked for or reported, or the first record's."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    group: cython.Py_ssize_t = at + 12 if kind == 143 else at + 8
    records: cython.Py_ssize_t = walk.u16(at + 6) if kind == 143 else 0
    length: cython.Py_ssize_t = 24
    place = rows.begin(IN_MLD, walk.row)
    rows.mld_record_count[place] = records
    rows.mld_group[place, 0] = 0
    rows.mld_group[place, 1] = 0
    if (kind != 143 or records > 0) and walk.end >= group + 16:
        rows.mld_group[place, 0] = walk.u64(group)
        rows.mld_group[place, 1] = walk.u64(group + 8)
    if kind == 130 and walk.end - at > 24:  # a query of version 2, RFC 9777 section 8.1
        length = 28
        if walk.lacks(rows, ON_INTERNET, length):
            return DONE
        length += walk.u16(at + 26) * 16
    elif kind == 143:
        length = 8
    if walk.lacks(rows, ON_INTERNET, length):
        return DONE
    walk.position = at + length
    while records > 0:
        if walk.lacks(rows, ON_INTERNET, 20):
            return DONE
        length = 20 + walk.u16(walk.position + 2) * 16 + walk.octets[walk.position + 1] * 4
        if walk.lacks(rows, ON_INTERNET, length):
            return DONE
        walk.position += length
        records -= 1
    return DONE
