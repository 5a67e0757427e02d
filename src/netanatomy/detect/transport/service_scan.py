"""Service scan: an open port is asked in many protocols, to learn which program listens there.

What it is:
    An open port says only that somebody listens. nmap -sV wants to know who: it opens a connection, waits
    whether a banner comes, and otherwise speaks one protocol after the other (HTTP, RTSP, RPC, DNS, TLS,
    SMB, LDAP, …), each in a connection of its own, until an answer fits. The name and version that it gets
    lead to known weaknesses. It works at the border of the transport and the application layer.

Exchange:
    scanner                                 server, port 9000
       | -- handshake, then silence for 6 s ---> |   does it greet?
       | -- "GET / HTTP/1.0" ------------------> |
       | <-- something unknown, or nothing ----- |
       | -- new connection: "OPTIONS / RTSP/1.0" |
       | -- new connection: RPC call ----------> |
       | -- new connection: DNS query ---------> |
       | -- new connection: TLS ClientHello ---> |
                  (and so on)

How it is recognised:
    One client speaks at least `protocols` different protocols to one port of one host, by the first octets
    of its payloads, or sends payloads that only nmap and masscan send (a ClientHello with a fixed random
    number, a request for "/nice ports,/Trinity.txt.bak", SIP to "nm", "SSH-1.5-NmapNSE_1.0", "EHLO
    masscan"), at least `marks` of them. To the scan belong the connections on which it only waited for a
    greeting, ten seconds before and after, and of who sends such payloads the other hosts that it asked
    meanwhile.
    Or one client goes from host to host (at least `hosts`) and tries ports of `purposes` purposes at each
    within an hour; at least `shut` ports, and half of all, are closed, and those that open, for at least
    `protocols` purposes, are only looked at: the greeting is taken, or one short question asked.

What looks the same:
- A port that serves two protocols by design (HTTP and TLS, or SSH beside TLS): two, not three.
- Monitoring that checks several services asks each port in its own protocol only, and again and again; it
  knows what there is, so most are open.
- A program for mail that is set up guesses many ports and servers: all for mail, which is one purpose.
- Peers of peer-to-peer networks, also behind one address translator: many hosts, one or two ports of each.
- Vulnerability scanners of one's own do the same on purpose: name them in `allowed_scanners`.

How to stop it:
- Drop the client's packets (the rule); it found the port open, so look what it asks next.
- Let programs not tell their version in banners and headers; it delays only, updates help.
- Let only those reach a port who need it.

Limits:
    Servers that greet (SSH, SMTP, FTP) are recognised by their greeting: who takes those of a few ports that
    it knows to be open is not told, nor is one whom a filter leaves without any answer. Within TLS nothing
    is seen. Probes by UDP are told by port-scan and amplification. Who gives a scanner another name in its
    requests, and asks each open port in its own protocol only, looks like monitoring; nmap's scripts for the
    web alone, whose requests have any length, are not told.

In the lab:
    python -m lab.scenarios service-scan-nmap      (nmap -n -Pn -sV -p 21,25,53,80,443 10.20.0.10)
    python -m lab.scenarios service-scan-unknown   (nmap -n -Pn -sV -p 9000 10.20.0.10)
    python -m lab.scenarios service-scan-held-grabber  (python3: connect, recv, at 12 ports of 4 servers)
    python -m lab.scenarios service-scan-held-scripts  (nmap -6 -sT -sV -sC -p 22,25,80,443 …)
    python -m lab.scenarios service-scan-held-banners  (masscan -p21,22,25,80,443,3306 --banners …)

References:
- Nmap Network Scanning, chapter 7, Service and Application Version Detection
- MITRE ATT&CK T1046, Network Service Discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import numpy as np

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict
from netanatomy.detect.greeting_rounds import COLUMNS as OF_DOORS
from netanatomy.detect.greeting_rounds import DOORS, Config, doors, rounds, told
from netanatomy.detect.probe_visits import COLUMNS, VISITS, Scan, around, visits
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.service_probes import OPENINGS, WANTED, openings
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
TCP = 6
SHOWN = 25
NAMED = 25
SELECTED = 500
"""Hosts in what a finding means. Bounds scans of whole networks."""


def observe(tables: Tables, config: Config) -> Kept:
    """Openings by client, server and port, and connections on which nobody asked for more."""
    yield from visits(tables.connections, WANTED, config.visit)
    yield from doors(tables.connections, config)
    packets = tables.packets
    if not packets.count or not packets.has("tcp_flags"):
        return
    rows, opening = openings(packets)
    if not len(rows):
        return
    code = opening.astype(np.uint8)
    parties = ("client=ip_source", "server=ip_destination", "port=destination_port")
    yield (
        "openings",
        kept(packets, rows, (*parties, "start=time", "end=time"), opening=code, count=np.int64(1)),
    )
    client, server = packets.take("ip_source", rows), packets.take("ip_destination", rows)
    port = packets.take("destination_port", rows)
    yield "frames", packet_places(packets, rows, client=client, server=server, port=port, opening=code)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each client."""
    known: set[bytes] = set()
    for client, verdict in _asking(summary, config, network):
        known.add(client)
        yield verdict
    for tried in rounds(summary, config):
        if tried.client not in known:
            yield told(tried, network)


