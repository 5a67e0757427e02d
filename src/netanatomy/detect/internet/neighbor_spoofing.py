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
    the later one does the same to at least `targets` addresses. Or it told single hosts at least `insisted`
    times, unasked, while the first one was still there, if only under its other addresses: who takes an
    address over tells all nodes at once (RFC 4861 section 7.2.6). It must have said so at least `messages`
    times in an advertisement with the flag "override" or without having been asked; an advertisement without
    the flag is what proxies and anycast send (RFC 4861 sections 7.2.7 and 7.2.8).
    Or it asked at least `questions` times in the name of an address, with its own MAC address in the option
    that those who are asked remember, and never answered for it, while the owner, who had it before, did.

What looks the same:
- A failover: the new station takes the address over, and the old one does not claim it from then on. The new
  one tells all nodes, and single hosts only if they ask. With VRRP the MAC address does not even change.
- A new network card, or a machine that moved: one change, and not back.
- Two stations that were given the same address: it goes to and fro too. Then neither sends to all others,
  and both answer who asks for it.
- A proxy (RFC 4389) answers for others, without "override"; one that asks for others answers for them, too.
- A laptop that roams to a repeater, which speaks for it: the laptop itself is silent meanwhile.

How to stop it:
- IPv6 snooping and source guard at the switch (RFC 7513, SAVI): it knows which port has which address.
- Static neighbour entries for the router: ip -6 neigh replace ADDRESS lladdr MAC dev eth0 nud permanent
- Find the station by its MAC address in the switch's table.

Limits:
    The owner must be seen in neighbour discovery, before or after. If the capture begins in the midst of the
    attack, the MAC address that came first may be the attacker's; the finding then names it only where the
    address was not formed from a MAC address. False questions are told only if the owner is asked meanwhile.
    What is told to single hosts counts as unasked only if it says so or if questions for the address are seen
    too: a capture of one direction may show answers only.

In the lab:
    python -m lab.scenarios neighbor-spoofing-parasite6     (atk6-parasite6 -l eth0)
    python -m lab.scenarios neighbor-spoofing-advertise     (atk6-fake_advertise6 eth0 ROUTER CLIENT MAC)
    python -m lab.scenarios neighbor-spoofing-held-bettercap    (set ndp.spoof.targets CLIENT; ndp.spoof on)
    python -m lab.scenarios neighbor-spoofing-held-solicit  (atk6-fake_solicitate6 eth0 CLIENT CLIENT MAC …)

References:
- RFC 3756, IPv6 Neighbor Discovery Trust Models and Threats, section 4.1.1
- RFC 4861 sections 4.4 and 7.2, Neighbor Discovery for IP version 6
- RFC 6583, Operational Neighbor Discovery Problems
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.internet import false_questions, neighbor_claims
from netanatomy.detect.internet.neighbor_claims import CLAIMS, OVERRIDE, Measures
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
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
"""Addresses that are named in a finding."""
MAXIMUM_VALUES = 256
"""Addresses in a selector. Bounds a station that takes over a whole network."""


@frozen
class Config:
    """Thresholds."""

    messages: int = threshold(
        2, "messages", "false advertisements from which it is told", "a change of hands is announced once"
    )
    questions: int = threshold(
        3, "messages", "solicitations in another's name", "a host asks three times (RFC 4861 section 10)"
    )
    targets: int = threshold(
        3, "addresses", "addresses taken over from which it is no failover", "a host has a few of its own"
    )
    insisted: int = threshold(
        6, "messages", "unasked ones to single hosts", "a cluster announces 5 times when it moves an address"
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
    yield "claims", neighbor_claims.claims(packets, advertised, "nd_target", option)
    yield "claims", neighbor_claims.claims(packets, asked, "ip_source", "nd_source_link_address")
    yield from false_questions.told(packets, advertised, asked)
    vlan = packets.at("vlan_id", asked)
    yield "asked", kept(packets, asked, ("address=nd_target",), vlan=vlan, count=np.int64(1))
    forced = advertised[packets.at("nd_flags", advertised) & OVERRIDE != 0]
    some = forced[~is_group(packets.octets_at("ip_destination", forced))]
    yield "told", kept(packets, some, ("listener=ip_destination",), mac=told_mac(packets, some, option))
    address, mac = packets.take("nd_target", forced), told_mac(packets, forced, option)
    yield "frames", packet_places(packets, forced, address=address, mac=mac)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each MAC address that took over what is another's."""
    if "claims" not in summary:
        return
    known = summary["claims"].filter(pc.is_valid(summary["claims"]["mac"]))
    disputed = neighbor_claims.disputed(known)
    if not disputed:
        return
    neighbor_claims.weigh(disputed, summary.rows("asked"))
    alive = neighbor_claims.last_heard(known, disputed)
    measures = Measures(config.messages, config.targets, config.insisted)
    contested = Counter(row["mac"] for rows in disputed.values() for row in rows)
    quiet = any(row["asked"] == row["messages"] for rows in disputed.values() for row in rows)
    answers = false_questions.seconds_of(summary.rows("answers") if quiet else ())
    taken: dict[bytes, list[tuple[Row, Row]]] = {}
    asking: dict[bytes, list[tuple[Row, Row]]] = {}
    for (vlan, address), rows in disputed.items():
        owner = min(rows, key=lambda row: neighbor_claims.doubt(row, contested))
        heard = alive[vlan, owner["mac"]]
        seconds = answers.get((vlan, address, owner["mac"]), frozenset[int]())
        for row in rows:
            if row is not owner and neighbor_claims.imposes(row, owner, contested, heard, measures):
                taken.setdefault(row["mac"], []).append((row, owner))
            elif row is not owner and false_questions.is_false(row, owner, seconds, config.questions):
                asking.setdefault(row["mac"], []).append((row, owner))
    if asking:
        questions = summary.groups("questions", "mac")
        for mac, pairs in asking.items():
            yield false_questions.verdict(mac, pairs, questions.get((mac,), ()))
    if not taken:
        return
    told, frames = summary.groups("told", "mac"), summary.groups("frames", "mac")
    for mac, pairs in taken.items():
        listeners = {row["listener"] for row in told.get((mac,), ())}
        yield _verdict(mac, pairs, listeners, frames.get((mac,), ()), config)


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
    false = where(nd_target=addresses[:MAXIMUM_VALUES], nd_target_link_address=who)
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
        scope=(Selector((*message, *false, *between(start, end))),),
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
        "claims": CLAIMS,
        "asked": Totals(("vlan", "address"), ("count",)),
        "told": Distinct(("mac",), ("listener",), 64),
        "frames": First(("mac", "address")),
        **false_questions.RELATIONS,
    },
    observe=observe,
    judge=judge,
    packets=(
        *("eth_source", "vlan_id", "ip_source", "ip_destination", "icmp_type"),
        *("nd_target", "nd_flags", "nd_source_link_address", "nd_target_link_address"),
    ),
    explains=("ip-spoofing", "mac-flooding"),
)
