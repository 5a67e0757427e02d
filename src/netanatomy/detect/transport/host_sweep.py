"""Host sweep: one host tries the same port of many others, to find who serves it.

What it is:
    Who knows a weakness of one service looks for machines that offer it: the same port, one address after
    the other. Worms spread so, and search engines for attackers begin so. It is the port scan turned by
    a right angle, on the transport layer: one door at many houses.

Exchange:
    sweeper            10.0.0.1      10.0.0.2      10.0.0.3
       | -- SYN to 445 ---> |            |             |
       | <-- RST ---------- |            |             |
       | -- SYN to 445 ----------------> | (no answer: nobody there)
       | -- SYN to 445 ------------------------------> |
       | <-- SYN-ACK --------------------------------- |  found one
                 (and so on)

How it is recognised:
    Attempts of one source at one port of `hosts` different hosts within an hour that came to nothing: refused
    or not answered, or, where at most `open_share` are of that kind, opened and left without a word. At most
    `used_share` of what it began at that port moved any data, and each host was tried at most `tries` times
    on average. Answers of a DHCP server are no attempts, even where they find no client. Where most of its
    failures are at ports that only few hosts share, it is a peer of a peer-to-peer network and not told.

What looks the same:
- Peer-to-peer programs try many hosts that are gone, but on as many ports, and reach some of them.
- A DHCP server sends to the same port of every client, and none answers: its own port tells it.
- Crawlers and mail servers speak to many hosts at one port: most answer.
- Health checks try the same dead hosts again and again.
- A NAT gateway or resolver speaks for many: most of what it begins is answered.
- Monitoring and inventory do sweep; name the machine in `allowed_scanners`.

How to stop it:
- A sweeping machine inside is most likely infected: take it off the network, then look at it.
- Drop the sweeper's packets to that port (the rule); no client needs that port at all those hosts.
- Let only those ports in that are served, and only to the hosts that serve them.

Limits:
    Hosts on the sweeper's own network that do not exist get no SYN, only an ARP question: see arp-scan.
    Where every host answers and is spoken to, it is a crawl and not told. Unanswered datagrams of a source
    that nobody ever answers may be a capture of one direction; they are not told.

In the lab:
    python -m lab.scenarios host-sweep-nmap        (nmap -n -Pn -sS -p 22 198.51.100.1-200)
    python -m lab.scenarios host-sweep-masscan     (masscan -p3389 --rate 40 10.20.0.0/24)
    python -m lab.scenarios host-sweep-slow        (hping3 -S -p 445 --rand-dest 198.51.100.x)

References:
- Zeek, bro-simple-scan: 25 failed hosts of a remote source
- J. Jung et al.: Fast Portscan Detection Using Sequential Hypothesis Testing, IEEE S&P 2004 (theta1 = 0.2)
- MITRE ATT&CK T1018, Remote System Discovery; T1046, Network Service Discovery
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.attempts import (
    COLUMNS,
    KINDS,
    OPEN,
    RST,
    SCTP,
    SILENT,
    UDP,
    attempts,
    halves,
    hashed,
    whole,
)
from netanatomy.detect.cells import cells, counted
from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import Bound, Quantity, quantity
from netanatomy.detect.relations import EVERY_VALUE, Distinct, Row, Summary, Totals
from netanatomy.detect.selected import selected, totalled
from netanatomy.detect.tables import Tables, kept
from netanatomy.detect.transport.swept_hosts import given_addresses, swept_hosts
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.python_rows import python_tuples
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

HOUR = 3_600 * 10**9  # ns
SECOND = 10**9  # ns
NAMED = 25
SAMPLES = 5
PROTOCOLS = {UDP: 17, SCTP: 132}


@frozen
class Config:
    """Thresholds."""

    hosts: int = threshold(
        25,
        "hosts",
        "different hosts that were tried in vain at one port in an hour",
        "Zeek bro-simple-scan: 25",
    )
    used_share: float = threshold(
        0.2, "", "share of conversations with data up to which it is a sweep", "TRW theta1: 0.2 succeed"
    )
    tries: float = threshold(
        6.0,
        "attempts",
        "attempts of each host beyond which it is a health check",
        "nmap tries twice to 11 times",
    )
    open_share: float = threshold(
        0.5, "", "share of hosts that opened the port, up to which it is a sweep", "TRW: between 0.2 and 0.8"
    )
    swept_share: float = threshold(
        0.5, "", "share of all failures that swept ports have", "peers listen on ports of their own"
    )
    ports: int = threshold(
        15,
        "ports",
        "swept ports from which it is a port scan of many hosts, which port-scan tells",
        "its threshold `ports`",
        ("port-scan", "ports"),
    )
    probe_packets: int = threshold(
        4,
        "packets",
        "of a source without a handshake, up to which they are a probe",
        "nmap sends 1 to 3",
        ("port-scan", "probe_packets"),
    )
    short_life: int = threshold(
        33,
        "hops",
        "times to live of datagrams below which somebody asks the way",
        "systems begin with 64, and ways have 25 hops",
        ("port-scan", "short_life"),
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Hosts that were tried in vain by source, port and hour, and how many conversations moved data."""
    connections = tables.connections
    if not connections.count:
        return
    yield from _used(connections)
    tries = attempts(connections, config)
    tries = tries[tries.kind != RST]
    tries = tries[~given_addresses(connections, tries.places)]
    rows = tries.places
    if not len(rows):
        return
    sweep = hashed(connections, rows, "id.orig_h", "id.resp_p", "ip_proto")
    hour = connections.numbers("ts")[rows] // HOUR
    yield (
        "hosts",
        kept(
            connections,
            rows,
            ("victim=id.resp_h",),
            sweep=sweep,
            hour=hour,
            open=tries.outcome == OPEN,
            silent=tries.outcome == SILENT,
        ),
    )
    victim = hashed(connections, rows, "id.resp_h")
    yield (
        "sweeps",
        kept(
            connections,
            rows,
            (
                "port=id.resp_p",
                "start=ts",
                "end=last_time",
                "frame=first_frame",
                "frames=orig_pkts",
            ),
            sweep=sweep,
            kind=tries.kind,
            cell=cells(connections, rows, "id.orig_h", "id.resp_p"),
            part=(victim % SAMPLES).astype(np.uint8),
            attempts=np.int64(1),
            **halves(connections, rows, "id.orig_h", "scanner"),
        ),
    )


