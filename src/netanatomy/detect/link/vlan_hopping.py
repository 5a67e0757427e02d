"""VLAN hopping: a host gets frames into a VLAN that it is not in.

What it is:
    VLANs divide a network on the network access layer. Three ways lead across. Double tagging: a frame has
    two VLAN tags; the first switch takes the outer one away, which is its own untagged (native) VLAN, and the
    next switch obeys the inner one. Switch spoofing: a host speaks DTP, by which Cisco's switches agree on
    trunks, and its port becomes a trunk that carries every VLAN. Plain tags: a host's port is a trunk by
    mistake, and the host sends with the tag of any VLAN it likes.

Exchange:
    attacker (VLAN 1)         switch A                switch B              victim (VLAN 20)
       | -- tag 1, tag 20 ------> |                      |                     |
       |                          | -- tag 20 (trunk) -> |                     |
       |                          |                      | -- untagged ------> |
                  (nothing comes back: the answers have no second tag)

How it is recognised:
    Frames with two tags of customers (0x8100 twice) whose sender never gets a frame with two tags, in a
    capture in which no more than `double_share` of the frames have two tags. Or DTP from a station that
    speaks ARP, that is a host and no switch, at least `requests` times. Or a station that is answered without
    a tag, or in one VLAN, asks for others in at least `vlans` further VLANs, in which nobody answers it and
    nobody else is heard in the whole capture. At low severity a station that was answered without a tag (by
    ARP), then begins in a VLAN in which it had not spoken (it asks whether an address is free, or for one),
    and is answered there, unless it began without a tag as well within `boot` seconds before.

What looks the same:
- Providers and clouds that stack tags (QinQ): there the frames of both directions have two.
- Two switches that agree on a trunk: their ports do not speak ARP; told at low severity.
- A telephone: it has one VLAN besides that of its desk, and is answered there. It goes there while it starts.
- A server or a host of virtual machines that is given one more VLAN on purpose: only the switch knows.
- A trunk to a hypervisor, an access point or a router: others are heard in its VLANs, and answers come back.
  A router that hands on packets from afar is known by their time to live.
- What a system says by itself in each VLAN that it has (DHCP, neighbour discovery, groups): not counted.
- A server whose VLANs the switch does not carry by mistake: it looks the same; told at medium severity.

How to stop it:
- No host in the native VLAN of trunks: give it a number of its own, or tag it (`vlan dot1q tag native`).
- Fixed access ports: `switchport mode access`, `switchport nonegotiate`.

Limits:
    Double tagging works in one direction only, and the frames are seen only before the first switch has
    taken the outer tag. A host that tries one or two VLANs by plain tags and is not answered is not
    told. One that makes itself an interface in a VLAN is told at low severity, and only if the capture shows
    how it began: frame by frame its conversations are those of telephones, hypervisors and servers with
    several VLANs. Which VLANs a port should carry is known to the switch, and in no frame; compare it with
    `show interfaces trunk`.

In the lab:
    python -m lab.scenarios vlan-hopping-double-tag      (Scapy: Dot1Q(vlan=1)/Dot1Q(vlan=20))
    python -m lab.scenarios vlan-hopping-dtp             (yersinia dtp -attack 1 -M -interface eth0)
    python -m lab.scenarios vlan-hopping-held-voice      (ip link add link eth0 name vlan140 type vlan id 140)
    python -m lab.scenarios vlan-hopping-held-tags       (arping -i eth0 -V 20 -S 10.20.20.66 10.20.20.1)

References:
- IEEE 802.1Q section 9.5, VLAN tags
- CAPEC-167, White Box Reverse Engineering of tags; Cisco, Dynamic Trunking Protocol
- MITRE ATT&CK T1599, Network Boundary Bridging
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.link import vlan_joins, vlan_voices
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
CUSTOMER = 0x8100  # IEEE 802.1Q table 9-1
CISCO, DTP = 0x00000C, 0x2004  # SNAP
DTP_GROUP = "01:00:0c:cc:cc:cc"
TAGS, TRUNK = 0, 1
NAMED = 25


@frozen
class Config:
    """Thresholds."""

    double_share: float = threshold(
        0.2,
        "",
        "share of frames with two tags from which on stacking is in use",
        "where it is, nearly all have",
    )
    requests: int = threshold(2, "messages", "DTP messages of a host", "a port speaks once a second at first")
    boot: float = threshold(
        60.0, "s", "time in which a machine that starts brings up its interfaces", "telephones: 20 to 60 s"
    )
    at_once: float = threshold(
        2.0,
        "s",
        "from an interface's first words to the question about its address, up to which it begins",
        "RFC 4862 section 5.4.2: up to 1 s",
    )
    vlans: int = threshold(
        3, "VLANs", "VLANs in which a station asks in vain", "a host has two, with that of its telephone"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Frames with two tags by sender, how many frames there are, DTP, and who is a host."""
    packets = tables.packets
    yield from vlan_voices.in_conversations(tables.connections)
    if not packets.count:
        return
    yield from vlan_voices.in_messages(packets)
    yield from vlan_joins.starting(packets)
    double = packets.rows_with("vlan_inner_id")
    one = np.zeros(1, np.int64)
    yield (
        "frames",
        kept(packets, one, (), all=np.array([packets.count]), double=np.array([len(double)]), kind=one),
    )
    if len(double):
        double = double[packets.at("vlan_tpid", double) == CUSTOMER]
        tags = ("source=eth_source", "destination=eth_destination", "outer=vlan_id", "inner=vlan_inner_id")
        yield "double", kept(packets, double, (*tags, "start=time", "end=time"), frames=1)
        there = double[packets.valid_at("ip_destination", double)]
        yield "targets", kept(packets, there, ("source=eth_source", "target=ip_destination"))
        yield "places", packet_places(packets, double, source=packets.take("eth_source", double), kind=TAGS)
    rows = packets.rows_with("snap_protocol")
    if len(rows):
        ours = packets.at("snap_protocol", rows) == DTP
        rows = rows[ours & (packets.at("snap_oui", rows) == CISCO)]
        yield "trunks", kept(packets, rows, ("source=eth_source", "start=time", "end=time"), messages=1)
        yield "places", packet_places(packets, rows, source=packets.take("eth_source", rows), kind=TRUNK)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each sender and way."""
    yield from vlan_voices.hops(summary, config.vlans)
    yield from vlan_voices.joins(summary, config.boot, config.at_once)
    places = summary.groups("places", "source", "kind") if "places" in summary else {}
    if "double" in summary:
        (total,) = summary.rows("frames")
        if total["double"] <= config.double_share * total["all"]:
            yield from _tags(summary, places)
    if "trunks" in summary:
        hosts = vlan_voices.hosts(summary)
        for row in summary.rows("trunks"):
            if row["messages"] >= config.requests:
                yield _trunk(row, row["source"] in hosts, places.get((row["source"], TRUNK), []))


def _tags(summary: Summary, places: dict[tuple[bytes, int], list[Row]]) -> Iterator[Verdict]:
    rows = summary.rows("double")
    receivers = {row["destination"] for row in rows}
    targets = summary.groups("targets", "source") if "targets" in summary else {}
    senders: dict[bytes, list[Row]] = {}
    for row in rows:
        senders.setdefault(row["source"], []).append(row)
    for source, mine in senders.items():
        if source is None or source in receivers:
            continue
        mac = mac_text(source)
        aims = tuple(sorted(address_text(row["target"]) for row in targets.get((source,), ())))[:NAMED]
        start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
        frames = sum(row["frames"] for row in mine)
        ways = sorted({(row["outer"], row["inner"]) for row in mine})
        outer, inner = ways[0]
        tagged = where(
            eth_source=mac,
            vlan_id=sorted({one for one, _ in ways})[:NAMED],
            vlan_inner_id=sorted({one for _, one in ways})[:NAMED],
        )
        yield Verdict(
            subject=mac,
            title=f"{mac} sends frames with two VLAN tags, from VLAN {outer} into VLAN {inner}",
            severity=Severity.HIGH,
            confidence=0.85,
            attackers=(mac,),
            victims=aims or tuple(sorted({mac_text(row["destination"]) for row in mine}))[:NAMED],
            start=start,
            end=end,
            counts={"frames": frames, "vlans": len(ways)},
            reason=(
                f"{mac} sent {frames} frames with two VLAN tags ({outer} outside, {inner} inside), and no "
                "frame with two tags came back to it, so stacked tags are not in use here. A switch that "
                f"takes the outer tag away hands such a frame on into VLAN {inner}."
            ),
            proofs=tuple(
                Proof(row["frame"], row["depth"], "vlan_inner_id", "second VLAN tag")
                for row in places.get((source, TAGS), [])
            ),
            frames=frames,
            scope=(Selector((*tagged, *between(start, end))),),
            rule=Rule(matches=tagged[:2]),
            advice=("switch: vlan dot1q tag native; switchport mode access on ports of hosts",),
        )


def _trunk(row: Row, host: bool, places: list[Row]) -> Verdict:
    mac = mac_text(row["source"])
    told = where(eth_source=mac, eth_destination=DTP_GROUP)
    return Verdict(
        subject=f"{mac}|dtp",
        title=f"{mac} asks for a trunk by DTP",
        severity=Severity.HIGH if host else Severity.LOW,
        confidence=0.9 if host else 0.4,
        attackers=(mac,) if host else (),
        victims=(),  # the switch, whose address its answer would tell; a group is nobody
        others={} if host else {"sender": (mac,)},
        start=row["start"],
        end=row["end"],
        counts={"messages": row["messages"]},
        reason=(
            f"{mac} sent {row['messages']} DTP messages, with which a switch agrees on a trunk. "
            + (
                "It speaks ARP as well, so it is a host: its port would then carry every VLAN."
                if host
                else "It may be a switch; a port that negotiates can be talked into a trunk by a host, too."
            )
        ),
        proofs=tuple(
            Proof(one["frame"], one["depth"], "snap_protocol", "asks for a trunk") for one in places
        ),
        frames=row["messages"],
        scope=(Selector((*told, *where(snap_protocol=DTP), *between(row["start"], row["end"]))),),
        rule=Rule(matches=told) if host else None,
        advice=("switch: switchport mode access; switchport nonegotiate",),
    )


DETECTOR = Detector(
    name="vlan-hopping",
    title="VLAN hopping",
    layer="link",
    techniques=("T1599",),
    config=Config(),
    relations={
        "frames": Totals(("kind",), ("all", "double")),
        "double": Totals(("source", "destination", "outer", "inner"), ("frames",), ("start",), ("end",)),
        "targets": Distinct(("source",), ("target",), NAMED),
        "trunks": Totals(("source",), ("messages",), ("start",), ("end",)),
        "places": First(("source", "kind")),
        **vlan_voices.RELATIONS,
    },
    observe=observe,
    judge=judge,
    packets=(
        *("vlan_tpid", "snap_oui", "snap_protocol", "ip_destination"),
        *vlan_voices.PACKETS,
        *vlan_joins.PACKETS,
    ),
    connections=vlan_voices.CONNECTIONS,
)
