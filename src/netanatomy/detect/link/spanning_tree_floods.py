"""Floods of the spanning tree: made-up bridges, and changes that never end."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.relations import Row, Summary
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.rules import Action, Rule
from netanatomy.tables.text import mac_text

SECOND = 10**9  # ns
GROUP = "01:80:c2:00:00:00"
"""To whom bridges speak (IEEE 802.1D section 7.12.3)."""
ADDRESS = 0xFFFF_FFFF_FFFF
"""The bits of a bridge identifier that are its address."""
NOTIFICATION = 128  # IEEE 802.1D section 9.3.2
NAMED = 25


def flood(rows: list[Row], busy: set[int], summary: Summary) -> Verdict:
    """What made-up bridges said: those whose identifier is told in busy windows only, and hardly twice."""
    windows: dict[int, set[int]] = {}
    times: dict[int, int] = {}
    for row in rows:
        windows.setdefault(row["root"], set()).add(row["window"])
        times[row["root"]] = times.get(row["root"], 0) + row["messages"]
    usual = sorted(times.values())[len(times) // 2]
    made_up = {root for root, seen in windows.items() if seen <= busy and times[root] <= usual}
    mine = [row for row in rows if row["root"] in made_up and row["window"] in busy]
    real = [row for row in rows if row["root"] not in made_up]
    start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
    senders = sorted({row["sender"] for row in mine if row["sender"]})
    count = sum(row["messages"] for row in mine)
    mac = mac_text(senders[0]) if len(senders) == 1 else ""
    known = sorted({row["sender"] for row in real if row["sender"]})[:NAMED]
    group = where(eth_destination=GROUP)
    told = (*group, *where(eth_source=mac)) if mac else group
    unlike = () if mac else tuple(Match("eth_source", Operator.NOT_EQUAL, mac_text(one)) for one in known)
    frames = [row for row in summary.rows("frames") if row["root"] in made_up]
    frames.sort(key=lambda row: (row["time"], row["frame"]))
    return Verdict(
        subject=f"flood|{mac}",
        title=f"Spanning tree flood: {len(made_up)} roots in {max(0.1, (end - start) / SECOND):.1f} s",
        severity=Severity.HIGH,
        confidence=0.95,
        attackers=(mac,) if mac else (),
        victims=_addresses(real) or (GROUP,),
        others={} if mac else {"claimed": tuple(mac_text(sender) for sender in senders[:5])},
        start=start,
        end=end,
        counts={"roots": len(made_up), "messages": count, "senders": len(senders)},
        reason=(
            f"{count} configuration messages told of {len(made_up)} different roots in "
            f"{(end - start) / SECOND:.1f} s, from {len(senders)} senders. A network has one root: these "
            "bridges are made up, and switches that work out the tree anew each time forward nothing "
            "meanwhile."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "stp_root", "one more root", value=bridge_text(row["root"]))
            for row in frames[:5]
        ),
        frames=count,
        scope=(Selector((*told, *unlike, *where(stp_type=(0, 2)), *between(start, end))),),
        rule=Rule(matches=told) if mac else Rule(matches=group, action=Action.LIMIT, rate=5, burst=10),
        advice=("switch: spanning-tree bpduguard enable on ports of hosts",),
    )


def bridge_text(identifier: int) -> str:
    """A bridge identifier as switches show it: priority with the tree's number, then the address.

    >>> bridge_text(0x8001_001B2120000A)
    '32769/00:1b:21:20:00:0a'
    """
    return f"{identifier >> 48}/{mac_text((identifier & ADDRESS).to_bytes(6, 'big'))}"


def _addresses(rows: list[Row]) -> tuple[str, ...]:
    return tuple(sorted({mac_text((row["root"] & ADDRESS).to_bytes(6, "big")) for row in rows}))[:NAMED]


def storm(summary: Summary, least: int) -> Iterator[Verdict]:
    """Notifications of changes, of which a window has at least so many."""
    rows = summary.rows("changes")
    each: dict[int, int] = {}
    for row in rows:
        each[row["window"]] = each.get(row["window"], 0) + row["messages"]
    busy = {window for window, count in each.items() if count >= least}
    mine = [row for row in rows if row["window"] in busy]
    if not mine:
        return
    start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
    senders = sorted({row["sender"] for row in mine if row["sender"]})
    mac = mac_text(senders[0]) if len(senders) == 1 else ""
    count = sum(row["messages"] for row in mine)
    told = where(eth_destination=GROUP, stp_type=NOTIFICATION)
    seen = where(eth_destination=GROUP, eth_source=mac) if mac else where(eth_destination=GROUP)
    notices = [row for row in summary.rows("notices") if row["window"] in busy]
    notices.sort(key=lambda row: (row["time"], row["frame"]))
    yield Verdict(
        subject=f"changes|{mac}",
        title=f"Topology change storm: {count} notifications in {max(0.1, (end - start) / SECOND):.1f} s",
        severity=Severity.HIGH,
        confidence=0.9,
        attackers=(mac,) if mac else (),
        victims=(GROUP,),
        others={} if mac else {"claimed": tuple(mac_text(sender) for sender in senders[:5])},
        start=start,
        end=end,
        counts={"messages": count, "senders": len(senders)},
        reason=(
            f"{count} topology change notifications in {(end - start) / SECOND:.1f} s, from {len(senders)} "
            "senders. Each makes switches forget which station is where, and send frames to all ports "
            "until they know again."
        ),
        proofs=tuple(Proof(row["frame"], row["depth"], "stp_type", "topology change") for row in notices[:5]),
        frames=count,
        scope=(Selector((*told, *(where(eth_source=mac) if mac else ()), *between(start, end))),),
        rule=Rule(matches=seen) if mac else Rule(matches=seen, action=Action.LIMIT, rate=5, burst=10),
        advice=("switch: spanning-tree bpduguard enable on ports of hosts",),
    )
