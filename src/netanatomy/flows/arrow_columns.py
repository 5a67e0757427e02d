"""A batch of the packet table, as Arrow has it, viewed as the kernels of this room read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.flows import columns as bits
from netanatomy.flows.columns import NEEDED, Columns, mark
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

PRESENCE: Mapping[str, int] = MappingProxyType(
    {
        "eth_source": bits.HAS_ETHERNET,
        "ip_version": bits.HAS_IP,
        "ip_identification": bits.HAS_IDENTIFICATION,
        "source_port": bits.HAS_PORTS,
        "tcp_flags": bits.HAS_TCP,
        "tcp_timestamp_value": bits.HAS_TIMESTAMPS,
        "icmp_type": bits.HAS_ICMP,
        "ip_more_fragments": bits.HAS_FRAGMENT,
        "reassembled_length": bits.HAS_REASSEMBLY,
        "vlan_id": bits.HAS_VLAN,
        "vlan_inner_id": bits.HAS_VLAN_INNER,
        "tcp_mss": bits.HAS_MSS,
        "tcp_window_scale": bits.HAS_WINDOW_SCALE,
        "tcp_sack_permitted": bits.HAS_SACK_PERMITTED,
        "tcp_sack_count": bits.HAS_SACK,
        "tcp_fast_open_length": bits.HAS_FAST_OPEN,
        "udp_length": bits.HAS_UDP,
        "stop_reason": bits.HAS_STOP,
    }
)
"""The column that tells by its nulls which rows have what."""


class ArrowColumns:
    """One batch after another, each taken up by `attach`.

    Attributes:
        columns: the views.
        ip_checksums: of every row the verdict on its IPv4 header's checksum, an index of CHECKSUM_STATUS.
    """

    def __init__(self) -> None:
        self.columns = Columns()
        self._kinds = {column.name: column.kind for column in COLUMNS}
        self._zeros: dict[tuple[type[np.generic], int], NDArray[np.generic]] = {}
        self._ones: NDArray[np.uint8] = np.ones(0, np.uint8)
        self._rows = 0
        self.ip_checksums: NDArray[np.generic] = np.zeros(0, np.uint16)

    def attach(self, table: pa.RecordBatch) -> None:
        """Take up a batch that has the columns `NEEDED`."""
        rows = self._rows = table.num_rows
        columns = dict(zip(table.schema.names, table.columns, strict=True))
        arrays = {name: columns[name] for name in NEEDED}
        if arrays["wlan_source"].null_count < rows:  # of a radio link its own addresses stand in
            for end in ("source", "destination"):
                arrays[f"eth_{end}"] = pc.coalesce(arrays[f"eth_{end}"], arrays[f"wlan_{end}"])
        values = {name: self._values(name, array) for name, array in arrays.items()}
        self.ip_checksums = values["ip_checksum_status"]
        has = np.zeros(rows, np.uint32)
        for name, bit in PRESENCE.items():
            array = arrays[name]
            if array.null_count == 0:
                has |= np.uint32(bit)
            elif array.null_count < rows:
                mark(has.data, self._present(array).data, bit)
        if arrays["tunnel_id"].null_count < rows:
            overlay = np.multiply(values["tunnel"], self._present(arrays["tunnel_id"])).astype(np.uint8)
            if arrays["ppp_protocol"].null_count < rows:
                # PPTP (RFC 2637 section 4.1): in the key stands the length of the packet, no network
                overlay *= 1 - self._present(arrays["ppp_protocol"])
            mark(has.data, overlay.data, bits.HAS_OVERLAY)
        self.columns.attach(rows, has, values, swapped=False, numbered=False)

    def _present(self, array: pa.Array) -> NDArray[np.uint8]:
        if array.null_count == 0:
            if len(self._ones) < self._rows:
                self._ones = np.ones(self._rows, np.uint8)
            return self._ones[: self._rows]
        if array.null_count == self._rows:
            return self._zero(np.uint8, 1).view(np.uint8)
        bits = np.frombuffer(array.buffers()[0], np.uint8)
        return np.unpackbits(bits, count=array.offset + self._rows, bitorder="little")[array.offset :]

    def _values(self, name: str, array: pa.Array) -> NDArray[np.generic]:
        """The values of a column. Under a null stands anything: a kernel asks its group's `has_` first."""
        kind = self._kinds[name]
        if kind is Kind.NAME:
            return self._codes(name, array)
        if kind is Kind.BOOL:
            if array.null_count == self._rows:
                return self._zero(np.uint8, 1)
            bits = np.frombuffer(array.buffers()[1], np.uint8)
            values = np.unpackbits(bits, count=array.offset + self._rows, bitorder="little")[array.offset :]
            return np.multiply(values, self._present(array)) if array.null_count else values
        stored, words = _STORED[kind], _WORDS.get(kind, 1)
        if array.null_count == self._rows:
            return self._zero(stored, words)
        values = np.frombuffer(array.buffers()[1], stored)[array.offset * words :][: self._rows * words]
        return values.reshape(self._rows, words) if words > 1 else values

    def _codes(self, name: str, array: pa.DictionaryArray) -> NDArray[np.uint16]:
        """Codes of this room's own, whatever the order of the dictionary is; 0 for null."""
        if array.null_count == self._rows:
            return self._zero(np.uint16, 1).view(np.uint16)
        texts: Sequence[str] = array.dictionary.to_pylist()
        if name == "tunnel":
            codes = np.array([text in OVERLAY_NETWORKS for text in texts], np.uint16)
        else:
            known = _CODES[name]
            codes = np.array([known.index(text) if text in known else 0 for text in texts], np.uint16)
        indices = np.frombuffer(array.indices.buffers()[1], np.uint16)[array.offset :][: self._rows]
        found = codes.take(indices, mode="clip")  # under a null stands anything
        return found * self._present(array) if array.null_count else found

    def _zero(self, stored: type[np.generic], words: int) -> NDArray[np.generic]:
        held = self._zeros.get((stored, words))
        if held is None or len(held) < self._rows:
            shape = (self._rows, words) if words > 1 else (self._rows,)
            held = self._zeros[stored, words] = np.zeros(shape, stored)
        return held[: self._rows]
