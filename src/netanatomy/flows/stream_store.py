"""Where streams are kept: what came in order, what waits behind holes, and how both go out.

Every stream, one direction of one connection, is a line of words. Octets up to W_NEXT came in order
and were handed on; their pages stay only to be compared with what is sent again. What lies beyond a
hole waits as pieces: a piece is what of one segment counts, so that its edges are known when another
segment covers it (see overlap.py). All memory comes from pools of a fixed size.
"""

from __future__ import annotations

import cython
import numpy as np

if not cython.compiled:
    from netanatomy.flows.chunks import Chunks
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.pages import *

    # A stream. Offsets count octets from 0, the first behind the SYN.
    W_TAG = 0  # what the connection calls it: generation << TAG_SHIFT | number; 0 for none
    W_TOUCHED = 1  # something came since somebody last looked for room
    W_UID_HIGH = 2
    W_UID_LOW = 3
    W_SIDE = 4
    W_NEXT = 5  # up to here octets came in order, or were given up
    W_ROOM = 6  # octets that fit behind them without further thought, at this place of the memory
    W_ROOM_AT = 7
    W_KEPT = 8  # octets ever kept
    W_FIRST = 9  # the pieces that wait, a list in the order of the stream
    W_LAST = 10
    W_PIECES = 11
    W_AHEAD = 12  # octets in them
    W_CUT = 13  # up to here the segments reached, captured or not
    W_ACKED = 14  # up to here the other side acknowledged
    W_MISSED = 15  # octets given up that no row has told yet
    W_FLOOR = 16  # below this nothing can be compared any more
    W_GAPS = 17  # number of gaps in what came in order, and the latest of them: start and end
    W_GAP = 18
    W_SENT = 22  # number of segments that added to it, and the latest of them: start, end and frame
    W_SEGMENT = 23
    W_TIME = 35  # ns, of the latest segment
    W_WORDS = 36

    KEPT_GAPS = 2
    KEPT_SEGMENTS = 4

    I_START = 0
    I_END = 1
    I_REACH = 2  # where it would end, had the capture all of it
    I_FRAME = 3
    I_TIME = 4
    I_NEXT = 5
    I_WORDS = 6

    # Streams and pages that are asked whether they are needed, before one has to go: bounds the search
    # that a flood of new streams would make everybody do.
    EVICTION_STEPS = 4
    TAKE_BACK_STEPS = 8

    # Pages that a stream keeps of what it handed on, to compare what is sent again: the greatest
    # window without scaling. More would only wash other streams out of the processor's caches.
    RETAINED_PAGES = 16

    TAG_SHIFT = 24
    TAG_MASK = 0xFFFFFF

MAXIMUM_PAGES = 256
"""Pages (1 MiB) of one stream. Bounds octets strewn over an offered window of 1 GiB, one to a page."""

STREAMS_PER_PAGE = 2
"""Streams that may live for each page that there is. Bounds connections that say one octet each."""

PIECES_PER_PAGE = 4
"""Pieces for each page. Bounds streams sent backwards, an octet a segment."""


