"""Floods of router advertisements: the judgement of `rogue-router-advertisement`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.relations import Row
from netanatomy.detect.router_signs import Router
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
ADVERTISEMENT = 134  # RFC 4861 section 4.2
NAMED = 25
"""Addresses that are named in a finding."""


def key_of(row: Row) -> tuple[int, bytes | None, bytes]:
    """What tells one sender of advertisements from another: VLAN, MAC and IP address."""
    return row["vlan"], row["mac"], row["router"]


def pointed_at(rows: Sequence[Row], column: str, role: str) -> tuple[Proof, ...]:
    """The first few frames, as proof."""
    ordered = sorted(rows, key=lambda row: (row["frame"], row["depth"]))[:5]
    return tuple(Proof(row["frame"], row["depth"], column, role) for row in ordered)


def flooded(
    vlan: int, flood: Sequence[Row], real: Sequence[Router], frames: Mapping[tuple[object, ...], list[Row]]
) -> Verdict:
    """What is said of many new routers at once; `real` are those that are none of them."""
    start, end = min(row["start"] for row in flood), max(row["end"] for row in flood)
    messages, first = sum(row["messages"] for row in flood), [frames[key_of(row)][0] for row in flood[:5]]
    spared = tuple(Match("ip_source", Operator.NOT_EQUAL, router.address) for router in real[:NAMED])
    return Verdict(
        subject=f"flood {vlan} {start}",
        title=f"Flood of router advertisements: {len(flood)} routers that nobody knows",
        severity=Severity.HIGH,
        confidence=0.95,
        victims=("ff02::1",),
        others={
            "claimed": tuple(address_text(row["router"]) for row in flood[:NAMED]),
            "sender": tuple(mac_text(row["mac"]) for row in flood[:NAMED] if row["mac"]),
        },
        start=start,
        end=end,
        counts={"routers": len(flood), "messages": messages},
        reason=(
            f"{len(flood)} different routers advertised themselves to all hosts for the first time within "
            f"{max(0.1, (end - start) / SECOND):.1f} s. No link has so many: they are made up, and every "
            "host that believes them keeps a route and an address for each."
        ),
        proofs=pointed_at(first, "ip_source", "advertisement of one more router"),
        frames=messages,
        scope=(Selector((*where(ip_version=6, icmp_type=ADVERTISEMENT), *spared, *between(start, end))),),
        rule=Rule(matches=(*where(ip_version=6, icmp_type=ADVERTISEMENT), *spared)),
        advice=("RA guard at the switch (RFC 6105)",),
    )
