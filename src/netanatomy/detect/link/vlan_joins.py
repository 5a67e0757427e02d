"""Hosts that give themselves an interface in another VLAN while they are at work: for `vlan-hopping`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept, Proof, Verdict
from netanatomy.detect.dhcp_messages import COLUMNS, messages
from netanatomy.detect.link.mac_numbers import octets_of, packed
from netanatomy.detect.neighbor_messages import SOLICITATION, unspecified
from netanatomy.detect.relations import Distinct, Relations, Row, Summary, Totals
from netanatomy.detect.tables import kept
from netanatomy.layers.application.dhcp import BOOTREQUEST, DISCOVER, REQUEST
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Mask, Places, Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
UNTAGGED = 0
LINK_LOCAL = (0xFE, 0x80)  # RFC 4291 section 2.5.6
ARP_REQUEST = 1

RELATIONS: Relations = {
    "risen": Totals(("mac", "vlan"), ("frames",), ("start", "frame")),
    "spans": Totals(("vlan", "mac"), ("frames",), ("start",), ("end",)),
    "reached": Distinct(("mac", "vlan"), ("target",), NAMED),
}
PACKETS = (
    *("eth_source", "eth_destination", "vlan_id", "arp_operation", "arp_sender_protocol"),
    *("icmp_type", "ip_source", "nd_target"),
    *COLUMNS,
)


def starting(packets: Rows) -> Kept:
    """Rows of `risen`: what says that an interface begins, with a tag and without.

    A question whether the link-local address is free (RFC 4862) or an IPv4 one (RFC 5227), or a DHCP client
    without an address.
    """
    solicited = packets.rows_with("nd_target")
    if len(solicited):
        solicited = solicited[packets.at("icmp_type", solicited) == SOLICITATION]
        target = packets.octets_at("nd_target", solicited)[:, :2]
        first = (target[:, 0] == LINK_LOCAL[0]) & (target[:, 1] & 0xC0 == LINK_LOCAL[1])
        solicited = solicited[first & unspecified(packets, solicited)]
    probes = packets.rows_with("arp_operation")
    if len(probes):
        probes = probes[packets.at("arp_operation", probes) == ARP_REQUEST]
        probes = probes[~packets.octets_at("arp_sender_protocol", probes)[:, 12:].any(axis=1)]
    asking = packets.once(messages)
    if asking is not None:
        asking = asking.only(
            (asking.op == BOOTREQUEST)
            & one_of(asking.kind, (DISCOVER, REQUEST))
            & (asking.ciaddr | asking.giaddr == 0)
        )
    for rows in (solicited, probes, asking.rows if asking is not None else probes[:0]):
        some = rows[packets.valid_at("eth_source", rows)] if len(rows) else rows
        if len(some):
            who = {
                "mac": packed(packets.octets_at("eth_source", some)),
                "vlan": packets.at("vlan_id", some),
            }
            yield "risen", kept(packets, some, ("start=time", "frame=frame_number"), **who, frames=1)


def reached(connections: Rows, rows: Places, vlan: NDArray[np.int64], answered: Mask) -> Kept:
    """Rows of `reached`: whom a station spoke to with a tag, and was answered."""
    some = rows[answered]
    if len(some):
        mac = packed(connections.octets_at("orig_l2_addr", some))
        yield "reached", kept(connections, some, ("target=id.resp_h",), mac=mac, vlan=vlan[answered])


def joins(
    summary: Summary, home: Mapping[int, int], routers: set[int], boot: float, at_once: float
) -> Iterator[Verdict]:
    """A verdict for each station that was answered without a tag, and then began in a VLAN with success.

    Args:
        summary: what was kept.
        home: by station, when it was told something by ARP for the first time, without a tag.
        routers: stations that hand on others' packets.
        boot: s in which the interfaces of a machine that starts come up one after the other.
        at_once: s from an interface's first words to the question about its address.
    """
    if any(name not in summary for name in ("risen", "spans", "reached")):
        return
    spans = {(row["mac"], row["vlan"]): row for row in summary.rows("spans")}
    risen = {(row["mac"], row["vlan"]): row for row in summary.rows("risen")}
    answered = summary.groups("reached", "mac", "vlan")
    asked = {(row["mac"], row["vlan"]): row for row in summary.rows("asked")} if "asked" in summary else {}
    by_mac: dict[int, list[Row]] = {}
    for mac, vlan in answered:
        row, known = risen.get((mac, vlan)), spans.get((mac, vlan))
        if not row or not known or vlan == UNTAGGED or mac in routers:
            continue
        started = risen.get((mac, UNTAGGED))
        booting = started is not None and row["start"] - started["start"] < boot * SECOND
        new = known["start"] >= row["start"] - round(at_once * SECOND)
        if new and not booting and home.get(mac, row["start"]) < row["start"]:
            by_mac.setdefault(mac, []).append({**row, **known, "up": row["start"], "start": known["start"]})
    for mac, rows in sorted(by_mac.items()):
        vlans = sorted(row["vlan"] for row in rows)
        targets = {one["target"] for vlan in vlans for one in answered[mac, vlan]}
        shown = [(row["frame"], "begins in a VLAN") for row in rows]
        shown += [(asked[mac, vlan]["frame"], "asks there") for vlan in vlans if (mac, vlan) in asked]
        yield _join(mac, rows, sorted(map(address_text, targets)), sorted(shown)[:5])


def _join(mac: int, rows: list[Row], targets: list[str], shown: list[tuple[int, str]]) -> Verdict:
    who = mac_text(octets_of(mac))
    vlans = sorted(row["vlan"] for row in rows)
    named = ", ".join(map(str, vlans[:5])) + (" and others" if len(vlans) > 5 else "")
    start, end = min(min(row["start"], row["up"]) for row in rows), max(row["end"] for row in rows)
    frames = sum(row["frames"] for row in rows)
    return Verdict(
        subject=f"{who}|joins",
        title=f"{who} gives itself an interface in VLAN {named}",
        severity=Severity.LOW,
        confidence=0.4,
        attackers=(who,),
        victims=tuple(targets)[:NAMED],
        start=start,
        end=end,
        counts={"frames": frames, "vlans": len(vlans), "reached": len(targets)},
        reason=(
            f"{who} was answered without a tag, then an interface of it began in VLAN {named}, and "
            f"{len(targets)} hosts answered it there. The machine was not starting up. Whether its port "
            "should carry it is known to the switch: one that takes any tag lets a host into every VLAN."
        ),
        proofs=tuple(Proof(frame, 0, "vlan_id", role) for frame, role in shown),
        frames=frames,
        scope=(Selector((*where(eth_source=who, vlan_id=vlans), *between(start, end))),),
        advice=(
            "switch: switchport mode access on ports of hosts; switchport trunk allowed vlan on others",
            f"compare the port of {who} with show interfaces trunk",
        ),
    )
