"""Finds the records of a snoop file in a buffer (the kernel of snoop.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, WordsView

NEEDS_MORE = 0
"""The record at the position goes on behind the buffer, or there is none."""
FULL = 1
"""The columns are full."""
WRONG = 2
"""The lengths of the record at the position contradict each other, or are beyond all frames.
Padding of more than 64 KiB is wrong as well: it would only serve to be waited for."""


def word(octets: OctetsView, at: cython.Py_ssize_t) -> cython.uint:
    """The 32-bit number at `at`; the caller has seen that four octets are there."""
    a: cython.uint = octets[at]
    b: cython.uint = octets[at + 1]
    c: cython.uint = octets[at + 2]
    d: cython.uint = octets[at + 3]
    return a << 24 | b << 16 | c << 8 | d


def scan(
    octets: OctetsView,
    position: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    wireless: cython.bint,
    maximum: cython.uint,
    time: LongsView,
    offset: LongsView,
    captured: WordsView,
    original: WordsView,
) -> tuple[int, int, int, int]:
    """Rows found, the new position, why it ended there, and the last count of losses (-1: none).

    `octets[position:end]` is scanned (RFC 1761 section "Packet Record Format"). Where `wireless`,
    a frame is preceded by Shomiti's radio header, whose fourth octet is its length without the
    first four.
    """
    rows: cython.Py_ssize_t = 0
    capacity: cython.Py_ssize_t = len(time)
    status: cython.int = 0
    losses: cython.longlong = -1
    wire: cython.uint
    size: cython.uint
    record: cython.Py_ssize_t
    padding: cython.Py_ssize_t
    header: cython.uint
    seconds: cython.longlong
    microseconds: cython.longlong
    with cython.nogil:
        while end - position >= 24:
            if rows >= capacity:
                status = 1
                break
            wire = word(octets, position)
            size = word(octets, position + 4)
            record = word(octets, position + 8)
            padding = record - 24 - size
            if wire > maximum or size > maximum or padding < 0 or padding > 65536:
                status = 2
                break
            if end - position < record:
                break
            header = 0
            if wireless:
                if size < 12:
                    status = 2
                    break
                header = octets[position + 27]
                header += 4
                if header < 12 or header > size:
                    status = 2
                    break
            losses = word(octets, position + 12)
            seconds = word(octets, position + 16)
            microseconds = word(octets, position + 20)
            time[rows] = seconds * 1000000000 + microseconds * 1000
            offset[rows] = position + 24 + header
            captured[rows] = size - header
            original[rows] = wire - header if wire > header else 0
            rows += 1
            position += record
    return rows, position, status, losses
