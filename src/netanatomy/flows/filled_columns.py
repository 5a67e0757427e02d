"""Rows of the packet table as they were filled, viewed as the kernels of this room read them.

Nothing is copied but what only some of the rows have.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netanatomy.flows import columns as bits
from netanatomy.flows.arrow_columns import OVERLAY_NETWORKS
from netanatomy.flows.columns import NEEDED, Columns, mark_rows, spread
from netanatomy.schema.packet_rows import DENSE, PacketRows
from netanatomy.schema.packets import COLUMNS, TUNNELS

PRESENCE: Mapping[str, int] = MappingProxyType(
    {
        "icmp": bits.HAS_ICMP,
        "fragment": bits.HAS_FRAGMENT,
        "reassembly": bits.HAS_REASSEMBLY,
        "vlan": bits.HAS_VLAN,
        "vlan_inner": bits.HAS_VLAN_INNER,
        "tcp_mss": bits.HAS_MSS,
        "tcp_window_scale": bits.HAS_WINDOW_SCALE,
        "tcp_sack_permitted": bits.HAS_SACK_PERMITTED,
        "tcp_sack": bits.HAS_SACK,
        "tcp_fast_open": bits.HAS_FAST_OPEN,
        "udp": bits.HAS_UDP,
        "stop": bits.HAS_STOP,
    }
)
"""The bit of each group that only some rows have; those of the others are the ones of `DENSE`."""

_OVERLAYS = np.array([name in OVERLAY_NETWORKS for name in TUNNELS])
_OVERLAYS.flags.writeable = False


class FilledColumns:
    """The batches that are filled into the same memory, each taken up by `attach`.

    Args:
        rows: the first of them.

    Attributes:
        columns: the views.
    """

    def __init__(self, rows: PacketRows) -> None:
        self.columns = Columns()
        self._arrays = arrays = rows.arrays
        capacity = len(arrays["present"])
        self._has = np.empty(capacity, np.uint32)
        self._spread: dict[str, list[tuple[memoryview, memoryview, int]]] = {}
        values = {name: arrays[name] for name in NEEDED}
        for column in COLUMNS:
            if column.name in values and column.group != "frame" and column.group not in DENSE:
                place = values[column.name] = np.empty(capacity, arrays[column.name].dtype)
                pair = _lines(place), _lines(arrays[column.name]), place.itemsize
                self._spread.setdefault(column.group, []).append(pair)
        swapped = bool(np.little_endian)
        self.columns.attach(capacity, self._has, values, swapped=swapped, numbered=True)
        self.columns.keep_keys(np.empty(capacity, np.uint64))

    def views(self, rows: PacketRows) -> bool:
        """Whether these rows lie in this memory."""
        return rows.arrays is self._arrays

    def attach(self, rows: PacketRows) -> None:
        """Take up a batch in this memory."""
        has = self._has[: rows.count]
        np.copyto(has, self._arrays["present"][: rows.count])
        for group, where in rows.members.items():
            for column, values, width in self._spread.get(group, ()):
                spread(column, where.data, values, width)
            bit = PRESENCE.get(group)
            if bit is not None:
                mark_rows(has.data, where.data, bit)
        if "wlan_addresses" in rows.members:  # of a radio link its own addresses stand in
            where = rows.members["wlan_addresses"]
            lacks = has[where] & bits.HAS_ETHERNET == 0
            for end in ("source", "destination"):
                own = self._arrays[f"wlan_{end}"][: len(where)]
                self._arrays[f"eth_{end}"][where[lacks]] = own[lacks]
            has[where] |= np.uint32(bits.HAS_ETHERNET)
        if "tunnel" in rows.members and "tunnel_id" in rows.members:
            self._mark_overlays(rows, has)
        self.columns.resize(rows.count)

    def _mark_overlays(self, rows: PacketRows, has: NDArray[np.uint32]) -> None:
        """Mark the rows in tunnels whose number names a network of its own."""
        where, numbered = rows.members["tunnel"], rows.members["tunnel_id"]
        inside = np.zeros(rows.count, np.bool_)
        inside[where] = _OVERLAYS[self._arrays["tunnel"][: len(where)]]
        if "ppp" in rows.members:  # PPTP (RFC 2637 section 4.1): its key is a length, no network
            inside[rows.members["ppp"]] = False
        has[numbered[inside[numbered]]] |= np.uint32(bits.HAS_OVERLAY)


def _lines(column: NDArray[np.generic]) -> memoryview:
    """A column as lines of octets, one a value."""
    return column.view(np.uint8).reshape(len(column), -1).data
