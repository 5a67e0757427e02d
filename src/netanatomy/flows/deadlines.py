"""When connections end: the clock that packets move, and how long nothing may come for each of them."""

from __future__ import annotations

import cython

from netanatomy.schema.flow_options import FlowOptions

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import *
    from netanatomy.flows.tcp_status import *

    # Seconds; one packet that claims to be this much later does not move the clock: the next one must
    # agree. Bounds what one forged or broken time does to the connections of all others.
    LONGEST_LEAP_SECONDS = 3600

    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58


class Deadlines:
    """The clock, and what each queue of connections waits for.

    Args:
        options: what a user may set.

    Attributes:
        now: the latest time of a packet that is believed, in ns.
    """

    def __init__(self, options: FlowOptions) -> None:
        longest: cython.longlong = LONGEST_LEAP_SECONDS
        self.now = 0
        self.leap = 0
        self.longest_leap = longest * NANOSECONDS
        self.attempt_timeout = options.tcp_attempt_timeout
        self.handshake_timeout = options.tcp_handshake_timeout
        self.established_timeout = options.tcp_inactivity_timeout
        self.close_delay = options.tcp_close_delay
        self.udp_timeout = options.udp_inactivity_timeout
        self.icmp_timeout = options.icmp_inactivity_timeout
        self.other_timeout = options.other_inactivity_timeout

    if not cython.compiled:  # compiled, this is inline: see deadlines.pxd

        def advance(self, time: cython.longlong) -> cython.int:
            """The clock is the latest packet's time; it never goes back, nor far ahead for one alone."""
            if time - self.now <= self.longest_leap:
                self.leap = 0
                if time > self.now:
                    self.now = time
                return 0
            return self.leap_to(time)

    def leap_to(self, time: cython.longlong) -> cython.int:
        """A time far ahead: believed if it is the first of all, or if another one bore it out."""
        away: cython.longlong
        if self.now > 0:
            away = time - self.leap
            if self.leap == 0 or away < -self.longest_leap:
                self.leap = time
                return 0
            if away > self.longest_leap:  # so rare are packets here: that it was so late then is borne out
                self.now = self.leap
                self.leap = time
                return 0
        self.leap = 0
        self.now = time
        return 0

    def due(self, table: Connections, slot: cython.Py_ssize_t) -> cython.longlong:
        """When a connection ends if nothing comes."""
        queue: cython.int = table.queue_of(slot)
        if queue == QUEUE_ATTEMPT or queue == QUEUE_CLOSED:
            return table.record[slot, DEADLINE]
        return table.record[slot, LAST_TIME] + self.timeout_of(queue)

    def lapse(self, table: Connections, slot: cython.Py_ssize_t) -> cython.int:
        """Why a connection ends whose time has come."""
        return ENDED_ATTEMPT if table.queue_of(slot) == QUEUE_ATTEMPT else ENDED_INACTIVE

    def timeout_of(self, queue: cython.int) -> cython.longlong:
        """How long nothing may come for a connection in a queue, in ns."""
        if queue == QUEUE_ESTABLISHED or queue == QUEUE_HALF_OPEN:
            return self.established_timeout
        if queue == QUEUE_HANDSHAKE:
            return self.handshake_timeout
        if queue == QUEUE_ICMP:
            return self.icmp_timeout
        if queue == QUEUE_OTHER:
            return self.other_timeout
        return self.udp_timeout

    def plan(self, packet: Packet, table: Connections, new: cython.bint) -> cython.bint:
        """Put the packet's connection into the queue that its state asks for, if it is not there.

        Whether both sides have just said that all is said: what its streams hold is room for others.
        """
        slot: cython.Py_ssize_t = packet.slot
        status: cython.longlong = table.record[slot, STATUS]
        last: cython.longlong = table.record[slot, LAST_TIME]
        queue: cython.int = table.queue_of(slot)
        wanted: cython.int
        orig: cython.int
        resp: cython.int
        acked: cython.longlong
        if packet.protocol == PROTOCOL_TCP:
            if queue == QUEUE_ESTABLISHED and not status & ENDING:
                return False
            orig = state_of(status, ORIGINATOR)
            resp = state_of(status, RESPONDER)
            if status & ENDING:
                if queue == QUEUE_CLOSED:
                    return False
                table.schedule(slot, QUEUE_CLOSED, last + self.close_delay)
                return orig == CLOSED and resp == CLOSED
            if new and (orig == SYN_SENT or orig == SYN_ACK_SENT) and resp == INACTIVE:
                table.schedule(slot, QUEUE_ATTEMPT, packet.time + self.attempt_timeout)
                return False
            if orig >= PARTIAL or resp >= PARTIAL:
                wanted = QUEUE_HALF_OPEN
                if orig != INACTIVE and resp != INACTIVE:
                    acked = table.detail[packet.detail, DETAIL_SIDES + SIDE_WORDS + S_ACKED]
                    if acked > table.detail[packet.detail, DETAIL_SIDES + SIDE_WORDS + S_START]:
                        wanted = QUEUE_ESTABLISHED
            elif queue == QUEUE_ATTEMPT and resp == INACTIVE:
                return False
            else:
                wanted = QUEUE_HANDSHAKE
        elif packet.protocol == PROTOCOL_UDP:
            wanted = QUEUE_UDP if (status >> ACTIVE_SHIFT) & 3 == 3 else QUEUE_UDP_UNANSWERED
        elif packet.protocol == PROTOCOL_ICMP or packet.protocol == PROTOCOL_ICMPV6:
            wanted = QUEUE_ICMP
        else:
            wanted = QUEUE_OTHER
        if wanted != queue:
            table.schedule(slot, wanted, last + self.timeout_of(wanted))
        return False
