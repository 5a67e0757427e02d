"""Rows of the packet table as they were filled: what a stage may read before they are filled anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.schema.packet_batch import Piece

DENSE: Mapping[str, int] = MappingProxyType(
    {
        "ethernet": 1,
        "ethertype": 2,
        "ip": 4,
        "ipv4": 8,
        "ip_identification": 16,
        "ports": 32,
        "tcp": 64,
        "tcp_timestamps": 128,
    }
)
"""The groups of columns that have a place for every row, and the bit of `present` for each; the group
`frame` has one as well, and is always there."""


@frozen
class PacketRows:
    """The packet table in memory that is used again and again.

    Numbers are this machine's: a MAC address is one of 48 bits, an IP address two of 64, the high half
    first; names are codes, indices of the column's names in `schema.packets`.

    Attributes:
        count: rows filled.
        arrays: the array behind each column, by its name, and `present`. Of the group `frame` and those of
            `DENSE` it has a place for every row, of others one for each row that has the group.
        members: for each other group that any row has, whose rows those are, in order.
    """

    count: int
    arrays: Mapping[str, NDArray[np.generic]]
    members: Mapping[str, NDArray[np.int32]]


@frozen
class FilledBatch:
    """Rows as they were filled and the octets that they point into.

    Attributes:
        rows: the rows.
        pieces: which buffer holds the octets of which rows; together they cover every row, in order.
        let_go: says that the rows were read: from then on they are filled anew.
    """

    rows: PacketRows
    pieces: tuple[Piece, ...]
    let_go: Callable[[], None]
