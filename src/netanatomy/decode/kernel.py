"""The loop over frames: each is walked header by header into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, ShortsView, WordsView

if not cython.compiled:
    from netanatomy.decode.carried import carried_header
    from netanatomy.decode.headers import *
    from netanatomy.decode.internet import internet_header, ip_payload, ipv6_payload
    from netanatomy.decode.ipsec import ike
    from netanatomy.decode.link import link_header
    from netanatomy.decode.plain import plain_frame
    from netanatomy.decode.rows import *
    from netanatomy.decode.transport import transport_header
    from netanatomy.decode.walk import Walk

COMPILED = cython.compiled
"""Whether the kernels run as machine code."""


@cython.boundscheck(False)  # before the loop it is seen to that every view is long enough
def walk_frames(
    walk: Walk,
    rows: Rows,
    first_number: cython.ulonglong,
    time: LongsView,
    offset: LongsView,
    captured_length: WordsView,
    original_length: WordsView,
    link_type: ShortsView,
    interface: WordsView,
    first: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Walk the frames from `first` on, until all are done, the rows are full, or a fragment is met.

    The number of the frame to go on with. If `walk.fragment` is set, the last row made is a
    piece of a datagram and nothing behind its IP header has been read.
    """
    frames: cython.Py_ssize_t = len(offset)
    room: cython.Py_ssize_t = rows.capacity - MAXIMUM_DEPTH
    number: cython.Py_ssize_t = first
    row: cython.Py_ssize_t
    header: cython.int
    if min(len(time), len(captured_length), len(original_length), len(link_type), len(interface)) < frames:
        raise IndexError("frames without all of their columns")
    if first < 0 or rows.count < 0:
        raise IndexError("no frame or row has a number below zero")
    walk.fragment = False
    with cython.nogil:
        while number < frames and rows.count < room:
            row = rows.count
            rows.frame_number[row] = first_number + number
            rows.time[row] = time[number]
            rows.interface[row] = interface[number]
            rows.link_type[row] = link_type[number]
            rows.captured_length[row] = captured_length[number]
            rows.original_length[row] = original_length[number]
            header = walk.link_types[link_type[number]]
            if (
                header == ETHERNET
                and walk.shortcut
                and plain_frame(walk, rows, offset[number], captured_length[number])
            ):
                number += 1
                continue
            walk.origin = offset[number]
            walk.position = walk.origin
            walk.end = walk.origin + captured_length[number]
            walk.cut = captured_length[number] < original_length[number]
            walk.depth = 0
            walk.stack = 0
            walk.headers = 0
            walk.fragment = False
            walk.resumed = False
            walk.incomplete = False
            walk.begin_row(rows)
            if header == DONE:
                walk.stop(rows, ON_LINK, STOP_UNKNOWN_LINK_TYPE, walk.position)
            follow(walk, rows, header)
            number += 1
            if walk.fragment:
                break
    return number


def walk_datagram(
    walk: Walk, rows: Rows, protocol: cython.uint, start: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> None:
    """Go on with the last row behind its IP header, over a reassembled datagram's payload.

    The buffer that `walk` is attached to holds it from `start` to `end`; offsets in the rows
    count from `start`.
    """
    with cython.nogil:
        walk.origin = start
        walk.position = start
        walk.end = end
        walk.cut = False
        walk.incomplete = False
        walk.fragment = False
        walk.resumed = True
        if rows.ip_version[walk.row] == 6:
            follow(walk, rows, ipv6_payload(walk, rows, protocol))
        else:
            follow(walk, rows, ip_payload(walk, rows, protocol))


def walk_first_fragment(walk: Walk, rows: Rows) -> None:
    """Go on in a first fragment of IPv4 that is cut, so that it will never be put together.

    Its headers are there all the same: ports belong to the evidence.
    """
    with cython.nogil:
        walk.fragment = False
        follow(walk, rows, ip_payload(walk, rows, rows.ip_protocol[walk.row]))


def follow(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Walk from header to header until nothing more is known, and complete the row."""
    while header != DONE:
        walk.stack = walk.stacks.step(walk.stack, header)
        walk.headers += 1
        if walk.headers > MAXIMUM_HEADERS:
            walk.stop(rows, ON_LINK, STOP_TOO_MANY_HEADERS, walk.position)
            break
        if header < IPV4:
            header = link_header(walk, rows, header)
        elif header <= IPV6:
            header = internet_header(walk, rows, header)
        elif header < TCP:
            header = carried_header(walk, rows, header)
        elif header < IKE:
            header = transport_header(walk, rows, header)
        elif header >= ENC:
            header = link_header(walk, rows, header)
        elif header == IKE:
            header = ike(walk, rows)
        else:
            header = DONE
    walk.finish_row(rows)
    return 0
