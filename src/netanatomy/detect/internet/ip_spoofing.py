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
    Four proofs, none of which a rate can give:
    `impossible`: at least `packets` packets on a link come from an address that no packet may come from
    (loopback, multicast, broadcast, the reserved blocks 0/8 and 240/4).
    `neighbour`: a station that is known by its own address (from ARP or neighbour discovery), and is no
    router, sends at least `claims` packets with an address that lives at another station's link-layer
    address. Or a router hands on as many with the address of a station that lives on this very
    link: an inside address that comes from outside.
    `station`: such a station sends from at least `sources` addresses, none of which it ever claimed or used
    for a conversation that was completed, with a time to live that no router has counted down.
    `alike`: one host is spoken to by at least `strangers` sources of at least `networks` different /8
    networks, each with a packet or three, none completed, and `alike_share` of them arrive with the same
    time to live: real hosts are at different distances.

What looks the same:
- A router's link-layer address carries everybody's packets: a station with completed conversations of
  addresses from afar is a router.
- NAT, load balancers and anycast use one address at several places; their conversations are completed.
- A host without an address yet (0.0.0.0, ::), link-local and multicast traffic: left out.
- Loopback interfaces and captures of all interfaces: frames there have no link-layer addresses.
- Packets made for tests are full of such addresses: fewer than `many` are of low severity.

How to stop it:
- Source address validation: ingress filtering at every edge (BCP 38, RFC 2827), IP source guard at the
  switch.
- Unicast reverse path forwarding on routers (RFC 3704; Linux `net.ipv4.conf.all.rp_filter=1`).

Limits:
    Who forged is known by the link-layer address at best, and not beyond a router. A single forged source
    from afar looks like a true one.

In the lab:
    python -m lab.scenarios ip-spoofing-neighbour    (hping3 -S -a 10.20.0.103 -p 80 10.20.0.10)
    python -m lab.scenarios ip-spoofing-random       (hping3 --udp --rand-source -p 53 10.20.0.53)
    python -m lab.scenarios ip-spoofing-martians     (hping3 -S -a 127.0.0.1 -p 80 10.20.0.10)

References:
- RFC 2827 (BCP 38), Network Ingress Filtering; RFC 3704 (BCP 84)
- RFC 6890, Special-Purpose IP Address Registries
- Templeton and Levitt, Detecting Spoofed Packets (DISCEX 2003)
- MITRE ATT&CK T1498, Network Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.echoes import is_ipv4, octets_at
from netanatomy.detect.forged_sources import Claims, Proofs, alike, by_sender
from netanatomy.detect.relations import Distinct, Summary, Totals, every_group
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array, octets_array
from netanatomy.tables.rows import Mask, Places, Rows
from netanatomy.tables.text import address_text

INITIAL_TTLS = (64, 128, 255)
"""Times to live that systems begin with; any other was counted down by a router, or set by hand."""
LONE_PACKETS = 3
"""Packets up to which a conversation may be of a forged source: a try, and what the real owner says to it."""
MULTICAST_FLAGS = 7
"""Greatest flags of an IPv6 group (0RPT, RFC 4291 section 2.7): what has more is damaged, not forged."""
GATEWAY_PROTOCOL = bytes.fromhex(
    "00005e"
)  # virtual routers (RFC 9568 section 7.3): several stations by turns


