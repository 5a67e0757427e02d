"""Solicitations in another's name, which bring a false link-layer address along: for `neighbor-spoofing`.

Who is asked remembers the address of the one who asks (RFC 4861 section 7.2.3), so the lie needs no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from netanatomy.detect.detector import Kept, Proof, Verdict
from netanatomy.detect.neighbor_messages import SOLICITATION, told_mac
from netanatomy.detect.relations import First, Relations, Row, Totals
from netanatomy.detect.tables import kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
"""Addresses that are named in a finding."""
MAXIMUM_VALUES = 256
"""Addresses in a selector. Bounds a station that asks in the name of a whole network."""

RELATIONS: Relations = {
    "answers": Totals(("vlan", "address", "mac", "second"), ("messages",)),
    "questions": First(("mac", "address"), ("target",)),
}
"""When somebody advertised its address; who asked, in whose name, for whom."""


def told(packets: Rows, advertised: Places, asked: Places) -> Kept:
    """Rows for these relations, of advertisements and of solicitations that have a source."""
    mac = told_mac(packets, advertised, "nd_target_link_address")
    second, vlan = packets.at("time", advertised) // SECOND, packets.at("vlan_id", advertised)
    yield (
        "answers",
        kept(packets, advertised, ("address=nd_target",), mac=mac, vlan=vlan, second=second, messages=1),
    )
    yield (
        "questions",
        packet_places(
            packets,
            asked,
            mac=told_mac(packets, asked, "nd_source_link_address"),
            address=packets.take("ip_source", asked),
            target=packets.take("nd_target", asked),
        ),
    )


def is_false(row: Row, owner: Row, seconds: Set[int], least: int) -> bool:
    """Whether somebody only ever asks in the owner's name, while the owner answers to it.

    Two stations that have one address by mistake, and whoever takes it over, answer for it when they are
    asked.

    Args:
        row: what one MAC address said of an address.
        owner: what the one says who has it.
        seconds: when that one advertised it.
        least: solicitations from which it is told.
    """
    amid = any(row["start"] <= second * SECOND and (second + 1) * SECOND <= row["end"] for second in seconds)
    before = owner["start"] < row["start"]
    return bool(row["asked"] >= least and row["asked"] == row["messages"] and before and amid)


def verdict(mac: bytes, pairs: Sequence[tuple[Row, Row]], frames: Sequence[Row]) -> Verdict:
    """What is said of a station that asks in others' names.

    Args:
        mac: its link-layer address.
        pairs: what it said of each address, and what the owner said.
        frames: some of its solicitations.
    """
    who = mac_text(mac)
    claimed = {row["address"] for row, _ in pairs}
    mine = sorted((row for row in frames if row["address"] in claimed), key=lambda row: int(row["frame"]))
    addresses = tuple(sorted(address_text(address) for address in claimed))
    listeners = tuple(sorted({address_text(row["target"]) for row in mine} - set(addresses)))
    owners = tuple(sorted({mac_text(owner["mac"]) for _, owner in pairs}))
    start, end = min(row["start"] for row, _ in pairs), max(row["end"] for row, _ in pairs)
    asked = sum(row["asked"] for row, _ in pairs)
    message = where(ip_version=6, icmp_type=SOLICITATION)
    several = f"{addresses[0]} and {len(addresses) - 1} more" if len(addresses) > 1 else addresses[0]
    return Verdict(
        subject=f"{who} asks",
        title=f"Neighbour spoofing: {who} asks in the name of {several}",
        severity=Severity.HIGH,
        confidence=0.85,
        attackers=(who,),
        victims=(addresses + listeners)[:NAMED],
        others={"claimed": addresses[:NAMED], "owner": owners[:NAMED]},
        start=start,
        end=end,
        counts={"addresses": len(claimed), "solicitations": asked},
        reason=(
            f"{asked} neighbour solicitations came in the name of {several} and said that its MAC address is "
            f"{who}. Meanwhile {owners[0]}, which had the address before, went on to answer for it, and "
            f"{who} never did: it only asks. Whoever is asked remembers the false address, and sends there "
            "what is meant for somebody else."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], column, role)
            for row in mine[:5]
            for column, role in (
                ("ip_source", "asks in another's name"),
                ("nd_source_link_address", "with its own MAC address"),
            )
        ),
        frames=asked,
        scope=(
            Selector(
                (
                    *message,
                    *where(ip_source=addresses[:MAXIMUM_VALUES], nd_source_link_address=who),
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


def seconds_of(answers: Sequence[Row]) -> Mapping[tuple[int, bytes, bytes], Set[int]]:
    """When each advertised each address, by VLAN, address and MAC address."""
    found: dict[tuple[int, bytes, bytes], set[int]] = {}
    for row in answers:
        found.setdefault((row["vlan"], row["address"], row["mac"]), set()).add(row["second"])
    return found
