"""DAD denial: whoever wants an IPv6 address is told that it is taken.

What it is:
    On the internet layer an IPv6 host that wants an address first asks whether anybody has it (duplicate
    address detection, RFC 4862 section 5.4), from the unspecified address, and takes it only if nobody
    answers. An attacker on the link answers each such question, or seems to want the same address at the same
    moment: no new host gets an address, and none can say why.

Exchange:
    new host (::)                          attacker (any MAC address)
       | -- does anybody have fd00::5? ------> |
       | <-- I have fd00::5 ------------------ |   so it may not be used
       | -- does anybody have fd00::6? ------> |
       | <-- I have fd00::6 ------------------ |   (and so on)

How it is recognised:
    Within `seconds` after a question from the unspecified address another MAC address advertises the very
    address, or asks for it from the unspecified address as well. So at least `targets` different addresses
    were denied by the same station, or by MAC addresses that do nothing else on this link and are taken for
    made up. Two are enough where each was denied by a made-up MAC address of its own.

What looks the same:
- An address that two hosts were given by hand: one address, again and again.
- A cloned virtual machine: as many as the original has, and its MAC address speaks otherwise too.
- A proxy that answers for hosts which are there (RFC 6957): they are seen to use these addresses.

How to stop it:
- IPv6 snooping and source guard at the switch (RFC 7513, SAVI): answers only from the owner's port.
- For the time being hosts can do without: sysctl -w net.ipv6.conf.eth0.accept_dad=0
- Enhanced detection (RFC 7527) tells an echo of one's own question from somebody else's.
- Find the port at which these MAC addresses are seen.

Limits:
    A capture point that does not see multicast of the link sees nothing. An attacker that denies fewer than
    `targets` addresses is not told from a real duplicate.

In the lab:
    python -m lab.scenarios dad-denial-thc       (atk6-dos-new-ip6 eth0)
    python -m lab.scenarios dad-denial-solicit   (atk6-dos-new-ip6 -S eth0)

References:
- RFC 4862 section 5.4, Duplicate Address Detection
- RFC 3756 section 4.1.3, IPv6 Neighbor Discovery Trust Models and Threats: Duplicate Address Detection DoS
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.neighbor_messages import ADVERTISEMENT, SOLICITATION, is_group, unspecified
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
"""Addresses that are named in a finding."""
MAXIMUM_VALUES = 256
"""Addresses in a selector. Bounds an attacker that makes up a MAC address for each answer."""


@frozen
class Config:
    """Thresholds."""

    targets: int = threshold(
        3, "addresses", "different addresses denied", "a real duplicate is one, or two of one host"
    )
    made_up: int = threshold(
        2,
        "addresses",
        "denied by as many stations that say nothing else",
        "two real duplicates at once are rarer than an attack",
    )
    seconds: float = threshold(
        3.0,
        "s",
        "how long after the question an answer counts",
        "RFC 4862: RetransTimer 1 s, up to three tries",
    )


@frozen
class _Denial:
    """One address that was asked for, and who said no."""

    asked: Row
    answer: Row


def observe(tables: Tables, config: Config) -> Kept:
    """Who asks for which address, who says that it is taken, and which stations there really are."""
    packets = tables.packets
    yield from _stations(tables)
    rows = packets.rows_with("nd_target")
    rows = rows[packets.valid_at("eth_source", rows)] if len(rows) else rows
    if not len(rows):
        return
    kind, nobody = packets.at("icmp_type", rows), unspecified(packets, rows)
    to_all = is_group(packets.octets_at("ip_destination", rows))
    for name, chosen in (
        ("asked", rows[(kind == SOLICITATION) & nobody]),
        ("answered", rows[(kind == ADVERTISEMENT) & to_all]),
    ):
        what = ("target=nd_target", "mac=eth_source", "start=time", "end=time")
        vlan = packets.at("vlan_id", chosen)
        yield name, kept(packets, chosen, what, vlan=vlan, messages=np.int64(1))
        yield (
            f"{name}_frames",
            packet_places(
                packets,
                chosen,
                target=packets.take("nd_target", chosen),
                mac=packets.take("eth_source", chosen),
            ),
        )


def _stations(tables: Tables) -> Kept:
    """MAC addresses that do what real stations do: resolve others, or join groups."""
    packets = tables.packets
    for column in ("nd_source_link_address", "mld_group", "arp_operation"):
        rows = packets.rows_with(column)
        if len(rows):
            rows = rows[packets.valid_at("eth_source", rows)]
            yield "stations", kept(packets, rows, ("mac=eth_source",), messages=np.int64(1))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each station that denies addresses, and one for all made-up senders of a link."""
    if "asked" not in summary:
        return
    stations = {row["mac"] for row in summary.rows("stations")}
    denials: dict[tuple[int, bytes | None], list[_Denial]] = {}
    for (vlan, _), found in _denied(summary, config):
        for denial in found:
            mac = denial.answer["mac"]
            denials.setdefault((vlan, mac if mac in stations else None), []).append(denial)
    if not denials:
        return
    said = summary.groups("answered_frames", "target")
    for key, rows in summary.groups("asked_frames", "target").items():
        said.setdefault(key, []).extend(rows)
    for (vlan, mac), mine in sorted(denials.items(), key=lambda pair: (pair[0][0], pair[0][1] or b"")):
        targets = {denial.asked["target"] for denial in mine}
        senders = {denial.answer["mac"] for denial in mine}
        # Two real duplicates at once, of two stations that say nothing else, are rarer than an attack.
        if len(targets) >= config.targets or (
            mac is None and min(len(targets), len(senders)) >= config.made_up
        ):
            frames = [row for target in targets for row in said.get((target,), ()) if row["mac"] in senders]
            yield _verdict(vlan, mac, mine, frames)


