"""Octets that were sent before, and now are others: which they are, and who sent the earlier ones.

What a segment covers is compared with all that is still known of the stream, in order or waiting,
before a rule chooses between the two (see overlap.py): so that no choice is silent.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.events import EVIDENCE_OCTETS, Events
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.stream_store import *
    from netanatomy.flows.tcp_anomalies import A_OVERLAP_DIFFERENT, A_RETRANSMISSION_DIFFERENT


class Conflicts:
    """Compares one segment at a time.

    Attributes:
        late: octets that came when nobody waited for them any more.
    """

    def __init__(self) -> None:
        self.late = 0
        self.first = -1
        self.last = -1
        self.known = 0

    def look(
        self,
        store: StreamStore,
        packet: Packet,
        events: Events,
        stream: cython.Py_ssize_t,
        relative: cython.longlong,
        end: cython.longlong,
    ) -> cython.int:
        """Note an anomaly if the packet's octets, from `relative` to `end`, differ from earlier ones."""
        next_octet: cython.longlong = store.stream[stream, W_NEXT]
        start: cython.longlong = max(relative, 0)
        at: cython.longlong
        top: cython.longlong
        seen: cython.longlong = 0
        number: cython.longlong
        gap: cython.Py_ssize_t
        piece: cython.Py_ssize_t
        self.first = -1
        self.last = -1
        if start < next_octet:
            top = min(end, next_octet)
            at = max(start, store.stream[stream, W_FLOOR])
            seen = top - start
            number = max(store.stream[stream, W_GAPS] - KEPT_GAPS, 0)
            while number < store.stream[stream, W_GAPS] and at < top:
                gap = W_GAP + 2 * (number % KEPT_GAPS)
                if store.stream[stream, gap] > at:
                    self.compare(store, packet, stream, relative, at, min(top, store.stream[stream, gap]))
                self.late += max(
                    0, min(top, store.stream[stream, gap + 1]) - max(at, store.stream[stream, gap])
                )
                at = max(at, store.stream[stream, gap + 1])
                number += 1
            if at < top:
                self.compare(store, packet, stream, relative, at, top)
        piece = store.stream[stream, W_FIRST]
        if piece != 0 and store.piece[store.stream[stream, W_LAST], I_END] <= start:
            piece = 0  # behind all that waits, as most segments are that come after a lost one
        while piece != 0 and store.piece[piece, I_START] < end:
            at = max(start, store.piece[piece, I_START])
            top = min(end, store.piece[piece, I_END])
            if at < top:
                seen += top - at
                self.compare(store, packet, stream, relative, at, top)
            piece = store.piece[piece, I_NEXT]
        if self.first < 0:
            return 0
        if seen >= end - relative:
            return self.note(store, packet, events, stream, relative, A_RETRANSMISSION_DIFFERENT)
        return self.note(store, packet, events, stream, relative, A_OVERLAP_DIFFERENT)

    def compare(
        self,
        store: StreamStore,
        packet: Packet,
        stream: cython.Py_ssize_t,
        relative: cython.longlong,
        start: cython.longlong,
        end: cython.longlong,
    ) -> cython.int:
        """Compare the octets of a range that is known, as far as its pages are still there."""
        upto: cython.longlong
        page: cython.Py_ssize_t
        place: cython.Py_ssize_t
        at: cython.Py_ssize_t
        found: cython.Py_ssize_t
        while start < end:
            upto = min(end, ((start >> PAGE_SHIFT) + 1) << PAGE_SHIFT)
            page = store.pages.find(stream, start >> PAGE_SHIFT)
            if page != 0:
                place = store.pages.place(page, start)
                at = packet.at + start - relative
                found = store.pages.first_difference(place, packet, at, upto - start)
                if found >= 0:
                    if self.first < 0:
                        self.first = start + found
                        self.known = end
                    self.last = start + store.pages.last_difference(place, packet, at, upto - start)
            start = upto
        return 0

    def sender(
        self, store: StreamStore, stream: cython.Py_ssize_t, offset: cython.longlong
    ) -> cython.ulonglong:
        """The frame that sent the octet of this offset first; 0 where that is forgotten."""
        piece: cython.Py_ssize_t = store.stream[stream, W_FIRST]
        at: cython.Py_ssize_t
        number: cython.Py_ssize_t
        if offset < store.stream[stream, W_NEXT]:
            for number in range(KEPT_SEGMENTS):
                at = W_SEGMENT + 3 * number
                if store.stream[stream, at] <= offset < store.stream[stream, at + 1]:
                    return store.stream[stream, at + 2]
            return 0
        while piece != 0 and store.piece[piece, I_END] <= offset:
            piece = store.piece[piece, I_NEXT]
        return store.piece[piece, I_FRAME] if piece != 0 else 0

    def note(
        self,
        store: StreamStore,
        packet: Packet,
        events: Events,
        stream: cython.Py_ssize_t,
        relative: cython.longlong,
        name: cython.int,
    ) -> cython.int:
        """Note the anomaly, with both readings of the octets that differ."""
        frame: cython.ulonglong = self.sender(store, stream, self.first)
        length: cython.Py_ssize_t = self.last - self.first + 1
        place: cython.Py_ssize_t = events.add_numbers(
            packet, name, packet.payload_offset + self.first - relative, length, self.first, frame, frame
        )
        reading: cython.Py_ssize_t
        page: cython.Py_ssize_t
        number: cython.Py_ssize_t
        offset: cython.longlong
        # both readings must be known, so they end where the earlier one does
        length = min(length, self.known - self.first)
        reading = events.begin_evidence(place, length)
        if reading < 0:
            return 0
        for number in range(min(length, EVIDENCE_OCTETS)):
            offset = self.first + number
            page = store.pages.find(stream, offset >> PAGE_SHIFT)
            if page == 0:
                events.reading_length[reading] = number
                return 0
            events.first_reading[reading, number] = packet.octets[packet.at + offset - relative]
            events.second_reading[reading, number] = store.pages.memory[store.pages.place(page, offset)]
        return 0
