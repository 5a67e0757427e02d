"""What a check for oddities gives: the rows it is about, and where in each frame the odd octets lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen

UNKNOWN = -1
"""Offset of octets whose place in the frame cannot be told."""


@frozen
class Hits:
    """The rows of a batch with one kind of oddity.

    Offsets count from the beginning of the frame; in what a datagram put together from fragments
    holds, from the beginning of its payload, as everywhere in the packet table.

    Attributes:
        name: of the kind, as the catalogue has it.
        rows: (n,) indices into the batch, ascending.
        offset: (n,) the first odd octet, or UNKNOWN.
        length: (n,) how many they are.
        value: (n,) the odd number, where the kind has one.
        expected: (n,) the number that would be right, where the kind has one.
    """

    name: str
    rows: NDArray[np.int64]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    value: NDArray[np.int64] | None = None
    expected: NDArray[np.int64] | None = None


def hits(
    name: str,
    rows: NDArray[np.int64],
    offset: NDArray[np.int64] | int,
    length: NDArray[np.int64] | int,
    value: NDArray[np.int64] | int | None = None,
    expected: NDArray[np.int64] | int | None = None,
) -> Hits:
    """The same from numbers that hold for all rows as well as from arrays."""
    return Hits(
        name,
        rows,
        _spread(offset, rows),
        _spread(length, rows),
        None if value is None else _spread(value, rows),
        None if expected is None else _spread(expected, rows),
    )


def _spread(number: NDArray[np.int64] | int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.broadcast_to(np.asarray(number, np.int64), rows.shape)
