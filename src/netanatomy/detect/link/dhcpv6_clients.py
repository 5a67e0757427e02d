"""Who asks DHCPv6 servers under many names: a part of `dhcp-starvation`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Kept, Proof, Verdict
from netanatomy.detect.dhcpv6_messages import COLUMNS as MESSAGE_COLUMNS
from netanatomy.detect.dhcpv6_messages import messages
from netanatomy.detect.link.made_up_clients import packed
from netanatomy.detect.relations import First, Relations, Summary, Totals
from netanatomy.detect.tables import kept, packet_places
from netanatomy.detect.tunnel_carriers import addresses_column
from netanatomy.layers.application.dhcpv6 import ADVERTISE, REPLY, REQUEST, SERVER_PORT, SOLICIT
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
UDP = 17  # Assigned Internet Protocol Numbers, IANA
NAMED = 25
SHOWN = 5
ALL_SERVERS = "ff02::1:2"
"""Whom clients ask (RFC 8415 section 7.1)."""
MAKER = 24
"""Bits of a MAC address behind its maker\'s prefix."""

RELATIONS: Relations = {
    "asked6": Totals(("bucket", "client", "sender"), ("messages",), ("start",), ("end",)),
    "answered6": Totals(("client", "server", "given"), ("messages", "acks")),
    "users6": Totals(("address",), ("messages",)),
    "frames6": First(("bucket", "sender"), ("offset", "length"), SHOWN),
}
COLUMNS = (*MESSAGE_COLUMNS, "eth_source", "ip_source", "nd_target")
"""Columns of the packet table that are needed."""


class Limits(Protocol):
    """Thresholds, as `dhcp-starvation` explains them."""

    @property
    def window(self) -> int:
        """In s."""

    @property
    def clients(self) -> int:
        """Of all senders together."""

    @property
    def names(self) -> int:
        """Of one sender."""

    @property
    def makers_share(self) -> float:
        """Of clients."""

    @property
    def used_share(self) -> float:
        """Of addresses."""

    @property
    def asked_again(self) -> float:
        """Messages."""


def questions(packets: Rows, window: int) -> Kept:
    """Rows of the relations: who asked under which name, who was given what, and what is in use."""
    used = packets.rows_with("nd_target")
    if len(used):
        yield "users6", kept(packets, used, ("address=nd_target",), messages=1)
    every = messages(packets)
    if every is None:
        return
    asking = every.only(np.isin(every.kind, (SOLICIT, REQUEST)) & (every.client != 0))
    rows = asking.rows
    if len(rows):
        known = {
            "bucket": packets.at("time", rows) // (window * SECOND),
            "sender": packed(packets.octets_at("eth_source", rows)),
        }
        times = ("start=time", "end=time")
        yield "asked6", kept(packets, rows, times, **known, client=asking.client, messages=1)
        at = packets.at("payload_offset", rows) + asking.client_at
        yield "frames6", packet_places(packets, rows, **known, offset=at, length=asking.client_length)
    answers = every.only(np.isin(every.kind, (ADVERTISE, REPLY)) & (every.client != 0))
    if len(answers.rows):
        given = addresses_column(answers.address)
        acks = (answers.kind == REPLY).astype(np.int64)
        server = ("server=ip_source",)
        counts = {"messages": 1, "acks": acks}
        yield "answered6", kept(packets, answers.rows, server, client=answers.client, given=given, **counts)


def starvations(summary: Summary, limits: Limits, network: Network) -> Iterator[Verdict]:
    """One verdict for each machine that asks under many names, or one for all that are made up."""
    if "asked6" not in summary:
        return
    asked = summary["asked6"]
    sender, client = asked["sender"].to_numpy(), asked["client"].to_numpy()
    first = asked["start"].to_numpy()
    pairs = np.unique(np.stack([sender, client.view(np.int64)], axis=1), axis=0)
    senders, counts = np.unique(pairs[:, 0], return_counts=True)
    many = set(senders[(counts >= limits.names) & (senders != 0)].tolist())
    told: set[int] = set()
    for one in sorted(many, key=lambda one: (first[sender == one].min(), one)):
        mine = sender == one
        number = _most_within(client[mine], first[mine], limits.window * SECOND)
        if one in told or number < limits.names:
            continue
        same = _same(pairs, one)
        table = asked.filter(arrow_array(np.isin(sender, same)))
        if _made_up(table, summary, limits):
            told |= set(same)
            yield _verdict(table, one, summary)
    if told or _most_within(client, first, limits.window * SECOND) < limits.clients:
        return
    makers = len(np.unique(senders >> MAKER))
    if makers >= limits.makers_share * len(np.unique(client)) and _made_up(asked, summary, limits):
        yield _verdict(asked, None, summary)


