"""The columns of a batch of packets as the kernels of this room read them.

They are viewed where they lie: in an Arrow table (`arrow_columns`) or in rows as they were filled
(`filled_columns`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import cython
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from netanatomy.schema.views import OctetLinesView, OctetsView, RowsView, WordsView

if not cython.compiled:
    # What a row has: bits of `Columns.has`. The lower half are those of schema.packet_rows.DENSE.
    HAS_ETHERNET = 0x1
    HAS_IP = 0x4
    HAS_IDENTIFICATION = 0x10
    HAS_PORTS = 0x20
    HAS_TCP = 0x40
    HAS_TIMESTAMPS = 0x80
    HAS_ICMP = 0x10000
    HAS_FRAGMENT = 0x20000
    HAS_REASSEMBLY = 0x40000
    HAS_VLAN = 0x80000
    HAS_VLAN_INNER = 0x100000
    HAS_OVERLAY = 0x200000  # a tunnel whose number names a network of its own
    HAS_MSS = 0x400000
    HAS_WINDOW_SCALE = 0x800000
    HAS_SACK_PERMITTED = 0x1000000
    HAS_SACK = 0x2000000
    HAS_FAST_OPEN = 0x4000000
    HAS_UDP = 0x8000000
    HAS_STOP = 0x10000000

NEEDED: tuple[str, ...] = (
    "frame_number",
    "depth",
    "time",
    "payload_offset",
    "payload_length",
    "eth_source",
    "eth_destination",
    "wlan_source",
    "wlan_destination",
    "ip_version",
    "ip_source",
    "ip_destination",
    "ip_header_length",
    "ip_total_length",
    "ip_ecn",
    "ip_ttl",
    "ip_protocol",
    "network_offset",
    "transport_offset",
    "ip_identification",
    "ip_checksum_status",
    "ip_fragment_offset",
    "ip_more_fragments",
    "reassembled_length",
    "icmp_type",
    "icmp_code",
    "icmp_checksum_status",
    "tunnel",
    "tunnel_id",
    "ppp_protocol",
    "vlan_id",
    "vlan_inner_id",
    "source_port",
    "destination_port",
    "transport_checksum_status",
    "tcp_sequence",
    "tcp_acknowledgment",
    "tcp_header_length",
    "tcp_flags",
    "tcp_window",
    "tcp_urgent_pointer",
    "tcp_timestamp_value",
    "tcp_timestamp_echo",
    "tcp_mss",
    "tcp_window_scale",
    "tcp_sack_permitted",
    "tcp_sack_count",
    "tcp_sack_left",
    "tcp_sack_right",
    "tcp_fast_open_length",
    "udp_length",
    "stop_reason",
)
"""Columns of the packet table that following connections needs."""


class Columns:
    """Views of the columns of one batch.

    Attributes:
        rows: rows of the batch.
        has: for every row the bits of what it has (HAS_IP …); in a column that it has not stands anything.
        swapped: the addresses lie as numbers of this machine, not as octets in the order of the table.
        numbered: the link-layer addresses lie as numbers, not as six octets.
        keyed: the keys of the rows' connections were worked out already: see `foresight`.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.keyed = False
        self.swapped = False
        self.numbered = False

    def attach(
        self,
        rows: int,
        has: NDArray[np.uint32],
        values: Mapping[str, NDArray[np.generic]],
        *,
        swapped: bool,
        numbered: bool,
    ) -> None:
        """View a batch of so many rows.

        Args:
            rows: how many there are.
            has: the bits of what every row has.
            values: every column of `NEEDED`, with a place for every row.
            swapped: see above.
            numbered: see above.

        Raises:
            IndexError: a column is shorter than the batch.
        """
        self.rows = 0  # kernels look at `rows` once, not at every column
        if len(has) < rows or any(len(values[name]) < rows for name in NEEDED):
            raise IndexError("a column is shorter than its batch")

        def view(name: str) -> memoryview:
            return values[name].data

        self.has = has.data
        self.frame_number = view("frame_number")
        self.depth = view("depth")
        self.time = view("time")
        self.payload_offset = view("payload_offset")
        self.payload_length = view("payload_length")
        self.ip_version = view("ip_version")
        self.ip_header_length = view("ip_header_length")
        self.ip_total_length = view("ip_total_length")
        self.ip_ecn = view("ip_ecn")
        self.ip_ttl = view("ip_ttl")
        self.ip_protocol = view("ip_protocol")
        self.network_offset = view("network_offset")
        self.transport_offset = view("transport_offset")
        self.ip_identification = view("ip_identification")
        self.ip_checksum_status = view("ip_checksum_status")
        self.ip_more_fragments = view("ip_more_fragments")
        self.ip_fragment_offset = view("ip_fragment_offset")
        self.reassembled_length = view("reassembled_length")
        self.icmp_type = view("icmp_type")
        self.icmp_code = view("icmp_code")
        self.icmp_checksum_status = view("icmp_checksum_status")
        self.tunnel_id = view("tunnel_id")
        self.vlan_id = view("vlan_id")
        self.vlan_inner_id = view("vlan_inner_id")
        self.source_port = view("source_port")
        self.destination_port = view("destination_port")
        self.transport_checksum_status = view("transport_checksum_status")
        self.tcp_sequence = view("tcp_sequence")
        self.tcp_acknowledgment = view("tcp_acknowledgment")
        self.tcp_header_length = view("tcp_header_length")
        self.tcp_flags = view("tcp_flags")
        self.tcp_window = view("tcp_window")
        self.tcp_urgent_pointer = view("tcp_urgent_pointer")
        self.tcp_timestamp_value = view("tcp_timestamp_value")
        self.tcp_timestamp_echo = view("tcp_timestamp_echo")
        self.tcp_mss = view("tcp_mss")
        self.tcp_window_scale = view("tcp_window_scale")
        self.tcp_sack_permitted = view("tcp_sack_permitted")
        self.tcp_sack_count = view("tcp_sack_count")
        self.tcp_sack_left = view("tcp_sack_left")
        self.tcp_sack_right = view("tcp_sack_right")
        self.tcp_fast_open_length = view("tcp_fast_open_length")
        self.udp_length = view("udp_length")
        self.stop_reason = view("stop_reason")
        self.ip_source = values["ip_source"].view(np.int64).reshape(-1).data  # two words a row
        self.ip_destination = values["ip_destination"].view(np.int64).reshape(-1).data
        if numbered:
            self.link_source = view("eth_source")
            self.link_destination = view("eth_destination")
        else:
            self.eth_source = view("eth_source")
            self.eth_destination = view("eth_destination")
        self.swapped = swapped
        self.numbered = numbered
        self.rows = rows

    def keep_keys(self, keys: NDArray[np.uint64]) -> None:
        """Have room for the keys of the rows' connections."""
        self.keys = keys.data

    def resize(self, rows: int) -> None:
        """Another batch lies in the same memory, of so many rows.

        Raises:
            IndexError: the memory has not room for so many.
        """
        self.rows = 0
        if rows > len(self.has):
            raise IndexError("a column is shorter than its batch")
        self.rows = rows

    if not cython.compiled:  # compiled, these are inline: see columns.pxd

        def expect(self, row: int) -> int:
            """Compiled, have the processor fetch what the eight rows from this one on need; row % 8 is 0."""
            return 0 * row

        def mac_source(self, row: int) -> int:
            """The link-layer source address of a row as a number."""
            return self.link_source[row] if self.numbered else _number(self.eth_source, row)

        def mac_destination(self, row: int) -> int:
            """The link-layer destination address of a row as a number."""
            return self.link_destination[row] if self.numbered else _number(self.eth_destination, row)

        def source(self, row: int, half: int) -> int:
            """Half of the source address of a row, its octets in the order in which tables have them."""
            word = self.ip_source[2 * row + half]
            return _turned(word) if self.swapped else word

        def destination(self, row: int, half: int) -> int:
            """Half of the destination address of a row, likewise."""
            word = self.ip_destination[2 * row + half]
            return _turned(word) if self.swapped else word


