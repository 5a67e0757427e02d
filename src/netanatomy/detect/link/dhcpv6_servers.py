"""Who answers DHCPv6 clients, and which of two servers is no real one: a part of `rogue-dhcp`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Kept, Proof, Verdict
from netanatomy.detect.dhcpv6_messages import COLUMNS as MESSAGE_COLUMNS
from netanatomy.detect.dhcpv6_messages import messages
from netanatomy.detect.neighbor_messages import formed_from, sender_text
from netanatomy.detect.relations import Distinct, First, Relations, Row, Summary, Totals
from netanatomy.detect.tables import kept, packet_places
from netanatomy.detect.tunnel_carriers import addresses_column
from netanatomy.layers.application.dhcpv6 import ADVERTISE, CLIENT_PORT, REPLY
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import changeable
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text, mac_text

UDP = 17  # Assigned Internet Protocol Numbers, IANA
NAMED = 25
MAXIMUM_SERVERS = 256
"""Servers that are compared with each other. Bounds answers made up in the name of thousands."""
IDENTIFIERS = 3
"""Identifiers of one server from which they are made up: it keeps its own for good (RFC 8415 section 11)."""
PREFIX = 8
"""Octets of an address that say of which network it is (RFC 4291 section 2.5.1)."""

SENDER = ("vlan", "mac", "source")
RELATIONS: Relations = {
    "servers6": Totals(SENDER, ("answers",), ("start",), ("end",)),
    "identifiers6": Totals((*SENDER, "identifier"), ("answers",), ("start",)),
    "gave6": Distinct(SENDER, ("dns", "address"), 64),
    "clients6": Distinct(SENDER, ("client", "xid", "station"), 1_024),
    "frames6": First(SENDER, ("offset", "length", "dns")),
}
COLUMNS = (*MESSAGE_COLUMNS, "eth_source", "eth_destination", "ip_source", "vlan_id")
"""Columns of the packet table that are needed."""


@changeable
class Server:
    """One sender of answers, as it showed itself.

    Attributes:
        key: VLAN, MAC address and IP address that it sends from.
        row: how often it answered, and when first and last.
        identifiers: what it calls itself, and since when.
        resolvers: what it gives.
        networks: of the addresses that it gives.
        questions: clients and their transactions that it answered.
        stations: MAC addresses that it answered.
    """

    key: tuple[int, bytes | None, bytes]
    row: Row
    identifiers: dict[int, int] = field(default_factory=dict)
    resolvers: set[bytes] = field(default_factory=set)
    networks: set[bytes] = field(default_factory=set)
    questions: set[tuple[int, int]] = field(default_factory=set)
    stations: set[bytes] = field(default_factory=set)

    @property
    def clients(self) -> set[int]:
        """Whom it answered."""
        return {client for client, _ in self.questions}

    @property
    def sender(self) -> str:
        """Its MAC address; where the capture has none, its IP address."""
        return sender_text(self.key[1], self.key[2])

    @property
    def selfish(self) -> bool:
        """Whether it is the resolver that it gives."""
        mac = self.key[1]
        return any(one == self.key[2] or (mac and formed_from(one, mac)) for one in self.resolvers)

    def borrows_from(self, other: Server) -> bool:
        """Whether it answers under an identifier that was the other one's before."""
        return any(other.identifiers.get(one, start) < start for one, start in self.identifiers.items())

    def suspicion(self, other: Server) -> tuple[int, int, int, bytes]:
        """What speaks against it, beside another; to be compared."""
        forges = self.borrows_from(other) or len(self.identifiers) >= IDENTIFIERS
        return int(forges), int(self.selfish), self.row["start"], self.key[2]


def answers(packets: Rows) -> Kept:
    """Rows of the relations: who gave what to whom."""
    every = messages(packets)
    if every is None:
        return
    mine = every.only(np.isin(every.kind, (ADVERTISE, REPLY)) & (every.server != 0))
    rows = mine.rows
    if not len(rows):
        return
    sender = {
        "vlan": packets.at("vlan_id", rows),
        "mac": packets.take("eth_source", rows),
        "source": packets.take("ip_source", rows),
    }
    yield "servers6", kept(packets, rows, ("start=time", "end=time"), **sender, answers=1)
    yield "identifiers6", kept(packets, rows, ("start=time",), **sender, identifier=mine.server, answers=1)
    dns = addresses_column(mine.dns)
    yield (
        "gave6",
        kept(packets, rows, (), **sender, dns=dns, address=addresses_column(_network(mine.address))),
    )
    asked = {"client": mine.client, "xid": mine.xid}
    yield "clients6", kept(packets, rows, ("station=eth_destination",), **sender, **asked)
    tells = mine.dns_at > 0
    at = packets.at("payload_offset", rows) + np.where(tells, mine.dns_at, mine.server_at)
    length = np.where(tells, 16, mine.server_length)
    yield "frames6", packet_places(packets, rows, **sender, offset=at, length=length, dns=dns)


def _network(address: NDArray[np.uint8]) -> NDArray[np.uint8]:
    network = address.copy()
    network[:, PREFIX:] = 0
    return network


