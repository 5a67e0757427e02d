"""Port scan: one host tries many ports of another, to learn which of them somebody serves.

What it is:
    A port is a door of the transport layer. Before an attacker uses one he tries them all: a door that is
    closed answers with RST (TCP) or "port unreachable" (UDP, SCTP), one that is open with SYN-ACK or data,
    and one behind a filter not at all. The kinds differ in what is sent: SYN (and RST instead of the third
    segment), connect (a whole handshake), FIN, NULL, Xmas and Maimon (segments that no connection allows, to
    pass simple filters), ACK and Window (to map the filter itself), UDP datagrams, SCTP INIT chunks. A slow
    scan hides below rates, a decoy scan among forged sources.

Exchange:
    scanner                          target
       | -- SYN to port 22 ------------> |
       | <-- SYN-ACK (open) ------------ |
       | -- RST -----------------------> |   never a third segment
       | -- SYN to port 23 ------------> |
       | <-- RST (closed) -------------- |
       | -- SYN to port 25 ------------> |   no answer: filtered
                 (and so on)

How it is recognised:
    Attempts of one source that came to nothing, at `ports` different ports of one host within an hour
    (`high_ports` where none of them is below 1024 or nothing at all answered). Not counted: conversations
    that moved data, and half-open ones that nobody ever resets. The rate plays no part, so slow scans count.
    Sources that try the same ports of the same host at the same time are a scan with decoys; three and more
    that share its ports between them are one scan. Large datagrams, fast, are no scan: see udp-flood.

What looks the same:
- Passive FTP through a filter: high ports only, and a control connection to port 21 beside them.
- traceroute counts up through UDP ports 33434 to 33534, which are left out here.
- Monitoring of many services of one host: they mostly answer; name the machine in `allowed_scanners`.
- A capture that shows one direction only: TCP attempts there go on with an ACK, so they are no attempts.

How to stop it:
- Close what need not be open; a filter that drops instead of refusing makes scans slow.
- Drop the scanner's packets (the rule), and look what it found open: that comes next.
- Where the scanner is a machine of one's own, look at that machine first: somebody else may use it.

Limits:
    Fewer than `ports` ports an hour are not told. ACK and Window scans send the same segments and differ in
    what the scanner reads. With decoys every source looks the same: which is real cannot be known from
    the packets. A scan through many relays, each trying less than `ports` ports, is not put together.

In the lab:
    python -m lab.scenarios port-scan-syn          (nmap -n -Pn -sS 10.20.0.10)
    python -m lab.scenarios port-scan-slow         (nmap -sS --scan-delay 700ms 10.20.0.10)
    python -m lab.scenarios port-scan-held-shared  (eight times nmap -sS --scan-delay 250ms -p 1,9,17,… host)
    python -m lab.scenarios port-scan-decoy        (nmap -sS -D 198.51.100.21,…,ME 10.20.0.10)

References:
- RFC 9293 section 3.10.7, what a closed port answers to each segment
- Nmap Network Scanning, chapter 5, Port Scanning Techniques and Algorithms
- Snort's port_scan: 15 ports in 90 s at medium sensitivity; psad: danger level 2 from 15 packets
- MITRE ATT&CK T1046, Network Service Discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from netanatomy.detect.attempts import (
    ACK,
    COLUMNS,
    FIN,
    KINDS,
    RST,
    SCTP,
    SILENT,
    UDP,
    attempts,
    halves,
    hashed,
)
from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import Distinct, Row, Summary, Totals
from netanatomy.detect.scan_pairs import Pair, decoys_of, pairs_of, ports_of, scans, shared_of
from netanatomy.detect.selected import keys_over, selected
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text
from netanatomy.tables.words import words

HOUR = 3_600 * 10**9  # ns
SECOND = 10**9  # ns
NAMED = 25
SAMPLES = 5
UNREACHABLE, PORT_UNREACHABLE = 3, 3  # RFC 792; ICMPv6 is 1, 4 (RFC 4443)
PROTOCOLS = {UDP: 17, SCTP: 132}


@frozen
class Config:
    """Thresholds."""

    ports: int = threshold(
        15, "ports", "different ports of one host tried in vain within an hour", "Snort: 15, psad level 2: 15"
    )
    high_ports: int = threshold(
        30,
        "ports",
        "the same where only ports from 1024 on were tried, or nothing answered at all",
        "twice as many: passive FTP and peers behind one address try high ports",
    )
    open_ports: int = threshold(
        40,
        "ports",
        "different ports that were opened and left without a word, where few were refused",
        "nmap -F tries 100",
    )
    slow: float = threshold(
        0.4, "s", "mean time between two tries from which a scan is called slow", "nmap -T2 waits 0.4 s"
    )
    same_ports: float = threshold(
        0.8, "", "share of ports in common from which two sources are one scan with decoys", "the laboratory"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Attempts by source, host, hour and kind, and which ports they were for."""
    if tables.connections.count:
        yield from _attempts(tables)
    anomalies = tables.anomalies
    if anomalies.count and len(xmas := anomalies.rows_named("name", "flags-xmas")):
        pair = hashed(anomalies, xmas, "source", "destination")
        yield "xmas", kept(anomalies, xmas, (), pair=pair, xmas=np.int64(1))
    packets = tables.packets
    if len(quoting := packets.rows_with("quoted_destination_port")):
        kind, code = packets.at("icmp_type", quoting), packets.at("icmp_code", quoting)
        refused = (kind == UNREACHABLE) & (code == PORT_UNREACHABLE) | (kind == 1) & (code == 4)
        quoting = quoting[refused]
        pair = hashed(packets, quoting, "quoted_source", "quoted_destination")
        yield "refused", kept(packets, quoting, (), pair=pair, refused=np.int64(1))


