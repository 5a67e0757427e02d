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
- A flood of datagrams at random ports has something in each of them, where a scan sends most ports nothing:
  see udp-flood, which is told instead.

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

from collections.abc import Iterable, Iterator

import numpy as np

from netanatomy.detect.attempts import (
    ACK,
    COLUMNS,
    RST,
    SILENT,
    UDP,
    attempts,
    halves,
    hashed,
)
from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.relations import EVERY_VALUE, Distinct, Row, Summary, Totals
from netanatomy.detect.scan_pairs import Pair, decoys_of, pairs_of, scans, shared_of
from netanatomy.detect.selected import keys_over, selected
from netanatomy.detect.tables import Tables, kept
from netanatomy.detect.transport.scan_verdict import SAMPLES, verdict
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.words import words

HOUR = 3_600 * 10**9  # ns
SECOND = 10**9  # ns
UNREACHABLE, PORT_UNREACHABLE = 3, 3  # RFC 792; ICMPv6 is 1, 4 (RFC 4443)


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
    same_time: int = threshold(
        60,
        "s",
        "by which sources of one scan may begin and end apart",
        "sources of one command start at once",
    )
    sharers: int = threshold(
        3, "sources", "that share the ports of one host between them", "of two it may be chance"
    )
    own_share: float = threshold(
        0.9,
        "",
        "share of a source's ports that no other source of a shared scan tries",
        "a few may be tried twice",
    )
    even_share: float = threshold(
        0.5,
        "",
        "share of the most ports of a source that the others of a shared scan have at least",
        "who shares work shares it evenly",
    )
    refusals: int = threshold(
        5,
        "packets",
        "ICMP refusals, or system ports, that show that datagrams without an answer are a scan",
        "one is a service that is down",
    )
    bulky: int = threshold(
        256,
        "octets",
        "of datagrams in the mean from which many at once are a flood and no scan",
        "most of nmap's probes are empty",
    )
    flood_rate: int = threshold(
        50, "packets/s", "datagrams of one source from which bulky ones are a flood", "as of udp-flood"
    )
    probe_packets: int = threshold(
        4, "packets", "of a source without a handshake, up to which they are a probe", "nmap sends 1 to 3"
    )
    short_life: int = threshold(
        33,
        "hops",
        "times to live of datagrams below which somebody asks the way",
        "systems begin with 64, and ways have 25 hops",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Attempts by source, host, hour and kind, and which ports they were for."""
    if tables.connections.count:
        yield from _attempts(tables, config)
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


def _attempts(tables: Tables, config: Config) -> Kept:
    connections = tables.connections
    tries = attempts(connections, config)
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
    decoys, alone = decoys_of(pairs, config)
    exact = summary.exact("tried") and summary.exact("pairs")
    for group in decoys:
        yield verdict(group, config, network, sum(xmas.values()), exact, decoys=True)
    shared, alone = shared_of(alone, config)
    by_scanner: dict[bytes, list[Pair]] = {}
    for pair in alone:
        by_scanner.setdefault(pair.scanner, []).append(pair)
    for mine in (*shared, *by_scanner.values()):
        total = sum(xmas.get(row["pair"], 0) for pair in mine for row in pair.rows[:1])
        yield verdict(mine, config, network, total, exact, decoys=False)


def _numbers(rows: Iterable[Row], name: str) -> Iterator[tuple[int, int]]:
    for row in rows:
        yield row["pair"], row[name]


DETECTOR = Detector(
    name="port-scan",
    title="Port scan",
    layer="transport",
    techniques=("T1046",),
    config=Config(),
    relations={
        "tried": Distinct(("pair", "hour", "silent", "outcome"), ("port",), roomy=EVERY_VALUE),
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