def _used(connections: Rows) -> Kept:
    """Conversations in which both sides sent data, by a hash of source and port."""
    both = (connections.numbers("orig_data_pkts") > 0) & (connections.numbers("resp_data_pkts") > 0)
    rows = np.flatnonzero(both)
    if len(rows):
        yield "used", counted(cells(connections, rows, "id.orig_h", "id.resp_p"))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source, over all ports that it swept."""
    if "hosts" not in summary:
        return
    hosts = swept_hosts(summary.counted("hosts"), config.hosts, config.open_share)
    if not hosts:
        return
    keys = sorted(hosts)
    table = summary["sweeps"]
    by_sweep: dict[int, list[Row]] = {}
    for row in selected(table, "sweep", keys).to_pylist():
        by_sweep.setdefault(row["sweep"], []).append(row)
    used = {row["cell"]: row["count"] for row in summary.rows("used")}
    by_scanner: dict[bytes, list[int]] = {}
    for sweep, rows in by_sweep.items():
        tried = sum(row["attempts"] for row in rows)
        moved = used.get(rows[0]["cell"], 0)
        if moved <= config.used_share * (tried + moved) and tried <= config.tries * hosts[sweep]:
            by_scanner.setdefault(whole(rows[0], "scanner"), []).append(sweep)
    victims: dict[int, list[tuple[bool, bytes]]] = {}  # those that answer come first
    tried_each: Counter[tuple[int, int, bool]] = Counter()
    table_of_hosts = selected(summary["hosts"], "sweep", keys)
    for sweep, hour, opened, silent, victim in python_tuples(
        table_of_hosts, "sweep", "hour", "open", "silent", "victim"
    ):
        victims.setdefault(sweep, []).append((silent, victim))
        tried_each[sweep, hour, opened] += 1
    cut = {key[0] for key, count in tried_each.items() if not summary.exact("hosts", count)}
    totals = _failures(table, by_scanner) if by_scanner else {}
    for scanner, sweeps in by_scanner.items():
        swept = [row for sweep in sweeps for row in by_sweep[sweep]]
        if sum(row["attempts"] for row in swept) < config.swept_share * totals.get(scanner, 0):
            continue
        if len({row["port"] for row in swept}) < config.ports:
            named = sorted({host for sweep in sweeps for host in victims.get(sweep, ())})
            found = list(dict.fromkeys(host for _, host in named))
            exact = summary.exact("sweeps"), cut.isdisjoint(sweeps)
            yield _verdict(scanner, swept, found, used, network, exact)


def _failures(table: pa.Table, scanners: Iterable[bytes]) -> dict[bytes, int]:
    """Attempts of some sources at all ports together."""
    wanted = set(scanners)
    lows = pa.array([int(np.frombuffer(scanner, np.uint64)[1]) for scanner in wanted], pa.uint64())
    mine = table.filter(pc.is_in(table["scanner_low"], lows))
    summed = totalled(mine, ["scanner_high", "scanner_low"], "attempts")
    return {whole(row, "scanner"): row["attempts"] for row in summed.to_pylist()}


def _verdict(
    scanner: bytes,
    rows: list[Row],
    victims: list[bytes],
    used: dict[int, int],
    network: Network,
    exact: tuple[bool, bool],
) -> Verdict:
    """About one source; `exact` says whether all its attempts are known, and all its victims."""
    source = address_text(scanner)
    ports = sorted({row["port"] for row in rows})
    kind = max(
        {row["kind"] for row in rows}, key=lambda code: sum(r["attempts"] for r in rows if r["kind"] == code)
    )
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count, frames = sum(row["attempts"] for row in rows), sum(row["frames"] for row in rows)
    answered = sum(used.get(cell, 0) for cell in {row["cell"] for row in rows})
    hosts, tries = quantity(len(victims), exact[1]), quantity(count, exact[0])
    # Sources with equal hashes share a counter: that makes it too great, and never too small.
    moved = Quantity(answered, Bound.AT_MOST if answered else Bound.EXACT)
    allowed = network.is_allowed(source)
    protocol = PROTOCOLS.get(kind, 6)
    shown = f"port {ports[0]}" if len(ports) == 1 else f"ports {', '.join(map(str, ports))}"
    matches = where(ip_source=source, ip_protocol=protocol, destination_port=ports)
    seconds = (end - start) / SECOND
    severity = Severity.HIGH if network.is_home(source) else Severity.MEDIUM
    return Verdict(
        subject=f"{source}:{protocol}:{','.join(map(str, ports))}",
        title=f"{source} looks for {shown} at {hosts.of('host')} ({KINDS[kind]} sweep)",
        severity=Severity.INFO if allowed else severity,
        confidence=0.95 if hosts.number >= 2 * NAMED else 0.85,
        attackers=(source,),
        victims=tuple(address_text(host) for host in victims[:NAMED]),
        start=start,
        end=end,
        counts={
            **(hosts.counted("hosts") | tries.counted("attempts") | moved.counted("with_data")),
            "ports": len(ports),
            "seconds": seconds,
        },
        reason=(
            f"{source} tried {shown} at {hosts.of('host')} that refused it, did not answer or were left at "
            f"once, {tries.of('time')} in {seconds:.1f} s; {moved.of('conversation')} there moved data. A "
            "client asks hosts that it knows; who asks them all looks for one that answers."
        ),
        proofs=tuple(
            Proof(row["frame"], 0, "ip_destination", "one more host tried at the same port")
            for row in sorted(rows, key=lambda row: int(row["frame"]))
        )[:SAMPLES],
        frames=frames,
        scope=(Selector((*matches, *between(start, end))),),
        rule=None if allowed else Rule(matches=matches),
    )


DETECTOR = Detector(
    name="host-sweep",
    title="Host sweep",
    layer="transport",
    techniques=("T1018", "T1046"),
    config=Config(),
    relations={
        "hosts": Distinct(("sweep", "hour", "open"), ("victim", "silent"), roomy=EVERY_VALUE),
        "sweeps": Totals(
            ("sweep", "kind", "part"),
            ("attempts", "frames"),
            ("start", "frame", "port", "cell", "scanner_high", "scanner_low"),
            ("end",),
        ),
        "used": Totals(("cell",), ("count",)),
    },
    observe=observe,
    judge=judge,
    connections=COLUMNS,
    explains=("arp-scan", "ping-sweep", "handshake-violation", "rst-injection", "session-hijack"),
)
