"""Who advertises itself as an IPv6 router, and what speaks for its being a rogue."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Protocol

import numpy as np

from netanatomy.detect.detector import Kept
from netanatomy.detect.neighbor_messages import formed_from, sender_text
from netanatomy.detect.relations import Row
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
IS_ROUTER = 4  # flag R of RFC 4861 section 4.4, as the column nd_flags has it
GLOBAL = 0b001
"""First bits of global unicast addresses: 2000::/3 (RFC 4291 section 2.4, IANA has given out no others)."""
UNIQUE_LOCAL = 0xFC >> 1
"""First bits of unique local addresses: fc00::/7 (RFC 4193)."""


class Limits(Protocol):
    """What speaks for a rogue, and how much."""

    @property
    def signs(self) -> int:
        """Weight of signs from which a router is held for a rogue: that of a sign that is enough alone."""

    @property
    def interval(self) -> float:
        """Seconds that a router lets pass at least between messages to all hosts."""

    @property
    def messages(self) -> int:
        """Messages to all hosts from which their rate can be told."""


@frozen
class Router:
    """One sender of router advertisements.

    Attributes:
        row: what it said, and how often, when first and when last.
        prefixes: what it advertised: address and length.
        a_host: whether its own neighbour advertisements say that it is no router.
        resolvers: those that it named.
        others: the other senders on the same link.
        elders: stations whose neighbour advertisements say that they are routers, and since when.
    """

    row: Row
    prefixes: frozenset[tuple[bytes, int]]
    a_host: bool = False
    resolvers: frozenset[bytes] = frozenset()
    others: list[Router] = field(default_factory=list)
    elders: list[tuple[int, bytes]] = field(default_factory=list)

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


def said_to_be_routers(packets: Rows) -> Kept:
    """Rows of relation `said`: what stations say in neighbour advertisements, routers or not."""
    rows = packets.rows_with("nd_flags")
    if len(rows):
        router = packets.at("nd_flags", rows) & IS_ROUTER != 0
        yield "said", kept(packets, rows, ("mac=eth_source", "start=time"), router=router, count=np.int64(1))


def router_of(row: Row, prefixes: Iterable[Row], resolvers: Iterable[Row], said: Iterable[Row]) -> Router:
    """A sender with what it advertised and what its neighbour advertisements say of it."""
    return Router(
        row,
        frozenset((one["prefix"], one["length"]) for one in prefixes),
        {one["router"] for one in said} == {False},
        frozenset(one["resolver"] for one in resolvers),
    )


def is_named(router: Router, network: Network) -> bool:
    """Whether the user told that it is a router."""
    return network.is_gateway(router.address, router.sender)


def named_otherwise(router: Router, network: Network, enough: int) -> dict[str, int]:
    """What it is said to be besides, that is, by the user and by itself: as `signs`."""
    found: dict[str, int] = {}
    if network.members("gateways").have_link_local:
        found["it is none of the gateways that were named"] = enough
    if router.a_host:
        found["its neighbour advertisements say that it is no router"] = 1
    return found


def messages_too_close(messages: int, time: int, limits: Limits) -> bool:
    """Whether so many messages to all hosts within so many ns are more than a router may send.

    Args:
        messages: how many.
        time: ns in which they came.
        limits: how many may.
    """
    return messages >= limits.messages and time < (messages - 1) * limits.interval * SECOND


def signs(router: Router, network: Network, limits: Limits) -> dict[str, int]:
    """What speaks for a rogue, in words, and how much it weighs.

    Args:
        router: which.
        network: its gateways say who the real ones are, where they are told by the addresses they speak from.
        limits: what weighs how much, and how often a router may speak to all hosts.
    """
    row = router.row
    if is_named(router, network):
        return {}
    found = named_otherwise(router, network, limits.signs)
    alive = [other for other in router.others if not other.retired]
    before = any(start < row["start"] and mac != row["mac"] for start, mac in router.elders)
    if not alive and not before:
        return found
    theirs = {prefix for other in alive for prefix in other.prefixes}
    if alive and router.prefixes and not router.prefixes & theirs:
        found["no other router advertises its prefix"] = 1
    if any(not _usable(address) for address, _ in router.prefixes):
        found["it advertises a prefix that nobody can have"] = 1
    if any(other.row["start"] < row["start"] for other in alive) or not alive:
        found["another router was there before it"] = 1
    if row["high"] and not any(other.row["high"] for other in alive):
        found["it alone says that it is to be preferred"] = 1
    if messages_too_close(row["to_all"], row["end"] - row["start"], limits):
        found[f"it tells all hosts more often than every {limits.interval:g} s, which routers may not"] = 1
    return found


def first_routers(said: Iterable[Row]) -> list[tuple[int, bytes]]:
    """When the first two stations said that they are routers, and their MAC addresses.

    >>> said = [{"router": True, "mac": b"b", "start": 7}, {"router": False, "mac": b"a", "start": 3}]
    >>> first_routers(said)
    [(7, b'b')]
    """
    return heapq.nsmallest(2, {(one["start"], one["mac"]) for one in said if one["router"] and one["mac"]})


def _usable(prefix: bytes) -> bool:
    """Whether addresses of a prefix can be somebody's: global unicast, unique local, or none at all."""
    return prefix[0] >> 5 == GLOBAL or prefix[0] >> 1 == UNIQUE_LOCAL or prefix == bytes(len(prefix))


def heaps(rows: Sequence[Row], least: int, pause: float) -> list[list[Row]]:
    """Senders that came close together: at least `least`, each within `pause` seconds of the one before."""
    if len(rows) < least:
        return []
    starts = np.array([row["start"] for row in rows], np.int64)
    order = np.argsort(starts, kind="stable")
    cuts = np.flatnonzero(np.diff(starts[order]) > pause * SECOND) + 1
    return [[rows[index] for index in part] for part in np.split(order, cuts) if len(part) >= least]
