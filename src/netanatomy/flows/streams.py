"""Streams of TCP put together again, in order, with holes told, within bounds.

A segment that begins where the last one ended is copied and handed on. One that comes early waits
until the hole before it is filled, until the other side acknowledges what was lost (so that it was
only the capture that missed it), or until too much waits. Where segments overlap, a rule chooses
which octets count (schema/overlap_policies.py), and an anomaly is noted where they differ. Octets
that were handed on never change.

Once a connection has said as much as its depth, its pages go back and its octets are only counted:
a download costs no more than its beginning.
"""

from __future__ import annotations

import cython
import pyarrow as pa

from netanatomy.errors import UsageError
from netanatomy.schema.overlap_policies import DEFAULT_OVERLAP_POLICY, OVERLAP_POLICIES

if not cython.compiled:
    from netanatomy.flows.chunks import Chunks
    from netanatomy.flows.events import Events
    from netanatomy.flows.overlap import later_counts
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.stream_conflicts import Conflicts
    from netanatomy.flows.stream_store import *
    from netanatomy.flows.table import Connections

    SPENT = -1  # a connection's word for its stream, once it has said as much as its depth
    # Pieces and octets of one stream that wait: bounds a sender who never fills the hole.
    MAXIMUM_PIECES = 1024
    MAXIMUM_AHEAD = 512 << 10
    # Octets that a segment may be ahead of the next: the greatest window (RFC 7323 section 2.3). What
    # is farther away was forged, or belongs to another connection.
    MAXIMUM_DISTANCE = 1 << 30

STREAM_DEPTH = 1 << 20
"""Octets of a connection that are kept, both sides together. Bounds what one connection can take."""

STREAM_MEMORY = 256 << 20
"""Octets kept of all connections together. Bounds a flood of connections."""


