"""Protocol scan: somebody tries which protocols above IP a host speaks.

What it is:
    On the internet layer each packet says in one octet which protocol it carries: 1 ICMP, 6 TCP, 17 UDP,
    and some 140 others. A scanner sends a packet of each of the 256 and waits: a host that does not know one
    answers "protocol unreachable" (RFC 1122 section 3.2.2.1), so that silence or another answer tells of a
    router (OSPF, PIM, VRRP), of a tunnel (GRE, 6in4, ESP), or of a firewall.

Exchange:
    scanner                                            target
       | -- IP packet of protocol 47 (GRE) --------------> |   silence: spoken, or filtered
       | -- IP packet of protocol 89 (OSPF) -------------> |
       | <-- ICMP: protocol 89 unreachable --------------- |   not spoken
                       (and so on to 255)

How it is recognised:
    Packets of at least `protocols` different protocols besides TCP, UDP and ICMP from one host to another,
    or that many different ones refused to it as unreachable. Ordinary pairs of hosts use one or two.

What looks the same:
- Routers that speak to one another use a handful (OSPF, PIM, VRRP, RSVP), mostly to multicast addresses.
- A capture in which test packets of many protocols were collected.
- A scanner of one's own: name it in `allowed_scanners`.

How to stop it:
- Drop what no service of the host speaks, silently; let ICMP, TCP, UDP and the tunnels that are in use pass.
- Look at the scanner: who asks for OSPF and GRE looks for routers and tunnels.

Limits:
    A scan of a few chosen protocols is not told. A forged source (idle scan) would be named as the scanner.

In the lab:
    python -m lab.scenarios protocol-scan-nmap       (nmap -sO TARGET)
    python -m lab.scenarios protocol-scan-silent     (nmap -sO -p 0-60,88,89,… TARGET behind a firewall)

References:
- RFC 1122 section 3.2.2.1, Destination Unreachable
- Assigned Internet Protocol Numbers, IANA
- nmap reference guide, -sO; Snort sfportscan: protocol scans
- MITRE ATT&CK T1046, Network Service Discovery
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.selected import among, over
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

UNREACHABLE, PROTOCOL_UNREACHABLE = 3, 2  # RFC 792
PARAMETER_PROBLEM, UNRECOGNISED_NEXT_HEADER = 4, 1  # RFC 4443 section 3.4
USUAL = (1, 6, 17, 58)  # ICMP, TCP, UDP, ICMPv6
PAIR = ("scanner", "target")
NAMED = 25
"""Addresses that are named in a finding."""


@frozen
class Config:
    """Thresholds."""

    protocols: int = threshold(
        10, "protocols", "different ones from a host to another", "routers speak up to five; Snort: 5 to 30"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Which protocols one host sends another, and which were refused."""
    yield from _asked(tables.connections)
    packets = tables.packets
    rows = packets.rows_with("quoted_protocol")
    if not len(rows):
        return
    kind, code = packets.at("icmp_type", rows), packets.at("icmp_code", rows)
    v4 = packets.at("ip_version", rows) == 4
    refused = np.where(
        v4,
        (kind == UNREACHABLE) & (code == PROTOCOL_UNREACHABLE),
        (kind == PARAMETER_PROBLEM) & (code == UNRECOGNISED_NEXT_HEADER),
    ) & ~one_of(packets.at("quoted_protocol", rows), USUAL)
    yield (
        "refused",
        kept(
            packets,
            rows[refused],
            ("scanner=quoted_source", "target=quoted_destination", "protocol=quoted_protocol"),
        ),
    )
    yield (
        "refusals",
        kept(
            packets,
            rows[refused],
            (
                "scanner=quoted_source",
                "target=quoted_destination",
                "time",
                "frame=frame_number",
                "depth",
            ),
        ),
    )


