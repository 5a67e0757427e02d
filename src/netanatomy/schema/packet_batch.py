"""Packets with their octets: what a stage gets that reads payloads as well as columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen


@frozen
class Piece:
    """Rows of a batch whose octets lie in one buffer.

    Attributes:
        first_row: the first of these rows.
        end_row: one past the last.
        octets: the buffer, padded to whole words.
        origin: where each frame begins in the buffer, by `frame number - first_number`; offsets of
            the packet table count from there. Of a reassembled datagram it has one element.
        first_number: number of the frame that `origin[0]` is about.
        reassembled: the rows are those of one datagram put together from fragments.
    """

    first_row: int
    end_row: int
    octets: NDArray[np.uint8]
    origin: NDArray[np.int64]
    first_number: int
    reassembled: bool = False


@frozen
class PacketBatch:
    """A record batch of the packet table and the octets that its rows point into.

    Attributes:
        table: the rows.
        pieces: which buffer holds the octets of which rows; together they cover every row, in order.
    """

    table: pa.RecordBatch
    pieces: tuple[Piece, ...]
