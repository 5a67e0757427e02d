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
    that are not itself, and no more than `used_share` of the addresses that they got are claimed by ARP. A
    server tells clients apart by the client identifier where they say one (RFC 2131 section 4.2), so one
    machine that asks for itself under so many identifiers does the same; without any ARP in the capture
    `clients` of them are needed.
    With DHCPv6 clients are told apart by their identifier (DUID), and use shows in neighbour discovery.

What looks the same:
- A classroom at nine o'clock: the clients get an address each and use it.
- A server that is down: the same clients ask again and again, with the same addresses.
- A relay agent asks for many clients from one machine, with its own address in giaddr: left out here.
- A router that hands on the renewals of other networks' clients: they have an address (ciaddr): left out.
- A wireless repeater or a VPN gateway asks for those behind it, whose addresses are soon claimed by ARP. In a
  capture without any ARP that cannot be seen: there `clients` of them are needed.
- Phones with random addresses at an event: they use what they get.
- A machine that starts from the network and then its own system has two or three client identifiers; one with
  many virtual interfaces of one address (ipvlan) has one for each, and uses what it gets.

How to stop it:
- Port security: a few MAC addresses a switch port.
- DHCP snooping with a rate limit (15 messages a second a port), and a check that chaddr is the Ethernet
  source.
- A rate limit at the server, as in the rule; short leases make the harm short.

Limits:
    Fewer than `names` made-up clients of one machine in `window` seconds are not told, nor fewer than
    `clients` of made-up machines: a pool of 50 addresses can be taken by patience.

In the lab:
    python -m lab.scenarios dhcp-starvation-dhcpig      (dhcpig eth0)
    python -m lab.scenarios dhcp-starvation-yersinia    (yersinia dhcp -attack 1 -interface eth0)
    python -m lab.scenarios dhcp-starvation-held-slow   (Scapy: a lease in 0.7 s, always from one source)
    python -m lab.scenarios dhcp-starvation-held-identifiers (Scapy: one address, ever new client identifiers)

References:
- RFC 2131, Dynamic Host Configuration Protocol; RFC 4361, its client identifiers
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.dhcp_messages import CHADDR, COLUMNS, Messages, messages
from netanatomy.detect.link import dhcpv6_clients
from netanatomy.detect.link.made_up_clients import Limits, ask_for_others, foreign, of_a_kind, packed
from netanatomy.detect.link.starvation_verdict import starvation
from netanatomy.detect.relations import First, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.layers.application.dhcp import ACK, BOOTREPLY, BOOTREQUEST, DISCOVER, OFFER, REQUEST
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows

SECOND = 10**9  # ns
ADDRESS = 12  # where an IPv4 address begins in the octets of tables
HARDWARE_OCTETS = 6  # of an Ethernet address
SHOWN = 16
"""Octets of a client identifier that are shown."""
NOBODY = np.zeros(0, np.int64)
NOBODY.flags.writeable = False


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
    common_share: float = threshold(
        0.05,
        "",
        "share of messages from which on their time to live and length are a tool's",
        "a tool's are alike, real clients' differ",
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
        known = {"bucket": bucket, "client": client, "sender": sender, "name": asking.name}
        yield "asked", kept(packets, rows, ("start=time", "end=time"), **known, **shape, messages=1)
        yield "frames", packet_places(packets, rows, **known, **_who_it_says_it_is(packets, asking, known))
    answers = every.only((every.op == BOOTREPLY) & np.isin(every.kind, (OFFER, ACK)))
    if len(answers.rows):
        known = {"client": packed(answers.chaddr), "server": answers.server, "given": answers.yiaddr}
        acks = (answers.kind == ACK).astype(np.int64)
        yield "answered", kept(packets, answers.rows, (), **known, messages=1, acks=acks)


def _who_it_says_it_is(
    packets: Rows, asking: Messages, known: Mapping[str, NDArray[np.int64]]
) -> dict[str, NDArray[np.int64] | pa.Array]:
    """Where in a message the octets lie that tell its client from others, and what they are."""
    own = (known["client"] == known["sender"]) & (known["name"] != 0)
    size = np.where(own, asking.name_length, HARDWARE_OCTETS)
    at = packets.at("payload_offset", asking.rows) + np.where(own, asking.name_at, CHADDR)
    octets = packets.heads(asking.rows, at, size, SHOWN)
    says = pa.Array.from_buffers(pa.binary(SHOWN), len(octets), [None, pa.py_buffer(octets)])
    return {"offset": at, "length": size, "octets": says}


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for the network, or one for each machine that asks for many."""
    yield from dhcpv6_clients.starvations(summary, config, network)
    if "asked" not in summary:
        return
    asked = summary["asked"]
    limits = Limits(
        config.names, config.clients, config.window * SECOND, config.used_share, config.asked_again
    )
    users = summary["users"]
    patient = ask_for_others(asked, summary["answered"], users, limits)
    for sender, rows, which in patient:
        yield starvation(rows, sender, which, summary, 0.95, NOBODY)
    if patient or asked.num_rows < config.clients:
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
            yield starvation(foreign(rows, one), one, "client", summary, 0.95, NOBODY)
            return
    unused = ~np.isin(client, users) & of_a_kind(rows, config.common_share)
    new = np.unique(client[unused])
    makers = len(np.unique(new >> 24))
    messages_each = float(rows["messages"].to_numpy()[unused].sum()) / max(1, len(new))
    if len(new) < config.clients or len(clients) - len(new) > config.used_share * len(clients):
        return
    if makers < config.makers_share * len(new) or messages_each >= config.asked_again:
        return
    yield starvation(rows.filter(arrow_array(unused)), None, "client", summary, 0.9, users)


DETECTOR = Detector(
    name="dhcp-starvation",
    title="DHCP starvation",
    layer="link",
    techniques=("T1499",),
    config=Config(),
    relations={
        **dhcpv6_clients.RELATIONS,
        "asked": Totals(
            ("bucket", "client", "sender", "name", "ttl", "length"), ("messages",), ("start",), ("end",)
        ),
        "answered": Totals(("client", "server", "given"), ("messages", "acks")),
        "users": Totals(("client", "address"), ("messages",)),
        "frames": First(("bucket", "client", "sender", "name"), ("offset", "length", "octets"), 1),
    },
    observe=observe,
    judge=judge,
    packets=(
        *(*COLUMNS, *dhcpv6_clients.COLUMNS),
        *("eth_source", "arp_sender_hardware", "arp_sender_protocol", "ip_ttl", "ip_total_length"),
    ),
    explains=("mac-flooding",),
)
