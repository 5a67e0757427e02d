"""Neighbour spoofing: a station says that it has another one's IPv6 address.

What it is:
    On the internet layer IPv6 asks with a neighbour solicitation which MAC address belongs to an address, and
    the owner answers with an advertisement (RFC 4861 section 7.2). Nothing proves that the owner answers. An
    attacker on the link advertises the address of a victim, or of the router, with its own MAC address and
    with the flag "override", and what is meant for the victim goes to it: ARP spoofing, for IPv6.

Exchange:
    client                      owner of fd00::10            attacker
       | -- who has fd00::10? ------> | ------------------------> |
       | <-- fd00::10 is at 02:…:10 - |                           |
       | <-- fd00::10 is at 02:…:66 (override, nobody asked) ---- |
       | -- what was meant for the owner -----------------------> |

How it is recognised:
    In neighbour discovery one address is bound to two MAC addresses, and the later one did not merely follow:
    the first one goes on to use the address, or the address was formed from the first one's MAC address, or
    the later one does the same to at least `targets` addresses. It must have said so at least `messages`
    times in an advertisement with the flag "override" or without having been asked; an advertisement without
    the flag is what proxies and anycast send (RFC 4861 sections 7.2.7 and 7.2.8).

What looks the same:
- A failover: the new station takes the address over, and the old one is silent from then on. With VRRP the
  MAC address is virtual and does not even change.
- A new network card, or a machine that moved: one change, and not back.
- Two stations that were given the same address: it goes to and fro too. Then neither sends to all others.
- A proxy (RFC 4389) answers for others, without "override".

How to stop it:
- IPv6 snooping and source guard at the switch (RFC 7513, SAVI): it knows which port has which address.
- Static neighbour entries for the router: ip -6 neigh replace ADDRESS lladdr MAC dev eth0 nud permanent
- Find the station by its MAC address in the switch's table.

Limits:
    The owner must be seen in neighbour discovery, before or after. If the capture begins in the midst of the
    attack, the MAC address that came first may be the attacker's; the finding then names it only where the
    address was not formed from a MAC address.

In the lab:
    python -m lab.scenarios neighbor-spoofing-parasite6     (atk6-parasite6 -l eth0)
    python -m lab.scenarios neighbor-spoofing-advertise     (atk6-fake_advertise6 eth0 ROUTER CLIENT MAC)

References:
- RFC 3756, IPv6 Neighbor Discovery Trust Models and Threats, section 4.1.1
- RFC 4861 sections 4.4 and 7.2, Neighbor Discovery for IP version 6
- RFC 6583, Operational Neighbor Discovery Problems
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.neighbor_messages import (
    ADVERTISEMENT,
    SOLICITATION,
    formed_from,
    is_group,
    told_mac,
    unspecified,
)
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
OVERRIDE, SOLICITED = 1, 2  # RFC 4861 section 4.4, as the column nd_flags has them
ANNOUNCEMENTS = 3  # RFC 4861 section 10, MAX_NEIGHBOR_ADVERTISEMENT: unasked ones of an owner
NAMED = 25
"""Addresses that are named in a finding."""
MAXIMUM_VALUES = 256
"""Addresses in a selector. Bounds a station that takes over a whole network."""


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds."""

    messages: int = threshold(
        2, "messages", "false advertisements from which it is told", "a change of hands is announced once"
    )
    targets: int = threshold(
        3, "addresses", "addresses taken over from which it is no failover", "a host has a few of its own"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Which MAC address says of which address that it is its own, when, and to whom."""
    packets = tables.packets
    rows = packets.rows_with("nd_target")
    if not len(rows):
        return
    kind = packets.at("icmp_type", rows)
    advertised = rows[kind == ADVERTISEMENT]
    asked = rows[kind == SOLICITATION]
    asked = asked[~unspecified(packets, asked)]
    option = "nd_target_link_address"
    yield "claims", _claims(packets, advertised, "nd_target", option)
    yield "claims", _claims(packets, asked, "ip_source", "nd_source_link_address")
    vlan = packets.at("vlan_id", asked)
    yield "asked", kept(packets, asked, ("address=nd_target",), vlan=vlan, count=np.int64(1))
    forced = advertised[packets.at("nd_flags", advertised) & OVERRIDE != 0]
    some = forced[~is_group(packets.octets_at("ip_destination", forced))]
    yield "told", kept(packets, some, ("listener=ip_destination",), mac=told_mac(packets, some, option))
    yield (
        "frames",
        packet_places(
            packets,
            forced,
            address=packets.take("nd_target", forced),
            mac=told_mac(packets, forced, option),
        ),
    )


def _claims(packets: Rows, rows: Places, address: str, option: str) -> pa.Table:
    """Who says that an address is its own."""
    flags = packets.at("nd_flags", rows)
    forced = packets.valid_at("nd_flags", rows) & (flags & OVERRIDE != 0)
    unasked = forced & (flags & SOLICITED == 0)
    return kept(
        packets,
        rows,
        (f"address={address}", "start=time", "end=time"),
        mac=told_mac(packets, rows, option),
        vlan=packets.at("vlan_id", rows),
        messages=np.int64(1),
        forced=forced.astype(np.int64),
        unasked=unasked.astype(np.int64),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each MAC address that took over what is another's."""
    if "claims" not in summary:
        return
    disputed = _disputed(summary["claims"])
    if not disputed:
        return
    asked = {(row["vlan"], row["address"]): row["count"] for row in summary.rows("asked")}
    for key, rows in disputed.items():
        for row in rows:
            # An answer that is marked as one, and that nobody asked for, is none.
            row["unasked"] = max(row["unasked"], row["forced"] - asked.get(key, 0))
    contested = Counter(row["mac"] for rows in disputed.values() for row in rows)
    taken: dict[bytes, list[tuple[Row, Row]]] = {}
    for rows in disputed.values():
        owner = min(rows, key=lambda row: _doubt(row, contested))
        for row in rows:
            if row is not owner and _imposes(row, owner, contested, config):
                taken.setdefault(row["mac"], []).append((row, owner))
    if not taken:
        return
    told, frames = summary.groups("told", "mac"), summary.groups("frames", "mac")
    for mac, pairs in taken.items():
        listeners = {row["listener"] for row in told.get((mac,), ())}
        yield _verdict(mac, pairs, listeners, frames.get((mac,), ()), config)


def _disputed(claims: pa.Table) -> Mapping[tuple[int, bytes], list[Row]]:
    """Claims on addresses that more than one MAC address says are its own."""
    known = claims.filter(pc.is_valid(claims["mac"]))
    counted = known.group_by(["vlan", "address"], use_threads=False).aggregate([("mac", "count_distinct")])
    several = counted.filter(pc.greater(counted["mac_count_distinct"], 1)).select(["vlan", "address"])
    if not several.num_rows:
        return {}
    found: dict[tuple[int, bytes], list[Row]] = {}
    rows = known.join(several, ["vlan", "address"], join_type="left semi", use_threads=False).to_pylist()
    for row in sorted(rows, key=lambda row: (row["vlan"], row["address"], row["start"], row["mac"])):
        found.setdefault((row["vlan"], row["address"]), []).append(row)
    return found


def _doubt(row: Row, contested: Mapping[bytes, int]) -> tuple[bool, int, bool, int, bytes]:
    """How little speaks for it that this is the owner: the least is held for it."""
    formed = formed_from(row["address"], row["mac"])
    return not formed, contested[row["mac"]], row["unasked"] > ANNOUNCEMENTS, row["start"], row["mac"]


def _imposes(row: Row, owner: Row, contested: Mapping[bytes, int], config: Config) -> bool:
    """Whether a claim is more than that of a station that took over from another."""
    if row["forced"] < config.messages:
        return False
    return bool(
        owner["end"] > row["start"]
        or contested[row["mac"]] >= config.targets
        or formed_from(owner["address"], owner["mac"])
    )


def _verdict(
    mac: bytes, pairs: Sequence[tuple[Row, Row]], listeners: set[bytes], frames: Sequence[Row], config: Config
) -> Verdict:
    who = mac_text(mac)
    claimed = {row["address"] for row, _ in pairs}
    addresses = tuple(sorted(address_text(address) for address in claimed))
    told = tuple(sorted(address_text(address) for address in listeners - claimed))
    owners = tuple(sorted({mac_text(owner["mac"]) for _, owner in pairs}))
    start, end = min(row["start"] for row, _ in pairs), max(row["end"] for row, _ in pairs)
    forced, unasked = sum(row["forced"] for row, _ in pairs), sum(row["unasked"] for row, _ in pairs)
    aggressive = unasked >= config.messages or len(claimed) >= config.targets
    sure = all(
        formed_from(owner["address"], owner["mac"]) or row["start"] - owner["start"] > SECOND
        for row, owner in pairs
    )
    message = where(ip_version=6, icmp_type=ADVERTISEMENT)
    title = f"{who} says that {_names(addresses)} is at its MAC address"
    return Verdict(
        subject=who,
        title=f"Neighbour spoofing: {title}" if aggressive else f"Two stations have one address: {title}",
        severity=Severity.HIGH if aggressive else Severity.LOW,
        confidence=(0.95 if sure else 0.8) if aggressive else 0.5,
        attackers=(who,),
        victims=(addresses + told)[:NAMED],
        others={"claimed": addresses[:NAMED], "owner": owners[:NAMED]},
        start=start,
        end=end,
        counts={"addresses": len(claimed), "advertisements": forced, "unasked": unasked},
        reason=(
            f"{who} advertised {forced} times, with the flag that overrides what was known, that "
            f"{_names(addresses)} is at its MAC address; {unasked} times nobody had asked. Neighbour "
            f"discovery also binds it to {_names(owners)}, which had it before or goes on to use it. Whoever "
            f"believes the advertisement sends {who} what is meant for somebody else."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "nd_target_link_address", "advertisement of another's address")
            for row in sorted(frames, key=lambda row: int(row["frame"]))
            if row["address"] in claimed
        )[:5],
        frames=forced,
        scope=(
            Selector(
                (
                    *message,
                    *where(nd_target=addresses[:MAXIMUM_VALUES], nd_target_link_address=who),
                    *between(start, end),
                )
            ),
        ),
        rule=Rule(matches=(*message, *where(eth_source=who, ip_source=addresses[:NAMED]))),
        advice=(
            "IPv6 snooping and source guard at the switch (RFC 7513)",
            f"find {who} in the switch's address table",
        ),
    )


def _names(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{texts[0]} and {len(texts) - 1} more"


DETECTOR = Detector(
    name="neighbor-spoofing",
    title="Neighbour spoofing",
    layer="internet",
    techniques=("T1557",),
    config=Config(),
    relations={
        "claims": Totals(("vlan", "address", "mac"), ("messages", "forced", "unasked"), ("start",), ("end",)),
        "asked": Totals(("vlan", "address"), ("count",)),
        "told": Distinct(("mac",), ("listener",), 64),
        "frames": First(("mac", "address")),
    },
    observe=observe,
    judge=judge,
    packets=(
        "eth_source",
        "vlan_id",
        "ip_source",
        "ip_destination",
        "icmp_type",
        "nd_target",
        "nd_flags",
        "nd_source_link_address",
        "nd_target_link_address",
    ),
    explains=("ip-spoofing", "mac-flooding"),
)
