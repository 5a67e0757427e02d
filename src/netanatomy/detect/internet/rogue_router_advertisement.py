"""Rogue router advertisement: a station says that it is the router, or that the router is gone.

What it is:
    On the internet layer IPv6 hosts learn their router, their prefix and their name servers from router
    advertisements (RFC 4861 section 4.2), and believe whoever sends one. An attacker on the link advertises
    itself and so gets what hosts send beyond the link; or it repeats the real router's address with a
    lifetime of zero, and hosts forget their way out; or it floods the link with made-up routers until hosts
    do nothing but keep them in mind.

Exchange:
    router                         attacker                     all hosts (ff02::1)
       | -- advertisement: 2001:db8:1::/64, lifetime 1800 s --------> |
       |                              | -- advertisement: fd00:bad::, |
       |                              |    preference high ---------> |
       |                              | <--- what is for outside ---- |

How it is recognised:
    Three ways. At least `routers` different senders advertise for the first time, one within `pause` seconds
    of the other: a flood. One router's address is advertised from two MAC addresses, and the second takes
    back what the first says (lifetime 0), speaks while the first does, or the address was formed from the
    first one's MAC. Or a sender shows at least `signs` of these: it is no router named in `gateways` by its
    link-local address (counts three); it advertises a prefix that no other router has, or that nobody can
    have; it came after another router, even one known only by the router flag of its neighbour
    advertisements; it sets the preference to high and others do not; it sends to all hosts more often than
    every `interval` seconds; its own neighbour advertisements lack the flag. Somebody whose every
    advertisement says that it is no router (lifetime 0) but names a resolver (RFC 8106) that no router here
    names: that counts one, and so do the flag, the rate, and a preference, which such a message may not have
    (RFC 4191). And: more than `farewells` messages of a router say that it stops, and later ones that it goes
    on.

What looks the same:
- A second router that was put there on purpose: name both in `gateways`.
- Two routers with one virtual address (VRRP): they use one virtual MAC address as well.
- Telephones, Thread border routers and Windows connection sharing that advertise a prefix of their own; those
  with a router lifetime of 0 are no routers, and what prefixes they have is left out.
- A filtering resolver that was set up on purpose and advertises itself: it has no preference and keeps to the
  rate. Its machine is often no router: told at low severity. Name it in `dns_servers`.

How to stop it:
- RA guard at the switch (RFC 6105): advertisements only from the router's port. With rules against fragments
  and extension headers in front of them (RFC 7113), or it is walked around.
- Where hosts are set up by hand: sysctl -w net.ipv6.conf.all.accept_ra=0
- Find the station by its MAC address in the switch's table.

Limits:
    A rogue router that is alone on the link, in a network that is not told, looks like any router. Of several
    prefixes of a message the first counts.

In the lab:
    python -m lab.scenarios rogue-router-advertisement-thc   (atk6-fake_router26 -A fd00:bad::/64 eth0)
    python -m lab.scenarios rogue-router-advertisement-flood (atk6-flood_router26 -P eth0)
    python -m lab.scenarios rogue-router-advertisement-kill  (atk6-kill_router6 eth0 fe80::1)

References:
- RFC 6104, Rogue IPv6 Router Advertisement Problem Statement
- RFC 6105, IPv6 Router Advertisement Guard; RFC 7113, its implementation
- RFC 4861 sections 4.2 and 6.2, Neighbor Discovery for IP version 6; RFC 4191, Default Router Preferences
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.internet import named_resolvers
from netanatomy.detect.internet.router_floods import ADVERTISEMENT, NAMED, flooded, key_of, pointed_at
from netanatomy.detect.neighbor_messages import on_a_link
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.router_signs import (
    Router,
    first_routers,
    heaps,
    is_named,
    router_of,
    said_to_be_routers,
    signs,
)
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule

SECOND = 10**9  # ns
PREFERENCE, HIGH = 0b11000, 0b01000  # RFC 4191 section 2.2
NEVER = np.int64(2**62)
SENDER = ("vlan", "mac", "router")
SUMS = ("messages", "farewells", "high", "to_all", "farewells_to_all", "preferred")
MAXIMUM_ROUTERS = 64
"""Routers of a link that are compared with one another. Bounds slow floods; the rest are not judged."""


@frozen
class Config:
    """Thresholds."""

    routers: int = threshold(
        10, "senders", "new routers within a window that are a flood", "a link has one or two routers"
    )
    pause: float = threshold(1.0, "s", "pause that ends a flood", "thc-ipv6: thousands a second")
    signs: int = threshold(
        3, "signs", "signs from which a router is held for a rogue", "a second real router shows one or two"
    )
    interval: float = threshold(
        3.0, "s", "least time between messages to all hosts", "RFC 4861 section 10: MIN_DELAY_BETWEEN_RAS"
    )
    farewells: int = threshold(
        3, "messages", "last messages of a router", "RFC 4861 section 10: MAX_FINAL_RTR_ADVERTISEMENTS"
    )
    messages: int = threshold(
        4,
        "messages",
        "to all hosts, from which it can be told how often they come",
        "RFC 4861 section 10: MAX_INITIAL_RTR_ADVERTISEMENTS is 3",
    )
    resolver_signs: int = threshold(
        2, "signs", "signs from which a station that only names a resolver is told", "itself, and one more"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Who advertises what, how often, and when it takes it back."""
    packets = tables.packets
    yield from said_to_be_routers(packets)
    rows = on_a_link(packets, packets.rows_with("ra_flags"))
    if not len(rows):
        return
    sender = {
        "vlan": packets.at("vlan_id", rows),
        "mac": packets.take("eth_source", rows),
        "router": packets.take("ip_source", rows),
    }
    zero = packets.at("ra_router_lifetime", rows) == 0
    to_all = packets.octets_at("ip_destination", rows)[:, 0] == 0xFF
    preference = packets.at("ra_flags", rows) & PREFERENCE
    times = packets.numbers("time")[rows]
    yield (
        "routers",
        kept(
            packets,
            rows,
            ("start=time", "end=time"),
            **sender,
            messages=np.int64(1),
            farewells=zero.astype(np.int64),
            high=(preference == HIGH).astype(np.int64),
            to_all=(to_all & ~zero).astype(np.int64),
            farewells_to_all=(to_all & zero).astype(np.int64),
            preferred=(zero & (preference != 0)).astype(np.int64),
            first_farewell=np.where(zero, times, NEVER),
            last_alive=np.where(zero, 0, times),
        ),
    )
    yield "frames", packet_places(packets, rows, **sender)
    yield from named_resolvers.resolvers(packets, rows)
    some = rows[packets.valid_at("ra_prefix", rows)]
    said = ("mac=eth_source", "router=ip_source", "prefix=ra_prefix", "length=ra_prefix_length")
    yield "prefixes", kept(packets, some, said, vlan=packets.at("vlan_id", some))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for a flood on a link, one for each router of which another speaks, one for each rogue."""
    if "routers" not in summary:
        return
    frames = summary.groups("frames", *SENDER)
    prefixes = summary.groups("prefixes", *SENDER)
    resolvers = summary.groups("resolvers", *SENDER) if "resolvers" in summary else {}
    said = summary.groups("said", "mac")
    elders = first_routers(summary.rows("said") if "said" in summary else ())
    for (vlan,), rows in summary.groups("routers", "vlan").items():
        floods = heaps(rows, config.routers, config.pause)
        flooding = {key_of(row) for flood in floods for row in flood}
        calm = [row for row in rows if key_of(row) not in flooding][:MAXIMUM_ROUTERS]
        routers = [
            router_of(
                row,
                prefixes.get(key_of(row), ()),
                resolvers.get(key_of(row), ()),
                said.get((row["mac"],), ()),
            )
            for row in calm
        ]
        for flood in floods:
            yield flooded(vlan, flood, routers, frames)
        for router in routers:
            router.others.extend(other for other in routers if other is not router)
            router.elders.extend(elders)
            yield from _judged(router, config, network, frames[key_of(router.row)])


def _judged(router: Router, config: Config, network: Network, frames: Sequence[Row]) -> Iterator[Verdict]:
    row = router.row
    for other in router.others:
        if router.takes_over(other):
            because = (f"the address {router.address} is the router's at {other.sender}",)
            yield _rogue(router, frames, because, claimed=other)
            return
    if row["farewells"] > config.farewells and row["first_farewell"] < row["last_alive"]:
        yield _silenced(router, frames)
    elif not router.retired:
        found = signs(router, network, config)
        weight = sum(found.values())
        if weight >= config.signs:
            yield _rogue(router, frames, tuple(found), confidence=min(0.95, 0.55 + 0.1 * weight))
    elif router.resolvers and not is_named(router, network):
        found = named_resolvers.signs_of_a_resolver(router, network, config)
        weight = sum(found.values())
        if weight >= config.resolver_signs:
            yield named_resolvers.misled(router, frames, found, grave=weight >= config.signs)


def _rogue(
    router: Router,
    frames: Sequence[Row],
    signs: Sequence[str],
    *,
    claimed: Router | None = None,
    confidence: float = 0.95,
) -> Verdict:
    row = router.row
    what = f"speaks for router {router.address}" if claimed else f"says it is router {router.address}"
    real = tuple(sorted({other.address for other in router.others}))[:NAMED] or ("ff02::1",)
    source = where(eth_source=router.sender) if row["mac"] else where(ip_source=router.address)
    matches = (*source, *where(ip_version=6, icmp_type=ADVERTISEMENT))
    stops = f", {row['farewells']} of them to say that it stops" if row["farewells"] else ""
    return Verdict(
        subject=f"{router.sender} {router.address} {row['vlan']}",
        title=f"Rogue router advertisement: {router.sender} {what}",
        severity=Severity.HIGH,
        confidence=confidence,
        attackers=(router.sender,),
        victims=(router.address,) if claimed else real,
        others={"claimed": (router.address,)} if claimed else {},
        start=row["start"],
        end=row["end"],
        counts={"messages": row["messages"], "farewells": row["farewells"], "prefixes": len(router.prefixes)},
        reason=(
            f"{router.sender} sent {row['messages']} router advertisements{stops}. It is held for a "
            f"rogue because {'; '.join(signs)}. Hosts that believe it send it what is meant for outside, or "
            "lose their way there."
        ),
        proofs=pointed_at(frames, "ra_router_lifetime", "advertisement of the rogue router"),
        frames=row["messages"],
        scope=(Selector((*matches, *where(ip_source=router.address), *between(row["start"], row["end"]))),),
        rule=Rule(matches=matches),
        advice=("RA guard at the switch (RFC 6105)", f"find {router.sender} in the switch's table"),
    )


def _silenced(router: Router, frames: Sequence[Row]) -> Verdict:
    row = router.row
    return Verdict(
        subject=f"silenced {router.address} {row['vlan']}",
        title=f"Somebody says in the name of router {router.address} that it stops",
        severity=Severity.MEDIUM,
        confidence=0.7,
        victims=(router.address,),
        others={"claimed": (router.address,), "sender": (router.sender,)},
        start=row["first_farewell"],
        end=row["end"],
        counts={"messages": row["messages"], "farewells": row["farewells"]},
        reason=(
            f"{row['farewells']} advertisements of {router.address} say that it stops to be a router, and "
            f"{row['messages'] - row['farewells']} say that it goes on, some of them afterwards. A router "
            "that stops says so three times at most: somebody else uses its address and its MAC."
        ),
        proofs=pointed_at(frames, "ra_router_lifetime", "advertisement in the router's name"),
        frames=row["farewells"],
        scope=(Selector(where(ip_source=router.address, icmp_type=ADVERTISEMENT, ra_router_lifetime=0)),),
        advice=("RA guard at the switch (RFC 6105)",),
    )


DETECTOR = Detector(
    name="rogue-router-advertisement",
    title="Rogue router advertisement",
    layer="internet",
    techniques=("T1557",),
    config=Config(),
    relations={
        "routers": Totals(SENDER, SUMS, ("start", "first_farewell"), ("end", "last_alive")),
        "said": Totals(("mac", "router"), ("count",), ("start",)),
        "prefixes": Distinct(SENDER, ("prefix", "length"), 16),
        "resolvers": Distinct(SENDER, ("resolver",), 16),
        "frames": First(SENDER),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("eth_source", "vlan_id", "ip_source", "ip_destination", "nd_flags"),
        *("ra_flags", "ra_router_lifetime", "ra_prefix", "ra_prefix_length"),
        *named_resolvers.COLUMNS,
    ),
    explains=("mac-flooding", "ip-spoofing"),
)
