"""What the detectors of fragments have in common: which rows are pieces, how long, and what to point at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Proof
from netanatomy.detect.relations import Row
from netanatomy.detect.tables import packet_places
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator
from netanatomy.tables.rows import NONE, Mask, Places, Rows

COLUMNS = (
    "ip_source",
    "ip_destination",
    "ip_protocol",
    "ip_identification",
    "ip_header_length",
    "ip_total_length",
    "ip_fragment_offset",
    "ip_more_fragments",
    "ip_version",
    "network_offset",
    "transport_offset",
)
"""Columns of the packet table that are needed here, and the parties."""

OTHERS = ("place", "offset", "length")
"""Further columns of a `First` relation that `piece_places` fills."""

IPV4_FIELD, IPV6_FIELD = 6, -6
"""Octets from the IPv4 header (RFC 791), and from the IPv6 payload (RFC 8200 section 4.5), to the field."""

IS_PIECE = Match("ip_fragment_offset", Operator.AT_LEAST, 0)
"""Only fragments have an offset."""


@frozen
class Pieces:
    """Pieces of datagrams; packets that are whole in spite of a fragment header (RFC 6946) are left out.

    Attributes:
        rows: (n,) where they stand in the batch.
        offset: (n,) where they belong in the datagram, in octets.
        length: (n,) how long they are by the packet's own word, in octets.
        more: (n,) whether others follow.
    """

    rows: Places
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    more: Mask

    def where(self, chosen: Mask) -> Pieces:
        """Some of them."""
        return Pieces(self.rows[chosen], self.offset[chosen], self.length[chosen], self.more[chosen])


NO_PIECES = Pieces(NONE, NONE, NONE, np.zeros(0, np.bool_))


def pieces(packets: Rows) -> Pieces:
    """The pieces of datagrams in a batch."""
    rows = packets.rows_with("ip_fragment_offset")
    if not len(rows):
        return NO_PIECES
    offset, more = packets.at("ip_fragment_offset", rows), packets.truths("ip_more_fragments", rows)
    length = packets.at("ip_total_length", rows) - packets.at("ip_header_length", rows)
    return Pieces(rows, offset, np.maximum(length, 0), more).where(more | (offset > 0))


def piece_places(packets: Rows, found: Pieces, **keys: pa.Array) -> pa.Table:
    """Pieces as a `First` relation wants them whose others are `OTHERS`.

    The offset is noted in octets, which stand nowhere in the frame: where the field with its two octets
    begins is worked out here.
    """
    rows = found.rows
    v4 = packets.at("ip_version", rows) == 4
    place = np.where(
        v4, packets.at("network_offset", rows) + IPV4_FIELD, packets.at("transport_offset", rows) + IPV6_FIELD
    )
    return packet_places(packets, rows, place=place, offset=found.offset, length=found.length, **keys)


def piece_proofs(rows: Iterable[Row], role: str, first: int = 5) -> tuple[Proof, ...]:
    """The first of these pieces, pointed at where they say what part of the datagram they are."""
    ordered = sorted(rows, key=lambda row: (row["time"], row["frame"], row["depth"]))[:first]
    return tuple(
        Proof(
            row["frame"],
            row["depth"],
            "ip_fragment_offset",
            role,
            offset=row["place"],
            length=2,
            value=f"{row['length']} octets at {row['offset']}",
        )
        for row in ordered
    )


def forged(sources: int, count: int, few: int, each: float) -> bool:
    """Whether so many sources with so few packets each are made up.

    >>> forged(17, 34, 16, 4.0), forged(16, 32, 16, 4.0), forged(17, 170, 16, 4.0)
    (True, False, False)
    """
    return sources > few and count <= sources * each


def some(names: Sequence[str], kind: str) -> str:
    """One name, or how many there are.

    >>> some(["10.0.0.1"], "hosts"), some(["10.0.0.1", "10.0.0.2"], "hosts")
    ('10.0.0.1', '2 hosts')
    """
    return names[0] if len(names) == 1 else f"{len(names)} {kind}"
