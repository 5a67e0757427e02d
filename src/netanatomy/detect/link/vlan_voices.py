"""Who speaks in which VLAN, whom it asks there, and whether anybody answers: for `vlan-hopping`.

VLAN 0 stands for frames without a tag, which is what a tag with the number 0 means, too (IEEE 802.1Q table
9-2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept, Proof, Verdict
from netanatomy.detect.link import vlan_joins
from netanatomy.detect.link.mac_numbers import octets_of, packed, table_of
from netanatomy.detect.relations import Distinct, Relations, Row, Summary, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Mask, Places, Rows
from netanatomy.tables.text import address_text, mac_text

REQUEST = 1  # RFC 826
COUNTED_DOWN = ~np.isin(np.arange(256), (0, 32, 64, 128, 255))
"""By time to live, whether it is none that systems begin with: a router counted it down."""
COUNTED_DOWN.flags.writeable = False
MAC_BITS = 48
GROUP = 1 << 40  # of a MAC address as a number: the bit of groups (IEEE 802)
NEVER = np.int64(2**62)
NAMED = 25

RELATIONS: Relations = {
    "heard": Totals(("vlan", "mac"), ("frames", "answered", "by_arp"), ("told",)),
    "asked": Totals(("mac", "vlan"), ("frames",), ("start", "frame"), ("end",)),
    "sought": Distinct(("mac", "vlan"), ("target",), 8),
    "routers": Totals(("router",), ("frames",)),
    **vlan_joins.RELATIONS,
}
PACKETS = (
    *("eth_source", "eth_destination", "vlan_id", "vlan_inner_id"),
    *("arp_operation", "arp_sender_protocol", "arp_target_protocol"),
)
CONNECTIONS = (
    *("ts", "last_time", "first_frame", "vlan", "inner_vlan", "ip_version"),
    *("id.orig_h", "id.resp_h", "orig_l2_addr", "resp_l2_addr", "orig_pkts", "resp_pkts"),
    *("orig_initial_ttl", "resp_initial_ttl"),
)


def in_messages(packets: Rows) -> Kept:
    """Rows of ARP messages, with a tag and without."""
    rows = packets.rows_with("arp_operation")
    if not len(rows):
        return
    there = packets.valid_at("eth_source", rows)
    if packets.has("vlan_inner_id"):
        there &= ~packets.valid_at("vlan_inner_id", rows)
    rows = rows if there.all() else rows[there]
    if not len(rows):
        return
    vlan = packets.at("vlan_id", rows)
    source, destination = (
        packed(packets.octets_at(f"eth_{side}", rows)) for side in ("source", "destination")
    )
    single = destination & GROUP == 0
    told_at = packets.at("time", rows[single])
    yield "heard", _stations(vlan << MAC_BITS | source, (vlan << MAC_BITS | destination)[single], told_at)
    tagged = np.flatnonzero(vlan)
    if len(tagged):
        times = packets.at("time", rows[tagged])
        yield (
            "spans",
            table_of(
                vlan=vlan[tagged],
                mac=source[tagged],
                frames=np.ones(len(tagged), np.int64),
                start=times,
                end=times,
            ),
        )
        tagged = tagged[packets.at("arp_operation", rows[tagged]) == REQUEST]
        some = rows[tagged]
        sender, target = (packets.octets_at(f"arp_{one}_protocol", some) for one in ("sender", "target"))
        asks = sender[:, 12:].any(axis=1) & (sender != target).any(axis=1)
        columns = ("eth_source", "arp_target_protocol"), ("time", "time", "frame_number")
        yield from _asked(packets, some[asks], vlan[tagged[asks]], *columns)


def _stations(sent: NDArray[np.int64], told: NDArray[np.int64], told_at: NDArray[np.int64]) -> pa.Table:
    """One row for each station in each VLAN: who sent ARP messages, and who was told something alone."""
    both, which = np.unique(np.concatenate([sent, told]), return_inverse=True)
    frames = np.bincount(which[: len(sent)], minlength=len(both))
    first_told = np.full(len(both), NEVER)
    np.minimum.at(first_told, which[len(sent) :], told_at)
    return table_of(
        vlan=both >> MAC_BITS,
        mac=both & (1 << MAC_BITS) - 1,
        frames=frames,
        answered=np.bincount(which[len(sent) :], minlength=len(both)),
        by_arp=frames,
        told=first_told,
    )


def in_conversations(connections: Rows) -> Kept:
    """Rows of conversations with a tag; and who hands on the packets of others."""
    if not connections.count:
        return
    yield from _routers(connections)
    rows = connections.rows_with("vlan")
    rows = rows[~connections.valid_at("inner_vlan", rows)] if len(rows) else rows
    for side, other in (("orig", "resp"), ("resp", "orig")):
        mine = rows[connections.valid_at(f"{side}_l2_addr", rows)] if len(rows) else rows
        if not len(mine):
            continue
        sent, back = (connections.at(f"{each}_pkts", mine) for each in (side, other))
        vlan = connections.at("vlan", mine)
        macs = packed(connections.octets_at(f"{side}_l2_addr", mine))
        yield "heard", _heard(vlan, macs, sent, back > 0)
        times = {"start": connections.at("ts", mine), "end": connections.at("last_time", mine)}
        yield "spans", table_of(vlan=vlan, mac=macs, frames=sent.astype(np.int64), **times)
        if side == "orig":
            yield from vlan_joins.reached(connections, mine, vlan, (back > 0) & (vlan > 0))
            lone = (back == 0) & (vlan > 0) & _to_one(connections, mine)
            columns = ("orig_l2_addr", "id.resp_h"), ("ts", "last_time", "first_frame")
            yield from _asked(connections, mine[lone], vlan[lone], *columns)


def _heard(vlan: Places, macs: NDArray[np.int64], frames: Places, answered: Mask) -> pa.Table:
    nothing = np.zeros(len(vlan), np.int64)
    return table_of(
        vlan=vlan,
        mac=macs,
        frames=nothing + frames,
        answered=nothing + answered,
        by_arp=nothing,
        told=nothing + NEVER,
    )


def _to_one(connections: Rows, rows: Places) -> Mask:
    """Whether a host with an address speaks to one host, and not to a group or to everybody."""
    source, target = (connections.octets_at(f"id.{side}_h", rows) for side in ("orig", "resp"))
    four = connections.at("ip_version", rows) == 4
    group = np.where(four, (target[:, 12] >= 224) | (target[:, 15] == 255), target[:, 0] == 0xFF)
    found: Mask = ~group & source[:, 12:].any(axis=1)
    return found


def _routers(connections: Rows) -> Kept:
    """One row for each in a batch: most conversations are by way of the same one."""
    both = (connections.numbers("orig_pkts") > 0) & (connections.numbers("resp_pkts") > 0)
    for side in ("orig", "resp"):
        far = both & COUNTED_DOWN[connections.numbers(f"{side}_initial_ttl")]
        rows = np.flatnonzero(far & connections.valid(f"{side}_l2_addr"))
        if len(rows):
            macs = np.unique(packed(connections.octets(f"{side}_l2_addr")[rows]))
            yield "routers", table_of(router=macs, frames=np.ones(len(macs), np.int64))


def _asked(
    rows: Rows, places: Places, vlan: Places, names: tuple[str, str], times: tuple[str, str, str]
) -> Kept:
    if not len(places):
        return
    source, target = names
    start, end, frame = times
    who = {"mac": packed(rows.octets_at(source, places)), "vlan": vlan}
    frames = rows.at("orig_pkts", places) if source == "orig_l2_addr" else np.ones(len(places), np.int64)
    columns = (f"start={start}", f"end={end}", f"frame={frame}")
    yield "asked", kept(rows, places, columns, **who, frames=frames)
    yield "sought", kept(rows, places, (f"target={target}",), **who)


def hosts(summary: Summary) -> set[bytes]:
    """Stations that speak ARP."""
    rows = summary.rows("heard") if "heard" in summary else ()
    return {octets_of(row["mac"]) for row in rows if row["by_arp"]}


def routers(summary: Summary) -> set[int]:
    """Stations that hand on what comes from afar."""
    return {row["router"] for row in summary.rows("routers")} if "routers" in summary else set()


def joins(summary: Summary, boot: float, at_once: float) -> Iterator[Verdict]:
    """See `vlan_joins.joins`."""
    if "risen" in summary and "heard" in summary:
        home = {row["mac"]: row["told"] for row in summary.rows("heard") if not row["vlan"]}
        yield from vlan_joins.joins(summary, home, routers(summary), boot, at_once)


def hops(summary: Summary, least: int) -> Iterator[Verdict]:
    """A verdict for each station that asks in VLANs of which nothing else is heard, and lives in another."""
    if "asked" not in summary:
        return
    asked = summary.groups("asked", "mac")
    busy = {mac: rows for (mac,), rows in asked.items() if len(rows) >= least}
    if not busy:
        return
    heard = summary.rows("heard")
    speakers: dict[int, set[int]] = {}
    answered: dict[int, set[int]] = {}
    for row in heard:
        if row["frames"]:
            speakers.setdefault(row["vlan"], set()).add(row["mac"])
        if row["answered"]:
            answered.setdefault(row["mac"], set()).add(row["vlan"])
    carriers = routers(summary)
    sought = summary.groups("sought", "mac", "vlan")
    for mac, rows in sorted(busy.items()):
        at_home = answered.get(mac, set())
        alone = [row for row in rows if speakers[row["vlan"]] == {mac} and row["vlan"] not in at_home]
        if len(alone) >= least and at_home and mac not in carriers:
            yield _hop(mac, alone, sought)


def _hop(mac: int, rows: list[Row], sought: Mapping[tuple[int, int], list[Row]]) -> Verdict:
    who = mac_text(octets_of(mac))
    vlans = sorted(row["vlan"] for row in rows)
    named = ", ".join(map(str, vlans[:5])) + (" and others" if len(vlans) > 5 else "")
    frames = sum(row["frames"] for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    targets = {address_text(one["target"]) for vlan in vlans for one in sought.get((mac, vlan), ())}
    shown = sorted(row["frame"] for row in rows)[:5]
    tagged = where(eth_source=who, vlan_id=vlans)
    return Verdict(
        subject=f"{who}|voices",
        title=f"{who} tries VLANs that it is not in: {named}",
        severity=Severity.MEDIUM,
        confidence=0.6,
        attackers=(who,),
        victims=tuple(sorted(targets))[:NAMED],
        start=start,
        end=end,
        counts={"frames": frames, "vlans": len(vlans)},
        reason=(
            f"{who} is answered in the VLAN that it lives in, or without a tag, and sent {frames} frames "
            f"with the tags of {len(vlans)} other VLANs ({named}), in which it asked for {len(targets)} "
            "addresses. Nobody answered there, and nobody else was heard there at all: its port does not "
            "carry them, or should not."
        ),
        proofs=tuple(Proof(frame, 0, "vlan_id", "tag of a VLAN that it is not in") for frame in shown),
        frames=frames,
        scope=(Selector((*tagged, *between(start, end))),),
        rule=Rule(matches=tagged),
        advice=(
            "switch: switchport mode access on ports of hosts; switchport trunk allowed vlan on others",
            f"see at {who} whether its VLANs were set up by mistake",
        ),
    )
