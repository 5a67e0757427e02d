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
    of its payloads, or sends payloads that only nmap sends (a ClientHello with its fixed random number, a
    request for "/nice ports,/Trinity.txt.bak", SIP to "nm"), at least `marks` of them.

What looks the same:
- A port that serves two protocols by design (HTTP and TLS, or SSH beside TLS): two, not three.
- Monitoring that checks several services asks each port in its own protocol only.
- Vulnerability scanners of one's own do the same on purpose: name them in `allowed_scanners`.

How to stop it:
- Drop the client's packets (the rule); it found the port open, so look what it asks next.
- Let programs not tell their version in banners and headers; it delays only, updates help.
- Let only those reach a port who need it.

Limits:
    Servers that greet (SSH, SMTP, FTP) are recognised by their greeting: then there is only a short
    connection without a question, as of any client that gives up. Within TLS nothing is seen. Probes
    by UDP are told by port-scan and amplification.

In the lab:
    python -m lab.scenarios service-scan-nmap      (nmap -n -Pn -sV -p 21,25,53,80,443 10.20.0.10)
    python -m lab.scenarios service-scan-unknown   (nmap -n -Pn -sV -p 9000 10.20.0.10)

References:
- Nmap Network Scanning, chapter 7, Service and Application Version Detection
- MITRE ATT&CK T1046, Network Service Discovery
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
PSH = 8  # RFC 9293 section 3.1
TCP = 6
HEAD = 32
"""Octets of a payload that are compared."""
LONGEST = 256
SHOWN = 25


@dataclass(frozen=True, slots=True)
class Opening:
    """How a probe begins.

    Attributes:
        protocol: which it speaks.
        length: octets of the whole payload.
        begin: its first octets.
        mark: whether only a scanner sends it.
    """

    protocol: str
    length: int
    begin: bytes
    mark: bool = False