def _asked(connections: Rows) -> Kept:
    """Conversations of protocols without ports; each protocol of a pair of hosts is one."""
    rows = connections.rows_named("proto", "unknown_transport")
    if not len(rows):
        return
    rows = rows[~one_of(connections.at("ip_proto", rows), USUAL)]
    pair = ("scanner=id.orig_h", "target=id.resp_h")
    yield "asked", kept(connections, rows, (*pair, "protocol=ip_proto"))
    yield (
        "times",
        kept(connections, rows, (*pair, "packets=orig_pkts", "start=ts", "end=last_time")),
    )
    yield (
        "frames",
        kept(connections, rows, (*pair, "time=ts", "frame=first_frame"), depth=np.uint8(0)),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each scanner, over all its targets."""
    asked, refused = _many(summary, "asked", config), _many(summary, "refused", config)
    pairs = sorted(asked.keys() | refused.keys())
    if not pairs:
        return
    times, frames = (
        summary.groups("times", "scanner", "target"),
        summary.groups("frames", "scanner", "target"),
    )
    refusals = summary.groups("refusals", "scanner", "target")
    scanners: dict[bytes, list[bytes]] = {}
    for scanner, target in pairs:
        scanners.setdefault(scanner, []).append(target)
    for scanner, targets in scanners.items():
        mine = [(scanner, target) for target in targets]
        found = _verdict(
            scanner,
            targets,
            set().union(*(asked.get(pair, set()) | refused.get(pair, set()) for pair in mine)),
            len(set().union(*(refused.get(pair, set()) for pair in mine))),
            [row for pair in mine for row in times.get(pair, ())],
            [row for pair in mine for row in frames.get(pair, ())],
            [row for pair in mine for row in refusals.get(pair, ())],
        )
        allowed = network.is_allowed(address_text(scanner))
        yield replace(found, severity=Severity.INFO, rule=None) if allowed else found


def _many(summary: Summary, name: str, config: Config) -> dict[tuple[bytes, bytes], set[int]]:
    """The protocols between pairs of hosts that have many."""
    if name not in summary:
        return {}
    counted = summary.counted(name)
    chosen = over(counted, "total", config.protocols)
    if not chosen.num_rows:
        return {}
    found: dict[tuple[bytes, bytes], set[int]] = {}
    for row in among(summary[name], PAIR, chosen).to_pylist():
        found.setdefault((row["scanner"], row["target"]), set()).add(row["protocol"])
    return found


def _verdict(
    scanner: bytes,
    targets: Sequence[bytes],
    protocols: set[int],
    refused: int,
    times: Sequence[Row],
    frames: Sequence[Row],
    refusals: Sequence[Row],
) -> Verdict:
    who = address_text(scanner)
    whom = tuple(sorted(address_text(target) for target in targets))
    to = whom[0] if len(whom) == 1 else f"{len(whom)} hosts"
    packets = sum(row["packets"] for row in times)
    starts = [row["start"] for row in times] or [row["time"] for row in refusals]
    start, end = min(starts), max([row["end"] for row in times] or starts)
    listed = tuple(sorted(protocols))
    matches = where(ip_source=who, ip_destination=whom[:NAMED], ip_protocol=listed)
    return Verdict(
        subject=who,
        title=f"Protocol scan: {who} tries {len(listed)} IP protocols on {to}",
        severity=Severity.MEDIUM,
        confidence=0.95 if len(listed) >= 20 else 0.8,
        attackers=(who,),
        victims=whom[:NAMED],
        start=start,
        end=end,
        counts={"protocols": len(listed), "packets": packets, "refused": refused, "targets": len(whom)},
        reason=(
            f"{who} sent {to} packets of {len(listed)} different protocols besides TCP, UDP and ICMP "
            f"({packets} packets in {(end - start) / 1e9:.1f} s); {refused} protocols were refused as "
            "unreachable. Hosts that work together use one or two: it looks which the target speaks."
        ),
        proofs=(
            *_first(frames, "ip_protocol", "packet of one more protocol"),
            *_first(refusals, "icmp_code", "refusal: the protocol is not spoken"),
        ),
        frames=packets or len(refusals),
        scope=(Selector((*matches, *between(start, end))),),
        rule=Rule(
            matches=(
                *where(ip_source=who, ip_destination=whom[:NAMED]),
                *(Match("ip_protocol", Operator.NOT_EQUAL, usual) for usual in USUAL),
            )
        ),
        advice=("drop, without an answer, protocols that no service of the host speaks",),
    )


def _first(rows: Sequence[Row], column: str, role: str) -> tuple[Proof, ...]:
    ordered = sorted(rows, key=lambda row: (row["time"], row["frame"]))[:5]
    return tuple(Proof(row["frame"], row["depth"], column, role) for row in ordered)


DETECTOR = Detector(
    name="protocol-scan",
    title="IP protocol scan",
    layer="internet",
    techniques=("T1046",),
    config=Config(),
    relations={
        "asked": Distinct(PAIR, ("protocol",), 256),
        "refused": Distinct(PAIR, ("protocol",), 256),
        "times": Totals(PAIR, ("packets",), ("start",), ("end",)),
        "frames": First(PAIR),
        "refusals": First(PAIR),
    },
    observe=observe,
    judge=judge,
    packets=(
        "ip_version",
        "icmp_type",
        "icmp_code",
        "quoted_source",
        "quoted_destination",
        "quoted_protocol",
    ),
    connections=(
        "ts",
        "id.orig_h",
        "id.resp_h",
        "proto",
        "ip_proto",
        "orig_pkts",
        "last_time",
        "first_frame",
    ),
    explains=("ip-tunnel", "os-fingerprinting"),
)
