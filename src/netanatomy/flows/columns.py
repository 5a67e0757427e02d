"""The columns of a packet batch as the kernels of this room read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cython
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.schema.column import Kind
from netanatomy.schema.packets import CHECKSUM_STATUS, COLUMNS, STOP_REASONS

OVERLAY_NETWORKS = frozenset({"vxlan", "vxlan-gpe", "geneve", "gre"})
"""Tunnels whose number names a network of its own: the same addresses in two of them are different hosts."""

_STORED: Mapping[Kind, type[np.generic]] = MappingProxyType(
    {
        Kind.U8: np.uint8,
        Kind.U16: np.uint16,
        Kind.U32: np.uint32,
        Kind.U64: np.uint64,
        Kind.TIME: np.int64,
        Kind.IP: np.int64,
        Kind.MAC: np.uint8,
    }
)
_WORDS: Mapping[Kind, int] = MappingProxyType({Kind.IP: 2, Kind.MAC: 6})
_CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ip_checksum_status": CHECKSUM_STATUS,
        "icmp_checksum_status": CHECKSUM_STATUS,
        "transport_checksum_status": CHECKSUM_STATUS,
        "stop_reason": STOP_REASONS,
    }
)

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
    """One packet batch after another, each taken up by `attach`.

    Attributes:
        rows: rows of the batch.
    """

    def __init__(self) -> None:
        self._kinds = {column.name: column.kind for column in COLUMNS}
        self._zeros: dict[tuple[type[np.generic], int], NDArray[np.generic]] = {}
        self._ones: NDArray[np.uint8] = np.ones(0, np.uint8)
        self.rows = 0

    def attach(self, table: pa.RecordBatch) -> None:
        """Take up a batch that has the columns `NEEDED`."""
        self.rows = table.num_rows
        columns = dict(zip(table.schema.names, table.columns, strict=True))
        arrays = {name: columns[name] for name in NEEDED}
        if arrays["wlan_source"].null_count < self.rows:  # of a radio link its own addresses stand in
            for end in ("source", "destination"):
                arrays[f"eth_{end}"] = pc.coalesce(arrays[f"eth_{end}"], arrays[f"wlan_{end}"])
        self.has_ip = self._present(arrays["ip_version"]).data
        self.has_ports = self._present(arrays["source_port"]).data
        self.has_tcp = self._present(arrays["tcp_flags"]).data
        self.has_timestamps = self._present(arrays["tcp_timestamp_value"]).data
        self.has_identification = self._present(arrays["ip_identification"]).data
        self.has_icmp = self._present(arrays["icmp_type"]).data
        self.has_fragment = self._present(arrays["ip_more_fragments"]).data
        self.has_ethernet = self._present(arrays["eth_source"]).data
        self.has_vlan = self._present(arrays["vlan_id"]).data
        self.has_vlan_inner = self._present(arrays["vlan_inner_id"]).data
        self.has_tunnel_id = self._present(arrays["tunnel_id"]).data
        self.has_mss = self._present(arrays["tcp_mss"]).data
        self.has_window_scale = self._present(arrays["tcp_window_scale"]).data
        self.has_fast_open = self._present(arrays["tcp_fast_open_length"]).data
        values = {name: self._values(name, array) for name, array in arrays.items()}
        self.frame_number = values["frame_number"].data
        self.depth = values["depth"].data
        self.time = values["time"].data
        self.payload_offset = values["payload_offset"].data
        self.payload_length = values["payload_length"].data
        self.eth_source = values["eth_source"].data
        self.eth_destination = values["eth_destination"].data
        self.ip_version = values["ip_version"].data
        self.ip_source = values["ip_source"].data
        self.ip_destination = values["ip_destination"].data
        self.ip_header_length = values["ip_header_length"].data
        self.ip_total_length = values["ip_total_length"].data
        self.ip_ecn = values["ip_ecn"].data
        self.ip_ttl = values["ip_ttl"].data
        self.ip_protocol = values["ip_protocol"].data
        self.network_offset = values["network_offset"].data
        self.transport_offset = values["transport_offset"].data
        self.ip_identification = values["ip_identification"].data
        self.ip_checksum_status = values["ip_checksum_status"].data
        self.ip_more_fragments = values["ip_more_fragments"].data
        self.ip_fragment_offset = values["ip_fragment_offset"].data
        self.reassembled_length = values["reassembled_length"].data
        self.icmp_type = values["icmp_type"].data
        self.icmp_code = values["icmp_code"].data
        self.icmp_checksum_status = values["icmp_checksum_status"].data
        tunnel = values["tunnel"]
        if arrays["ppp_protocol"].null_count < self.rows:
            # PPTP (RFC 2637 section 4.1): in the key stands the length of the packet, no network
            tunnel = tunnel.view(np.uint8) * (1 - self._present(arrays["ppp_protocol"]))
        self.tunnel = tunnel.data
        self.tunnel_id = values["tunnel_id"].data
        self.vlan_id = values["vlan_id"].data
        self.vlan_inner_id = values["vlan_inner_id"].data
        self.source_port = values["source_port"].data
        self.destination_port = values["destination_port"].data
        self.transport_checksum_status = values["transport_checksum_status"].data
        self.tcp_sequence = values["tcp_sequence"].data
        self.tcp_acknowledgment = values["tcp_acknowledgment"].data
        self.tcp_header_length = values["tcp_header_length"].data
        self.tcp_flags = values["tcp_flags"].data
        self.tcp_window = values["tcp_window"].data
        self.tcp_urgent_pointer = values["tcp_urgent_pointer"].data
        self.tcp_timestamp_value = values["tcp_timestamp_value"].data
        self.tcp_timestamp_echo = values["tcp_timestamp_echo"].data
        self.tcp_mss = values["tcp_mss"].data
        self.tcp_window_scale = values["tcp_window_scale"].data
        self.tcp_sack_permitted = values["tcp_sack_permitted"].data
        self.tcp_sack_count = values["tcp_sack_count"].data
        self.tcp_sack_left = values["tcp_sack_left"].data
        self.tcp_sack_right = values["tcp_sack_right"].data
        self.tcp_fast_open_length = values["tcp_fast_open_length"].data
        self.udp_length = values["udp_length"].data
        self.stop_reason = values["stop_reason"].data
        if any(len(array) < self.rows for array in values.values()):
            self.rows = 0  # kernels look at `rows` once, not at every column
            raise IndexError("a column is shorter than its batch")

    if not cython.compiled:  # compiled, these are inline: see columns.pxd

        def expect(self, row: int) -> int:
            """Compiled, have the processor fetch what the eight rows from this one on need; row % 8 is 0."""
            return 0 * row

        def mac_source(self, row: int) -> int:
            """The link-layer source address of a row as a number."""
            return int.from_bytes(bytes(self.eth_source[row, octet] for octet in range(6)), "big")

        def mac_destination(self, row: int) -> int:
            """The link-layer destination address of a row as a number."""
            return int.from_bytes(bytes(self.eth_destination[row, octet] for octet in range(6)), "big")

    def _present(self, array: pa.Array) -> NDArray[np.uint8]:
        if array.null_count == 0:
            if len(self._ones) < self.rows:
                self._ones = np.ones(self.rows, np.uint8)
            return self._ones[: self.rows]
        if array.null_count == self.rows:
            return self._zero(np.uint8, 1).view(np.uint8)
        bits = np.frombuffer(array.buffers()[0], np.uint8)
        return np.unpackbits(bits, count=array.offset + self.rows, bitorder="little")[array.offset :]

    def _values(self, name: str, array: pa.Array) -> NDArray[np.generic]:
        """The values of a column. Under a null stands anything: a kernel asks its group's `has_` first."""
        kind = self._kinds[name]
        if kind is Kind.NAME:
            return self._codes(name, array)
        if kind is Kind.BOOL:
            if array.null_count == self.rows:
                return self._zero(np.uint8, 1)
            bits = np.frombuffer(array.buffers()[1], np.uint8)
            values = np.unpackbits(bits, count=array.offset + self.rows, bitorder="little")[array.offset :]
            return np.multiply(values, self._present(array)) if array.null_count else values
        stored, words = _STORED[kind], _WORDS.get(kind, 1)
        if array.null_count == self.rows:
            return self._zero(stored, words)
        values = np.frombuffer(array.buffers()[1], stored)[array.offset * words :][: self.rows * words]
        return values.reshape(self.rows, words) if words > 1 else values

    def _codes(self, name: str, array: pa.DictionaryArray) -> NDArray[np.uint8]:
        """Codes of this room's own, whatever the order of the dictionary is; 0 for null."""
        if array.null_count == self.rows:
            return self._zero(np.uint8, 1).view(np.uint8)
        texts: Sequence[str] = array.dictionary.to_pylist()
        if name == "tunnel":
            codes = np.array([text in OVERLAY_NETWORKS for text in texts], np.uint8)
        else:
            known = _CODES[name]
            codes = np.array([known.index(text) if text in known else 0 for text in texts], np.uint8)
        indices = np.frombuffer(array.indices.buffers()[1], np.uint16)[array.offset :][: self.rows]
        found = codes.take(indices, mode="clip")  # under a null stands anything
        return found * self._present(array) if array.null_count else found

    def _zero(self, stored: type[np.generic], words: int) -> NDArray[np.generic]:
        held = self._zeros.get((stored, words))
        if held is None or len(held) < self.rows:
            shape = (self.rows, words) if words > 1 else (self.rows,)
            held = self._zeros[stored, words] = np.zeros(shape, stored)
        return held[: self.rows]
