"""STP root takeover: a new bridge claims the root of the spanning tree, or floods it with made-up bridges.

What it is:
    Switches agree on a tree without loops (IEEE 802.1D): the bridge with the least identifier becomes root,
    and traffic between switches goes by way of it. Nobody proves who he is. An attacker on the network
    access layer says that he has a lesser identifier, and traffic moves to him; or he tells of one bridge
    after the other, and of changes, so that the switches never come to rest.

Exchange:
    root bridge 8000/00:1b:…           switch             attacker
       | -- root 8000/00:1b:… ------------> |                 |
       |                                    | <- root 8000/00:1a:…, I am it --- |
       |          (the tree turns towards the attacker)       |

How it is recognised:
    A sender that was not heard before claims to be the root itself, with a better identifier than that of the
    root which was told until then. Or configuration messages of at least `bridges` different roots, or at
    least `changes` topology change notifications, within `window` seconds.

What looks the same:
- A planned change: a switch that was heard before gets a better priority; told at low severity.
- A new switch with a better identifier: the same as an attack to the network, and as harmful. Look who it is.
- Switches that start together: each believes to be root for a moment; the better one was there from the
  start.
- Other trees (VLANs, MSTP instances) have roots of their own: each is looked at by itself.

How to stop it:
- BPDU guard on every port to which hosts are connected: it is shut at the first message.
- Root guard on ports to switches that may never be root.
- Give `root_bridge` in the network's description: then any other is told as sure.

Limits:
    A better root that is already there when the capture begins is the root, as far as one can see.

In the lab:
    python -m lab.scenarios stp-root-takeover-yersinia      (yersinia stp -attack 4 -interface eth0)
    python -m lab.scenarios stp-root-takeover-flood         (yersinia stp -attack 2 -interface eth0)

References:
- IEEE 802.1D, IEEE 802.1Q section 13, Spanning Tree Protocols
- CAPEC-94, Adversary in the Middle
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.link.spanning_tree_floods import ADDRESS, GROUP, SECOND, bridge_text, flood, storm
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import mac_text

TREE = 0x0FFF << 48
"""The bits of a bridge identifier that name the tree, between 4 of priority and 48 of address."""


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(10, "s", "how long messages are counted together", "five hello times of 2 s")
    bridges: int = threshold(10, "bridges", "different roots in a window", "a tree settles on one in seconds")
    claims: int = threshold(
        2, "messages", "of the new root and of the old one", "one may be a switch that starts"
    )
    changes: int = threshold(
        50, "messages", "topology changes in a window", "one in 2 s until it is acknowledged"
    )
    near: int = threshold(
        2**24,
        "addresses",
        "apart, within which one root's address is made from the other's",
        "addresses that differ by less share their maker's prefix, or nearly (IEEE 802)",
    )


@changeable
class Claim:
    """What one sender said about the root of one tree."""

    root: int
    bridge: int
    sender: bytes
    start: int
    end: int
    messages: int


def observe(tables: Tables, config: Config) -> Kept:
    """Who says that which bridge is root; and notifications of changes."""
    packets = tables.packets
    rows = packets.rows_with("stp_type")
    if not len(rows):
        return
    window = packets.numbers("time")[rows] // (config.window * SECOND)
    told = packets.valid_at("stp_root", rows)
    columns = ("root=stp_root", "bridge=stp_bridge", "sender=eth_source")
    yield (
        "roots",
        kept(packets, rows[told], (*columns, "start=time", "end=time"), window=window[told], messages=1),
    )
    notices = rows[~told]
    yield (
        "changes",
        kept(
            packets,
            notices,
            ("sender=eth_source", "start=time", "end=time"),
            window=window[~told],
            messages=1,
        ),
    )
    claims = rows[told]
    claimed = {"root": packets.take("stp_root", claims), "sender": packets.take("eth_source", claims)}
    yield "frames", packet_places(packets, claims, **claimed)
    yield "notices", packet_places(packets, notices, window=window[~told])


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each flood, and for each bridge that takes a tree over."""
    if "changes" in summary:
        yield from storm(summary, config.changes)
    if "roots" not in summary:
        return
    rows = summary.rows("roots")
    roots: dict[int, set[int]] = {}
    for row in rows:
        roots.setdefault(row["window"], set()).add(row["root"])
    busy = {window for window, several in roots.items() if len(several) >= config.bridges}
    if busy:
        # Before it, after it and beside it is who speaks in other windows too, or again and again.
        yield flood(rows, busy, summary)
        return
    trees: dict[int, list[Claim]] = {}
    merged: dict[tuple[int, int, bytes], Claim] = {}
    for row in rows:
        key = row["root"], row["bridge"], row["sender"] or b""
        claim = merged.get(key)
        if claim is None:
            claim = merged[key] = Claim(*key, row["start"], row["end"], 0)
            trees.setdefault(row["root"] & TREE, []).append(claim)
        claim.start, claim.end = min(claim.start, row["start"]), max(claim.end, row["end"])
        claim.messages += row["messages"]
    for claims in trees.values():
        claims.sort(key=lambda claim: claim.start)
        yield from _takeovers(claims, summary, config, network)


