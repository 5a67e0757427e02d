"""What detectors of floods have in common: packets by second, and what is known of who sent them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.relations import Row, Summary
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
LONGEST = 600
"""Seconds over which the packets of one connection are spread. Bounds rows made of connections that last."""
NAMED = 16
"""Sources that are named as attackers; more than these with a packet or two each are made up."""


@frozen
class Spread:
    """Connections' packets by second.

    Attributes:
        places: row of the connection, again for each second that it lasted.
        second: since 1970.
        packets: of the originator in that second, on average.
    """

    places: Places
    second: NDArray[np.int64]
    packets: NDArray[np.int64]


def by_second(connections: Rows, places: Places, packets: NDArray[np.int64] | None = None) -> Spread:
    """Spread packets of some connections evenly over the seconds that they lasted.

    Args:
        connections: the batch.
        places: which rows.
        packets: how many packets of each; None for all that the originator sent.
    """
    first = connections.numbers("ts")[places] // SECOND
    last = connections.numbers("last_time")[places] // SECOND
    # A connection without packets is of packets with wrong checksums: nobody counts them, but they came.
    sent = np.maximum(connections.at("orig_pkts", places) if packets is None else packets, 1)
    lasted = np.minimum(np.minimum(last - first + 1, LONGEST), sent)
    again = np.repeat(np.arange(len(places)), lasted)
    offset = np.arange(len(again)) - np.repeat(np.cumsum(lasted) - lasted, lasted)
    share = (sent[again] * (offset + 1)) // lasted[again] - (sent[again] * offset) // lasted[again]
    return Spread(places[again], (first[again] + offset).astype(np.int64), share.astype(np.int64))


@frozen
class Sources:
    """What is known of a flood's sources.

    Attributes:
        count: how many addresses.
        forged: whether they are taken for made up.
        named: some of them.
        macs: link-layer addresses they came from.
        ttls: times to live they came with.
    """

    count: int
    forged: bool
    named: tuple[str, ...]
    macs: tuple[str, ...]
    ttls: tuple[int, ...]

    @property
    def text(self) -> str:
        """Who, in words."""
        if self.forged:
            return f"about {self.count} addresses that are most likely forged"
        more = f" and {self.count - len(self.named)} more" if self.count > len(self.named) else ""
        return ", ".join(self.named) + more

    @property
    def others(self) -> dict[str, tuple[str, ...]]:
        """Roles beside attacker and victim."""
        if not self.forged:
            return {}
        ttls = tuple(f"TTL {ttl}" for ttl in self.ttls) if len(self.ttls) <= 2 else ()
        return {"sender": (*self.macs, *ttls), "claimed": self.named[:5]}


def sources_of(addresses: Sequence[Row], senders: Sequence[Row], total: int, forged: bool) -> Sources:
    """Put together what relations tell: rows with `source`, rows with `mac` and `ttl`."""
    named = sorted({address_text(row["source"]) for row in addresses})[:NAMED]
    macs = sorted({mac_text(row["mac"]) for row in senders if row["mac"]})[:NAMED]
    ttls = sorted({row["ttl"] for row in senders if row["ttl"] is not None})
    return Sources(total, forged, tuple(named), tuple(macs), tuple(ttls))


def length_of(rows: Sequence[Row], share: float = 0.9) -> int | None:
    """The one length that nearly all packets have: rows with `length` and `packets`.

    >>> length_of([{"length": 40, "packets": 99}, {"length": 60, "packets": 1}])
    40
    >>> length_of([{"length": 40, "packets": 60}, {"length": 60, "packets": 40}]) is None
    True
    """
    counts: dict[int, int] = {}
    for row in rows:
        counts[row["length"]] = counts.get(row["length"], 0) + row["packets"]
    if not counts:
        return None
    best = max(counts, key=lambda length: (counts[length], length))
    return best if best and counts[best] >= share * sum(counts.values()) else None


def episode(rows: Sequence[Row], weight: str, rate: int) -> list[Row]:
    """The seconds at a rate, and those beside them, in which a flood begins and ends.

    Args:
        rows: with `second` and the weight.
        weight: column that is compared.
        rate: least of it.

    >>> rows = [{"second": second, "packets": count} for second, count in ((1, 9), (2, 80), (3, 7), (9, 5))]
    >>> [row["second"] for row in episode(rows, "packets", 50)]
    [1, 2, 3]
    """
    fast = {row["second"] for row in rows if row[weight] >= rate}
    near = {second + step for second in fast for step in (-1, 0, 1)}
    return [row for row in rows if row["second"] in near]


class Lasting(Protocol):
    """What makes packets by second a flood."""

    @property
    def rate(self) -> int:
        """Packets a second."""

    @property
    def seconds(self) -> int:
        """Seconds at that rate."""

    @property
    def burst(self) -> int:
        """Packets in one second that suffice alone."""


def lasting(packets: Sequence[int], limits: Lasting) -> bool:
    """Whether packets by second are a flood: fast for long enough, or very fast once."""
    fast = [count for count in packets if count >= limits.rate]
    return len(fast) >= limits.seconds or any(count >= limits.burst for count in fast)


def totals(summary: Summary, name: str, *keys: str) -> dict[tuple[object, ...], int]:
    """How many different values each key of a `Distinct` relation has."""
    if name not in summary:
        return {}
    return {tuple(row[key] for key in keys): row["total"] for row in summary.counted(name).to_pylist()}
