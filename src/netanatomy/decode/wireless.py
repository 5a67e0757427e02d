"""Kernel of IEEE 802.11: the header of management, control and data frames."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.little_endian import le16
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk


def ieee80211(walk: Walk, rows: Rows, padded: cython.bint) -> cython.int:
    """IEEE 802.11 §9.2: frame control, addresses, and what the type has behind them."""
    at: cython.Py_ssize_t = walk.position
    place: cython.Py_ssize_t
    length: cython.Py_ssize_t
    kind: cython.uint
    subtype: cython.uint
    flags: cython.uint
    if walk.lacks(rows, ON_LINK, 2):
        return DONE
    kind = (walk.octets[at] >> 2) & 3
    subtype = walk.octets[at] >> 4
    flags = walk.octets[at + 1]
    if walk.octets[at] & 3:
        walk.stop(rows, ON_LINK, STOP_BAD_VERSION, at)
        return DONE
    length = 10
    if kind == 1 and subtype in (2, 4, 5, 8, 9, 10, 11, 14, 15):
        length = 16
    elif kind == 0:
        length = 28 if flags & 0x80 else 24
    elif kind == 2:
        length = data_header_length(subtype, flags)
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    place = rows.begin(IN_WLAN, walk.row)
    rows.wlan_type[place] = kind
    rows.wlan_subtype[place] = subtype
    rows.wlan_flags[place] = flags
    rows.wlan_receiver[place] = walk.u48(at + 4)
    walk.position = at + length
    if length > 10:
        place = rows.begin(IN_WLAN_TRANSMITTER, walk.row)
        rows.wlan_transmitter[place] = walk.u48(at + 10)
    if kind == 1:
        if subtype == 10 or subtype >= 14:  # power-save poll; contention-free end
            place = rows.begin(IN_WLAN_BSSID, walk.row)
            rows.wlan_bssid[place] = walk.u48(at + 4 if subtype == 10 else at + 10)
    elif kind == 0:
        return management(walk, rows, at, subtype, flags)
    elif kind == 2:
        return data(walk, rows, at, subtype, flags, padded)
    return DONE


def data_header_length(subtype: cython.uint, flags: cython.uint) -> cython.Py_ssize_t:
    """Octets of a data frame's header (§9.3.2): four addresses? quality of service? HT control?"""
    length: cython.Py_ssize_t = 30 if flags & 3 == 3 else 24
    if subtype & 8:
        length += 6 if flags & 0x80 else 2
    return length


def sequence_control(walk: Walk, rows: Rows, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The row's place among the frames with addresses, with sequence and fragment number in it."""
    number: cython.uint = le16(walk, at + 22)
    place: cython.Py_ssize_t = rows.begin(IN_WLAN_ADDRESSES, walk.row)
    rows.wlan_sequence[place] = number >> 4
    rows.wlan_fragment[place] = number & 15
    return place


def management(
    walk: Walk, rows: Rows, at: cython.Py_ssize_t, subtype: cython.uint, flags: cython.uint
) -> cython.int:
    """Management frames: addresses, and the reason of a farewell; the elements are payload."""
    place: cython.Py_ssize_t = sequence_control(walk, rows, at)
    rows.wlan_destination[place] = walk.u48(at + 4)
    rows.wlan_source[place] = walk.u48(at + 10)
    place = rows.begin(IN_WLAN_BSSID, walk.row)
    rows.wlan_bssid[place] = walk.u48(at + 16)
    if flags & 0x40:
        walk.stop(rows, ON_LINK, STOP_ENCRYPTED, walk.position)
        return DONE
    if subtype in (10, 12) and not is_fragment(walk, at, flags):
        if walk.lacks(rows, ON_LINK, 2):
            return DONE
        place = rows.begin(IN_WLAN_REASON, walk.row)
        rows.wlan_reason[place] = le16(walk, walk.position)
    return DONE


def is_fragment(walk: Walk, at: cython.Py_ssize_t, flags: cython.uint) -> cython.bint:
    """Whether a frame is a piece of a larger one."""
    return flags & 4 != 0 or walk.octets[at + 22] & 15 != 0


def data(
    walk: Walk,
    rows: Rows,
    at: cython.Py_ssize_t,
    subtype: cython.uint,
    flags: cython.uint,
    padded: cython.bint,
) -> cython.int:
    """Data frames: which address means what depends on the direction (§9.3.2.1, table 9-60)."""
    place: cython.Py_ssize_t = sequence_control(walk, rows, at)
    direction: cython.uint = flags & 3
    quality: cython.uint = 0
    if direction == 3:
        rows.wlan_destination[place] = walk.u48(at + 16)
        rows.wlan_source[place] = walk.u48(at + 24)
    else:
        rows.wlan_destination[place] = walk.u48(at + 16 if direction == 1 else at + 4)
        rows.wlan_source[place] = walk.u48(at + 16 if direction == 2 else at + 10)
        place = rows.begin(IN_WLAN_BSSID, walk.row)
        if direction == 0:
            rows.wlan_bssid[place] = walk.u48(at + 16)
        else:
            rows.wlan_bssid[place] = walk.u48(at + 4 if direction == 1 else at + 10)
    if subtype & 4:  # no data
        return DONE
    if subtype & 8:
        quality = le16(walk, at + 30 if direction == 3 else at + 24)
    if padded:
        place = -(walk.position - at) & 3
        if walk.lacks(rows, ON_LINK, place):
            return DONE
        walk.position += place
    if flags & 0x40:
        walk.stop(rows, ON_LINK, STOP_ENCRYPTED, walk.position)
        return DONE
    if is_fragment(walk, at, flags):
        return DONE
    if direction == 3 and quality & 0x100 and not mesh_control(walk, rows):
        return DONE
    if quality & 0x80:  # an aggregate: the first of its subframes (§9.3.2.2.2)
        if walk.lacks(rows, ON_LINK, 14):
            return DONE
        walk.position += 14
        walk.end = min(walk.end, walk.position + walk.u16(walk.position - 2))
        return LLC
    return LLC if walk.position < walk.end else DONE


def mesh_control(walk: Walk, rows: Rows) -> cython.bint:
    """The mesh control field (§9.2.4.7.3); False if it is not all there."""
    mode: cython.uint
    length: cython.Py_ssize_t = 6
    if walk.lacks(rows, ON_LINK, 6):
        return False
    mode = walk.octets[walk.position] & 3
    if mode == 1:
        length = 12
    elif mode == 2:
        length = 18
    if walk.lacks(rows, ON_LINK, length):
        return False
    walk.position += length
    return True
