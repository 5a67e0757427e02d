"""Pages of octets that streams share: one array, handed out and taken back in pieces of 4 KiB.

A stream's pages form a chain in the order of the stream; a page holds the octets from `index *
PAGE_OCTETS` on. Pages where nothing came are not there. Memory is asked for at once and touched only
as pages are taken, the latest returned first, so that what is not needed costs nothing.
"""

from __future__ import annotations

import cython
import numpy as np

if not cython.compiled:
    from netanatomy.flows.packet import Packet

    PAGE_OCTETS = 4096
    PAGE_SHIFT = 12

    P_OWNER = 0  # the stream that has the page, 0 for a free one
    P_INDEX = 1  # which page of the stream it is
    P_BEFORE = 2  # neighbours in the chain, 0 for none
    P_AFTER = 3
    P_WORDS = 4

    C_HEAD = 0
    C_TAIL = 1
    C_COUNT = 2
    C_WORDS = 3


class Pages:
    """Room for `octets` octets of up to `streams` streams. Pages and streams are numbered from 1.

    Attributes:
        limit: pages that there are.
        used: pages that streams have.
        drops: pages ever given back.
    """

    def __init__(self, octets: int, streams: int) -> None:
        limit = max(1, octets // PAGE_OCTETS)
        self.limit = limit
        self.used = 0
        self.hand = 0
        self.drops = 0
        self.freed = 0
        self.fresh = 1
        self.memory = np.zeros(limit * PAGE_OCTETS, np.uint8).data
        self.page = np.zeros((limit + 1, P_WORDS), np.int64).data
        self.chain = np.zeros((streams + 1, C_WORDS), np.int64).data
        self.free = np.zeros(limit, np.uint32).data

    def find(self, stream: cython.Py_ssize_t, index: cython.longlong) -> cython.Py_ssize_t:
        """The page of this index; 0 where the stream has none."""
        page: cython.Py_ssize_t = self.chain[stream, C_TAIL]
        while page != 0 and self.page[page, P_INDEX] > index:
            page = self.page[page, P_BEFORE]
        if page != 0 and self.page[page, P_INDEX] == index:
            return page
        return 0

    def make(self, stream: cython.Py_ssize_t, index: cython.longlong) -> cython.Py_ssize_t:
        """A page of this index for a stream that has none such; 0 where no page is free."""
        before: cython.Py_ssize_t = self.chain[stream, C_TAIL]
        after: cython.Py_ssize_t = 0
        page: cython.Py_ssize_t
        if self.freed > 0:
            self.freed -= 1
            page = self.free[self.freed]
        elif self.fresh <= self.limit:
            page = self.fresh
            self.fresh += 1
        else:
            return 0
        while before != 0 and self.page[before, P_INDEX] > index:
            after = before
            before = self.page[before, P_BEFORE]
        self.page[page, P_OWNER] = stream
        self.page[page, P_INDEX] = index
        self.page[page, P_BEFORE] = before
        self.page[page, P_AFTER] = after
        if before != 0:
            self.page[before, P_AFTER] = page
        else:
            self.chain[stream, C_HEAD] = page
        if after != 0:
            self.page[after, P_BEFORE] = page
        else:
            self.chain[stream, C_TAIL] = page
        self.chain[stream, C_COUNT] += 1
        self.used += 1
        return page

    def drop(self, page: cython.Py_ssize_t) -> cython.int:
        """Take a page out of its chain and give it back."""
        stream: cython.Py_ssize_t = self.page[page, P_OWNER]
        before: cython.Py_ssize_t = self.page[page, P_BEFORE]
        after: cython.Py_ssize_t = self.page[page, P_AFTER]
        if before != 0:
            self.page[before, P_AFTER] = after
        else:
            self.chain[stream, C_HEAD] = after
        if after != 0:
            self.page[after, P_BEFORE] = before
        else:
            self.chain[stream, C_TAIL] = before
        self.chain[stream, C_COUNT] -= 1
        self.page[page, P_OWNER] = 0
        self.free[self.freed] = page
        self.freed += 1
        self.used -= 1
        self.drops += 1
        return 0

    def drop_all(self, stream: cython.Py_ssize_t) -> cython.int:
        """Give back every page of a stream."""
        while self.chain[stream, C_HEAD] != 0:
            self.drop(self.chain[stream, C_HEAD])
        return 0

    def turn(self) -> cython.Py_ssize_t:
        """The next page in turn, of those that were ever taken: who looks for room asks around."""
        self.hand += 1
        if self.hand >= self.fresh:
            self.hand = 1
        return self.hand

    def outside(self) -> cython.Py_ssize_t:
        """Refuse to touch octets outside a buffer; the streams clip before, so it is our error."""
        with cython.gil:
            raise IndexError("a stream reached outside its buffer")

    if not cython.compiled:  # compiled, these are inline: see pages.pxd

        def place(self, page: cython.Py_ssize_t, offset: cython.longlong) -> cython.Py_ssize_t:
            """Where in the memory the octet of this offset lies, which is in this page."""
            return (page - 1) * PAGE_OCTETS + (offset & (PAGE_OCTETS - 1))

        def apart(
            self,
            place: cython.Py_ssize_t,
            packet: Packet,
            at: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.bint:
            """Whether a range does not lie inside both buffers, or has no length."""
            return (
                length <= 0
                or place < 0
                or at < 0
                or place > len(self.memory) - length
                or at > len(packet.octets) - length
            )

        def put(
            self,
            place: cython.Py_ssize_t,
            packet: Packet,
            at: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.Py_ssize_t:
            """Copy octets of a packet into the memory."""
            if self.apart(place, packet, at, length):
                return self.outside()
            self.memory[place : place + length] = packet.octets[at : at + length]
            return 0

        def first_difference(
            self,
            place: cython.Py_ssize_t,
            packet: Packet,
            at: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.Py_ssize_t:
            """The first of these octets in which packet and memory differ, counted from 0; -1 for none."""
            if self.apart(place, packet, at, length):
                return self.outside()
            for number in range(length):
                if self.memory[place + number] != packet.octets[at + number]:
                    return number
            return -1

        def last_difference(
            self,
            place: cython.Py_ssize_t,
            packet: Packet,
            at: cython.Py_ssize_t,
            length: cython.Py_ssize_t,
        ) -> cython.Py_ssize_t:
            """The last of these octets in which packet and memory differ; -1 for none."""
            if self.apart(place, packet, at, length):
                return self.outside()
            for number in range(length - 1, -1, -1):
                if self.memory[place + number] != packet.octets[at + number]:
                    return number
            return -1
