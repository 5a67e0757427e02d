"""The walk through one frame: where it stands, how far it may read, and which row it fills.

Every header's kernel gets a `Walk` and the `Rows`, reads at `position`, never at or beyond `end`,
and returns the code of the header that comes next, or DONE.
"""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

from netanatomy.layers.transport.crc32c import crc32c_table

if not cython.compiled:
    from netanatomy.decode.headers import (
        HEADER_LIMIT,
        MAXIMUM_DEPTH,
        ON_INTERNET,
        STOP_CAPTURED_SHORT,
        STOP_NESTING_TOO_DEEP,
        STOP_TRUNCATED,
    )
    from netanatomy.decode.rows import IN_STOP, IN_TUNNEL, IN_TUNNEL_ID, Rows
    from netanatomy.decode.sequences import Sequences

    def folded(total: cython.ulonglong) -> cython.uint:
        """What was carried out of 16 bits added again: the ones' complement sum (RFC 1071)."""
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        return total


NUMBERS = 65_536
"""Places of a table that is looked into by a number of up to 16 bits."""


class Walk:
    """The state of the walk.

    Attributes:
        origin: first octet of the frame in the buffer; offsets in tables count from here.
        position: the next octet to read.
        end: where the enclosing header ends, or the captured octets do.
        cut: the frame was captured short, so that running out of octets is the capture's fault.
        row: the row being filled.
        depth: its nesting level.
        stack: number of the sequence of headers so far.
        present: the dense groups that the row has.
        headers: headers read in this frame, to bound chains.
        tags: VLAN tags read in this row.
        fragment: what follows is a piece of a datagram.
        resumed: the octets are a reassembled datagram's, not the frame's.
        incomplete: the payload was captured short, so that no checksum can be told.
        chain: number of the sequence of IPv6 extension headers so far.
        routed: the packet has a route to go, whose end the two halves of `final` hold: checksums
            cover that, not the address that the packet goes to next (RFC 8200 section 8.1).
        away: the sender is a mobile node, and checksums cover its `home` address (RFC 6275 section 6.3).
        shortcut: whether plain frames may take the shortcut of `plain.py`, which changes no row.
    """

    def __init__(
        self,
        link_types: NDArray[np.uint16],
        ethertypes: NDArray[np.uint16],
        ip_protocols: NDArray[np.uint16],
        ppp_protocols: NDArray[np.uint16],
        llc_saps: NDArray[np.uint16],
        udp_ports: NDArray[np.uint16],
    ) -> None:
        tables = (link_types, ethertypes, ip_protocols, ppp_protocols, llc_saps, udp_ports)
        if any(len(table) != NUMBERS for table in tables):
            raise ValueError("a table of header codes has no place for some numbers")
        self.stacks = Sequences(HEADER_LIMIT)
        self.tcp_options = Sequences(256)
        self.ip_options = Sequences(256)
        self.extensions = Sequences(256)
        self.link_types = link_types.data
        self.ethertypes = ethertypes.data
        self.ip_protocols = ip_protocols.data
        self.ppp_protocols = ppp_protocols.data
        self.llc_saps = llc_saps.data
        self.udp_ports = udp_ports.data
        self.crc32c = np.array(crc32c_table(), np.uint32).data
        self.little_endian = bool(np.little_endian)
        self.shortcut = True
        self.plain_stacks = np.zeros(4, np.intc).data
        self.plain_options = 0
        self.attach(np.zeros(8, np.uint8))
        self.origin = 0
        self.position = 0
        self.end = 0
        self.cut = False
        self.row = 0
        self.depth = 0
        self.stack = 0
        self.present = 0
        self.headers = 0
        self.tags = 0
        self.fragment = False
        self.incomplete = False
        self.resumed = False
        self.chain = 0
        self.routed = False
        self.away = False
        self.final_high = 0
        self.final_low = 0
        self.home_high = 0
        self.home_low = 0

    def attach(self, octets: NDArray[np.uint8]) -> None:
        """Read from this buffer."""
        self.octets = octets.data
        self.length = len(octets)
        if cython.compiled:
            self.first = cython.address(self.octets[0]) if self.length else cython.NULL

    if not cython.compiled:  # compiled, these are inline: see walk.pxd

        def u16(self, at: cython.Py_ssize_t) -> cython.uint:
            """The 16-bit number at an octet."""
            return (self.octets[at] << 8) | self.octets[at + 1]

        def u32(self, at: cython.Py_ssize_t) -> cython.uint:
            """The 32-bit number at an octet."""
            return (self.u16(at) << 16) | self.u16(at + 2)

        def u48(self, at: cython.Py_ssize_t) -> cython.ulonglong:
            """The 48-bit number, a MAC address, at an octet."""
            high: cython.ulonglong = self.u16(at)
            return (high << 32) | self.u32(at + 2)

        def u64(self, at: cython.Py_ssize_t) -> cython.ulonglong:
            """The 64-bit number at an octet."""
            high: cython.ulonglong = self.u32(at)
            return (high << 32) | self.u32(at + 4)

        def mapped(self, at: cython.Py_ssize_t) -> cython.ulonglong:
            """The low half of ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) for the IPv4 address at an octet."""
            prefix: cython.ulonglong = 0xFFFF
            return (prefix << 32) | self.u32(at)

        def seen_u8(self, at: cython.Py_ssize_t) -> cython.uint:
            """An octet that the caller has seen to be there; likewise the numbers below."""
            return self.octets[at]

        seen_u16 = u16
        seen_u32 = u32
        seen_u64 = u64

        def sum_of_words(self, at: cython.Py_ssize_t, octets: cython.Py_ssize_t) -> cython.ulonglong:
            """What `ones_sum` folds, of octets that the caller has seen to be there."""
            there = bytes(self.octets[at : at + octets])
            return (sum(there[::2]) << 8) + sum(there[1::2])

        def lacks(self, rows: Rows, layer: cython.int, octets: cython.Py_ssize_t) -> cython.bint:
            """Whether fewer than `octets` are left; if so the row says that it stopped here."""
            return self.end - self.position < octets and self.ran_out(rows, layer)

    def ones_sum(self, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.uint:
        """The ones' complement sum of the 16-bit words from `start` to `end` (RFC 1071), folded.

        Eight octets are taken at a time, in the order of this machine: the sum does not care
        (RFC 1071 section 2), but for the two octets of the result, which change places.
        """
        if end <= start:
            return 0
        if start < 0 or end > self.length:
            return self.outside()
        return folded(self.sum_of_words(start, end - start))

    def outside(self) -> cython.uint:
        """Refuse to read outside the buffer; every kernel asks `lacks` first, so it is our error."""
        with cython.gil:
            raise IndexError("a kernel read outside its buffer")

    def ran_out(self, rows: Rows, layer: cython.int) -> cython.bint:
        """Say in the row that the octets end here, and whose fault it is."""
        self.stop(rows, layer, STOP_CAPTURED_SHORT if self.cut else STOP_TRUNCATED, self.position)
        return True

    def stop(self, rows: Rows, layer: cython.int, reason: cython.int, at: cython.Py_ssize_t) -> cython.int:
        """End the walk of this frame, with the reason; what was read before stays."""
        place: cython.Py_ssize_t = rows.begin(IN_STOP, self.row)
        rows.stop_layer[place] = layer
        rows.stop_reason[place] = reason
        rows.stop_offset[place] = at - self.origin
        return 0

    def begin_row(self, rows: Rows) -> cython.int:
        """Begin the row of the packet that starts at `position`."""
        self.row = rows.count
        self.present = 0
        self.tags = 0
        rows.count += 1
        rows.depth[self.row] = self.depth
        rows.packet_offset[self.row] = self.position - self.origin
        return 0

    def finish_row(self, rows: Rows) -> cython.int:
        """Complete the row: its headers, and what lies behind them."""
        row: cython.Py_ssize_t = self.row
        rows.present[row] = self.present
        rows.protocols[row] = self.stack
        rows.payload_offset[row] = self.position - self.origin
        rows.payload_length[row] = self.end - self.position if self.end > self.position else 0
        return 0

    def nest(self, rows: Rows, tunnel: cython.int) -> cython.bint:
        """Go one level deeper: what begins at `position` is carried by `tunnel`. False if too deep."""
        place: cython.Py_ssize_t
        if self.depth + 1 >= MAXIMUM_DEPTH:
            self.stop(rows, ON_INTERNET, STOP_NESTING_TOO_DEEP, self.position)
            return False
        outer: cython.Py_ssize_t = self.row
        inner: cython.Py_ssize_t = rows.count
        self.finish_row(rows)
        rows.frame_number[inner] = rows.frame_number[outer]
        rows.time[inner] = rows.time[outer]
        rows.interface[inner] = rows.interface[outer]
        rows.link_type[inner] = rows.link_type[outer]
        rows.captured_length[inner] = rows.captured_length[outer]
        rows.original_length[inner] = rows.original_length[outer]
        self.depth += 1
        self.resumed = False
        self.fragment = False
        self.begin_row(rows)
        place = rows.begin(IN_TUNNEL, self.row)
        rows.tunnel[place] = tunnel
        return True

    def nest_numbered(self, rows: Rows, tunnel: cython.int, number: cython.ulonglong) -> cython.bint:
        """The same for a tunnel that numbers itself."""
        place: cython.Py_ssize_t
        if not self.nest(rows, tunnel):
            return False
        place = rows.begin(IN_TUNNEL_ID, self.row)
        rows.tunnel_id[place] = number
        return True