@dataclass(frozen=True, slots=True)
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
    alike_share: float = threshold(
        0.9, "", "share with the same time to live", "Internet paths are 5 to 25 hops long"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Which address lives where, which stations carry others' packets, and which sources prove nothing."""
    yield from _owners(tables.packets)
    connections = tables.connections
    if not connections.count:
        return
    everything = np.arange(connections.count)
    sent = {side: connections.at(f"{side}_pkts", everything) for side in ("orig", "resp")}
    # Who finishes a handshake, or answers what it was asked, has received something at its address.
    proven = {"orig": connections.valid("ack_delay"), "resp": (sent["orig"] > 0)}
    for side, other in (("orig", "resp"), ("resp", "orig")):
        there = connections.valid(f"{side}_l2_addr") & (sent[side] > 0)
        yield from _proven(connections, np.flatnonzero(there & proven[side]), side)
        unproven = np.flatnonzero(there & ~proven[side])
        yield from _claims(connections, unproven, side, other, sent[side], answered=sent[other] > 0)


def _owners(packets: Rows) -> Kept:
    """Who says that an address is its own: senders of ARP, and the options of neighbour discovery."""
    for mac, address in (
        ("arp_sender_hardware", "arp_sender_protocol"),
        ("nd_target_link_address", "nd_target"),
        ("nd_source_link_address", "ip_source"),
    ):
        rows = packets.rows_with(mac)
        if len(rows):
            rows = rows[~_is_impossible(octets_at(packets, address, rows))]
            yield "owned", kept(packets, rows, (f"mac={mac}", f"address={address}"))


def _proven(connections: Rows, rows: Places, side: str) -> Kept:
    far = ~np.isin(connections.numbers(f"{side}_initial_ttl")[rows], INITIAL_TTLS)
    some = _different(connections, rows, side, far)
    names = (f"mac={side}_l2_addr", f"address=id.{side}_h")
    yield "homes", kept(connections, rows[some], names, far=far[some].astype(np.int64))


def _different(connections: Rows, rows: Places, side: str, far: Mask) -> NDArray[np.int64]:
    """Each pair of address and link-layer address once: a server's is in every row."""
    address = connections.octets(f"id.{side}_h")[rows].view(np.uint64)
    mac = np.zeros((len(rows), 8), np.uint8)
    mac[:, :6] = connections.octets(f"{side}_l2_addr")[rows]
    mixed = (address[:, 0] * np.uint64(0x9E3779B97F4A7C15)) ^ address[:, 1]
    mac[:, 7] = far
    mixed = (mixed * np.uint64(0xBF58476D1CE4E5B9)) ^ mac.view(np.uint64)[:, 0]
    first: NDArray[np.int64] = np.unique(mixed, return_index=True)[1]
    return first


def _claims(
    connections: Rows, rows: Places, side: str, other: str, sent: NDArray[np.int64], answered: Mask
) -> Kept:
    octets = connections.octets(f"id.{side}_h")[rows]
    impossible = _is_impossible(octets)
    # Who is answered and goes on was reached: there such an address is in use, or the capture was renumbered.
    few = (sent[rows] <= LONE_PACKETS) | (impossible & ~answered[rows])
    some = few & ~_has_none_yet(octets) & (connections.at(f"{side}_initial_ttl", rows) > 0)
    rows, impossible = rows[some], impossible[some]
    if len(rows):
        yield (
            "claims",
            kept(
                connections,
                rows,
                (
                    *(f"mac={side}_l2_addr", f"ttl={side}_initial_ttl", f"address=id.{side}_h"),
                    *(
                        f"peer=id.{other}_h",
                        "start=ts",
                        "frame=first_frame",
                        "end=last_time",
                        "last=first_frame",
                    ),
                ),
                packets=sent[rows],
                impossible=impossible.astype(np.int64),
            ),
        )


def _is_impossible(octets: NDArray[np.uint8]) -> Mask:
    """127/8, 224/4, 240/4, 0/8 but 0.0.0.0, ::1, ff00::/8 (RFC 6890, RFC 4291)."""
    four, first = is_ipv4(octets), octets[:, 12]
    bad4 = four & ((first == 127) | (first >= 224) | ((first == 0) & octets[:, 13:].any(axis=1)))
    itself = ~octets[:, :15].any(axis=1) & (octets[:, 15] == 1)
    group = (octets[:, 0] == 0xFF) & (octets[:, 1] >> 4 <= MULTICAST_FLAGS)
    found: Mask = bad4 | itself | group
    return found


def _has_none_yet(octets: NDArray[np.uint8]) -> Mask:
    """0.0.0.0 and ::, 169.254/16 and fe80::/10: hosts without an address, or with one of the link only."""
    four = is_ipv4(octets)
    none = np.where(four, ~octets[:, 12:].any(axis=1), ~octets.any(axis=1))
    local4 = four & (octets[:, 12] == 169) & (octets[:, 13] == 254)
    found: Mask = none | local4 | ((octets[:, 0] == 0xFE) & (octets[:, 1] >> 6 == 2))
    return found


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each station that forges, and for each host that is spoken to from made-up sources."""
    if "claims" not in summary:
        return
    known: dict[bytes, set[bytes]] = {}  # by station: addresses that it owns or has used for a conversation
    owned: dict[bytes, set[bytes]] = {}
    routers: set[bytes] = set()
    for name in ("owned", "homes"):
        for row in summary.rows(name) if name in summary else ():
            known.setdefault(row["mac"], set()).add(row["address"])
            if name == "owned":
                owned.setdefault(row["mac"], set()).add(row["address"])
            elif row["far"]:
                routers.add(row["mac"])
    homes: dict[bytes, set[bytes]] = {}
    for mac, addresses in known.items():
        for address in addresses:
            homes.setdefault(address, set()).add(mac)
    routers |= {mac for mac, addresses in known.items() if mac in owned and addresses - owned[mac]}
    routers |= {mac for mac in known if mac.startswith(GATEWAY_PROTOCOL)}
    for address, macs in homes.items() if network.gateways else ():
        if address_text(address) in network.gateways:
            routers |= macs
    proofs = Proofs(
        config.packets,
        config.many,
        config.claims,
        config.sources,
        config.strangers,
        config.networks,
        config.alike_share,
    )
    claims = Claims(_unknown(summary["claims"], known), known, owned, homes, routers, INITIAL_TTLS)
    told: set[bytes] = set()
    for peer, found in alike(claims, proofs):
        told.add(peer)
        yield found
    yield from by_sender(claims, proofs, told)


def _unknown(claims: pa.Table, known: dict[bytes, set[bytes]]) -> pa.Table:
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
        "claims": Totals(
            ("mac", "ttl", "address", "peer"), ("packets",), ("start", "frame"), ("end", "last", "impossible")
        ),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("arp_sender_hardware", "arp_sender_protocol", "nd_target", "nd_target_link_address"),
        *("nd_source_link_address", "ip_source"),
    ),
    connections=(
        *("ts", "id.orig_h", "id.resp_h", "ack_delay", "orig_pkts", "resp_pkts", "first_frame", "last_time"),
        *("orig_l2_addr", "resp_l2_addr", "orig_initial_ttl", "resp_initial_ttl"),
    ),
)