def rogues(summary: Summary, clients: int, network: Network) -> Iterator[Verdict]:
    """One verdict for each server that is no real one.

    Args:
        summary: with the relations.
        clients: that two servers must both have answered to be compared.
        network: its DHCP servers say who the real ones are, where they are told by link-local addresses.
    """
    if "servers6" not in summary:
        return
    servers = _servers(summary)
    frames = summary.groups("frames6", *SENDER)
    if network.members("dhcp_servers").have_link_local:
        for one in servers:
            if not network.is_dhcp_server(address_text(one.key[2]), one.sender):
                yield _verdict(one, None, 0, frames[one.key], 0.95)
        return
    for one in servers:
        rivals = [
            other
            for other in servers
            if other.key[0] == one.key[0]
            and other.key[1:] != one.key[1:]
            and len(other.clients & one.clients) >= clients
            and (_apart(other.resolvers, one.resolvers) or _apart(other.networks, one.networks))
            and one.suspicion(other) > other.suspicion(one)
        ]
        if rivals:
            rival = min(rivals, key=lambda other: other.row["start"])
            mine, theirs = one.suspicion(rival)[:2], rival.suspicion(one)[:2]
            sure = 0.95 if mine[0] > theirs[0] else 0.9 if mine > theirs else 0.6
            sure -= 0 if _apart(rival.resolvers, one.resolvers) else 0.2
            sure -= 0 if rival.questions & one.questions else 0.3
            yield _verdict(one, rival, len(rival.clients & one.clients), frames[one.key], round(sure, 2))


def _apart(some: set[bytes], others: set[bytes]) -> bool:
    return bool(some and others) and not some & others


def _servers(summary: Summary) -> list[Server]:
    rows = sorted(summary.rows("servers6"), key=lambda row: (row["start"], row["source"]))
    found = {key: Server(key, row) for row in rows[:MAXIMUM_SERVERS] for key in [_key(row)]}
    for row in summary.rows("identifiers6"):
        if known := found.get(_key(row)):
            known.identifiers[row["identifier"]] = row["start"]
    for row in summary.rows("gave6"):
        if known := found.get(_key(row)):
            known.resolvers |= {row["dns"]} - {bytes(16)}
            known.networks |= {row["address"]} - {bytes(16)}
    for row in summary.rows("clients6"):
        if known := found.get(_key(row)):
            known.questions.add((row["client"], row["xid"]))
            known.stations |= {row["station"]} - {None}
    return list(found.values())


def _key(row: Row) -> tuple[int, bytes | None, bytes]:
    return row["vlan"], row["mac"], row["source"]


def _verdict(
    server: Server, rival: Server | None, both: int, frames: list[Row], confidence: float
) -> Verdict:
    source, row = address_text(server.key[2]), server.row
    resolvers = ", ".join(sorted(map(address_text, server.resolvers))[:3]) or "none"
    reason = (
        f"{source} ({server.sender}) answered {len(server.clients)} clients as a DHCPv6 server, and gave "
    )
    reason += f"the resolver {resolvers}. "
    if rival is None:
        reason += "It is not one of the servers that you named."
    else:
        theirs = ", ".join(sorted(map(address_text, rival.resolvers))[:3]) or "none"
        reason += (
            f"{address_text(rival.key[2])} ({rival.sender}) serves the same network and gives the resolver "
        )
        reason += f"{theirs}; {both} clients were answered by both. {_because(server, rival)}"
    sender = where(eth_source=server.sender) if server.key[1] else where(ip_source=source)
    matches = (*sender, *where(ip_version=6, ip_protocol=UDP, destination_port=CLIENT_PORT))
    return Verdict(
        subject=f"{source}|{server.sender}",
        title=f"Second DHCPv6 server {source} ({server.sender}) gives resolver {resolvers}",
        severity=severity_of(confidence),
        confidence=confidence,
        attackers=(server.sender,),
        victims=tuple(sorted(map(mac_text, server.stations)))[:NAMED],
        others={"server": (source,), **({"known server": (address_text(rival.key[2]),)} if rival else {})},
        start=row["start"],
        end=row["end"],
        counts={
            "answers": row["answers"],
            "clients": len(server.clients),
            "clients_of_both": both,
            "identifiers": len(server.identifiers),
        },
        reason=reason,
        proofs=tuple(
            Proof(
                *(one["frame"], one["depth"], PAYLOAD, "answer of the second server"),
                *(one["offset"], one["length"]),
                address_text(one["dns"]) if any(one["dns"]) else "the server's identifier",
            )
            for one in frames
        ),
        frames=row["answers"],
        scope=(Selector((*matches, *between(row["start"], row["end"]))),),
        rule=Rule(matches=matches),
        advice=("switch: DHCPv6 guard (RFC 7610): servers' messages from the real server's port only",),
    )


def _because(server: Server, rival: Server) -> str:
    if server.borrows_from(rival):
        return "This one also answers under the other's identifier, which no server may."
    if len(server.identifiers) >= IDENTIFIERS:
        return f"This one calls itself by {len(server.identifiers)} identifiers; a server keeps one for good."
    if server.selfish > rival.selfish:
        return "This one hands out itself, so that the clients' questions come to it."
    return "This one came later; that is all that tells them apart."


def severity_of(confidence: float) -> Severity:
    """How grave a second server is, by how sure it is that it is no real one."""
    if confidence > 0.7:
        return Severity.HIGH
    return Severity.MEDIUM if confidence > 0.5 else Severity.LOW
