"""Kernels of what wireless receivers say of a frame, before its 802.11 header."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.cooked import header_of_link_type
    from netanatomy.decode.headers import *
    from netanatomy.decode.little_endian import le16, le32
    from netanatomy.decode.rows import *
    from netanatomy.decode.walk import Walk

if not cython.compiled:
    MAXIMUM_PRESENT_WORDS = 32
    FCS_LENGTH = 4


def radio_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one such header; the code of the next."""
    if header == RADIOTAP:
        return radiotap(walk, rows)
    if header == PRISM:
        return prism(walk, rows)
    if header == AVS:
        return avs(walk, rows)
    return ppi(walk, rows)


def without_fcs(walk: Walk) -> cython.int:
    """Take the frame check sequence off the end, if the frame was captured to its end."""
    if not walk.cut:
        walk.end = max(walk.position, walk.end - FCS_LENGTH)
    return 0


def field_layout(place: cython.uint) -> cython.int:
    """Alignment * 16 + length of radiotap's field of that bit; 0 if unknown (radiotap.org/fields)."""
    if place in (1, 2, 5, 6, 10, 11, 12, 13, 16, 17, 26):
        return 0x11
    if place in (7, 8, 9, 14, 15):
        return 0x22
    if place == 3:
        return 0x24
    if place in (21, 22, 23, 24):
        return 0x8C if place == 22 else 0x2C
    if place == 0:
        return 0x88
    if place == 4:
        return 0x12
    if place in (18, 20):
        return 0x48
    if place == 19:
        return 0x13
    if place == 25:
        return 0x26
    return 0x24 if place == 27 else 0


def radiotap(walk: Walk, rows: Rows) -> cython.int:
    """Radiotap: bitmaps of what is present, and the fields, each aligned to its own size."""
    start: cython.Py_ssize_t = walk.position
    end: cython.Py_ssize_t
    at: cython.Py_ssize_t
    words: cython.int = 1
    number: cython.int
    word: cython.uint
    place: cython.uint
    layout: cython.int
    length: cython.Py_ssize_t
    flags: cython.uint = 0
    found: cython.uint = 0
    vendor: cython.bint = False
    beyond: cython.bint = False
    done: cython.bint
    row: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 8):
        return DONE
    length = le16(walk, start + 2)
    if length < 8:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, start + 2)
        return DONE
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    end = start + length
    done = walk.octets[start] != 0  # another version's fields are not known
    while le32(walk, start + words * 4) >> 31:
        if words == MAXIMUM_PRESENT_WORDS or start + words * 4 + 8 > end:
            done = True
            break
        words += 1
    at = start + 4 + words * 4
    for number in range(words):
        if done:
            break
        word = le32(walk, start + 4 + number * 4)
        for place in range(29):
            if done or vendor or not (word >> place) & 1:
                continue
            layout = 0 if beyond else field_layout(place)
            length = layout & 15
            at += -(at - start) & ((layout >> 4) - 1) if layout else 0
            if layout == 0 or at + length > end:
                done = True
                continue
            if place == 1 and flags == 0:
                flags = walk.octets[at]
            elif place == 3 and not found & 1:
                found |= 1
                row = rows.begin(IN_RADIO_FREQUENCY, walk.row)
                rows.radio_frequency[row] = le16(walk, at)
            elif place == 5 and not found & 2:
                found |= 2
                row = rows.begin(IN_RADIO_SIGNAL, walk.row)
                rows.radio_signal[row] = signed8(walk.octets[at])
            at += length
        if done:
            break
        if (word >> 30) & 1:  # a vendor's own fields: its OUI, a number, and their length
            at += (at - start) & 1
            if at + 6 > end or at + 6 + le16(walk, at + 4) > end:
                break
            at += 6 + le16(walk, at + 4)
            vendor = True
        elif (word >> 29) & 1:
            vendor = False
            beyond = False
        else:  # the next word's bits are numbers 32 and up, which nobody has defined
            beyond = not vendor
    walk.position = end
    if flags & 0x10:
        without_fcs(walk)
    return IEEE80211_PADDED if flags & 0x20 else IEEE80211


def signed8(value: cython.int) -> cython.int:
    """An octet in two's complement."""
    return value - 256 if value > 127 else value


def prism(walk: Walk, rows: Rows) -> cython.int:
    """Prism's monitor header; AVS's comes under the same link type."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 4):
        return DONE
    if walk.u16(at) == 0x8021 and walk.u16(at + 2) >> 12 == 1:
        return AVS
    if walk.lacks(rows, ON_LINK, 24):
        return DONE
    length = le32(walk, at + 4) if walk.u16(at) else walk.u32(at + 4)
    if length < 24:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, at + 4)
        return DONE
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    walk.position = at + length
    return IEEE80211


def avs(walk: Walk, rows: Rows) -> cython.int:
    """AVS's monitor header."""
    at: cython.Py_ssize_t = walk.position
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    if walk.lacks(rows, ON_LINK, 8):
        return DONE
    length = walk.u32(at + 4)
    if length < 64:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, at + 4)
        return DONE
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    if 256 <= walk.u32(at + 28) <= 0xFFFF:  # MHz; below, it is a number of a channel
        place = rows.begin(IN_RADIO_FREQUENCY, walk.row)
        rows.radio_frequency[place] = walk.u32(at + 28)
    # A signal in dBm that fits its column: all its upper bits are its sign.
    if walk.u32(at + 44) == 3 and walk.u16(at + 48) == 0xFFFF and walk.u16(at + 50) >= 0xFF80:
        place = rows.begin(IN_RADIO_SIGNAL, walk.row)
        rows.radio_signal[place] = signed8(walk.octets[at + 51])
    walk.position = at + length
    return IEEE80211


def ppi(walk: Walk, rows: Rows) -> cython.int:
    """Per-packet information: fields, and another link type's header."""
    start: cython.Py_ssize_t = walk.position
    end: cython.Py_ssize_t
    at: cython.Py_ssize_t = start + 8
    length: cython.Py_ssize_t
    place: cython.Py_ssize_t
    link_type: cython.uint
    flags: cython.uint = 0
    if walk.lacks(rows, ON_LINK, 8):
        return DONE
    length = le16(walk, start + 2)
    link_type = le32(walk, start + 4)
    if length < 8:
        walk.stop(rows, ON_LINK, STOP_BAD_HEADER_LENGTH, start + 2)
        return DONE
    if walk.lacks(rows, ON_LINK, length):
        return DONE
    end = start + length
    while end - at >= 4:
        length = le16(walk, at + 2)
        if at + 4 + length > end:
            walk.stop(rows, ON_LINK, STOP_BAD_LENGTH, at + 2)
            return DONE
        if le16(walk, at) == 2 and length == 20:  # 802.11 common
            flags = le16(walk, at + 12)
            place = rows.begin(IN_RADIO_FREQUENCY, walk.row)
            rows.radio_frequency[place] = le16(walk, at + 16)
            place = rows.begin(IN_RADIO_SIGNAL, walk.row)
            rows.radio_signal[place] = signed8(walk.octets[at + 22])
        at += 4 + length
    walk.position = end
    if link_type == 105 and flags & 1:
        without_fcs(walk)
    if link_type in (12, 14):
        return DONE
    return header_of_link_type(walk, link_type)