class StreamStore:
    """All streams, within `memory` octets, each within what a connection may keep.

    Attributes:
        live: streams that there are.
        live_pieces: pieces that wait behind holes.
        octets_kept: octets ever taken in.
        octets_given_up: octets that nobody waits for any more.
        holes_given_up: holes that they were in.
        octets_without_memory: octets dropped because no room was to be had.
        pages_taken_back: pages of octets handed on, given to other streams.
        streams_evicted: streams that went because there were too many.
    """

    def __init__(self, memory: int, depth: int, chunks: Chunks) -> None:
        pages = max(1, memory // PAGE_OCTETS)
        self.limit = min(TAG_MASK, max(2, pages * STREAMS_PER_PAGE))
        self.pages = Pages(memory, self.limit)
        self.chunks = chunks
        self.live = 0
        self.live_pieces = 0
        self.octets_kept = 0
        self.octets_given_up = 0
        self.octets_without_memory = 0
        self.holes_given_up = 0
        self.pages_taken_back = 0
        self.streams_evicted = 0
        pieces = self.piece_limit = max(16, pages * PIECES_PER_PAGE)
        self.stream = np.zeros((self.limit + 1, W_WORDS), np.int64).data
        self.piece = np.zeros((pieces + 1, I_WORDS), np.int64).data
        self.free_stream = np.zeros(self.limit, np.uint32).data
        self.free_piece = np.zeros(pieces, np.uint32).data
        self.freed_streams = 0
        self.freed_pieces = 0
        self.fresh_stream = 1
        self.fresh_piece = 1
        self.hand = 0
        self.generation = 0
        self.page_limit = min(MAXIMUM_PAGES, depth // PAGE_OCTETS + 2)

    def open(self, packet: Packet, start: cython.longlong) -> cython.Py_ssize_t:
        """A new stream of the packet's side, whose next octet is that of offset `start`."""
        stream: cython.Py_ssize_t
        if self.freed_streams > 0:
            self.freed_streams -= 1
            stream = self.free_stream[self.freed_streams]
        elif self.fresh_stream <= self.limit:
            stream = self.fresh_stream
            self.fresh_stream += 1
        else:
            stream = self.evict()
        word: cython.Py_ssize_t
        for word in range(W_WORDS):
            self.stream[stream, word] = 0
        self.generation += 1
        self.stream[stream, W_TAG] = (self.generation << TAG_SHIFT) | stream
        self.stream[stream, W_UID_HIGH] = packet.uid_high
        self.stream[stream, W_UID_LOW] = packet.uid_low
        self.stream[stream, W_SIDE] = packet.side
        self.stream[stream, W_NEXT] = start
        self.stream[stream, W_FLOOR] = start
        self.live += 1
        return stream

    def evict(self) -> cython.Py_ssize_t:
        """End a stream to which nothing came lately, and give its number to another."""
        step: cython.int
        for step in range(EVICTION_STEPS + 1):
            self.hand += 1
            if self.hand > self.limit:
                self.hand = 1
            if self.stream[self.hand, W_TOUCHED] == 0 or step == EVICTION_STEPS:
                break
            self.stream[self.hand, W_TOUCHED] = 0
        self.streams_evicted += 1
        self.finish(self.hand)
        self.freed_streams -= 1
        return self.free_stream[self.freed_streams]

    def finish(self, stream: cython.Py_ssize_t) -> cython.int:
        """Hand on what waits, tell what is missing, and give everything back."""
        last: cython.longlong
        while self.stream[stream, W_FIRST] != 0:
            self.give_up_to(stream, self.piece[self.stream[stream, W_FIRST], I_START])
        last = self.stream[stream, W_ACKED]
        if last > self.stream[stream, W_NEXT]:
            self.skip_to(stream, last)
        if self.stream[stream, W_MISSED] > 0 and self.chunks.wants(
            self.stream[stream, W_UID_HIGH], self.stream[stream, W_UID_LOW]
        ):
            self.chunks.add(
                self.stream[stream, W_UID_HIGH],
                self.stream[stream, W_UID_LOW],
                self.stream[stream, W_SIDE],
                self.stream[stream, W_NEXT],
                self.stream[stream, W_TIME],
                self.stream[stream, W_SEGMENT + 3 * ((self.stream[stream, W_SENT] + 3) % KEPT_SEGMENTS) + 2],
                self.stream[stream, W_MISSED],
                0,
            )
        self.pages.drop_all(stream)
        self.stream[stream, W_TAG] = 0
        self.free_stream[self.freed_streams] = stream
        self.freed_streams += 1
        self.live -= 1
        return 0

    def give_up_to(self, stream: cython.Py_ssize_t, target: cython.longlong) -> cython.int:
        """Wait no longer for what is missing before `target`; what waited for it goes out."""
        until: cython.longlong
        while self.stream[stream, W_NEXT] < target:
            until = target
            if self.stream[stream, W_FIRST] != 0:
                until = min(until, self.piece[self.stream[stream, W_FIRST], I_START])
            if until > self.stream[stream, W_NEXT]:
                self.skip_to(stream, until)
            self.drain(stream)
        return 0

    def skip_to(self, stream: cython.Py_ssize_t, target: cython.longlong) -> cython.int:
        """The octets from the next one to `target` are missing for good."""
        start: cython.longlong = self.stream[stream, W_NEXT]
        gaps: cython.longlong = self.stream[stream, W_GAPS]
        at: cython.Py_ssize_t = W_GAP + 2 * (gaps % KEPT_GAPS)
        if gaps >= KEPT_GAPS:  # who forgets a gap must not compare below it
            self.stream[stream, W_FLOOR] = max(self.stream[stream, W_FLOOR], self.stream[stream, at + 1])
        self.stream[stream, at] = start
        self.stream[stream, at + 1] = target
        self.stream[stream, W_GAPS] = gaps + 1
        self.stream[stream, W_MISSED] += target - start
        self.stream[stream, W_NEXT] = target
        self.stream[stream, W_ROOM] = 0
        self.octets_given_up += target - start
        self.holes_given_up += 1
        return 0

    def drain(self, stream: cython.Py_ssize_t) -> cython.int:
        """Hand on the pieces that nothing separates from the next octet any more."""
        first: cython.Py_ssize_t
        until: cython.longlong
        while True:
            first = self.stream[stream, W_FIRST]
            until = self.stream[stream, W_CUT]
            if first != 0:
                until = min(until, self.piece[first, I_START])
            if until > self.stream[stream, W_NEXT]:  # sent, but not captured: waiting is of no use
                self.skip_to(stream, until)
            if first == 0 or self.piece[first, I_START] > self.stream[stream, W_NEXT]:
                return 0
            self.emit(stream, first)
            self.stream[stream, W_NEXT] = self.piece[first, I_END]
            self.stream[stream, W_CUT] = max(self.stream[stream, W_CUT], self.piece[first, I_REACH])
            self.remember(
                stream, self.piece[first, I_START], self.piece[first, I_END], self.piece[first, I_FRAME]
            )
            self.stream[stream, W_TIME] = self.piece[first, I_TIME]
            self.remove_piece(stream, 0, first)

    def emit(self, stream: cython.Py_ssize_t, piece: cython.Py_ssize_t) -> cython.int:
        """Hand on a piece."""
        offset: cython.longlong = self.piece[piece, I_START]
        end: cython.longlong = self.piece[piece, I_END]
        upto: cython.longlong
        to: cython.Py_ssize_t
        page: cython.Py_ssize_t
        if not self.chunks.wants(self.stream[stream, W_UID_HIGH], self.stream[stream, W_UID_LOW]):
            return 0
        to = self.chunks.add(
            self.stream[stream, W_UID_HIGH],
            self.stream[stream, W_UID_LOW],
            self.stream[stream, W_SIDE],
            offset,
            self.piece[piece, I_TIME],
            self.piece[piece, I_FRAME],
            self.stream[stream, W_MISSED],
            end - offset,
        )
        self.stream[stream, W_MISSED] = 0
        while to >= 0 and offset < end:
            upto = min(end, ((offset >> PAGE_SHIFT) + 1) << PAGE_SHIFT)
            page = self.pages.find(stream, offset >> PAGE_SHIFT)
            self.chunks.take_page(to, self.pages, self.pages.place(page, offset), upto - offset)
            to += upto - offset
            offset = upto
        return 0

    def emit_packet(
        self,
        stream: cython.Py_ssize_t,
        packet: Packet,
        offset: cython.longlong,
        at: cython.Py_ssize_t,
        length: cython.Py_ssize_t,
    ) -> cython.int:
        """Hand on octets of the packet at hand."""
        to: cython.Py_ssize_t
        if not self.chunks.wants(packet.uid_high, packet.uid_low):
            return 0
        to = self.chunks.add(
            packet.uid_high,
            packet.uid_low,
            packet.side,
            offset,
            packet.time,
            packet.frame,
            self.stream[stream, W_MISSED],
            length,
        )
        self.stream[stream, W_MISSED] = 0
        if to >= 0:
            self.chunks.take_packet(to, packet, at, length)
        return 0

    def remember(
        self,
        stream: cython.Py_ssize_t,
        start: cython.longlong,
        end: cython.longlong,
        frame: cython.ulonglong,
    ) -> cython.int:
        """Which frame sent these octets, of the latest few."""
        at: cython.Py_ssize_t = W_SEGMENT + 3 * (self.stream[stream, W_SENT] % KEPT_SEGMENTS)
        self.stream[stream, W_SENT] += 1
        self.stream[stream, at] = start
        self.stream[stream, at + 1] = end
        self.stream[stream, at + 2] = frame
        return 0

    def add_piece(
        self,
        stream: cython.Py_ssize_t,
        before: cython.Py_ssize_t,
        start: cython.longlong,
        end: cython.longlong,
        reach: cython.longlong,
        frame: cython.ulonglong,
        time: cython.longlong,
    ) -> cython.Py_ssize_t:
        """A piece behind the piece `before`, or as the first if that is 0; 0 where there is no room."""
        piece: cython.Py_ssize_t
        after: cython.Py_ssize_t
        if self.freed_pieces > 0:
            self.freed_pieces -= 1
            piece = self.free_piece[self.freed_pieces]
        elif self.fresh_piece <= self.piece_limit:
            piece = self.fresh_piece
            self.fresh_piece += 1
        else:
            self.octets_without_memory += end - start
            return 0
        if before != 0:
            after = self.piece[before, I_NEXT]
            self.piece[before, I_NEXT] = piece
        else:
            after = self.stream[stream, W_FIRST]
            self.stream[stream, W_FIRST] = piece
        if after == 0:
            self.stream[stream, W_LAST] = piece
        self.piece[piece, I_START] = start
        self.piece[piece, I_END] = end
        self.piece[piece, I_REACH] = reach
        self.piece[piece, I_FRAME] = frame
        self.piece[piece, I_TIME] = time
        self.piece[piece, I_NEXT] = after
        self.stream[stream, W_PIECES] += 1
        self.stream[stream, W_AHEAD] += end - start
        self.live_pieces += 1
        return piece

    def remove_piece(
        self, stream: cython.Py_ssize_t, before: cython.Py_ssize_t, piece: cython.Py_ssize_t
    ) -> cython.int:
        """Take out the piece behind the piece `before`, or the first."""
        after: cython.Py_ssize_t = self.piece[piece, I_NEXT]
        if before != 0:
            self.piece[before, I_NEXT] = after
        else:
            self.stream[stream, W_FIRST] = after
        if after == 0:
            self.stream[stream, W_LAST] = before
        self.stream[stream, W_PIECES] -= 1
        self.stream[stream, W_AHEAD] -= self.piece[piece, I_END] - self.piece[piece, I_START]
        self.free_piece[self.freed_pieces] = piece
        self.freed_pieces += 1
        self.live_pieces -= 1
        return 0

    def write(
        self,
        stream: cython.Py_ssize_t,
        packet: Packet,
        at: cython.Py_ssize_t,
        start: cython.longlong,
        end: cython.longlong,
    ) -> cython.int:
        """Copy the packet's octets from `at` on to the pages of the range, which are there."""
        upto: cython.longlong
        self.stream[stream, W_KEPT] += end - start
        self.octets_kept += end - start
        while start < end:
            upto = min(end, ((start >> PAGE_SHIFT) + 1) << PAGE_SHIFT)
            self.pages.put(
                self.pages.place(self.pages.find(stream, start >> PAGE_SHIFT), start),
                packet,
                at,
                upto - start,
            )
            at += upto - start
            start = upto
        return 0

    def page_for(self, stream: cython.Py_ssize_t, index: cython.longlong) -> cython.Py_ssize_t:
        """The page of this index, made if need be; 0 where no room is to be had."""
        page: cython.Py_ssize_t = self.pages.find(stream, index)
        if page != 0:
            return page
        if self.pages.chain[stream, C_COUNT] > RETAINED_PAGES:
            self.forget(stream)
        while self.pages.chain[stream, C_COUNT] >= self.page_limit:
            if not self.trim(stream):
                return 0
        page = self.pages.make(stream, index)
        if page == 0 and self.take_back(stream):
            page = self.pages.make(stream, index)
        return page

    def forget(self, stream: cython.Py_ssize_t) -> cython.int:
        """Drop the oldest pages of what was handed on, but for RETAINED_PAGES of it."""
        head: cython.Py_ssize_t = self.pages.chain[stream, C_HEAD]
        kept: cython.longlong = (self.stream[stream, W_NEXT] >> PAGE_SHIFT) - RETAINED_PAGES
        while head != 0 and self.pages.page[head, P_INDEX] < kept:
            self.pages.drop(head)
            head = self.pages.chain[stream, C_HEAD]
            self.stream[stream, W_FLOOR] = max(self.stream[stream, W_FLOOR], kept << PAGE_SHIFT)
        return 0

    def trim(self, stream: cython.Py_ssize_t) -> cython.bint:
        """Do with one page less: one of octets handed on, or else give the first hole up.

        Returns whether anything came of it.
        """
        head: cython.Py_ssize_t = self.pages.chain[stream, C_HEAD]
        end: cython.longlong
        if head == 0:
            return False
        end = (self.pages.page[head, P_INDEX] + 1) << PAGE_SHIFT
        if end <= self.stream[stream, W_NEXT] or self.stream[stream, W_FIRST] == 0:
            self.stream[stream, W_FLOOR] = max(
                self.stream[stream, W_FLOOR], min(end, self.stream[stream, W_NEXT])
            )
            self.stream[stream, W_ROOM] = 0
            self.pages.drop(head)
            return True
        self.give_up_to(stream, self.piece[self.stream[stream, W_FIRST], I_START])
        return True

    def take_back(self, stream: cython.Py_ssize_t) -> cython.bint:
        """Find a page that another stream can do without: one that stood still, if there is one.

        Returns whether a page was found.
        """
        step: cython.int
        page: cython.Py_ssize_t
        owner: cython.Py_ssize_t
        for step in range(TAKE_BACK_STEPS):
            page = self.pages.turn()
            owner = self.pages.page[page, P_OWNER]
            if owner == 0 or owner == stream:
                continue
            if self.stream[owner, W_TOUCHED] != 0 and step < TAKE_BACK_STEPS // 2:
                self.stream[owner, W_TOUCHED] = 0
                continue
            if self.stream[owner, W_FIRST] != 0:  # what waits here waits in vain: somebody needs the room
                self.give_up_to(owner, self.piece[self.stream[owner, W_LAST], I_START])
            self.stream[owner, W_FLOOR] = self.stream[owner, W_NEXT]
            self.stream[owner, W_ROOM] = 0
            self.pages_taken_back += self.pages.chain[owner, C_COUNT]
            self.pages.drop_all(owner)
            return True
        # nobody else has a page: one of its own
        return self.pages.chain[stream, C_COUNT] > 0 and self.trim(stream)

    def refresh(self, stream: cython.Py_ssize_t, room: cython.longlong) -> cython.int:
        """Work out anew what the next segment may add without further thought, `room` octets at most."""
        next_octet: cython.longlong = self.stream[stream, W_NEXT]
        page: cython.Py_ssize_t
        self.stream[stream, W_ROOM] = 0
        if self.stream[stream, W_FIRST] == 0:
            page = self.pages.find(stream, next_octet >> PAGE_SHIFT)
            if page != 0:
                self.stream[stream, W_ROOM] = min(room, PAGE_OCTETS - (next_octet & (PAGE_OCTETS - 1)))
                self.stream[stream, W_ROOM_AT] = self.pages.place(page, next_octet)
        return 0
