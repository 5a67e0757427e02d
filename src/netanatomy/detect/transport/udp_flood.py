"""UDP flood: datagrams that nobody asked for, faster than their receiver can throw them away.

What it is:
    UDP has no handshake: whoever sends is heard at once, so sources are forged as easily as not. Datagrams to
    a port that nobody serves cost the receiver an ICMP "port unreachable" each, those to a served port cost
    what the service does, and both fill the line. It is the simplest attack on the transport layer.

Exchange:
    attacker (forged sources)            victim
       | -- UDP to port 5060 -------------> |
       | -- UDP to port 5060 -------------> |
       | <-- ICMP port unreachable -------- |   (a few a second: hosts limit them)
       | -- UDP to port 5060 -------------> |
               … thousands more …

How it is recognised:
    At least `rate` datagrams a second, in at least `seconds` seconds (or `burst` in one), to one host that
    does not answer them although it is there (it answers others, or says "port unreachable"), AND either
    from many sources with hardly more than a datagram each, or from few with ever new ports, or from few
    with the same ports at `stream_rate`. A served port that answers more than `answered_share` of its
    clients is not flooded.

What looks the same:
- Video, voice and VPNs go one way at high rates, between the same two ports, and are not refused.
- A resolver that asks a dead server: then the server answers nobody, and is not told as a victim.
- Logs and measurements (syslog, statsd) sent to a collector that is down: refused, but below `stream_rate`.
- A capture that shows one direction only: nobody is seen to answer anything, so nothing is told.

How to stop it:
- A limit for datagrams to that port a second (the rule); where the port serves nobody, drop them all.
- Forged sources cannot be listed: ask the provider to filter upstream, and operators for BCP 38.
- Take the service off the address, or hand its traffic to a scrubbing service, while it lasts.

Limits:
    A flood of questions that the service answers (DNS) is not told here; see amplification. Below `rate`
    nothing is told. A flood between two fixed ports that is never refused looks like a stream.

In the lab:
    python -m lab.scenarios udp-flood-port         (hping3 --udp -p 5060 -d 400 -i u2500 10.20.0.10)
    python -m lab.scenarios udp-flood-spoofed      (hping3 --udp --rand-source -p 53 10.20.0.10)
    python -m lab.scenarios udp-flood-t50          (t50 --protocol UDP 10.20.0.10)

References:
- CERT Advisory CA-1996-01, UDP Port Denial-of-Service Attack
- RFC 1812 section 4.3.2.8, Rate Limiting of ICMP errors
- MITRE ATT&CK T1498.001, Network Denial of Service: Direct Network Flood
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from netanatomy.detect.cells import cells, counted
from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.floods import (
    NAMED,
    SECOND,
    Sources,
    by_second,
    episode,
    lasting,
    length_of,
    sources_of,
    totals,
)
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

UDP = 17
FEW_PORTS = 16
REFUSALS = 5
"""ICMP refusals that show that a host is there; hosts send at least one a second (Linux icmp_ratelimit)."""
FAST = 1_000  # packets/s from which a flood is called high


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds."""

    rate: int = threshold(50, "datagrams/s", "unanswered datagrams a second to one host", "the laboratory")
    stream_rate: int = threshold(
        1_000,
        "datagrams/s",
        "the same where few pairs of ports send them all",
        "statsd and syslog send hundreds a second to collectors that are down",
    )
    burst: int = threshold(
        500, "datagrams/s", "the same in one second alone", "ten times the rate: no system's retries"
    )
    seconds: int = threshold(2, "s", "seconds at that rate", "a burst of retries lasts one")
    answered_share: float = threshold(
        0.2, "", "share of answered conversations at the port above which it is load", "as of SYN floods"
    )
    datagrams_of_a_source: float = threshold(
        4.0, "datagrams", "datagrams of a source up to which many sources are taken for forged", "SYN floods"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Unanswered datagrams by host and second, who sent them, who answers anything, and who refuses."""
    yield from _refusals(tables.packets)
    connections = tables.connections
    if not connections.count:
        return
    answered = np.flatnonzero(connections.numbers("resp_pkts") > 0)
    if len(answered):
        yield "speaking", counted(cells(connections, answered, "id.resp_h"))
        udp_code = connections.code("proto", "udp")
        served = answered[connections.numbers("proto")[answered] == udp_code]
        if len(served):
            yield "served", counted(cells(connections, served, "id.resp_h", "id.resp_p"))
    silent = connections.numbers("resp_pkts") == 0
    rows = connections.rows_named("proto", "udp")
    rows = rows[silent[rows]]
    if not len(rows):
        return
    victim = ("victim=id.resp_h",)
    spread = by_second(connections, rows)
    yield (
        "seconds",
        kept(
            connections,
            spread.places,
            (*victim, "start=ts", "end=last_time"),
            second=spread.second,
            packets=spread.packets,
            begun=(connections.numbers("ts")[spread.places] // SECOND == spread.second).astype(np.int64),
        ),
    )
    yield (
        "ports",
        kept(
            connections,
            rows,
            (*victim, "port=id.resp_p", "packets=orig_pkts", "length=orig_size_max"),
            cell=cells(connections, rows, "id.resp_h", "id.resp_p"),
            host=cells(connections, rows, "id.resp_h"),
        ),
    )
    yield "sources", kept(connections, rows, (*victim, "source=id.orig_h"))
    yield "senders", kept(connections, rows, (*victim, "mac=orig_l2_addr", "ttl=orig_initial_ttl"))
    yield "frames", kept(connections, rows, (*victim, "time=ts", "frame=first_frame"), depth=np.uint8(0))


def _refusals(packets: Rows) -> Kept:
    rows = packets.rows_with("quoted_destination_port")
    if len(rows):
        rows = rows[packets.at("quoted_protocol", rows) == UDP]
        yield "refused", kept(packets, rows, ("victim=quoted_destination",), refused=np.int64(1))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host that was flooded."""
    if "seconds" not in summary:
        return
    table = summary["seconds"]
    fast = table.filter(pc.greater_equal(table["packets"], config.rate))
    by_victim: dict[bytes, list[Row]] = {}
    for row in table.filter(pc.is_in(table["victim"], pc.unique(fast["victim"]))).to_pylist():
        by_victim.setdefault(row["victim"], []).append(row)
    for victim in list(by_victim):
        if not lasting([row["packets"] for row in by_victim[victim]], config):
            del by_victim[victim]
    if not by_victim:
        return
    speaking = {row["cell"]: row["count"] for row in summary.rows("speaking")}
    served = {row["cell"]: row["count"] for row in summary.rows("served")}
    refused = {row["victim"]: row["refused"] for row in summary.rows("refused")}
    counts = totals(summary, "sources", "victim")
    groups = {name: summary.groups(name, "victim") for name in ("ports", "sources", "senders", "frames")}
    for victim, rows in by_victim.items():
        seconds = episode(rows, "packets", config.rate)
        ports = groups["ports"].get((victim,), [])
        count, begun = sum(row["packets"] for row in seconds), sum(row["begun"] for row in seconds)
        there = refused.get(victim, 0) >= REFUSALS or any(row["host"] in speaking for row in ports)
        answered = sum(served.get(cell, 0) for cell in {row["cell"] for row in ports})
        if not there or answered > config.answered_share * (answered + sum(r["packets"] for r in ports)):
            continue
        number = counts.get((victim,), 0)
        forged = number > NAMED and count / number <= config.datagrams_of_a_source
        peak = max(row["packets"] for row in seconds)
        # Few pairs of ports that last are a stream, of which only refusals tell that nobody wants it.
        stream = begun * 2 < config.rate * len(seconds)
        if stream and (peak < config.stream_rate or refused.get(victim, 0) < REFUSALS):
            continue
        different = len({row["port"] for row in ports})
        sparse = sum(row["packets"] for row in ports) <= config.datagrams_of_a_source * different
        if sparse and not forged and different > FEW_PORTS and peak < config.stream_rate:
            continue  # a scan of ports
        sources, senders = groups["sources"].get((victim,), ()), groups["senders"].get((victim,), ())
        who = sources_of(sources, senders, number, forged)
        frames = groups["frames"].get((victim,), [])
        yield _verdict(victim, seconds, ports, who, frames, refused.get(victim, 0))


def _verdict(
    address: bytes, seconds: list[Row], rows: list[Row], who: Sources, frames: list[Row], refused: int
) -> Verdict:
    victim = address_text(address)
    start, end = min(row["start"] for row in seconds), max(row["end"] for row in seconds)
    count, peak = sum(row["packets"] for row in seconds), max(row["packets"] for row in seconds)
    ports = sorted({row["port"] for row in rows})
    length = length_of(rows)
    target = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    matches: tuple[Match, ...] = where(ip_destination=victim, ip_protocol=UDP)
    if len(ports) <= FEW_PORTS:
        matches += where(destination_port=ports)
    if length is not None:
        matches += where(ip_total_length=length)
    if not who.forged and who.count <= NAMED:
        matches += where(ip_source=who.named)
    limit = Rule(
        matches=matches, action=Action.LIMIT, rate=max(25, peak // 10), burst=50, per=Per.DESTINATION
    )
    return Verdict(
        subject=victim,
        title=f"UDP flood against {victim} {target}: {peak} datagrams a second",
        severity=Severity.HIGH if peak >= FAST else Severity.MEDIUM,
        confidence=0.95 if refused >= REFUSALS else 0.85,
        attackers=() if who.forged else who.named,
        victims=(victim,),
        others=who.others,
        start=start,
        end=end,
        counts={
            "datagrams": count,
            "peak_per_second": peak,
            "sources": who.count,
            "ports": len(ports),
            "refused": refused,
        },
        reason=(
            f"{count} datagrams to {target} of {victim}, up to {peak} a second, came from {who.text}, and "
            f"none of them was answered; {victim} refused {refused} by ICMP. Nobody there wants them, and "
            "they go on."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "udp_length", "datagram of the flood") for row in frames
        ),
        frames=count,
        scope=(Selector((*matches, *between(start, end))),),
        rule=limit if who.forged or who.count > NAMED else Rule(matches=matches),
    )


DETECTOR = Detector(
    name="udp-flood",
    title="UDP flood",
    layer="transport",
    techniques=("T1498.001",),
    config=Config(),
    relations={
        "seconds": Totals(("victim", "second"), ("packets", "begun"), ("start",), ("end",)),
        "ports": Totals(("victim", "port", "length", "cell", "host"), ("packets",)),
        "sources": Distinct(("victim",), ("source",)),
        "senders": Distinct(("victim",), ("mac", "ttl"), 64),
        "frames": First(("victim",)),
        "speaking": Totals(("cell",), ("count",)),
        "served": Totals(("cell",), ("count",)),
        "refused": Totals(("victim",), ("refused",)),
    },
    observe=observe,
    judge=judge,
    packets=("quoted_destination", "quoted_destination_port", "quoted_protocol"),
    connections=(
        "ts",
        "id.orig_h",
        "id.resp_h",
        "id.resp_p",
        "proto",
        "last_time",
        "first_frame",
        "orig_pkts",
        "resp_pkts",
        "orig_size_max",
        "orig_l2_addr",
        "orig_initial_ttl",
    ),
    explains=("host-sweep", "ip-spoofing", "port-scan", "fragment-flood", "backdoor-port"),
)
