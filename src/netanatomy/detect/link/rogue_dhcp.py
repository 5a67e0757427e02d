"""Rogue DHCP server: somebody else hands out addresses, and with them gateway and name server.

What it is:
    A host without an address asks everybody, and takes the first offer (RFC 2131 section 3.1). Whoever
    answers faster than the real server decides which gateway and which resolver the host uses. On the
    network access layer nothing proves who may answer.

Exchange:
    client                      rogue server            real server
       | -- DISCOVER (broadcast) -> | ----------------------> |
       | <- OFFER, router = me ---- |                         |
       | <- OFFER ------------------------------------------- |  (too late)
       | -- REQUEST to the rogue -> |
       | <- ACK ------------------- |

How it is recognised:
    Two servers (server identifier, option 54) answer one client, both without a relay between, and what they
    give differs: another router or another resolver. Of the two the rogue is the one that is not in
    `dhcp_servers`, or, where nothing is known, the one that gives out itself as router or resolver, or that
    came later; `gateways` and `dns_servers`, where they are given, decide it: the rogue gives others. With
    `dhcp_servers` given, any other that offers is told, at once. The same holds for DHCPv6
    (ADVERTISE and REPLY), which gives no router: there it is the resolver or the network that differs. There
    a rogue is also known by an identifier that was another server's before, or by ever new ones.

What looks the same:
- A pair of servers for failover: both give the same router and resolver.
- A relay: it speaks for a server elsewhere, with its own address in giaddr.
- A home router that somebody plugged in the wrong way round: it is a rogue server, without malice.
- A laptop that was in two networks during one capture: no client is answered by both.

How to stop it:
- DHCP snooping at the switch: answers of servers are let through from trusted ports only.
- A filter for UDP source port 67 on every client port, as in the rule.
- Give `dhcp_servers` in the network's description (those of DHCPv6 by their link-local addresses): then one
  message is enough to tell.

Limits:
    Offers are often unicast, and a capture elsewhere on a switch does not show them. A rogue that copies
    what the real server gives, in order to change it later, is not told without `dhcp_servers`.

In the lab:
    python -m lab.scenarios rogue-dhcp-dnsmasq      (dnsmasq --dhcp-range=… --dhcp-option=3,10.20.0.66)
    python -m lab.scenarios rogue-dhcp-held-dhcp6   (atk6-fake_dhcps6 eth0 fd00:bad::/64 fd00:bad::53)

References:
- RFC 2131, Dynamic Host Configuration Protocol
- RFC 8415, Dynamic Host Configuration Protocol for IPv6; RFC 7610, DHCPv6-Shield
- MITRE ATT&CK T1557.003, Adversary-in-the-Middle: DHCP Spoofing
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

import numpy as np

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.dhcp_messages import COLUMNS, messages
from netanatomy.detect.link import dhcpv6_servers
from netanatomy.detect.link.dhcp_servers import Server, is_named, strays, suspicion
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.layers.application.dhcp import ACK, BOOTREPLY, NAK, OFFER
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
MAXIMUM_SERVERS = 256
"""Servers that are compared with each other. Bounds answers made up under thousands of server identifiers."""


@frozen
class Config:
    """Thresholds."""

    clients: int = threshold(
        1, "clients", "clients that both servers answered", "one is enough: both are there"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Answers of servers: who gave what to whom."""
    packets = tables.packets
    yield from dhcpv6_servers.answers(packets)
    every = packets.once(messages)
    if every is None:
        return
    mine = every.only(
        (every.op == BOOTREPLY)
        & (every.giaddr == 0)
        & (every.server != 0)
        & np.isin(every.kind, (OFFER, ACK, NAK))
    )
    rows = mine.rows
    if not len(rows):
        return
    server = {"server": mine.server, "vlan": packets.at("vlan_id", rows)}
    columns = ("mac=eth_source", "source=ip_source")
    times = (*columns, "start=time", "end=time")
    yield "servers", kept(packets, rows, times, **server, answers=1)
    gave = {"router": mine.router, "dns": mine.dns}
    offers = mine.kind != NAK
    some = {name: values[offers] for name, values in {**server, **gave}.items()}
    yield "gave", kept(packets, rows[offers], columns[:1], **some)
    client = np.zeros(len(rows), np.int64)
    for octet in range(6):
        client = client << 8 | mine.chaddr[:, octet]
    yield "clients", kept(packets, rows, columns[:1], **server, client=client, xid=mine.xid)
    at = packets.at("payload_offset", rows) + mine.server_at
    yield (
        "frames",
        packet_places(
            packets,
            rows,
            **server,
            mac=packets.take("eth_source", rows),
            offset=at,
            kind=mine.kind,
            yiaddr=mine.yiaddr,
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each rogue server."""
    yield from dhcpv6_servers.rogues(summary, config.clients, network)
    if "servers" not in summary:
        return
    servers = _servers(summary)
    frames = summary.groups("frames", "server", "mac", "vlan")
    named = network.members("dhcp_servers")
    if named.have_version_4 or named.macs:
        for one in servers:
            if not is_named(one, network):
                yield _verdict(one, None, 0, frames, 0.95)
        return
    for one in servers:
        rivals = [
            other
            for other in servers
            if other.vlan == one.vlan
            and other.identifier != one.identifier
            and len(other.clients & one.clients) >= config.clients
            and (other.routers != one.routers or other.resolvers != one.resolvers)
            and other.routers | other.resolvers
        ]
        worse = [other for other in rivals if suspicion(one, network) > suspicion(other, network)]
        if worse:
            rival = min(worse, key=lambda other: suspicion(other, network))
            both = len(rival.clients & one.clients)
            # Two answers to one question are of one network; those to one client may be of two.
            stray = strays(one, network) > strays(rival, network)
            sure = 0.9 if stray or one.selfish > rival.selfish else 0.6
            sure = sure if rival.questions & one.questions else sure - 0.3
            yield _verdict(one, rival, both, frames, sure, stray)


def _servers(summary: Summary) -> list[Server]:
    found: dict[tuple[int, bytes, int], Server] = {}
    rows = summary.rows("servers")
    rows.sort(key=lambda row: row["start"])
    for row in rows:
        key = row["server"], row["mac"], row["vlan"]
        if key not in found and len(found) >= MAXIMUM_SERVERS:
            continue
        server = found.setdefault(key, Server(*key, row["start"], row["end"], 0))
        server.start, server.end = min(server.start, row["start"]), max(server.end, row["end"])
        server.answers += row["answers"]
        server.sources.add(address_text(row["source"]))
    for row in summary.rows("gave") if "gave" in summary else []:
        if known := found.get((row["server"], row["mac"], row["vlan"])):
            known.routers |= {row["router"]} - {0}
            known.resolvers |= {row["dns"]} - {0}
    for row in summary.rows("clients"):
        if known := found.get((row["server"], row["mac"], row["vlan"])):
            known.clients.add(row["client"].to_bytes(6, "big"))
            known.questions.add((row["client"], row["xid"]))
    return list(found.values())


def _verdict(
    server: Server,
    rival: Server | None,
    both: int,
    frames: dict[tuple[int | bytes, ...], list[Row]],
    confidence: float,
    stray: bool = False,
) -> Verdict:
    mac = mac_text(server.mac) if server.mac else server.address
    router, resolver = _first(server.routers), _first(server.resolvers)
    clients = tuple(sorted(mac_text(client) for client in server.clients))
    gives = f"router {router}, resolver {resolver}"
    reason = f"{server.address} ({mac}) answered {len(clients)} clients as a DHCP server, and gave {gives}. "
    if rival is None:
        reason += "It is not one of the servers that you named."
    else:
        reason += (
            f"{rival.address} ({mac_text(rival.mac)}) serves the same network and gives router "
            f"{_first(rival.routers)}, resolver {_first(rival.resolvers)}; {both} clients were answered by "
            "both. "
        )
        reason += (
            "What this one gives is none of the routers and resolvers that you named."
            if stray
            else "This one hands out itself, so that the clients' traffic comes to it."
            if server.selfish > rival.selfish
            else "This one came later; that is all that tells them apart."
        )
    answers = (*where(eth_source=mac),) if server.mac else (*where(ip_source=server.address),)
    answers = (*answers, *where(ip_version=4, ip_protocol=17, source_port=67))
    return Verdict(
        subject=f"{server.address}|{mac}",
        title=f"Second DHCP server {server.address} ({mac}) gives {gives}",
        severity=dhcpv6_servers.severity_of(confidence),
        confidence=confidence,
        attackers=(mac,),
        victims=clients[:NAMED],
        others={"server": (server.address,), **({"known server": (rival.address,)} if rival else {})},
        start=server.start,
        end=server.end,
        counts={"answers": server.answers, "clients": len(clients), "clients_of_both": both},
        reason=reason,
        proofs=tuple(
            Proof(
                row["frame"],
                row["depth"],
                PAYLOAD,
                "answer of the second server",
                row["offset"],
                4,
                server.address,
            )
            for row in frames.get((server.identifier, server.mac, server.vlan), ())
        ),
        frames=server.answers,
        scope=(Selector((*answers, *between(server.start, server.end))),),
        rule=Rule(matches=answers),
        advice=("switch: ip dhcp snooping; ip dhcp snooping trust on the real server's port only",),
    )


def _first(addresses: set[int]) -> str:
    return str(IPv4Address(min(addresses))) if addresses else "none"


DETECTOR = Detector(
    name="rogue-dhcp",
    title="Rogue DHCP server",
    layer="link",
    techniques=("T1557.003",),
    config=Config(),
    relations={
        **dhcpv6_servers.RELATIONS,
        "servers": Totals(("server", "mac", "vlan", "source"), ("answers",), ("start",), ("end",)),
        "gave": Distinct(("server", "mac", "vlan"), ("router", "dns"), 16),
        "clients": Distinct(("server", "mac", "vlan"), ("client", "xid"), 1_024),
        "frames": First(("server", "mac", "vlan"), ("offset", "kind", "yiaddr")),
    },
    observe=observe,
    judge=judge,
    packets=(*COLUMNS, *dhcpv6_servers.COLUMNS),
)
