"""Resolvers that router advertisements name (RFC 8106), and stations that name one without being a router."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept, Verdict
from netanatomy.detect.internet.router_floods import ADVERTISEMENT, pointed_at
from netanatomy.detect.relations import Row
from netanatomy.detect.router_signs import Limits, Router, messages_too_close, named_otherwise
from netanatomy.detect.tables import kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text

OPTIONS_AT = 16  # octets of an advertisement before its options (RFC 4861 section 4.2)
RDNSS = 25  # RFC 8106 section 5.1
FIRST_ADDRESS = 8  # octets: type, length, reserved, lifetime
UNIT = 8  # octets that a length of one stands for (RFC 4861 section 4.6)
ADDRESS = 16  # octets
READ = 512
"""Octets of options that are read: those of usual advertisements have less than 200."""
MAXIMUM_OPTIONS = 24
"""Options that are walked through. Bounds messages made of nothing but the shortest ones."""
MAXIMUM_ADDRESSES = 3
"""Resolvers of one option that are read: as many as hosts have to keep (RFC 8106 section 5.3.1)."""
COLUMNS = ("transport_offset",)


def resolvers(packets: Rows, rows: Places) -> Kept:
    """Rows of relation `resolvers`: who names which, of the rows that are router advertisements."""
    begin = packets.at("transport_offset", rows) + OPTIONS_AT
    ends = packets.at("payload_offset", rows) + packets.at("payload_length", rows) - begin
    if not len(rows) or ends.max() < FIRST_ADDRESS + ADDRESS:
        return
    which, octets = _named(packets.heads(rows, begin, ends, READ), np.minimum(ends, READ))
    if not len(which):
        return
    some = rows[which]
    resolver = pa.Array.from_buffers(pa.binary(ADDRESS), len(some), [None, pa.py_buffer(octets)])
    sender = ("mac=eth_source", "router=ip_source")
    yield "resolvers", kept(packets, some, sender, vlan=packets.at("vlan_id", some), resolver=resolver)


def _named(heads: NDArray[np.uint8], ends: NDArray[np.int64]) -> tuple[Places, NDArray[np.uint8]]:
    """Which messages name a resolver that is to be used from now on, and its (n, 16) octets."""
    which: list[Places] = []
    found: list[NDArray[np.uint8]] = []
    at = np.zeros(len(heads), np.int64)
    every = np.arange(len(heads))
    reach = np.arange(ADDRESS)
    for _ in range(MAXIMUM_OPTIONS):
        every = every[at[every] + FIRST_ADDRESS + ADDRESS <= ends[every]]
        if not len(every):
            break
        place = at[every]
        end = place + heads[every, place + 1].astype(np.int64) * UNIT
        mine = (heads[every, place] == RDNSS) & (end <= ends[every])
        mine &= heads[every[:, None], place[:, None] + np.arange(4, FIRST_ADDRESS)].any(axis=1)  # lifetime
        for number in range(MAXIMUM_ADDRESSES):
            first = place + FIRST_ADDRESS + number * ADDRESS
            there = mine & (first + ADDRESS <= end)
            if there.any():
                which.append(every[there])
                found.append(heads[every[there, None], first[there, None] + reach])
        at[every] = end
        every = every[end > place]  # an option without a length ends the message (RFC 4861 section 4.6)
    if not which:
        return np.zeros(0, np.int64), np.zeros((0, ADDRESS), np.uint8)
    return np.concatenate(which), np.ascontiguousarray(np.concatenate(found))


def signs_of_a_resolver(router: Router, network: Network, limits: Limits) -> dict[str, int]:
    """What speaks for it that somebody who says that he is no router misleads hosts to his resolver.

    That it is new, and that the router was there first, is so of every resolver that is set up on purpose:
    it counts once.
    """
    row = router.row
    alive = [other for other in router.others if not other.retired]
    theirs = {resolver for other in alive for resolver in other.resolvers}
    own = sorted(map(address_text, router.resolvers - theirs))
    if not alive or all(map(network.is_dns_server, own)):
        return {}
    found = {f"it names {own[0]} to ask for names, which no router here does": 1}
    found.update(named_otherwise(router, network, limits.signs))
    if row["preferred"]:
        found["it asks to be preferred as a router that it says it is not, which RFC 4191 forbids"] = 1
    if messages_too_close(row["farewells_to_all"], row["end"] - row["start"], limits):
        found[f"it tells all hosts more often than every {limits.interval:g} s, which routers may not"] = 1
    return found


def misled(router: Router, frames: Sequence[Row], signs: dict[str, int], *, grave: bool) -> Verdict:
    """What is said of a station that is no router and names a resolver."""
    row = router.row
    named = sorted(map(address_text, router.resolvers))
    matches = (*where(eth_source=router.sender), *where(ip_version=6, icmp_type=ADVERTISEMENT))
    if not row["mac"]:
        matches = where(ip_version=6, ip_source=router.address, icmp_type=ADVERTISEMENT)
    return Verdict(
        subject=f"{router.sender} {router.address} {row['vlan']} resolver",
        title=f"Rogue router advertisement: {router.sender} names {named[0]} as resolver",
        severity=Severity.HIGH if grave else Severity.LOW,
        confidence=min(0.95, 0.55 + 0.1 * sum(signs.values())) if grave else 0.4,
        attackers=(router.sender,),
        victims=tuple(sorted({other.address for other in router.others if not other.retired})),
        others={"resolver": tuple(named)},
        start=row["start"],
        end=row["end"],
        counts={"messages": row["messages"], "resolvers": len(named)},
        reason=(
            f"{router.sender} sent {row['messages']} router advertisements that say that it is no default "
            f"router, and name a resolver: {'; '.join(signs)}. Hosts that believe it ask it for names, and "
            "go where it says."
            + ("" if grave else " It may be a resolver that somebody set up here on purpose.")
        ),
        proofs=pointed_at(frames, "ra_router_lifetime", "names a resolver, and is no router"),
        frames=row["messages"],
        scope=(Selector((*matches, *where(ip_source=router.address), *between(row["start"], row["end"]))),),
        rule=Rule(matches=matches) if grave else None,
        advice=(
            "RA guard at the switch (RFC 6105)",
            f"see whether {named[0]} is a resolver of this network",
        ),
    )