def _same(pairs: NDArray[np.int64], sender: int) -> list[int]:
    """A sender, and the MAC addresses under which it goes on asking for the same clients.

    Args:
        pairs: (n, 2) senders and the clients that each asked for.
        sender: which.
    """
    shared = np.isin(pairs[:, 1], pairs[pairs[:, 0] == sender, 1])
    senders, which, counts = np.unique(pairs[:, 0], return_inverse=True, return_counts=True)
    common = np.bincount(which, shared, len(senders))
    found: list[int] = senders[(2 * common > counts) & (common > 1)].tolist()
    return found


def _most_within(client: NDArray[np.uint64], start: NDArray[np.int64], window: int) -> int:
    """How many clients were heard of for the first time within one window at most."""
    _, which = np.unique(client, return_inverse=True)
    first = np.full(int(which.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, which, start)
    first.sort()
    return int((np.searchsorted(first, first + window) - np.arange(len(first))).max())


def _made_up(asked: pa.Table, summary: Summary, limits: Limits) -> bool:
    """Whether clients are none: nobody uses what they got, or nobody waits for what they did not get."""
    clients = np.unique(asked["client"].to_numpy())
    given = _given(summary, clients, taken=True)
    if not given:
        again = asked["messages"].to_numpy().sum() >= limits.asked_again * len(clients)
        return len(clients) >= limits.clients and not again
    in_use = set(summary["users6"]["address"].to_pylist()) if "users6" in summary else set()
    # Without any neighbour discovery in the capture nothing is seen of who uses what.
    enough = bool(in_use) or len(clients) >= limits.clients
    return enough and len(given & in_use) <= limits.used_share * len(given)


def _given(summary: Summary, clients: NDArray[np.uint64], *, taken: bool) -> set[bytes]:
    """Addresses that clients were offered, or took."""
    if "answered6" not in summary:
        return set()
    table = summary["answered6"]
    mine = np.isin(table["client"].to_numpy(), clients)
    if taken:
        mine &= table["acks"].to_numpy() > 0
    return set(table.filter(arrow_array(mine))["given"].to_pylist()) - {bytes(16)}


def _servers(summary: Summary, clients: NDArray[np.uint64]) -> tuple[str, ...]:
    if "answered6" not in summary:
        return ()
    table = summary["answered6"]
    mine = table.filter(arrow_array(np.isin(table["client"].to_numpy(), clients)))
    return tuple(sorted(map(address_text, set(mine["server"].to_pylist()))))[:NAMED]


def _verdict(asked: pa.Table, sender: int | None, summary: Summary) -> Verdict:
    clients = np.unique(asked["client"].to_numpy())
    count = int(asked["messages"].to_numpy().sum())
    start, end = int(asked["start"].to_numpy().min()), int(asked["end"].to_numpy().max())
    servers = _servers(summary, clients)
    offered, given = (len(_given(summary, clients, taken=taken)) for taken in (False, True))
    mac = mac_text(sender.to_bytes(6, "big")) if sender is not None else ""
    who = f"one machine ({mac})" if mac else "senders that are most likely made up"
    asking = where(ip_version=6, ip_protocol=UDP, destination_port=SERVER_PORT)
    some = [
        mac_text(one.to_bytes(6, "big")) for one in np.unique(asked["sender"].to_numpy())[:NAMED].tolist()
    ]
    matches = (*asking, *where(eth_source=some)) if mac else asking
    return Verdict(
        subject=f"v6 {mac or (servers or (ALL_SERVERS,))[0]}",
        title=f"DHCPv6 starvation: {len(clients)} clients ask in {max(1.0, (end - start) / SECOND):.0f} s",
        severity=Severity.HIGH,
        confidence=0.95 if mac else 0.85,
        attackers=(mac,) if mac else (),
        victims=servers or (ALL_SERVERS,),
        others={} if some == [mac] else {"claimed": tuple(one for one in some if one != mac)[:SHOWN]},
        start=start,
        end=end,
        counts={"clients": len(clients), "messages": count, "offers": offered, "leases": given},
        reason=(
            f"{len(clients)} different clients asked for an IPv6 address in {(end - start) / SECOND:.1f} s, "
            f"all from {who}. {offered} addresses were offered to them, {given} were given, and hardly one "
            "was seen in use. A server that remembers so many clients has no room left for real ones."
        ),
        proofs=_proofs(summary, sender),
        frames=count,
        scope=(Selector((*matches, *between(start, end))),),
        rule=Rule(matches=matches) if mac else Rule(matches=matches, action=Action.LIMIT, rate=10, burst=20),
        advice=("switch: port security with a few addresses a port; DHCPv6 guard with a rate limit",),
    )


def _proofs(summary: Summary, sender: int | None) -> tuple[Proof, ...]:
    rows = [row for row in summary.rows("frames6") if sender is None or row["sender"] == sender]
    rows.sort(key=lambda row: (row["time"], row["frame"], row["depth"]))
    return tuple(
        Proof(
            *(row["frame"], row["depth"], PAYLOAD, "asks under another identifier"),
            *(row["offset"], row["length"], "the client's identifier (DUID)"),
        )
        for row in rows[:SHOWN]
    )
