"""Finds the records of a pcap file in a buffer (the kernel of pcap.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, WordsView

NEEDS_MORE = 0
"""The record at the position goes on behind the buffer, or there is none."""
FULL = 1
"""The columns are full."""
TOO_LONG = 2
"""The record at the position claims to be longer than any frame."""


if not cython.compiled:  # compiled, this is inline: see pcap_scan.pxd

    def word(octets: OctetsView, at: int, big_endian: bool) -> int:
        """The 32-bit number at `at`; whoever asks has seen that it is there."""
        return int.from_bytes(octets[at : at + 4], "big" if big_endian else "little")


# What is read lies between `position` and `end`, and no row is beyond `capacity`: seen at once, before.
@cython.boundscheck(False)
def scan(
    octets: OctetsView,
    position: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    big_endian: cython.bint,
    header_length: cython.Py_ssize_t,
    padding: cython.Py_ssize_t,
    nanoseconds_per_unit: cython.longlong,
    swapped_below: cython.uint,
    maximum: cython.uint,
    time: LongsView,
    offset: LongsView,
    captured: WordsView,
    original: WordsView,
) -> tuple[int, int, int]:
    """Rows found, the new position, and why it ended there: `NEEDS_MORE`, `FULL` or `TOO_LONG`.

    `octets[position:end]` is scanned. A record is `header_length` octets (16 or more: seconds,
    fraction, captured length, original length, …), `padding` octets that are counted in both
    lengths but are no frame, and the frame. The lengths stand in the other order where the first
    is greater than the second by no matter how much and `swapped_below` is 1, always where it is 2
    (pcap 2.3 and older).
    """
    rows: cython.Py_ssize_t = 0
    capacity: cython.Py_ssize_t = len(time)
    status: cython.int = 0
    first: cython.uint
    second: cython.uint
    lengths: cython.uint
    seconds: cython.longlong
    fraction: cython.longlong
    size: cython.Py_ssize_t
    pad: cython.uint = padding
    if position < 0 or end > len(octets) or header_length < 16:
        raise IndexError("records beyond the buffer")
    if len(offset) < capacity or len(captured) < capacity or len(original) < capacity:
        raise IndexError("rows beyond the columns")
    with cython.nogil:
        while end - position >= header_length:
            if rows >= capacity:
                status = 1
                break
            first = word(octets, position + 8, big_endian)
            second = word(octets, position + 12, big_endian)
            if swapped_below == 2 or (swapped_below == 1 and first > second):
                lengths = first
                first = second
                second = lengths
            if first > maximum or first < pad:
                status = 2
                break
            size = first
            if end - position - header_length < size:
                break
            seconds = word(octets, position, big_endian)
            fraction = word(octets, position + 4, big_endian)
            time[rows] = seconds * 1000000000 + fraction * nanoseconds_per_unit
            offset[rows] = position + header_length + padding
            captured[rows] = first - pad
            original[rows] = second - pad if second >= pad else 0
            rows += 1
            position += header_length + size
    return rows, position, status