def _number(octets: OctetsView, row: int) -> int:
    return int.from_bytes(bytes(octets[row, octet] for octet in range(6)), "big")


def _turned(word: int) -> int:
    return int.from_bytes(word.to_bytes(8, "big", signed=True), "little", signed=True)


# Both lengths are looked at before.
@cython.boundscheck(False)
def mark(has: WordsView, mask: OctetsView, bit: cython.uint) -> None:
    """Set a bit of the rows whose octet in the mask is 1."""
    row: cython.Py_ssize_t
    rows: cython.Py_ssize_t = len(has)
    if len(mask) < rows:
        raise IndexError("a mask is shorter than its rows")
    with cython.nogil:
        for row in range(rows):
            has[row] |= mask[row] * bit


def mark_rows(has: WordsView, where: RowsView, bit: cython.uint) -> None:
    """Set a bit of these rows."""
    number: cython.Py_ssize_t
    with cython.nogil:
        for number in range(len(where)):
            has[where[number]] |= bit


def spread(column: OctetLinesView, where: RowsView, values: OctetLinesView, width: cython.Py_ssize_t) -> None:
    """Put the values that only these rows have where the rows are.

    Both come as lines of `width` octets, one a value, so that one function serves numbers of any width.
    """
    number: cython.Py_ssize_t
    octet: cython.Py_ssize_t
    with cython.nogil:
        for number in range(len(where)):
            for octet in range(width):
                column[where[number], octet] = values[number, octet]