class Streams:
    """The streams of all connections.

    Args:
        policy: a name of OVERLAP_POLICIES.
        depth: octets kept of a connection, both sides together, to a page; 0 keeps none.
        memory: octets kept of all connections, in pages of 4 KiB.
        deliver: whether pieces of streams are to be had from `batch`.

    Attributes:
        store: where they are kept, with counters.
        conflicts: what compares octets that are sent again; it counts those that come too late.
        chunks: pieces that wait to be taken; `nearly_full` is to be asked before each packet.
        octets_beyond_depth: octets only counted, because the connection had said enough.
        octets_too_far: octets dropped because they lie beyond every window.
        connections_spent: connections that reached their depth.
    """

    def __init__(
        self,
        policy: str = DEFAULT_OVERLAP_POLICY,
        depth: int = STREAM_DEPTH,
        memory: int = STREAM_MEMORY,
        deliver: bool = False,
    ) -> None:
        if policy not in OVERLAP_POLICIES:
            raise UsageError(f"unknown overlap policy {policy!r} (known: {' '.join(OVERLAP_POLICIES)})")
        self.policy = list(OVERLAP_POLICIES).index(policy)
        self.depth = depth
        self.chunks = Chunks(deliver)
        self.store = StreamStore(memory, depth, self.chunks)
        self.conflicts = Conflicts()
        self.octets_beyond_depth = 0
        self.octets_too_far = 0
        self.connections_spent = 0

    @property
    def nearly_full(self) -> bool:
        """Whether `batch` must be called before the next packet."""
        return self.is_nearly_full()

    def batch(self) -> pa.RecordBatch:
        """The pieces that wait, as rows of the streams table; they wait no more."""
        return self.chunks.batch()

    def segment(
        self, table: Connections, packet: Packet, events: Events, relative: cython.longlong
    ) -> cython.int:
        """Take in the packet's payload, whose first octet has the offset `relative`, 0 behind the SYN."""
        detail: cython.Py_ssize_t = packet.detail
        length: cython.Py_ssize_t = packet.payload
        word: cython.Py_ssize_t = self.word_of(packet.side)
        tag: cython.longlong
        stream: cython.Py_ssize_t
        if length <= 0 or detail < 0:
            return 0
        tag = table.detail[detail, word]
        if tag == SPENT:
            self.octets_beyond_depth += length
            return 0
        stream = tag & TAG_MASK
        if tag == 0 or self.store.stream[stream, W_TAG] != tag:
            if self.depth <= 0:
                self.octets_beyond_depth += length
                table.detail[detail, word] = SPENT
                return 0
            # Where a stream had to make room for others, nobody knows what came of it.
            stream = self.store.open(packet, 0 if tag == 0 else max(relative, 0))
            table.detail[detail, word] = self.store.stream[stream, W_TAG]
        self.store.stream[stream, W_TOUCHED] = 1
        if (
            relative != self.store.stream[stream, W_NEXT]
            or length > self.store.stream[stream, W_ROOM]
            or length != packet.captured
            or packet.at < 0
        ):
            return self.receive(table, packet, events, stream, relative)
        # The usual case: in order, nothing waits, and the page has room.
        self.store.pages.put(self.store.stream[stream, W_ROOM_AT], packet, packet.at, length)
        self.store.stream[stream, W_NEXT] = relative + length
        self.store.stream[stream, W_ROOM] -= length
        self.store.stream[stream, W_ROOM_AT] += length
        self.store.stream[stream, W_KEPT] += length
        self.store.stream[stream, W_TIME] = packet.time
        self.store.octets_kept += length
        self.store.remember(stream, relative, relative + length, packet.frame)
        if self.chunks.deliver:
            self.store.emit_packet(stream, packet, relative, packet.at, length)
        return 0

    def receive(
        self,
        table: Connections,
        packet: Packet,
        events: Events,
        stream: cython.Py_ssize_t,
        relative: cython.longlong,
    ) -> cython.int:
        """A segment of any kind: sent again, early, cut, or reaching into a new page."""
        captured: cython.longlong = min(packet.captured, packet.payload) if packet.at >= 0 else 0
        end: cython.longlong = relative + captured
        reach: cython.longlong = relative + packet.payload
        start: cython.longlong
        room: cython.longlong
        next_octet: cython.longlong = self.store.stream[stream, W_NEXT]
        spent: cython.bint
        # A keep-alive is one octet before the next, often of any value (RFC 9293 section 3.8.4).
        if (
            captured > 0
            and (relative < next_octet or self.store.stream[stream, W_FIRST] != 0)
            and not (packet.payload == 1 and reach == next_octet)
        ):
            self.conflicts.look(self.store, packet, events, stream, relative, end)
        if reach <= next_octet:
            return 0
        start = max(relative, next_octet)
        if start > next_octet and self.store.stream[stream, W_ACKED] > next_octet:
            self.store.give_up_to(stream, min(start, self.store.stream[stream, W_ACKED]))
            next_octet = self.store.stream[stream, W_NEXT]
            start = max(relative, next_octet)
        if start - next_octet > MAXIMUM_DISTANCE:
            self.octets_too_far += packet.payload
            return 0
        room = self.room(table, packet, stream)
        spent = end - start > room
        if spent:
            end = start + room
            self.octets_beyond_depth += reach - end
            reach = end
        while self.store.stream[stream, W_FIRST] != 0 and (
            self.store.stream[stream, W_PIECES] >= MAXIMUM_PIECES
            or self.store.stream[stream, W_AHEAD] + end - start > MAXIMUM_AHEAD
        ):
            self.store.give_up_to(stream, self.store.piece[self.store.stream[stream, W_FIRST], I_START])
        end = self.with_pages(stream, start, end)
        start = max(relative, self.store.stream[stream, W_NEXT])
        if end > start or (reach > start and start == self.store.stream[stream, W_NEXT]):
            self.settle(stream, packet, relative, start, max(start, end), reach)
        if spent:
            self.spend(table, packet.detail)
        else:
            self.store.refresh(stream, self.room(table, packet, stream))
        return 0

    def known(self, table: Connections, detail: cython.Py_ssize_t, side: cython.int) -> cython.Py_ssize_t:
        """The stream of a side; 0 where it has none, or has lost it."""
        tag: cython.longlong = table.detail[detail, self.word_of(side)]
        if tag > 0 and self.store.stream[tag & TAG_MASK, W_TAG] == tag:
            return tag & TAG_MASK
        return 0

    def room(self, table: Connections, packet: Packet, stream: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Octets that the connection may still say."""
        other: cython.Py_ssize_t = self.known(table, packet.detail, 1 - packet.side)
        kept: cython.longlong = self.store.stream[stream, W_KEPT]
        if other != 0:
            kept += self.store.stream[other, W_KEPT]
        return max(self.depth - kept, 0)

    def with_pages(
        self, stream: cython.Py_ssize_t, start: cython.longlong, end: cython.longlong
    ) -> cython.Py_ssize_t:
        """Get pages for a range, and say how far they reach."""
        index: cython.longlong
        turn: cython.int
        drops: cython.ulonglong
        for turn in range(2):
            index = start >> PAGE_SHIFT
            drops = self.store.pages.drops
            while index << PAGE_SHIFT < end:
                if (turn == 0 and self.store.page_for(stream, index) == 0) or (
                    turn == 1 and self.store.pages.find(stream, index) == 0
                ):
                    self.store.octets_without_memory += end - max(start, index << PAGE_SHIFT)
                    end = max(start, index << PAGE_SHIFT)
                index += 1
            if drops == self.store.pages.drops:
                break
            # Room was made by dropping pages, and some of them may be of this range itself.
            start = max(start, self.store.stream[stream, W_NEXT])
        return end

    def settle(
        self,
        stream: cython.Py_ssize_t,
        packet: Packet,
        relative: cython.longlong,
        start: cython.longlong,
        end: cython.longlong,
        reach: cython.longlong,
    ) -> cython.int:
        """Put octets where they belong, choose where others wait already, and hand on what is in order."""
        before: cython.Py_ssize_t = 0
        piece: cython.Py_ssize_t = self.store.stream[stream, W_FIRST]
        after: cython.Py_ssize_t
        run: cython.longlong = start  # from here on the octets count and are not laid down yet
        if piece == 0 and start == self.store.stream[stream, W_NEXT]:
            if end > start:
                self.store.write(stream, packet, packet.at + start - relative, start, end)
                self.store.emit_packet(stream, packet, start, packet.at + start - relative, end - start)
                self.store.remember(stream, start, end, packet.frame)
                self.store.stream[stream, W_NEXT] = end
                self.store.stream[stream, W_TIME] = packet.time
            if reach > end:
                self.store.stream[stream, W_CUT] = reach
            return self.store.drain(stream)
        if piece != 0 and self.store.piece[self.store.stream[stream, W_LAST], I_END] <= start:
            before = self.store.stream[stream, W_LAST]
            piece = 0
        while piece != 0 and self.store.piece[piece, I_END] <= start:
            before = piece
            piece = self.store.piece[piece, I_NEXT]
        while piece != 0 and self.store.piece[piece, I_START] < end:
            after = self.store.piece[piece, I_NEXT]
            if not later_counts(
                self.policy, start, end, self.store.piece[piece, I_START], self.store.piece[piece, I_END]
            ):
                if run < self.store.piece[piece, I_START]:
                    self.lay(stream, before, packet, relative, run, self.store.piece[piece, I_START], 0)
                run = self.store.piece[piece, I_END]
                before = piece
            else:
                if self.store.piece[piece, I_END] > end:  # its end stays
                    self.store.add_piece(
                        stream,
                        piece,
                        end,
                        self.store.piece[piece, I_END],
                        self.store.piece[piece, I_REACH],
                        self.store.piece[piece, I_FRAME],
                        self.store.piece[piece, I_TIME],
                    )
                if self.store.piece[piece, I_START] < start:  # its beginning stays
                    self.store.stream[stream, W_AHEAD] -= self.store.piece[piece, I_END] - start
                    self.store.piece[piece, I_END] = start
                    self.store.piece[piece, I_REACH] = start
                    before = piece
                else:
                    self.store.remove_piece(stream, before, piece)
            piece = after
        if run < end:
            self.lay(stream, before, packet, relative, run, end, reach)
        elif start == self.store.stream[stream, W_NEXT]:
            self.store.stream[stream, W_CUT] = max(self.store.stream[stream, W_CUT], reach)
        return self.store.drain(stream)

    def lay(
        self,
        stream: cython.Py_ssize_t,
        before: cython.Py_ssize_t,
        packet: Packet,
        relative: cython.longlong,
        start: cython.longlong,
        end: cython.longlong,
        reach: cython.longlong,
    ) -> cython.int:
        """Lay a piece down behind the piece `before`; with the last one of a segment goes its `reach`."""
        if self.store.add_piece(stream, before, start, end, max(reach, end), packet.frame, packet.time):
            self.store.write(stream, packet, packet.at + start - relative, start, end)
        return 0

    def spend(self, table: Connections, detail: cython.Py_ssize_t) -> cython.int:
        """The connection has said enough: hand on what waits, and count from now on."""
        side: cython.int
        for side in range(2):
            if self.known(table, detail, side) != 0:
                self.store.finish(self.known(table, detail, side))
            table.detail[detail, self.word_of(side)] = SPENT
        self.connections_spent += 1
        return 0

    def acknowledged(
        self, table: Connections, packet: Packet, side: cython.int, relative: cython.longlong
    ) -> cython.int:
        """The packet acknowledges what `side` sent before the offset `relative`.

        What did not come until now was lost by the capture alone. Who calls this has seen to it that
        the number is one that the side may have sent: nothing here tells a forged one.
        """
        stream: cython.Py_ssize_t
        fin: cython.longlong
        if packet.detail < 0:
            return 0
        stream = self.known(table, packet.detail, side)
        fin = table.detail[packet.detail, DETAIL_SIDES + side * SIDE_WORDS + S_FIN]
        if fin > 0:  # the FIN has a sequence number, and no octet
            relative = min(relative, fin - 2)
        if stream == 0 or relative <= self.store.stream[stream, W_ACKED]:
            return 0
        self.store.stream[stream, W_ACKED] = relative
        # Where nothing waits, a segment may be late because the capture has it in the wrong order.
        if self.store.stream[stream, W_FIRST] != 0 and relative > self.store.stream[stream, W_NEXT]:
            self.store.give_up_to(
                stream, min(relative, self.store.piece[self.store.stream[stream, W_LAST], I_END])
            )
        return 0

    def datagram(
        self,
        table: Connections,  # noqa: ARG002 - every kernel of this room takes the table
        packet: Packet,
    ) -> cython.int:
        """Hand on the payload of a datagram."""
        captured: cython.longlong = min(packet.captured, packet.payload) if packet.at >= 0 else 0
        to: cython.Py_ssize_t
        if packet.payload <= 0 or not self.chunks.wants(packet.uid_high, packet.uid_low):
            return 0
        to = self.chunks.add(
            packet.uid_high,
            packet.uid_low,
            packet.side,
            0,
            packet.time,
            packet.frame,
            packet.payload - captured,
            captured,
        )
        if to >= 0:
            self.chunks.take_packet(to, packet, packet.at, captured)
        return 0

    def close(self, table: Connections, detail: cython.Py_ssize_t) -> cython.int:
        """The connection ended: hand on what waits, and give everything back."""
        side: cython.int
        if detail < 0:
            return 0
        for side in range(2):
            if self.known(table, detail, side) != 0:
                self.store.finish(self.known(table, detail, side))
            table.detail[detail, self.word_of(side)] = 0
        return 0

    if not cython.compiled:  # compiled, these are inline: see streams.pxd

        def is_nearly_full(self) -> cython.bint:
            """See `nearly_full`; for kernels."""
            return self.chunks.is_nearly_full()

        def word_of(self, side: cython.int) -> cython.Py_ssize_t:
            """Which word of a connection's detail holds the stream of a side."""
            return DETAIL_SIDES + side * SIDE_WORDS + S_STREAM
