"""A batch of the packet table as NumPy arrays, made when asked for, and the octets behind it.

Most checks must be able to say "nothing here" at once: `has` looks only at a count of nulls, and
`at` takes a column's numbers for the few rows that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.oddities.screen import screen
from netanatomy.schema.column import Kind
from netanatomy.schema.packet_batch import Piece
from netanatomy.schema.packets import CHECKSUM_STATUS, COLUMNS

Numbers = NDArray[np.integer]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

TYPES: Mapping[str, np.dtype[np.generic]] = MappingProxyType(
    {
        column.name: np.dtype(
            {
                Kind.U8: np.uint8,
                Kind.U16: np.uint16,
                Kind.U32: np.uint32,
                Kind.U64: np.uint64,
                Kind.I8: np.int8,
                Kind.TIME: np.int64,
                Kind.NAME: np.uint16,
            }[column.kind]
        )
        for column in COLUMNS
        if column.kind not in (Kind.IP, Kind.MAC, Kind.BOOL)
    }
)
"""What the buffer of a column holds; of a name it is its code."""

WIDTHS: Mapping[str, int] = MappingProxyType(
    {
        column.name: 16 if column.kind is Kind.IP else 6
        for column in COLUMNS
        if column.kind in (Kind.IP, Kind.MAC)
    }
)
"""Octets of an address, by column."""

MAXIMUM_EXTENSION_HEADERS = 32
"""Extension headers that are walked through to find one; bounds a packet that is nothing but headers."""

NONE: Rows = np.zeros(0, np.int64)

BAD = CHECKSUM_STATUS.index("bad")
ABSENT = CHECKSUM_STATUS.index("absent")

LINK_ETHERNET = 1  # LINKTYPE_ETHERNET
AUTHENTICATION = 51  # IP protocol of the authentication header (RFC 4302)
ARPHRD_LOOPBACK = 772  # linux/if_arp.h


class PacketColumns:
    """One batch.

    Args:
        batch: rows of the packet table.
        pieces: the octets they point into, where they are at hand.

    Attributes:
        count: rows.
    """

    def __init__(self, batch: pa.RecordBatch, pieces: Sequence[Piece] = ()) -> None:
        self.count = batch.num_rows
        self._batch = batch
        self._pieces = pieces
        self._arrays: dict[str, pa.Array] = {}
        self._bits: NDArray[np.uint16] | None = None
        self._every = 0

    def array(self, name: str) -> pa.Array:
        """A column as it is in Arrow."""
        known = self._arrays.get(name)
        if known is None:
            known = self._arrays[name] = self._batch.column(name)
        return known

    def has(self, name: str) -> bool:
        """Whether any row has this column."""
        return bool(self.array(name).null_count < self.count)

    def numbers(self, name: str) -> Numbers:
        """(count,) numbers or codes of names; zero where they are null, as the decoder leaves them."""
        array, dtype = self.array(name), TYPES[name]
        if array.null_count == self.count:
            return np.zeros(self.count, dtype)
        return np.frombuffer(array.buffers()[1], dtype, self.count, array.offset * dtype.itemsize)

    def octets(self, name: str) -> NDArray[np.uint8]:
        """(count, width) octets of addresses; zeros where they are null, as the decoder leaves them."""
        array, width = self.array(name), WIDTHS[name]
        if array.null_count == self.count:
            return np.zeros((self.count, width), np.uint8)
        octets = np.frombuffer(array.buffers()[1], np.uint8, self.count * width, array.offset * width)
        return octets.reshape(-1, width)

    def valid(self, name: str) -> Mask | None:
        """Which rows have the column; None where all have."""
        array = self.array(name)
        if not array.null_count:
            return None
        bits = np.unpackbits(
            np.frombuffer(array.buffers()[0], np.uint8), count=array.offset + self.count, bitorder="little"
        )
        return bits[array.offset :].view(np.bool_)

    def valid_at(self, name: str, rows: Rows) -> Mask:
        """Which of a few rows have the column."""
        array = self.array(name)
        if not array.null_count:
            return np.ones(len(rows), np.bool_)
        if array.null_count == self.count:
            return np.zeros(len(rows), np.bool_)
        bitmap = np.frombuffer(array.buffers()[0], np.uint8)
        places = rows + array.offset
        found: Mask = (bitmap[places >> 3] >> (places & 7)) & 1 != 0
        return found

    def rows_with(self, name: str) -> Rows:
        """The rows that have a column."""
        if not self.has(name):
            return NONE
        valid = self.valid(name)
        return np.arange(self.count) if valid is None else np.flatnonzero(valid)

    def screened(self, reasons: int) -> Rows:
        """The rows that `screen` found worth a second look for any of some reasons."""
        if self._bits is None:
            self._bits = self._screen()
        if not self._every & reasons:
            return NONE
        return np.flatnonzero(self._bits & reasons)

    def _screen(self) -> NDArray[np.uint16]:
        bits = np.empty(self.count, np.uint16)
        source, destination = self.octets("ip_source"), self.octets("ip_destination")
        mac_source, mac_destination = self.octets("eth_source"), self.octets("eth_destination")
        self._every = screen(
            bits.data,
            self.numbers("ip_version").data,
            self.numbers("ip_protocol").data,
            self.numbers("ip_ttl").data,
            source.data,
            destination.data,
            source.view(np.int64).data,
            destination.view(np.int64).data,
            self.numbers("ip_total_length").data,
            self.numbers("network_offset").data,
            self.numbers("transport_offset").data,
            self.numbers("original_length").data,
            self.numbers("ip_checksum_status").data,
            self.numbers("icmp_checksum_status").data,
            self.numbers("transport_checksum_status").data,
            self.numbers("source_port").data,
            self.numbers("destination_port").data,
            self.numbers("udp_length").data,
            mac_source.data,
            mac_destination.data,
            mac_source.view(np.uint16).data,
            mac_destination.view(np.uint16).data,
            BAD,
            ABSENT,
        )
        return bits

    def at(self, name: str, rows: Rows) -> NDArray[np.int64]:
        """Numbers of a few rows, wide enough to calculate with."""
        return self.numbers(name)[rows].astype(np.int64)

    def truths(self, name: str, rows: Rows) -> Mask:
        """A column of truths, of a few rows; False where it is null."""
        array = self.array(name)
        if array.null_count == self.count:
            return np.zeros(len(rows), np.bool_)
        bitmap = np.frombuffer(array.buffers()[1], np.uint8)
        places = rows + array.offset
        found: Mask = ((bitmap[places >> 3] >> (places & 7)) & 1 != 0) & self.valid_at(name, rows)
        return found

    def names(self, name: str, rows: Rows) -> tuple[Numbers, list[str]]:
        """What names a few rows have: an index for each into the list of the different ones."""
        different, places = np.unique(self.numbers(name)[rows], return_inverse=True)
        dictionary = self.array(name).dictionary
        return places, [dictionary[int(code)].as_py() for code in different]

    def in_datagram(self, rows: Rows) -> Mask:
        """Whether a row lies, with its IP header, in a datagram that was put together from fragments."""
        if not self.has("reassembled_length"):
            return np.zeros(len(rows), np.bool_)
        numbers, depth = self.numbers("frame_number"), self.numbers("depth")
        whole = self.rows_with("reassembled_length")
        place = np.minimum(np.searchsorted(numbers[whole], numbers[rows]), len(whole) - 1)
        found: Mask = (numbers[whole][place] == numbers[rows]) & (depth[rows] > depth[whole][place])
        return found

    def transport_at(self, rows: Rows) -> NDArray[np.int64]:
        """Where the transport header begins, or UNKNOWN (-1)."""
        at = self.at("transport_offset", rows)
        # Behind the authentication header of IPv4 the place is not told; of IPv6 it is a header of the chain.
        at[
            (self.numbers("ip_protocol")[rows] == AUTHENTICATION) & (self.numbers("ip_version")[rows] == 4)
        ] = -1
        if not self.has("reassembled_length"):
            return at
        # The row that completed a datagram has its IP header in the frame, and what follows in the datagram:
        # at its beginning, unless more extension headers of IPv6 came with the first fragment.
        own = np.isin(rows, self.rows_with("reassembled_length"))
        at[own] = 0
        if own.any() and self.has("ip_extension_headers"):
            places, names = self.names("ip_extension_headers", rows[own])
            ends = np.array([name == "" or name.endswith("fragment") for name in names])
            at[np.flatnonzero(own)[~ends[places]]] = -1
        return at

    def outermost(self, rows: Rows) -> Rows:
        """The row of the outermost packet of each row's frame."""
        numbers = self.numbers("frame_number")
        return np.searchsorted(numbers, numbers[rows]).astype(np.int64)

    def on_a_link(self, rows: Rows) -> Mask:
        """Whether the frames were on a link between machines, as far as the capture shows it.

        A loopback interface of Linux has Ethernet frames with addresses of zeros; where there is no
        link header at all nobody can tell, and the answer is False.
        """
        outer = self.outermost(rows)
        found = self.valid_at("eth_source", outer) & (
            self.octets("eth_source")[outer].any(axis=1) | self.octets("eth_destination")[outer].any(axis=1)
        )
        found |= self.valid_at("sll_hardware_type", outer) & (
            self.numbers("sll_hardware_type")[outer] != ARPHRD_LOOPBACK
        )
        return found | self.valid_at("wlan_type", outer)

    def ethernet_at(self, rows: Rows) -> NDArray[np.int64]:
        """Where the Ethernet header begins, or UNKNOWN (-1).

        It is the packet's beginning where the link is Ethernet or a tunnel carries Ethernet frames.
        """
        plain = (self.numbers("link_type")[rows] == LINK_ETHERNET) | (self.numbers("depth")[rows] > 0)
        return np.where(plain, self.at("packet_offset", rows), -1)

    @property
    def has_octets(self) -> bool:
        """Whether the octets are at hand."""
        return bool(self._pieces)

    def octet(self, rows: Rows, offset: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) the octet at an offset of each row's frame or datagram; -1 where it was not captured.

        Of the row that completed a datagram only what lies in the datagram can be had.
        """
        found = np.full(len(rows), -1, np.int64)
        if not self._pieces:
            return found
        starts = np.array([piece.first_row for piece in self._pieces])
        which = np.searchsorted(starts, rows, side="right") - 1
        numbers = self.numbers("frame_number")
        for number in np.unique(which):
            piece = self._pieces[number]
            mine = np.flatnonzero(which == number)
            if piece.reassembled:
                at = piece.origin[0] + offset[mine]
            else:
                at = piece.origin[numbers[rows[mine]].astype(np.int64) - piece.first_number] + offset[mine]
                at[offset[mine] >= self.at("captured_length", rows[mine])] = -1
            there = (offset[mine] >= 0) & (at >= 0) & (at < len(piece.octets))
            found[mine[there]] = piece.octets[at[there]]
        return found

    def extension_header(self, rows: Rows, kind: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the first IPv6 extension header of a kind begins, or UNKNOWN (-1), and its length."""
        at = self.at("network_offset", rows) + 40
        end = self.at("transport_offset", rows)
        following = self.octet(rows, self.at("network_offset", rows) + 6)
        # Of a row that completed a datagram the octets at hand are not those of its own header.
        following[np.isin(rows, self.rows_with("reassembled_length"))] = -1
        start, length = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64)
        for _ in range(MAXIMUM_EXTENSION_HEADERS):
            units = self.octet(rows, at + 1)
            size = np.where(following == 44, 8, np.where(following == 51, (units + 2) * 4, (units + 1) * 8))
            here = (start < 0) & (following == kind) & (at + size <= end)
            start[here], length[here] = at[here], size[here]
            going = (start < 0) & np.isin(following, (0, 43, 44, 51, 60, 135, 139, 140)) & (at + size < end)
            if not going.any():
                break
            following = np.where(going, self.octet(rows, at), -1)
            at = at + size
        return start, length

    def ip_option(self, rows: Rows, kinds: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the first IPv4 option of some kinds begins, or UNKNOWN (-1), and its length."""
        at = self.at("network_offset", rows) + 20
        end = self.at("network_offset", rows) + self.at("ip_header_length", rows)
        start, length = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64)
        own = self.rows_with("reassembled_length")
        going = ~np.isin(rows, own) & (at < end)
        while going.any():
            kind = self.octet(rows, at)
            size = np.where(kind == 1, 1, self.octet(rows, at + 1))
            going &= (kind > 0) & (size > 0) & (at + size <= end)
            here = going & np.isin(kind, kinds)
            start[here], length[here] = at[here], size[here]
            going &= ~here
            at = np.where(going, at + size, at)
            going &= at < end
        return start, length
