"""DHCP starvation: made-up clients take every address that a DHCP server has.

What it is:
    A DHCP server gives an address to whoever asks, and knows a client only by the hardware address that it
    writes into its message (chaddr, RFC 2131 section 2). An attacker on the network access layer asks under
    one made-up address after the other, until there is none left. Real clients then get nothing, or get it
    from the attacker's own server, which often follows.

Exchange:
    attacker                                    DHCP server
       | -- DISCOVER, I am 5e:1f:… -------------> |
       | <- OFFER 10.0.0.100 -------------------- |
       | -- DISCOVER, I am a2:77:… -------------> |
       | <- OFFER 10.0.0.101 -------------------- |
               (and so on, until the server is silent)

How it is recognised:
    At least `clients` different client addresses ask within `window` seconds, and: one machine (Ethernet
    source) asks for nearly all of them; or they come from as many makers as there are addresses (real ones
    share the first three octets), and less than `used_share` of them is seen again as a machine that speaks
    ARP after it got an address. Slower, one machine asks for at least `names` clients within `window` seconds
    that are not itself, and no more than `used_share` of the addresses that they got are claimed by ARP.
    With DHCPv6 clients are told apart by their identifier (DUID), and use shows in neighbour discovery.

What looks the same:
- A classroom at nine o'clock: the clients get an address each and use it.
- A server that is down: the same clients ask again and again, with the same addresses.
- A relay agent asks for many clients from one machine, with its own address in giaddr: left out here.
- A router that hands on the renewals of other networks' clients: they have an address (ciaddr): left out.
- A wireless repeater or a VPN gateway asks for those behind it, whose addresses are soon claimed by ARP. In a
  capture without any ARP that cannot be seen: there `clients` of them are needed.
- Phones with random addresses at an event: they use what they get.

How to stop it:
- Port security: a few MAC addresses a switch port.
- DHCP snooping with a rate limit (15 messages a second a port), and a check that chaddr is the Ethernet
  source.
- A rate limit at the server, as in the rule; short leases make the harm short.

Limits:
    Fewer than `names` made-up clients of one machine in `window` seconds are not told, nor fewer than
    `clients` of made-up machines: a pool of 50 addresses can be taken by patience. Clients are told apart by
    chaddr, not by the option client identifier, of which one machine may have several (RFC 4361).

In the lab:
    python -m lab.scenarios dhcp-starvation-dhcpig      (dhcpig eth0)
    python -m lab.scenarios dhcp-starvation-yersinia    (yersinia dhcp -attack 1 -interface eth0)
    python -m lab.scenarios dhcp-starvation-held-slow   (Scapy: a lease in 0.7 s, always from one source)

References:
- RFC 2131, Dynamic Host Configuration Protocol
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.dhcp_messages import CHADDR, COLUMNS, messages
from netanatomy.detect.link import dhcpv6_clients
from netanatomy.detect.link.made_up_clients import Limits, ask_for_others, foreign, of_a_kind, packed
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.layers.application.dhcp import ACK, BOOTREPLY, BOOTREQUEST, DISCOVER, OFFER, REQUEST
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.text import mac_text

SECOND = 10**9  # ns
NAMED = 25
ADDRESS = 12  # where an IPv4 address begins in the octets of tables
LOCAL = 1 << 41  # bit of an address that no maker gave (IEEE 802-2014 section 8.2.2)
EVERYBODY = "255.255.255.255"
"""Who is asked where no server ever answered."""


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(60, "s", "how long clients are counted together", "tens of new clients a minute")
    clients: int = threshold(40, "clients", "different clients in a window", "more than a classroom of 30")
    names: int = threshold(
        15, "clients", "clients that one machine asks for, and nobody uses", "VPN servers take ten at a time"
    )
    one_sender_share: float = threshold(
        0.8, "", "share of clients asked for by one machine", "a machine asks for itself only (RFC 2131 4.1)"
    )
    makers_share: float = threshold(
        0.5, "", "different makers' prefixes for each client", "random addresses share none of 2^24"
    )
    used_share: float = threshold(
        0.3, "", "share of clients seen to use what they got", "RFC 5227: clients announce"
    )
    asked_again: float = threshold(
        3.0, "messages", "messages of a client from which on it is real, and waits", "RFC 2131 4.1: 4, 8 s"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Who asked under which client address, who was answered, and who uses what it got."""
    packets = tables.packets
    yield from dhcpv6_clients.questions(packets, config.window)
    users = packets.rows_with("arp_sender_hardware")
    if len(users):
        mac = packed(packets.octets_at("arp_sender_hardware", users))
        address = packed(packets.octets_at("arp_sender_protocol", users)[:, ADDRESS:])
        yield "users", kept(packets, users, (), client=mac, address=address, messages=1)
    every = packets.once(messages)
    if every is None:
        return
    asking = every.only(
        (every.op == BOOTREQUEST)
        & np.isin(every.kind, (DISCOVER, REQUEST))
        & (every.giaddr | every.ciaddr == 0)
    )
    rows = asking.rows
    if len(rows):
        client = packed(asking.chaddr)
        sender = packed(packets.octets_at("eth_source", rows))
        bucket = packets.at("time", rows) // (config.window * SECOND)
        shape = {"ttl": packets.at("ip_ttl", rows), "length": packets.at("ip_total_length", rows)}
        known = {"bucket": bucket, "client": client, "sender": sender}
        yield "asked", kept(packets, rows, ("start=time", "end=time"), **known, **shape, messages=1)
        at = packets.at("payload_offset", rows) + CHADDR
        yield "frames", packet_places(packets, rows, **known, offset=at)
    answers = every.only((every.op == BOOTREPLY) & np.isin(every.kind, (OFFER, ACK)))
    if len(answers.rows):
        known = {"client": packed(answers.chaddr), "server": answers.server, "given": answers.yiaddr}
        acks = (answers.kind == ACK).astype(np.int64)
        yield "answered", kept(packets, answers.rows, (), **known, messages=1, acks=acks)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for the network, or one for each machine that asks for many."""
    yield from dhcpv6_clients.starvations(summary, config, network)
    if "asked" not in summary:
        return
    asked = summary["asked"]
    limits = Limits(config.names, config.window * SECOND, config.used_share, config.asked_again)
    users = summary["users"]
    patient = ask_for_others(asked, summary["answered"], users, limits)
    for one in patient:
        yield _verdict(foreign(asked, one), one, summary, 0.95, np.zeros(0, np.int64))
    if patient:
        return
    client, bucket = asked["client"].to_numpy(), asked["bucket"].to_numpy()
    several = np.unique(np.stack([bucket, client], axis=1), axis=0)
    buckets, counts = np.unique(several[:, 0], return_counts=True)
    busy = buckets[counts >= config.clients]
    if not len(busy):
        return
    rows = asked.filter(arrow_array(np.isin(bucket, busy)))
    there = np.unique(users["client"].to_numpy()) if users.num_rows else np.zeros(0, np.int64)
    yield from _judged(rows, there, summary, config)


def _judged(rows: pa.Table, users: NDArray[np.int64], summary: Summary, config: Config) -> Iterator[Verdict]:
    client, sender = rows["client"].to_numpy(), rows["sender"].to_numpy()
    clients = np.unique(client)
    pairs = np.unique(np.stack([sender, client], axis=1)[client != sender], axis=0)
    senders, asked_for = np.unique(pairs[:, 0], return_counts=True)
    for one, count in zip(senders.tolist(), asked_for.tolist(), strict=True):
        if count >= config.clients and count >= config.one_sender_share * len(clients):
            yield _verdict(foreign(rows, one), one, summary, 0.95, np.zeros(0, np.int64))
            return
    unused = ~np.isin(client, users) & of_a_kind(rows)
    new = np.unique(client[unused])
    makers = len(np.unique(new >> 24))
    messages_each = float(rows["messages"].to_numpy()[unused].sum()) / max(1, len(new))
    if len(new) < config.clients or len(clients) - len(new) > config.used_share * len(clients):
        return
    if makers < config.makers_share * len(new) or messages_each >= config.asked_again:
        return
    yield _verdict(rows.filter(arrow_array(unused)), None, summary, 0.9, users)


def _verdict(
    rows: pa.Table,
    sender: int | None,
    summary: Summary,
    confidence: float,
    users: NDArray[np.int64],
) -> Verdict:
    clients = np.unique(rows["client"].to_numpy())
    count = int(rows["messages"].to_numpy().sum())
    start, end = int(rows["start"].to_numpy().min()), int(rows["end"].to_numpy().max())
    servers: tuple[str, ...] = ()
    given = 0
    offered = 0
    if "answered" in summary:
        answered = summary["answered"]
        theirs = answered.filter(arrow_array(np.isin(answered["client"].to_numpy(), clients)))
        servers = tuple(
            str(IPv4Address(one)) for one in np.unique(theirs["server"].to_numpy()).tolist() if one
        )
        offered = len(np.unique(theirs["client"].to_numpy()))
        given = len(np.unique(theirs.filter(arrow_array(theirs["acks"].to_numpy() > 0))["client"].to_numpy()))
    mac = mac_text(sender.to_bytes(6, "big")) if sender is not None else ""
    who = f"one machine ({mac})" if mac else "senders that are most likely made up"
    asking = where(ip_protocol=17, destination_port=67)
    matches = (*asking, *where(eth_source=mac)) if mac else asking
    return Verdict(
        subject=mac or (servers[0] if servers else EVERYBODY),
        title=f"DHCP starvation: {len(clients)} clients ask in {max(1.0, (end - start) / SECOND):.0f} s",
        severity=Severity.HIGH,
        confidence=confidence,
        attackers=(mac,) if mac else (),
        victims=servers[:NAMED] or (EVERYBODY,),
        others={}
        if mac
        else {"claimed": tuple(mac_text(one.to_bytes(6, "big")) for one in clients[:5].tolist())},
        start=start,
        end=end,
        counts={"clients": len(clients), "messages": count, "offers": offered, "leases": given},
        reason=(
            f"{len(clients)} different clients asked for an address in {(end - start) / SECOND:.1f} s, all "
            f"from {who}. {offered} of them were offered one, {given} took it, and none was seen to use "
            "it. When the server has no address left, real clients get none."
        ),
        proofs=_proofs(summary, set(clients.tolist()), sender),
        frames=count,
        scope=_scope(rows, asking, mac, users, start, end),
        rule=Rule(matches=matches) if mac else Rule(matches=asking, action=Action.LIMIT, rate=10, burst=20),
        advice=("switch: port security with a few addresses a port; ip dhcp snooping limit rate 15",),
    )


def _proofs(summary: Summary, clients: set[int], sender: int | None) -> tuple[Proof, ...]:
    every = (row for row in summary.rows("frames") if sender is None or row["sender"] == sender)
    # One real client may ask as well: addresses that a tool makes up are all given by a maker, or all not.
    usual = LOCAL if 2 * sum(client & LOCAL > 0 for client in clients) > len(clients) else 0
    found: list[Row] = [row for row in every if row["client"] in clients]
    found.sort(key=lambda row: (row["client"] & LOCAL != usual, row["time"], row["frame"]))
    return tuple(
        Proof(
            *(row["frame"], row["depth"], PAYLOAD, "asks under another client address"),
            *(row["offset"], 6, mac_text(row["client"].to_bytes(6, "big"))),
        )
        for row in found[:5]
    )


def _scope(
    rows: pa.Table, asking: tuple[Match, ...], mac: str, users: NDArray[np.int64], start: int, end: int
) -> tuple[Selector, ...]:
    times = between(start, end)
    if mac:
        return (Selector((*asking, *where(eth_source=mac), *times)),)
    # Made-up senders are too many to name; a tool's messages are all of one shape.
    shapes: dict[tuple[int, int], int] = {}
    for ttl, length, count in zip(
        rows["ttl"].to_pylist(), rows["length"].to_pylist(), rows["messages"].to_pylist(), strict=True
    ):
        shapes[ttl, length] = shapes.get((ttl, length), 0) + count
    total = sum(shapes.values())
    real = tuple(
        Match("eth_source", Operator.NOT_EQUAL, mac_text(one.to_bytes(6, "big")))
        for one in users[:NAMED].tolist()
    )
    return tuple(
        Selector((*asking, *where(ip_ttl=ttl, ip_total_length=length), *real, *times))
        for (ttl, length), count in sorted(shapes.items(), key=lambda item: -item[1])[:16]
        if count >= 0.01 * total
    )


DETECTOR = Detector(
    name="dhcp-starvation",
    title="DHCP starvation",
    layer="link",
    techniques=("T1499",),
    config=Config(),
    relations={
        **dhcpv6_clients.RELATIONS,
        "asked": Totals(("bucket", "client", "sender", "ttl", "length"), ("messages",), ("start",), ("end",)),
        "answered": Totals(("client", "server", "given"), ("messages", "acks")),
        "users": Totals(("client", "address"), ("messages",)),
        "frames": First(("bucket", "client", "sender"), ("offset",), 1),
    },
    observe=observe,
    judge=judge,
    packets=(
        *(*COLUMNS, *dhcpv6_clients.COLUMNS),
        *("eth_source", "arp_sender_hardware", "arp_sender_protocol", "ip_ttl", "ip_total_length"),
    ),
    explains=("mac-flooding",),
)
