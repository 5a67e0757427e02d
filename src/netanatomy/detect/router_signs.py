"""Who advertises itself as an IPv6 router, and what speaks for its being a rogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from netanatomy.detect.neighbor_messages import formed_from, sender_text
from netanatomy.detect.relations import Row
from netanatomy.schema.network import Network
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
ENOUGH = 3
"""Weight of a sign that is enough alone."""
FEW = 4  # messages to all hosts from which their rate can be told


@dataclass(frozen=True, slots=True)
class Router:
    """One sender of router advertisements.

    Attributes:
        row: what it said, and how often, when first and when last.
        prefixes: what it advertised: address and length.
        a_host: whether its own neighbour advertisements say that it is no router.
        others: the other senders on the same link.
    """

    row: Row
    prefixes: frozenset[tuple[bytes, int]]
    a_host: bool = False
    others: list[Router] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The IP address that it speaks from."""
        return address_text(self.row["router"])

    @property
    def sender(self) -> str:
        """Its MAC address; where the capture has none, its IP address."""
        return sender_text(self.row["mac"], self.row["router"])

    @property
    def retired(self) -> bool:
        """Whether it says nothing but that it is no router."""
        return bool(self.row["farewells"] == self.row["messages"])

    def takes_over(self, other: Router) -> bool:
        """Whether it speaks for an address that is another one's."""
        row, before = self.row, other.row
        if row["router"] != before["router"] or not row["mac"] or not before["mac"]:
            return False
        if formed_from(row["router"], row["mac"]):
            return False
        if formed_from(row["router"], before["mac"]):
            return True
        return bool(row["start"] > before["start"] and (self.retired or row["start"] < before["end"]))


def router_of(row: Row, prefixes: Iterable[Row], said: Iterable[Row]) -> Router:
    """A sender with what it advertised and what its neighbour advertisements say of it."""
    return Router(
        row,
        frozenset((one["prefix"], one["length"]) for one in prefixes),
        {one["router"] for one in said} == {False},
    )


def signs(router: Router, network: Network, interval: float) -> dict[str, int]:
    """What speaks for a rogue, in words, and how much it weighs.

    Args:
        router: which.
        network: its gateways say who the real ones are, where they are told by the addresses they speak from.
        interval: s that a router lets pass at least between messages to all hosts.
    """
    row = router.row
    if {router.address, router.sender} & set(network.gateways):
        return {}
    found: dict[str, int] = {}
    if any(gateway.startswith("fe80:") for gateway in network.gateways):
        found["it is none of the gateways that were named"] = ENOUGH
    if router.a_host:
        found["its neighbour advertisements say that it is no router"] = 1
    alive = [other for other in router.others if not other.retired]
    if not alive:
        return found
    theirs = {prefix for other in alive for prefix in other.prefixes}
    if router.prefixes and not router.prefixes & theirs:
        found["no other router advertises its prefix"] = 1
    if any(other.row["start"] < row["start"] for other in alive):
        found["another router was there before it"] = 1
    if row["high"] and not any(other.row["high"] for other in alive):
        found["it alone says that it is to be preferred"] = 1
    if row["to_all"] >= FEW and row["end"] - row["start"] < (row["to_all"] - 1) * interval * SECOND:
        found[f"it tells all hosts more often than every {interval:g} s, which routers may not"] = 1
    return found


def heaps(rows: Sequence[Row], least: int, pause: float) -> list[list[Row]]:
    """Senders that came close together: at least `least`, each within `pause` seconds of the one before."""
    if len(rows) < least:
        return []
    starts = np.array([row["start"] for row in rows], np.int64)
    order = np.argsort(starts, kind="stable")
    cuts = np.flatnonzero(np.diff(starts[order]) > pause * SECOND) + 1
    return [[rows[index] for index in part] for part in np.split(order, cuts) if len(part) >= least]