def _attempts(tables: Tables) -> Kept:
    connections = tables.connections
    tries = attempts(connections)
    tries = tries[tries.kind != RST]
    rows = tries.places
    if not len(rows):
        return
    pair = hashed(connections, rows, "id.orig_h", "id.resp_h")
    hour = connections.numbers("ts")[rows] // HOUR
    port = connections.at("id.resp_p", rows)
    silent = (tries.kind == UDP) | ((tries.kind == ACK) & (tries.outcome == SILENT))
    told = {"pair": pair, "hour": hour, "silent": silent, "outcome": tries.outcome}
    yield "tried", kept(connections, rows, ("port=id.resp_p",), **told)
    yield (
        "pairs",
        kept(
            connections,
            rows,
            ("start=ts", "end=last_time", "frame=first_frame", "frames=orig_pkts", "octets=orig_size_max"),
            pair=pair,
            kind=tries.kind,
            part=(port % SAMPLES).astype(np.uint8),
            attempts=np.int64(1),
            **halves(connections, rows, "id.orig_h", "scanner"),
            **halves(connections, rows, "id.resp_h", "victim"),
            mac=words(connections.take("orig_l2_addr", rows))[0],
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each scanner, or for each group of sources that hide one among them."""
    if "tried" not in summary:
        return
    over = keys_over(summary["tried"], ("pair", "hour"), min(config.ports, config.open_ports))
    if not len(over):
        return
    refused = dict(_numbers(selected(summary["refused"], "pair", over).to_pylist(), "refused"))
    pairs = [
        pair for key, pair in pairs_of(summary, over).items() if scans(pair, config, refused.get(key, 0))
    ]
    xmas = dict(_numbers(selected(summary["xmas"], "pair", over).to_pylist(), "xmas"))
    decoys, alone = decoys_of(pairs, config.same_ports)
    for group in decoys:
        yield _verdict(group, config, network, sum(xmas.values()), decoys=True)
    shared, alone = shared_of(alone)
    by_scanner: dict[bytes, list[Pair]] = {}
    for pair in alone:
        by_scanner.setdefault(pair.scanner, []).append(pair)
    for mine in (*shared, *by_scanner.values()):
        total = sum(xmas.get(row["pair"], 0) for pair in mine for row in pair.rows[:1])
        yield _verdict(mine, config, network, total, decoys=False)


def _numbers(rows: Iterable[Row], name: str) -> Iterator[tuple[int, int]]:
    for row in rows:
        yield row["pair"], row[name]


def _kind(pairs: Sequence[Pair], xmas: int) -> tuple[int, str]:
    counts: dict[int, int] = {}
    for pair in pairs:
        for row in pair.rows:
            counts[row["kind"]] = counts.get(row["kind"], 0) + row["attempts"]
    kind = max(counts, key=lambda code: (counts[code], -code))
    name = {FIN: "Xmas" if xmas * 2 > counts[kind] else "FIN", ACK: "ACK or Window"}.get(kind, KINDS[kind])
    return kind, name


def _verdict(pairs: Sequence[Pair], config: Config, network: Network, xmas: int, *, decoys: bool) -> Verdict:
    kind, name = _kind(pairs, xmas)
    rows = [row for pair in pairs for row in pair.rows]
    start, end = min(pair.start for pair in pairs), max(pair.end for pair in pairs)
    sources = sorted({address_text(pair.scanner) for pair in pairs})
    victims = sorted({address_text(pair.victim) for pair in pairs})
    ports, opened = ports_of(pairs)
    count, frames = sum(row["attempts"] for row in rows), sum(row["frames"] for row in rows)
    seconds = (end - start) / SECOND
    each = seconds * len(sources) / max(1, count)
    manner = "slow " if each >= config.slow and seconds > SAMPLES else ""
    target = victims[0] if len(victims) == 1 else f"{len(victims)} hosts"
    shared = len(sources) > 1 and not decoys
    who = f"one of {len(sources)} sources scans" if decoys else f"{sources[0]} scans"
    who = f"{len(sources)} sources together scan" if shared else who
    does = "shared a scan: they tried" if shared else "tried"
    allowed = not decoys and set(sources) <= set(network.allowed_scanners)
    macs = tuple(sorted({mac_text(row["mac"].to_bytes(8, "little")[:6]) for row in rows if row["mac"]}))[
        :NAMED
    ]
    protocol = PROTOCOLS.get(kind, 6)
    source = where(ip_source=sources[:NAMED])
    matches = (*source, *where(ip_destination=victims[:NAMED], ip_protocol=protocol))
    told = (
        f"{', '.join(sources[:NAMED])} tried the same {ports} ports at the same time: one of them scans and "
        "the others are forged to hide it. Which one is real cannot be known from the packets."
        if decoys
        else f"{', '.join(sources[:NAMED])} {does} {ports} ports of {target} in {seconds:.2f} s, by {count} "
        "tries in all."
    )
    return Verdict(
        subject=",".join(sources) + "|" + ("decoy|" + victims[0] if decoys else ""),
        title=f"{who} {target}: {manner}{name} scan{' with decoys' if decoys else ''}, {ports} ports",
        severity=_severity(sources, allowed, network),
        confidence=0.95 if ports >= 2 * config.high_ports else 0.85,
        attackers=() if decoys else tuple(sources[:NAMED]),
        victims=tuple(victims[:NAMED]),
        others={"claimed": tuple(sources[:NAMED]), "sender": macs} if decoys else {},
        start=start,
        end=end,
        counts={"ports": ports, "open": opened, "attempts": count, "hosts": len(victims)},
        reason=f"{told} {opened} of them answered as open; no data moved. Who wants a service knows its "
        "port; who tries them one after the other looks for what is there.",
        proofs=tuple(
            Proof(row["frame"], 0, "destination_port", f"{name} probe")
            for row in sorted(rows, key=lambda row: int(row["frame"]))
            if row["kind"] == kind
        )[:SAMPLES],
        frames=frames,
        scope=(Selector((*matches, *between(start, end))),),
        rule=None if decoys or allowed else Rule(matches=matches),
        advice=("drop what is not served instead of refusing it: scans then wait for every port",),
    )


def _severity(sources: Sequence[str], allowed: bool, network: Network) -> Severity:
    if allowed:
        return Severity.INFO
    return Severity.HIGH if len(sources) == 1 and network.is_home(sources[0]) else Severity.MEDIUM


DETECTOR = Detector(
    name="port-scan",
    title="Port scan",
    layer="transport",
    techniques=("T1046",),
    config=Config(),
    relations={
        "tried": Distinct(("pair", "hour", "silent", "outcome"), ("port",)),
        "pairs": Totals(
            ("pair", "kind", "part"),
            ("attempts", "frames", "octets"),
            ("start", "frame", "scanner_high", "scanner_low", "victim_high", "victim_low"),
            ("end", "mac"),
        ),
        "xmas": Totals(("pair",), ("xmas",)),
        "refused": Totals(("pair",), ("refused",)),
    },
    observe=observe,
    judge=judge,
    packets=("quoted_source", "quoted_destination", "quoted_destination_port", "icmp_type", "icmp_code"),
    connections=COLUMNS,
    anomalies=True,
    explains=(
        *("handshake-violation", "tcp-flood", "udp-flood", "backdoor-port", "unexpected-source-port"),
        *("rst-injection", "session-hijack", "arp-scan"),
    ),
)
