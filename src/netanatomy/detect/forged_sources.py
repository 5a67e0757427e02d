"""What made-up source addresses have in common: the judgement of `ip-spoofing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.relations import Row, every_group
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.python_rows import python_rows
from netanatomy.tables.text import address_text, mac_text

NAMED = 25
"""Addresses that are named of each role."""
SCOPE_SOURCES = 1_000
"""Forged addresses that the scope lists; beyond it the sender stands for them."""
NO_MAC = bytes(6)
"""Source of frames on a loopback interface."""


@frozen
class Proofs:
    """The thresholds, as `ip-spoofing` explains them."""

    packets: int
    many: int
    claims: int
    sources: int
    strangers: int
    networks: int
    alike_share: float
    foreign: int


@frozen
class Claims:
    """Sources that proved nothing, and what is known of the stations.

    Attributes:
        table: mac, ttl, address, peer, packets, impossible, start, end, frame, last; in the order of time.
        known: by station, the addresses that it owns or has used for a conversation.
        owned: by station, those of them that it says are its own (ARP, neighbour discovery).
        homes: by address, the stations that know it as theirs.
        routers: stations that carry the packets of others.
        initial_ttls: times to live that no router has counted down.
    """

    table: pa.Table
    known: Mapping[bytes, set[bytes]]
    owned: Mapping[bytes, set[bytes]]
    homes: Mapping[bytes, set[bytes]]
    routers: set[bytes]
    initial_ttls: tuple[int, ...]

    def stations(self) -> set[bytes]:
        """Stations that are known by an address of their own, and are no routers."""
        return {mac for mac in self.owned if mac not in self.routers and mac != NO_MAC}

    def of(self, stations: set[bytes]) -> list[Row]:
        """The rows of some stations."""
        if not self.table.num_rows:
            return []
        macs = pa.array(sorted(stations), self.table.schema.field("mac").type)
        return python_rows(self.table.filter(pc.is_in(self.table["mac"], macs)))


def by_sender(claims: Claims, proofs: Proofs, told: set[bytes]) -> Iterator[Verdict]:
    """A verdict for each station that sends with sources that cannot be its own.

    Args:
        claims: what was seen.
        proofs: the thresholds.
        told: hosts of whose made-up visitors `alike` has told: what routers hand on to them is left out.
    """
    table = claims.table
    if not table.num_rows:
        return
    stations, on_link = claims.stations(), {one for owned in claims.owned.values() for one in owned if one}
    station = pc.is_in(table["mac"], pa.array(sorted(stations), table.schema.field("mac").type))
    of_link = pc.is_in(table["address"], pa.array(sorted(on_link), table.schema.field("address").type))
    suspect = pc.or_(pc.equal(table["impossible"], 1), pc.or_(station, of_link))
    by_mac: dict[bytes, list[Row]] = {}
    for row in python_rows(table.filter(suspect)):
        mine = row["mac"] in stations or (row["mac"] in claims.routers and row["peer"] not in told)
        if row["mac"] != NO_MAC and (mine or (row["impossible"] and row["peer"] not in told)):
            by_mac.setdefault(row["mac"], []).append(row)
    for mac, rows in by_mac.items():
        impossible = [row for row in rows if row["impossible"]]
        others = [row for row in rows if not row["impossible"]]
        near = [row for row in others if row["ttl"] in claims.initial_ttls] if mac in stations else others
        neighbours = [row for row in near if claims.homes.get(row["address"])]
        strange = {row["address"] for row in near} if mac in stations else set()
        forged: list[Row] = []
        robbed: set[str] = set()
        why: list[str] = []
        if sum(row["packets"] for row in impossible) >= proofs.packets:
            forged += impossible
            some = ", ".join(sorted({address_text(row["address"]) for row in impossible})[:3])
            why.append(f"no packet on a link may come from {some}")
        if len(strange) >= proofs.sources:
            forged += others
            why.append(
                f"it sent from {len(strange)} addresses that it never claimed nor used for a whole "
                "conversation, and no router has handed these packets on"
            )
        elif sum(row["packets"] for row in neighbours) >= proofs.claims:
            forged += neighbours
            robbed = {address_text(row["address"]) for row in neighbours}
            taken = neighbours[0]["address"]
            home = ", ".join(sorted(map(mac_text, claims.homes[taken]))[:2])
            through = "" if mac in stations else " on this link, and its packets came in through a router"
            why.append(f"{address_text(taken)}, which it sent from, lives at {home}{through}")
        if why:
            packets = sum(row["packets"] for row in forged)
            grave = len(forged) > len(impossible) or packets >= proofs.many
            yield accused(mac, forged, why, grave, claims.known.get(mac, set()), robbed)


def accused(
    mac: bytes, rows: Sequence[Row], why: Sequence[str], grave: bool, own: set[bytes], robbed: set[str]
) -> Verdict:
    """What is said of a station that sends with sources that cannot be its own.

    Args:
        mac: its link-layer address.
        rows: of `Claims.table`, those that are forged.
        why: what proves it.
        grave: whether it is more than a few packets of a test.
        own: its own addresses.
        robbed: whose addresses it used, of those that are known.
    """
    sender = mac_text(mac)
    packets = sum(row["packets"] for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    claimed = sorted({address_text(row["address"]) for row in rows})
    # Whose name is used gets the answers, and the blame.
    victims = (*_most_spoken_to(rows), *sorted(robbed)[:NAMED])
    owns = tuple(sorted(map(address_text, own)))[:NAMED]
    # Only of the kinds of addresses that were forged: the rest of its packets is not in question.
    spared = tuple(own for own in owns if (":" in own) in {":" in address for address in claimed})
    listed = len(claimed) <= SCOPE_SOURCES or not spared
    but_own = (Match("ip_source", Operator.NOT_NETWORK, spared),)
    sources: tuple[Match, ...] = where(ip_source=claimed[:SCOPE_SOURCES]) if listed else but_own
    known = f" (known as {', '.join(owns[:2])})" if owns else ""
    return Verdict(
        subject=sender,
        title=f"Forged source addresses from {sender}: {len(claimed)} claimed",
        severity=Severity.MEDIUM if grave else Severity.LOW,
        confidence=0.9 if grave else 0.6,
        victims=victims,
        others={"sender": (sender, *owns[:4]), "claimed": tuple(claimed[:NAMED])},
        start=start,
        end=end,
        counts={"packets": packets, "claimed": len(claimed), "spoken_to": len({row["peer"] for row in rows})},
        reason=(
            f"{packets} packets from the link-layer address {sender}{known} have source addresses that are "
            f"not its: {'; '.join(why)}."
        ),
        proofs=tuple(
            Proof(frame, 0, "ip_source", "source that is not the sender's")
            for frame in sorted({row[which] for row in rows[:5] for which in ("frame", "last")})[:5]
        ),
        frames=packets,
        scope=(Selector((*where(eth_source=sender), *sources, *between(start, end))),),
        rule=Rule(
            matches=(
                *where(eth_source=sender),
                *(sources if len(claimed) <= NAMED or not spared else but_own),
            )
        ),
        advice=("IP source guard at the switch", "sysctl -w net.ipv4.conf.all.rp_filter=1"),
    )


def alike(claims: Claims, proofs: Proofs) -> Iterator[tuple[bytes, Verdict]]:
    """Each host that is spoken to from many networks at seemingly one distance, with a verdict.

    Not where a station of the link itself is known to send that: `by_sender` tells of it.
    """
    table = claims.table
    if not table.num_rows:
        return
    addressed = table.filter(pc.is_valid(table["address"]))
    groups = every_group(addressed, ["peer"])
    many = (
        addressed["peer"].combine_chunks().take(arrow_array(groups.first[groups.sizes >= proofs.strangers]))
    )
    if not len(many):
        return
    stations = claims.stations()
    by_peer: dict[bytes, list[Row]] = {}
    for row in python_rows(table.filter(pc.is_in(table["peer"], many))):
        by_peer.setdefault(row["peer"], []).append(row)
    for peer, rows in by_peer.items():
        shapes = Counter((row["mac"], row["ttl"]) for row in rows)
        (mac, ttl), count = shapes.most_common(1)[0]
        same = [row for row in rows if (row["mac"], row["ttl"]) == (mac, ttl)]
        sources = {row["address"] for row in same}
        if (
            mac not in stations
            and count >= proofs.alike_share * len(rows)
            and len(sources) >= proofs.strangers
            and len({_network(source) for source in sources}) >= proofs.networks
        ):
            yield peer, _alike(peer, mac, ttl, same, claims.known.get(mac, set()))


def _network(address: bytes) -> bytes:
    """The /8 of IPv4, the /32 of IPv6."""
    return address[12:13] if address.startswith(bytes(10) + b"\xff\xff") else address[:4]


def _alike(peer: bytes, mac: bytes, ttl: int, rows: Sequence[Row], real: set[bytes]) -> Verdict:
    victim, sender = address_text(peer), mac_text(mac)
    packets = sum(row["packets"] for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    claimed = sorted({address_text(row["address"]) for row in rows})
    networks = len({_network(row["address"]) for row in rows})
    sources = len(claimed)
    # Visitors that finished a conversation by the same way are spared.
    visitors = sorted(one for one in map(address_text, real) if (":" in one) == (":" in victim))
    but_real = (
        (Match("ip_source", Operator.NOT_NETWORK, tuple(visitors[:SCOPE_SOURCES])),) if visitors else ()
    )
    to = (*where(ip_destination=victim, ip_ttl=ttl), *but_real)
    return Verdict(
        subject=f"{victim} {sender}",
        title=f"Made-up sources speak to {victim}: {sources} of them",
        severity=Severity.MEDIUM,
        confidence=0.85,
        victims=(victim,),
        others={"sender": (sender, f"TTL {ttl}"), "claimed": tuple(claimed[:NAMED])},
        start=start,
        end=end,
        counts={"packets": packets, "claimed": sources, "networks": networks, "ttl": ttl},
        reason=(
            f"{victim} was sent {packets} packets from {sources} addresses in {networks} different networks, "
            f"none of which finished a conversation, and all arrived with a time to live of {ttl}. Hosts all "
            "over the Internet are at different distances: these packets have one sender."
        ),
        proofs=tuple(
            Proof(row["frame"], 0, column, "one of many sources at the same distance")
            for row in rows[:3]
            for column in ("ip_source", "ip_ttl")
        ),
        frames=packets,
        scope=(
            Selector(
                (
                    *to,
                    *where(eth_source=sender),
                    *(where(ip_source=claimed) if len(claimed) <= SCOPE_SOURCES else ()),
                    *between(start, end),
                )
            ),
        ),
        rule=Rule(matches=to, action=Action.LIMIT, rate=25, burst=50, per=Per.DESTINATION),
        advice=("ask the upstream network to filter; it sees where the packets enter",),
    )


def _most_spoken_to(rows: Sequence[Row]) -> tuple[str, ...]:
    spoken = Counter({address_text(row["peer"]): 0 for row in rows})
    for row in rows:
        spoken[address_text(row["peer"])] += row["packets"]
    return tuple(sorted(address for address, _ in spoken.most_common(NAMED)))
