"""IP spoofing: packets whose source address is not their sender's.

What it is:
    Nothing on the internet layer checks who wrote the source address. Attackers forge it so that answers go
    to somebody else (reflection), so that nobody finds them (floods), or to pass for a host that is
    trusted.

Exchange:
    attacker 10.0.0.66                server                10.0.0.7
       | -- SYN, from 10.0.0.7 ----------> |                     |
       |                                   | -- SYN-ACK -------> |  (never asked)
       | -- SYN, from 203.0.113.9 -------> |
       |                                   | -- SYN-ACK --> nobody

How it is recognised:
    Seven proofs, none of which a rate can give:
    `impossible`: at least `packets` packets on a link come from an address that no packet may come from
    (loopback, multicast, broadcast, the reserved blocks 0/8 and 240/4).
    `neighbour`: a station that is known by its own address (from ARP or neighbour discovery), and is no
    router, sends at least `claims` packets with an address that lives at another station's link-layer
    address. Or a router hands on as many with the address of a station that lives on this very
    link: an inside address that comes from outside.
    `borrowed`: such a station goes on sending to one host in a neighbour's name, at least `claims` packets,
    and is never answered there, while the neighbour from its own link-layer address speaks to that host too.
    `refused`: somebody goes on asking by UDP, at least `claims` packets, in the name of a host of this link
    which itself says at least `refusals` times, from another link-layer address, that the port to which the
    answers come is closed.
    `station`: such a station sends from at least `sources` addresses, none of which it ever claimed or used
    for a conversation that was completed, with a time to live that no router has counted down.
    `foreign`: such a station, which is answered at an address of its own, sends at least `claims` packets
    each from addresses of at least `foreign` other networks (/16, or /48 of IPv6), not all of them private,
    and is never answered there.
    `alike`: one host is spoken to by at least `strangers` sources of at least `networks` different /8
    networks, each with a packet or three, none completed, and `alike_share` of them arrive with the same
    time to live: real hosts are at different distances.

What looks the same:
- A router's link-layer address carries everybody's packets: a station with completed conversations of
  addresses from afar is a router.
- NAT, load balancers and anycast use one address at several places; their conversations are completed.
- A host without an address yet (0.0.0.0, ::), link-local and multicast traffic: left out.
- Loopback interfaces and captures of all interfaces: frames there have no link-layer addresses.
- A host with several networks (virtual machines, tunnels) that sends by the wrong interface: such addresses
  are private (RFC 1918). A router's ICMP, which may come from any of its addresses: it hands on packets.
- A relay that passes log lines on in their senders' names: their senders speak to it, and not to whom it
  passes them on. In short conversations that is told; name it.
- A host with two cards in one network, bonded ones, one that moves to a repeater: no two places at once.
- A host that has its answer and closes the port before a second one comes: it does not go on asking there.
- Packets made for tests are full of such addresses: fewer than `many` are of low severity.

How to stop it:
- Source address validation: ingress filtering at every edge (BCP 38, RFC 2827), IP source guard at the
  switch.
- Unicast reverse path forwarding on routers (RFC 3704; Linux `net.ipv4.conf.all.rp_filter=1`).

Limits:
    Who forged is known by the link-layer address at best, and not beyond a router. A single forged source
    from afar looks like a true one. Of a neighbour's name in a stream of packets nothing is told if the owner
    is not heard there, or if the stream has the owner's very ports: then both are one conversation.

In the lab:
    python -m lab.scenarios ip-spoofing-neighbour    (hping3 -S -a 10.20.0.103 -p 80 10.20.0.10)
    python -m lab.scenarios ip-spoofing-random       (hping3 --udp --rand-source -p 53 10.20.0.53)
    python -m lab.scenarios ip-spoofing-martians     (hping3 -S -a 127.0.0.1 -p 80 10.20.0.10)
    python -m lab.scenarios ip-spoofing-held-manager       (hping3 -2 -a 10.20.0.102 -s 40161 -k -p 161 …)
    python -m lab.scenarios ip-spoofing-held-syslog        (sendip -p ipv4 -is 10.20.0.101 -p udp -ud 514 …)
    python -m lab.scenarios ip-spoofing-held-bogon-out    (nping --udp -S 203.0.113.9 -p 514 198.51.100.80)

References:
- RFC 2827 (BCP 38), Network Ingress Filtering; RFC 3704 (BCP 84)
- RFC 6890, Special-Purpose IP Address Registries
- Templeton and Levitt, Detecting Spoofed Packets (DISCEX 2003)
- MITRE ATT&CK T1498, Network Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect import refused_answers, source_claims, true_senders
from netanatomy.detect.borrowed_names import by_borrowers
from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.foreign_sources import ADDRESSES, by_foreigners
from netanatomy.detect.forged_sources import Claims, Proofs, alike, by_sender
from netanatomy.detect.relations import Distinct, Summary, every_group
from netanatomy.detect.source_claims import INITIAL_TTLS, SOURCES
from netanatomy.detect.stations import stations
from netanatomy.detect.tables import Tables
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array, octets_array


@frozen
class Config:
    """Thresholds."""

    packets: int = threshold(3, "packets", "packets with an impossible source", "one or two may be damaged")
    many: int = threshold(20, "packets", "of these, from which it is an attack", "test tools send a handful")
    claims: int = threshold(
        5, "packets", "packets in a neighbour's name", "a station that moves sends one or two"
    )
    sources: int = threshold(8, "addresses", "strange sources of one station", "a host has a few addresses")
    strangers: int = threshold(
        50, "addresses", "sources that look alike", "a busy hour brings as many by chance"
    )
    networks: int = threshold(20, "/8 networks", "networks of these", "one provider has a few; of IPv6: /32")
    refusals: int = threshold(
        2, "messages", "refusals of answers in one conversation", "one may be said before a port is opened"
    )
    foreign: int = threshold(
        3,
        "networks",
        "foreign networks that one station sends from",
        "a host at home in two sends from one more",
    )
    alike_share: float = threshold(
        0.9, "", "share with the same time to live", "Internet paths are 5 to 25 hops long"
    )
    lone: int = threshold(
        3,
        "packets",
        "up to which a conversation may be of a forged source",
        "a try, and what the real owner says to it",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Which address lives where, which stations carry others' packets, and which sources prove nothing."""
    yield from source_claims.owners(tables.packets)
    yield from refused_answers.refusals(tables.packets)
    yield from true_senders.pieces(tables.packets)
    connections = tables.connections
    if not connections.count:
        return
    yield from refused_answers.talks(connections, config.lone)
    yield from true_senders.conversations(connections)
    everything = np.arange(connections.count)
    sent = {side: connections.at(f"{side}_pkts", everything) for side in ("orig", "resp")}
    # Who finishes a handshake, or answers what it was asked, has received something at its address.
    proven = {"orig": connections.valid("ack_delay"), "resp": (sent["orig"] > 0)}
    for side, other in (("orig", "resp"), ("resp", "orig")):
        there = connections.valid(f"{side}_l2_addr") & (sent[side] > 0)
        yield from source_claims.proven(connections, np.flatnonzero(there & proven[side]), side)
        unproven = np.flatnonzero(there & ~proven[side])
        answered = sent[other] > 0
        yield from source_claims.claims(connections, unproven, side, other, sent[side], answered, config.lone)
        if side == "orig":
            yield from source_claims.met(connections, unproven[answered[unproven]])
            lone = ~answered & (sent[side] > config.lone)
            yield from source_claims.lasting(connections, unproven[lone[unproven]], sent[side])


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each station that forges, and for each host that is spoken to from made-up sources."""
    if not any(name in summary for name in ("claims", "lasting", "talked")):
        return
    there = stations(summary, network)
    proofs = Proofs(
        config.packets,
        config.many,
        config.claims,
        config.sources,
        config.strangers,
        config.networks,
        config.alike_share,
        config.foreign,
    )
    every = summary["claims"]
    unknown = _unknown(every, there.known) if every.num_rows else every
    claims = Claims(unknown, there.known, there.owned, there.homes, there.routers, INITIAL_TTLS)
    told: set[bytes] = set()
    for peer, found in alike(claims, proofs):
        told.add(peer)
        yield found
    named: set[str] = set()
    for found in by_sender(claims, proofs, told):
        named.add(found.subject)
        yield found
    for found in by_borrowers(claims, every, summary["lasting"], proofs) if "lasting" in summary else ():
        if found.subject not in named:
            named.add(found.subject)
            yield found
    refused = refused_answers.by_refused(
        claims, summary["refused"], summary["talked"], config.refusals, proofs
    )
    for found in refused:
        if found.subject not in named:
            named.add(found.subject)
            yield found
    for found in by_foreigners(claims, summary.rows("lasting"), there.answered, proofs):
        if found.subject not in named:
            yield found


def _unknown(claims: pa.Table, known: Mapping[bytes, set[bytes]]) -> pa.Table:
    """Claims of addresses that the station never owned nor used for a conversation."""
    # What is null equals nothing.
    pairs = [(mac, address) for mac, addresses in known.items() for address in addresses if mac and address]
    arrays = [octets_array([mac for mac, _ in pairs], 6), octets_array([address for _, address in pairs], 16)]
    there = pa.Table.from_arrays(arrays, names=["mac", "address"])
    groups = every_group(pa.concat_tables([there, claims.select(["mac", "address"])]), ["mac", "address"])
    numbers = groups.numbers()
    mine = np.zeros(groups.count, np.bool_)
    mine[numbers[: len(pairs)]] = True
    left = claims.take(arrow_array(np.flatnonzero(~mine[numbers[len(pairs) :]])))
    return left.take(pc.sort_indices(left, sort_keys=[("start", "ascending"), ("frame", "ascending")]))


DETECTOR = Detector(
    name="ip-spoofing",
    title="IP spoofing",
    layer="internet",
    techniques=("T1498",),
    config=Config(),
    relations={
        "owned": Distinct(("mac",), ("address",), 256),
        "homes": Distinct(("mac",), ("address", "far"), 1_024),
        "met": Distinct(("mac",), ("address",), ADDRESSES),
        "claims": SOURCES,
        "lasting": SOURCES,
        **refused_answers.RELATIONS,
        **true_senders.RELATIONS,
    },
    observe=observe,
    judge=judge,
    packets=(
        *("arp_sender_hardware", "arp_sender_protocol", "nd_target", "nd_target_link_address"),
        *("nd_source_link_address", "ip_source"),
        *refused_answers.PACKETS,
        *true_senders.PACKETS,
    ),
    connections=(
        *("ts", "id.orig_h", "id.resp_h", "ack_delay", "orig_pkts", "resp_pkts", "first_frame", "last_time"),
        *("orig_l2_addr", "resp_l2_addr", "orig_initial_ttl", "resp_initial_ttl"),
        *refused_answers.CONNECTIONS,
        *true_senders.CONNECTIONS,
    ),
)