def _takeovers(claims: list[Claim], summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    for claim in claims:
        before = [other for other in claims if other.start < claim.start]
        if not before or claim.root != claim.bridge or any(other.root == claim.root for other in before):
            continue
        old = max(before, key=lambda other: other.start)
        if claim.messages < config.claims or old.messages < config.claims:
            continue  # switches that start together: each believes to be the root for a moment
        if claim.root >= min(other.root for other in before):
            continue
        known = any(
            other.sender == claim.sender or other.bridge & ADDRESS == claim.bridge & ADDRESS
            for other in before
        )
        if network.is_root_bridge(claim.root >> 48, mac_text((claim.root & ADDRESS).to_bytes(6, "big"))):
            continue
        yield _verdict(claim, old, known, bool(network.root_bridge), summary, config)


def _verdict(
    claim: Claim, old: Claim, known: bool, expected: bool, summary: Summary, config: Config
) -> Verdict:
    root = bridge_text(claim.root)
    mac = mac_text(claim.sender) if claim.sender else bridge_text(claim.bridge)
    victim = mac_text((old.root & ADDRESS).to_bytes(6, "big"))
    apart = abs((claim.root & ADDRESS) - (old.root & ADDRESS))
    near = claim.root >> 48 == old.root >> 48 and 0 < apart < config.near
    # A tool that makes its identifier from the old root's makes its source address so, too.
    forged = near and claim.sender == (claim.root & ADDRESS).to_bytes(6, "big")
    sure = expected or near or claim.root >> 60 == 0
    severity = Severity.LOW if known and not expected else Severity.HIGH if sure else Severity.MEDIUM
    told = (
        (*where(eth_source=mac, eth_destination=GROUP),) if claim.sender else (*where(eth_destination=GROUP),)
    )
    hint = " Its identifier is that of the old root, made a little smaller." if near else ""
    return Verdict(
        subject=f"{claim.root:x}|{mac}",
        title=f"{mac} takes over the spanning tree from {bridge_text(old.root)}",
        severity=severity,
        confidence=0.95 if expected else 0.85 if sure else 0.7,
        attackers=() if forged else (mac,),
        victims=(victim,),
        others={"claimed": (mac, bridge_text(claim.root))}
        if forged
        else {"claimed": (bridge_text(claim.root),)},
        start=claim.start,
        end=claim.end,
        counts={"messages": claim.messages},
        reason=(
            f"Until then {bridge_text(old.root)} was root of the spanning tree. {mac} "
            f"{'was heard before' if known else 'was never heard before'}, then said "
            f"{many(claim.messages, 'time')} that it is the root itself, as {root}, which is better (the "
            f"least wins).{hint} Traffic between switches now goes by way of it."
        ),
        proofs=tuple(
            Proof(
                row["frame"],
                row["depth"],
                "stp_root",
                "claims to be the root",
                value=bridge_text(row["root"]),
            )
            for row in summary.rows("frames")
            if row["root"] == claim.root and (row["sender"] or b"") == claim.sender
        )[:5],
        frames=claim.messages,
        scope=(Selector((*told, *where(stp_root=claim.root), *between(claim.start, claim.end))),),
        rule=Rule(matches=told),
        advice=(
            "switch: spanning-tree bpduguard enable on ports of hosts; root guard towards other switches",
        ),
    )


DETECTOR = Detector(
    name="stp-root-takeover",
    title="STP root takeover",
    layer="link",
    techniques=("T1557",),
    config=Config(),
    relations={
        "roots": Totals(("root", "bridge", "sender", "window"), ("messages",), ("start",), ("end",)),
        "changes": Totals(("sender", "window"), ("messages",), ("start",), ("end",)),
        "frames": First(("root", "sender")),
        "notices": First(("window",)),
    },
    observe=observe,
    judge=judge,
    packets=("eth_source", "stp_type", "stp_root", "stp_bridge"),
)
