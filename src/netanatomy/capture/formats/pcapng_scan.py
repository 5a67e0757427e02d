"""Finds the packets of a pcapng file in a buffer (the kernel of pcapng.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, ShortsView, WordsView

# Why the scan ended (see `scan`).
NEEDS_MORE = 0
FULL = 1
OTHER_BLOCK = 2
BAD_LENGTH = 3
LENGTHS_DIFFER = 4
TOO_LONG = 5
NO_INTERFACE = 6

# A row of the interface table.
TABLE_WIDTH = 9
INTERFACE_NUMBER = 0
INTERFACE_LINK_TYPE = 1
INTERFACE_MAXIMUM = 2
INTERFACE_SNAP_LENGTH = 3
INTERFACE_CLOCK = 4
INTERFACE_FACTOR = 5
INTERFACE_SECONDS = 6
INTERFACE_DROPPED = 7
INTERFACE_NANOSECONDS = 8
"""Nanoseconds in a unit where times are units since 1970 without an offset, else 0: a short cut."""

# Kinds of INTERFACE_CLOCK: what INTERFACE_FACTOR means.
CLOCK_COARSE = 0
"""Units per second; a divisor of 1,000,000,000."""
CLOCK_FINE = 1
"""Units per nanosecond."""
CLOCK_BINARY = 2
"""Logarithm to base 2 of the units per second."""

# A slot of the counters.
COUNTERS = 5
COUNT_COMMENTED = 0
COUNT_FLAGGED = 1
COUNT_BAD_OPTIONS = 2
COUNT_BAD_TIMES = 3
COUNT_SKIPPED_BLOCKS = 4


def word(octets: OctetsView, at: cython.Py_ssize_t, big_endian: cython.bint) -> cython.uint:
    """The 32-bit number at `at`; the caller has seen that four octets are there."""
    a: cython.uint = octets[at]
    b: cython.uint = octets[at + 1]
    c: cython.uint = octets[at + 2]
    d: cython.uint = octets[at + 3]
    if big_endian:
        return a << 24 | b << 16 | c << 8 | d
    return d << 24 | c << 16 | b << 8 | a


def short(octets: OctetsView, at: cython.Py_ssize_t, big_endian: cython.bint) -> cython.uint:
    """The 16-bit number at `at`; the caller has seen that two octets are there."""
    a: cython.uint = octets[at]
    b: cython.uint = octets[at + 1]
    if big_endian:
        return a << 8 | b
    return b << 8 | a


def nanoseconds(
    high: cython.ulonglong,
    low: cython.ulonglong,
    clock: cython.longlong,
    factor: cython.ulonglong,
    offset: cython.longlong,
    counters: LongsView,
) -> cython.longlong:
    """A time stamp as nanoseconds since 1970; clipped to the years 1697 to 2242."""
    units: cython.ulonglong = high << 32 | low
    seconds: cython.ulonglong = 0
    fraction: cython.ulonglong = 0
    total: cython.longlong
    shift: cython.ulonglong
    upper: cython.ulonglong
    one: cython.longlong = 1
    if clock == 0:
        seconds = units // factor
        fraction = (units - seconds * factor) * (1000000000 // factor)
    elif clock == 1:
        units = units // factor
        seconds = units // 1000000000
        fraction = units - seconds * 1000000000
    else:
        if factor < 64:
            seconds = units >> factor
            fraction = units - (seconds << factor)
        else:
            fraction = units
        if factor <= 32:
            fraction = fraction * 1000000000 >> factor
        elif factor < 96:
            # In two halves, for 64 bits of fraction times 10^9 do not fit in 64 bits.
            shift = factor - 32
            upper = fraction >> 32
            fraction = fraction - (upper << 32)
            fraction = upper * 1000000000 + (fraction * 1000000000 >> 32)
            fraction = fraction >> shift
        else:
            fraction = 0
    if seconds >> 41:
        # So much that no offset (at most 2^40) can bring it back.
        seconds = one << 41
    total = seconds
    total += offset
    if total >> 33 > 0 or total >> 33 < -1:
        # Beyond 2^33 seconds either way; nanoseconds as 64 bits would end soon after.
        counters[3] += 1
        fraction = 0
        total = one << 33 if total > 0 else -(one << 33)
    rest: cython.longlong = fraction
    return total * 1000000000 + rest


def scan(
    octets: OctetsView,
    position: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    big_endian: cython.bint,
    maximum_block: cython.uint,
    table: LongsView,
    rows: cython.Py_ssize_t,
    time: LongsView,
    offset: LongsView,
    captured: WordsView,
    original: WordsView,
    link_type: ShortsView,
    interface: WordsView,
    flags: WordsView,
    commented: LongsView,
    counters: LongsView,
) -> tuple[int, int, int]:
    """Rows filled, the new position, and why it ended there.

    `octets[position:end]` is scanned; the first `rows` rows are left as they are. Packet blocks
    become rows, unknown blocks are passed over.
    The end is `NEEDS_MORE` (the block goes on behind the buffer, or there is none), `FULL`,
    `OTHER_BLOCK` (a block that is not for a kernel begins at the position; its first eight octets
    are there), or what is wrong with the block at the position: `BAD_LENGTH`, `LENGTHS_DIFFER`,
    `TOO_LONG` (a frame beyond the interface's maximum), `NO_INTERFACE`.

    `table` has `TABLE_WIDTH` numbers an interface of this section. `commented` receives the
    rows of the frames that have a comment. `counters` are added to.
    """
    capacity: cython.Py_ssize_t = len(time)
    interfaces: cython.Py_ssize_t = len(table) // 9
    status: cython.int = 0
    kind: cython.uint
    stated: cython.uint
    length: cython.Py_ssize_t
    closing: cython.Py_ssize_t
    header: cython.Py_ssize_t
    which: cython.Py_ssize_t
    entry: cython.Py_ssize_t
    high: cython.longlong
    low: cython.longlong
    unit: cython.longlong
    size: cython.uint
    wire: cython.uint
    snap: cython.longlong
    at: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    code: cython.uint
    value: cython.Py_ssize_t
    has_comment: cython.bint
    frame_flags: cython.uint
    drops: cython.longlong
    with cython.nogil:
        while end - position >= 12:
            kind = word(octets, position, big_endian)
            # Section header, interface description, name resolution, interface statistics,
            # decryption secrets, custom blocks.
            if kind in (0x0A0D0D0A, 1, 4, 5, 10, 0x0BAD, 0x40000BAD):
                status = 2
                break
            if rows >= capacity:
                status = 1
                break
            stated = word(octets, position + 4, big_endian)
            # A writer may forget to count the padding; Wireshark rounds up, so nothing is lost.
            length = stated
            length = (length + 3) & ~3
            if stated < 12 or length > maximum_block:
                status = 3
                break
            if kind in (6, 2):
                header = 28
            elif kind == 3:
                header = 12
            else:
                if end - position < length:
                    status = 2
                    break
                closing = word(octets, position + length - 4, big_endian)
                if (closing + 3) & ~3 != length:
                    status = 4
                    break
                counters[4] += 1
                position += length
                continue
            if length < header + 4:
                status = 3
                break
            if end - position < header:
                break
            # Interface, captured and original length.
            if kind == 3:
                which = 0
                wire = word(octets, position + 8, big_endian)
                size = wire
            else:
                which = word(octets, position + 8, big_endian)
                if kind == 2:
                    which = short(octets, position + 8, big_endian)
                size = word(octets, position + 20, big_endian)
                wire = word(octets, position + 24, big_endian)
            if which >= interfaces:
                status = 6
                break
            entry = which * 9
            if kind == 3:
                snap = table[entry + 3]
                if snap != 0 and snap < size:
                    size = snap
            if size > table[entry + 2]:
                status = 5
                break
            at = size
            at = header + ((at + 3) & ~3)
            if at + 4 > length:
                status = 3
                break
            if end - position < length:
                break
            closing = word(octets, position + length - 4, big_endian)
            if (closing + 3) & ~3 != length:
                status = 4
                break
            if kind == 3:
                # A simple packet block has no time stamp.
                time[rows] = 0
            else:
                high = word(octets, position + 12, big_endian)
                low = word(octets, position + 16, big_endian)
                unit = table[entry + 8]
                # Nearly all captures: nanoseconds below 2^62 (the year 2116), microseconds likewise.
                if unit == 1 and high >> 30 == 0:
                    time[rows] = high << 32 | low
                elif unit == 1000 and high >> 20 == 0:
                    time[rows] = (high << 32 | low) * 1000
                else:
                    time[rows] = nanoseconds(
                        high,
                        low,
                        table[entry + 4],
                        table[entry + 5],
                        table[entry + 6],
                        counters,
                    )
            offset[rows] = position + header
            captured[rows] = size
            original[rows] = wire
            link_type[rows] = table[entry + 1]
            interface[rows] = table[entry]
            frame_flags = 0
            at += position
            stop = position + length - 4
            if kind == 2:
                drops = short(octets, position + 10, big_endian)
                if drops != 0xFFFF:
                    table[entry + 7] += drops
            if kind != 3 and at < stop:
                has_comment = False
                while stop - at >= 4:
                    code = short(octets, at, big_endian)
                    value = short(octets, at + 2, big_endian)
                    at += 4
                    if code == 0:
                        at = stop
                        break
                    if value > stop - at:
                        at = -1
                        break
                    if code == 1:
                        has_comment = True
                    elif code == 2 and value == 4:
                        frame_flags = word(octets, at, big_endian)
                        counters[1] += 1
                    elif code == 4 and value == 8 and kind == 6:
                        # The lower 31 bits are enough: nothing loses 2^31 frames between two.
                        drops = word(octets, at + 4 if big_endian else at, big_endian) & 0x7FFFFFFF
                        table[entry + 7] += drops
                    at += (value + 3) & ~3
                if at != stop:
                    counters[2] += 1
                if has_comment:
                    commented[counters[0]] = rows
                    counters[0] += 1
            flags[rows] = frame_flags
            rows += 1
            position += length
    return rows, position, status