def _asking(summary: Summary, config: Config, network: Network) -> Iterator[tuple[bytes, Verdict]]:
    """Clients that ask in many protocols, or as only scanners do."""
    frames = summary.groups("frames", "client", "server")
    visited = summary.groups("visits", "client", "server") if frames else {}
    asked: dict[bytes, dict[bytes, list[Row]]] = {}
    for (client, server), rows in summary.groups("openings", "client", "server").items():
        asked.setdefault(client, {})[server] = rows
    for client, servers in asked.items():
        proven = {server for server, rows in servers.items() if _proven(rows, config)}
        if not proven:
            continue
        if _marks(row for server in proven for row in servers[server]) >= config.marks:
            proven |= _meanwhile(servers, proven, config.visit * SECOND)
        asks = [
            Asked(
                address_text(server),
                servers[server],
                frames.get((client, server), []),
                around(servers[server], visited.get((client, server), ()), config.visit),
            )
            for server in sorted(proven)
        ]
        yield client, _verdict(address_text(client), asks, network, config.patience)


def _marks(rows: Iterable[Row]) -> int:
    """Payloads among some that only scanners send."""
    return sum(int(row["count"]) for row in rows if OPENINGS[row["opening"]].mark)


def _proven(rows: Sequence[Row], config: Config) -> bool:
    """Whether what a client asked of one host is a scan."""
    by_port: dict[int, set[str]] = {}
    for row in rows:
        by_port.setdefault(row["port"], set()).add(OPENINGS[row["opening"]].protocol)
    most = max(len(protocols) for protocols in by_port.values())
    return most >= config.protocols or _marks(rows) >= config.marks


def _meanwhile(servers: Mapping[bytes, Sequence[Row]], proven: Set[bytes], near: int) -> set[bytes]:
    """The hosts that were asked something while others were scanned."""
    rows = [row for server in proven for row in servers[server]]
    start, end = min(row["start"] for row in rows) - near, max(row["end"] for row in rows) + near
    return {
        server
        for server, mine in servers.items()
        if any(row["start"] <= end and row["end"] >= start for row in mine)
    }


@frozen
class Asked:
    """What a client asked of one host.

    Attributes:
        server: the host.
        openings: rows of `openings`.
        frames: rows of `frames`.
        scan: when, and at which ports.
    """

    server: str
    openings: Sequence[Row]
    frames: Sequence[Row]
    scan: Scan


def _verdict(source: str, asks: Sequence[Asked], network: Network, patience: int) -> Verdict:
    start, end = min(one.scan.start for one in asks), max(one.scan.end for one in asks)
    rows = [row for one in asks for row in one.openings]
    marks, count = _marks(rows), sum(int(row["count"]) for row in rows)
    ports = sorted({row["port"] for row in rows})
    protocols = sorted({OPENINGS[row["opening"]].protocol for row in rows})
    victims = tuple(one.server for one in asks[:NAMED])
    victim = victims[0] if len(asks) == 1 else f"{len(asks)} hosts"
    allowed = network.is_allowed(source)
    shown = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    listed = ", ".join(map(str, ports[:SHOWN]))
    own = f" {many(marks, 'of them is', 'of them are')} sent by scanners only." if marks else ""
    frames = sorted((row for one in asks for row in one.frames), key=lambda row: int(row["frame"]))
    counts = {"probes": count, "protocols": len(protocols), "ports": len(ports), "marks": marks}
    return Verdict(
        subject=f"{source}|{victims[0]}" if len(asks) == 1 else source,
        title=f"{source} finds out which programs serve {shown} of {victim}",
        severity=Severity.INFO if allowed else Severity.MEDIUM,
        confidence=0.95 if marks else 0.85,
        attackers=(source,),
        victims=victims,
        start=start,
        end=end,
        counts=counts if len(asks) == 1 else {**counts, "hosts": len(asks)},
        reason=(
            f"{source} began conversations with {shown} of {victim} ({listed}) in "
            f"{many(len(protocols), 'protocol')}: {', '.join(protocols)}, {many(count, 'time')} in "
            f"{(end - start) / SECOND:.1f} s.{own} A client knows which protocol its server speaks; who "
            "tries them all wants to learn it."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], PAYLOAD, f"{OPENINGS[row['opening']].protocol} probe")
            for row in frames
        )[: 2 * 5],
        frames=count,
        scope=tuple(
            Selector(
                (
                    *where(ip_source=source, ip_destination=one.server, ip_protocol=TCP),
                    *where(destination_port=one.scan.ports),
                    *between(one.scan.start, one.scan.end + patience * SECOND),
                )
            )
            for one in asks[:SELECTED]
        ),
        rule=None
        if allowed
        else Rule(matches=where(ip_source=source, ip_destination=victims, ip_protocol=TCP)),
    )


DETECTOR = Detector(
    name="service-scan",
    title="Service scan",
    layer="transport",
    techniques=("T1046",),
    config=Config(),
    relations={
        "openings": Totals(("client", "server", "port", "opening"), ("count",), ("start",), ("end",)),
        "frames": First(("client", "server", "port", "opening"), first=1),
        "visits": VISITS,
        "doors": DOORS,
    },
    observe=observe,
    judge=judge,
    packets=(
        "ip_source",
        "ip_destination",
        "destination_port",
        "tcp_flags",
        "original_length",
        "captured_length",
    ),
    connections=(*COLUMNS, *OF_DOORS),
    explains=("connection-exhaustion", "backdoor-port", "rst-injection", "session-hijack"),
)