OPENINGS = (
    Opening("lines", 4, b"\r\n\r\n"),
    Opening("HTTP", 18, b"GET / HTTP/1.0\r\n\r\n"),
    Opening("HTTP", 22, b"OPTIONS / HTTP/1.0\r\n\r\n"),
    Opening("HTTP", 53, b"GET /nice%20ports", mark=True),
    Opening("RTSP", 22, b"OPTIONS / RTSP/1.0\r\n\r\n"),
    Opening("SIP", 220, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 221, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 222, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 223, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("RPC", 44, bytes.fromhex("80000028")),
    Opening("DNS", 32, bytes.fromhex("001e00060100")),
    Opening("DNS", 14, bytes.fromhex("000c00001000")),
    Opening("SMTP", 6, b"EHLO\r\n"),
    Opening("help", 6, b"HELP\r\n"),
    Opening("TLS", 88, bytes.fromhex("160300005301"), mark=True),
    Opening("TLS", 110, bytes.fromhex("160300006901"), mark=True),
    Opening("RDP", 42, bytes.fromhex("0300002a25e00000000000") + b"Cookie: mstshash=nmap", mark=True),
    Opening("RDP", 11, bytes.fromhex("0300000b06e0")),
    Opening("Kerberos", 117, bytes.fromhex("000000716a81")),
    Opening("SMB", 168, bytes.fromhex("000000a4ff534d42")),
    Opening("X11", 12, bytes.fromhex("6c000b0000000000")),
    Opening("LPD", 9, b"\x01default\n"),
    Opening("LDAP", 51, bytes.fromhex("30840000002d")),
    Opening("LDAP", 14, bytes.fromhex("300c020101600702")),
    Opening("Java RMI", 7, b"JRMI\x00\x02K"),
    Opening("LANDesk", 17, b"TNMP\x04"),
)
"""First octets that service scanners send; most are ordinary openings of their protocols."""


def _lengths() -> NDArray[np.bool_]:
    wanted = np.zeros(LONGEST + 1, np.bool_)
    wanted[[opening.length for opening in OPENINGS]] = True
    wanted.flags.writeable = False
    return wanted


WANTED = _lengths()
"""(LONGEST + 1,) whether any opening has this length."""


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds."""

    protocols: int = threshold(
        3, "protocols", "different protocols that one client speaks to one port", "multiplexed ports have two"
    )
    marks: int = threshold(1, "payloads", "payloads that only scanners send", "nmap's own, octet for octet")


def observe(tables: Tables, config: Config) -> Kept:
    """Openings by client, server and port."""
    packets = tables.packets
    if not packets.count or not packets.has("tcp_flags"):
        return
    length = np.minimum(packets.numbers("payload_length"), LONGEST)
    rows = np.flatnonzero(WANTED[length])
    rows = rows[packets.numbers("tcp_flags")[rows] & PSH != 0]
    if not len(rows):
        return
    opening = _openings(packets, rows)
    found = opening >= 0
    rows, opening = rows[found], opening[found]
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


def _openings(packets: Rows, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of OPENINGS each payload is, or -1."""
    heads = packets.payload_heads(rows, HEAD)
    lengths = packets.at("payload_length", rows)
    found = np.full(len(rows), -1, np.int64)
    for index, opening in enumerate(OPENINGS):
        begin = np.frombuffer(opening.begin[:HEAD], np.uint8)
        same = (lengths == opening.length) & (heads[:, : len(begin)] == begin).all(axis=1)
        found[same] = index
    return found


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each client and server."""
    frames = summary.groups("frames", "client", "server")
    for (client, server), rows in summary.groups("openings", "client", "server").items():
        by_port: dict[int, set[str]] = {}
        for row in rows:
            by_port.setdefault(row["port"], set()).add(OPENINGS[row["opening"]].protocol)
        marks = sum(row["count"] for row in rows if OPENINGS[row["opening"]].mark)
        most = max(len(protocols) for protocols in by_port.values())
        if most >= config.protocols or marks >= config.marks:
            mine = frames[client, server]
            yield _verdict(address_text(client), address_text(server), rows, mine, marks, network)


def _verdict(
    source: str, victim: str, rows: Sequence[Row], frames: Sequence[Row], marks: int, network: Network
) -> Verdict:
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count = sum(row["count"] for row in rows)
    ports = sorted({row["port"] for row in rows})
    protocols = sorted({OPENINGS[row["opening"]].protocol for row in rows})
    allowed = source in network.allowed_scanners
    shown = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    listed = ", ".join(map(str, ports[:SHOWN]))
    own = f" {marks} of them are sent by scanners only." if marks else ""
    matches = where(ip_source=source, ip_destination=victim, ip_protocol=TCP)
    return Verdict(
        subject=f"{source}|{victim}",
        title=f"{source} finds out which programs serve {shown} of {victim}",
        severity=Severity.INFO if allowed else Severity.MEDIUM,
        confidence=0.95 if marks else 0.85,
        attackers=(source,),
        victims=(victim,),
        start=start,
        end=end,
        counts={"probes": count, "protocols": len(protocols), "ports": len(ports), "marks": marks},
        reason=(
            f"{source} began conversations with {shown} of {victim} ({listed}) in {len(protocols)} "
            f"protocols: {', '.join(protocols)}, {count} times in {(end - start) / SECOND:.1f} s.{own} "
            "A client knows which protocol its server speaks; who tries them all wants to learn it."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], PAYLOAD, f"{OPENINGS[row['opening']].protocol} probe")
            for row in sorted(frames, key=lambda row: int(row["frame"]))
        )[: 2 * 5],
        frames=count,
        scope=(Selector((*matches, *where(destination_port=ports), *between(start, end))),),
        rule=None if allowed else Rule(matches=matches),
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
    },
    observe=observe,
    judge=judge,
    packets=("ip_source", "ip_destination", "destination_port", "tcp_flags"),
    explains=("connection-exhaustion", "backdoor-port", "rst-injection", "session-hijack"),
)
