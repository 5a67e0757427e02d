"""What is said of a starvation of a DHCP server: for `dhcp-starvation`."""

from __future__ import annotations

from ipaddress import IPv4Address

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Proof, Verdict
from netanatomy.detect.relations import Row, Summary
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.rules import Action, Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.text import mac_text

SECOND = 10**9  # ns
NAMED = 25
LOCAL = 1 << 41  # bit of an address that no maker gave (IEEE 802-2014 section 8.2.2)
EVERYBODY = "255.255.255.255"
"""Who is asked where no server ever answered."""


def starvation(
    rows: pa.Table,
    sender: int | None,
    which: str,
    summary: Summary,
    confidence: float,
    users: NDArray[np.int64],
) -> Verdict:
    """What is said of those who ask for many.

    Args:
        rows: of relation `asked`, what the made-up clients said.
        sender: the machine that they are; None if they are made up as well.
        which: the column that tells them apart, `client` (hardware address) or `name` (client identifier).
        summary: what was kept.
        confidence: of the verdict.
        users: hardware addresses of real machines.
    """
    clients = np.unique(rows[which].to_numpy())
    machines = np.unique(rows["client"].to_numpy())
    count = int(rows["messages"].to_numpy().sum())
    start, end = int(rows["start"].to_numpy().min()), int(rows["end"].to_numpy().max())
    servers: tuple[str, ...] = ()
    given = 0
    offered = 0
    if "answered" in summary:
        answered = summary["answered"]
        theirs = answered.filter(arrow_array(np.isin(answered["client"].to_numpy(), machines)))
        servers = tuple(
            str(IPv4Address(one)) for one in np.unique(theirs["server"].to_numpy()).tolist() if one
        )
        # One machine's answers differ by what is given only.
        each = "client" if which == "client" else "given"
        offered = len(np.unique(theirs[each].to_numpy()))
        given = len(np.unique(theirs.filter(arrow_array(theirs["acks"].to_numpy() > 0))[each].to_numpy()))
    mac = mac_text(sender.to_bytes(6, "big")) if sender is not None else ""
    who = f"one machine ({mac})" if mac else "senders that are most likely made up"
    if which == "name":
        who += ", with its own hardware address and another client identifier each time"
    asking = where(ip_version=4, ip_protocol=17, destination_port=67)
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
            f"from {who}. {offered} of them were offered one, {given} took it, and hardly any was seen to "
            "use it. When the server has no address left, real clients get none."
        ),
        proofs=_proofs(summary, set(clients.tolist()), sender, which),
        frames=count,
        scope=_scope(rows, asking, mac, users, start, end),
        rule=Rule(matches=matches) if mac else Rule(matches=asking, action=Action.LIMIT, rate=10, burst=20),
        advice=("switch: port security with a few addresses a port; ip dhcp snooping limit rate 15",),
    )


def _proofs(summary: Summary, clients: set[int], sender: int | None, which: str) -> tuple[Proof, ...]:
    every = (row for row in summary.rows("frames") if sender is None or row["sender"] == sender)
    found: list[Row] = [
        row for row in every if row[which] in clients and (which == "client" or row["client"] == sender)
    ]
    # One real client may ask as well: addresses that a tool makes up are all given by a maker, or all not.
    usual = LOCAL if 2 * sum(client & LOCAL > 0 for client in clients) > len(clients) else 0
    found.sort(key=lambda row: (row["client"] & LOCAL != usual, row["time"], row["frame"]))
    what = "address" if which == "client" else "identifier"
    return tuple(
        Proof(
            *(row["frame"], row["depth"], PAYLOAD, f"asks under another client {what}"),
            *(row["offset"], row["length"], _shown(row)),
        )
        for row in found[:5]
    )


def _shown(row: Row) -> str:
    octets: bytes = row["octets"][: row["length"]]
    return mac_text(octets) if row["client"] != row["sender"] or not row["name"] else octets.hex()


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