def _denied(summary: Summary, config: Config) -> Iterator[tuple[tuple[int, bytes], list[_Denial]]]:
    """For each address that was asked for, what was said against it in time."""
    answers = summary.groups("answered", "vlan", "target")
    for key, rows in summary.groups("asked", "vlan", "target").items():
        asked = min(rows, key=lambda row: (row["start"], row["mac"]))
        latest = asked["end"] + config.seconds * SECOND
        found = [
            _Denial(asked, row)
            for row in (*answers.get(key, ()), *rows)
            if row["mac"] != asked["mac"] and row["end"] >= asked["start"] and row["start"] <= latest
        ]
        if found:
            yield key, found


def _verdict(vlan: int, mac: bytes | None, denials: Sequence[_Denial], frames: Sequence[Row]) -> Verdict:
    addresses = tuple(sorted({address_text(denial.asked["target"]) for denial in denials}))
    hosts = tuple(sorted({mac_text(denial.asked["mac"]) for denial in denials}))
    senders = tuple(sorted({mac_text(denial.answer["mac"]) for denial in denials}))
    start = min(denial.answer["start"] for denial in denials)
    end = max(denial.answer["end"] for denial in denials)
    messages = sum(denial.answer["messages"] for denial in denials)
    who = senders[0] if mac else f"somebody with {len(senders)} MAC address{'es' * (len(senders) > 1)}"
    source = where(eth_source=senders[:MAXIMUM_VALUES]) if len(senders) <= MAXIMUM_VALUES else ()
    about = (
        *source,
        *where(nd_target=addresses[:MAXIMUM_VALUES], ip_version=6),
        *between(start, end),
    )
    return Verdict(
        subject=f"{vlan} {senders[0] if mac else 'made up'}",
        title=f"DAD denial: {len(addresses)} addresses were denied to {_some(hosts)} by {who}",
        severity=Severity.HIGH,
        confidence=min(0.95, 0.7 + 0.05 * len(addresses)),
        attackers=senders if mac else (),
        victims=hosts[:NAMED],
        others={"claimed": addresses[:NAMED]} if mac else _unknown(addresses, senders),
        start=start,
        end=end,
        counts={"addresses": len(addresses), "hosts": len(hosts), "denials": messages},
        reason=(
            f"{_some(hosts)} asked whether {len(addresses)} different addresses are free, and each time "
            f"{who} said at once that it has the address or wants it too ({messages} messages). Nobody has "
            "just the addresses that others are about to take: it keeps new hosts off the network."
            + ("" if mac else " These MAC addresses do nothing else here, so they are most likely made up.")
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "nd_target", "says that the wanted address is taken")
            for row in sorted(frames, key=lambda row: (row["frame"], row["depth"]))
        )[:5],
        frames=messages,
        scope=(
            Selector((*about, *where(icmp_type=ADVERTISEMENT))),
            *([Selector((*about, *where(icmp_type=SOLICITATION, ip_source="::")))] if source else ()),
        ),
        rule=Rule(matches=where(eth_source=senders, ip_version=6, icmp_type=ADVERTISEMENT)) if mac else None,
        advice=(
            "IPv6 snooping and source guard at the switch (RFC 7513)",
            "find the port at which these MAC addresses are seen",
        ),
    )


def _unknown(addresses: Sequence[str], senders: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    return {"claimed": tuple(addresses[:NAMED]), "sender": tuple(senders[:NAMED])}


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} hosts"


WHAT = ("vlan", "target", "mac")

DETECTOR = Detector(
    name="dad-denial",
    title="Denial of duplicate address detection",
    layer="internet",
    techniques=("T1499",),
    config=Config(),
    relations={
        "asked": Totals(WHAT, ("messages",), ("start",), ("end",)),
        "answered": Totals(WHAT, ("messages",), ("start",), ("end",)),
        "asked_frames": First(("target", "mac"), first=2),
        "answered_frames": First(("target", "mac"), first=2),
        "stations": Totals(("mac",), ("messages",)),
    },
    observe=observe,
    judge=judge,
    packets=(
        "arp_operation",
        "eth_source",
        "vlan_id",
        "ip_source",
        "ip_destination",
        "icmp_type",
        "mld_group",
        "nd_target",
        "nd_source_link_address",
    ),
    explains=("neighbor-spoofing", "mac-flooding"),
)
