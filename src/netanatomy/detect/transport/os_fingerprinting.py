"""Operating system fingerprinting: odd packets whose answers betray which system a host runs.

What it is:
    Standards leave room, and each system fills it in its own way: how it answers a segment without flags,
    which options and which window it offers, what it quotes in an ICMP error. nmap -O sends about sixteen
    packets on the transport and internet layer that ask exactly that, and compares the answers with its
    collection. Who knows the system knows which weaknesses to try.

Exchange:
    scanner                                        target
       | -- six SYNs, windows 1, 63, 4, 4, 16, 512 -> |   (open port)
       | <-- SYN-ACK, with its own options ---------- |
       | -- SYN, ECE, CWR, window 3 ----------------> |
       | -- no flags, with options -----------------> |
       | -- SYN, FIN, PSH, URG ---------------------> |
       | -- FIN, PSH, URG, with options ------------> |   (closed port)
       | <-- RST, with its own habits --------------- |
       | -- UDP: 300 times "C" ---------------------> |
       | <-- ICMP port unreachable ------------------ |
       | -- ICMP echo with code 9 ------------------> |

How it is recognised:
    At least `probes` different ones of these probes from one source to one host. Each is a combination that
    no ordinary system sends: a segment without flags but with options, SYN with FIN, PSH and URG, an ECN SYN
    with a window of 3, SYNs with windows of a few octets that offer every option, a datagram of 300 octets
    that are all "C", an echo request with a code other than 0.

What looks the same:
- NULL and Xmas scans send such flags without options, and nothing else: see port-scan.
- Stack tests and fuzzers send odd segments too; they send hundreds of kinds, not these.
- A real ECN handshake has a window of thousands.

How to stop it:
- Drop segments with flags that no state allows, and echo requests with a code: nobody needs them.
- A filter that keeps state (`ct state invalid drop`) stops most of the probes.
- Look what else the source did; fingerprinting comes between the scan and the attack.

Limits:
    Passive fingerprinting (p0f) sends nothing and cannot be seen. Tools that learn the system from banners
    or from one ordinary connection look like clients.

In the lab:
    python -m lab.scenarios os-fingerprinting-nmap (nmap -n -Pn -O -p 22,80,443,3389 10.20.0.10)

References:
- Nmap Network Scanning, chapter 8, TCP/IP Fingerprinting Methods Supported by Nmap
- RFC 9293 section 3.10.7; RFC 3168 section 6.1.1 (ECN handshake)
- MITRE ATT&CK T1592, Gather Victim Host Information; T1046
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import NONE, Places, Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
BEFORE = 2 * SECOND
"""What came from there shortly before looked for the open and the closed port that the probes are sent to."""
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))  # RFC 9293 section 3.1
CONTROL = FIN | SYN | RST | PSH | ACK | URG
BARE_HEADER = 20  # octets of a TCP header without options
UDP_HEADER = 8  # octets, RFC 768
UDP_OCTET = ord("C")
ECHO_REQUEST = 8  # RFC 792; ICMPv6 is 128
HEAD = 32

PROBES = (
    "SYN with a window of a few octets",
    "SYN with ECE and CWR and a window of 3",
    "no flags, with options",
    "SYN, FIN, PSH and URG",
    "FIN, PSH and URG, with options",
    "300 octets of C",
    "echo request with a code",
)
SEQUENCE, ECN, NO_FLAGS, ALL_FLAGS, XMAS, DATAGRAM, ECHO = range(len(PROBES))
COLUMNS = ("tcp_window", "tcp_flags", "tcp_flags", "tcp_flags", "tcp_flags", PAYLOAD, "icmp_code")
"""What is pointed at for each probe."""


@frozen
class Config:
    """Thresholds."""

    probes: int = threshold(
        3, "probes", "different probes of one source to one host", "one alone may be a broken stack"
    )
    windows: tuple[int, ...] = threshold(
        (1, 4, 16, 63), "octets", "windows of SYNs that no stack offers", "nmap's sequence probes 1 to 6"
    )
    ecn_window: int = threshold(
        3, "octets", "window of the SYN that offers ECN", "nmap's ECN probe; a real one has thousands"
    )
    header: int = threshold(
        36,
        "octets",
        "of a SYN's header from which it has every option: window scale, MSS, timestamps, SACK permitted",
        "nmap's probes have 40, the shortest 36",
    )
    datagram: int = threshold(
        300, "octets", "payload of the datagram that says one letter only", "nmap's U1: 300 times C"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Probes by source and host."""
    packets = tables.packets
    if not packets.count:
        return
    for probe, rows in (
        *_segments(packets, config),
        (DATAGRAM, _datagrams(packets, config.datagram + UDP_HEADER)),
        (ECHO, _echoes(packets)),
    ):
        if not len(rows):
            continue
        pair = ("scanner=ip_source", "victim=ip_destination")
        code = np.uint8(probe)
        yield "probes", kept(packets, rows, (*pair, "start=time", "end=time"), probe=code, count=np.int64(1))
        scanner, victim = packets.take("ip_source", rows), packets.take("ip_destination", rows)
        yield "frames", packet_places(packets, rows, scanner=scanner, victim=victim, probe=code)


def _segments(packets: Rows, config: Config) -> Iterator[tuple[int, Places]]:
    if not packets.has("tcp_flags"):
        return
    every = packets.numbers("tcp_flags")
    control = every & CONTROL
    header = packets.numbers("tcp_header_length")
    yield NO_FLAGS, np.flatnonzero((control == 0) & (header > BARE_HEADER))
    yield ALL_FLAGS, np.flatnonzero(control == SYN | FIN | PSH | URG)
    yield XMAS, np.flatnonzero((control == FIN | PSH | URG) & (header > BARE_HEADER))
    rows = np.flatnonzero((control == SYN) & (header >= config.header))
    if len(rows):
        window = packets.at("tcp_window", rows)
        ecn = every[rows] & (ECE | CWR) == ECE | CWR
        yield ECN, rows[ecn & (window == config.ecn_window)]
        yield SEQUENCE, rows[~ecn & one_of(window, config.windows)]


def _datagrams(packets: Rows, length: int) -> Places:
    if not packets.has("udp_length"):
        return NONE
    rows = np.flatnonzero(packets.numbers("udp_length") == length)
    if not len(rows):
        return NONE
    same: NDArray[np.bool_] = (packets.payload_heads(rows, HEAD) == UDP_OCTET).all(axis=1)
    return rows[same]


def _echoes(packets: Rows) -> Places:
    if not packets.has("icmp_code"):
        return NONE
    rows = np.flatnonzero(packets.numbers("icmp_code") != 0)
    kind, version = packets.at("icmp_type", rows), packets.at("ip_version", rows)
    asking: NDArray[np.bool_] = (kind == ECHO_REQUEST) & (version == 4) | (kind == 128) & (version == 6)
    return rows[asking]


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source and host."""
    frames = summary.groups("frames", "scanner", "victim")
    for (scanner, victim), rows in summary.groups("probes", "scanner", "victim").items():
        if len(rows) >= config.probes:
            yield _verdict(
                address_text(scanner), address_text(victim), rows, frames[scanner, victim], network
            )


def _verdict(source: str, victim: str, rows: list[Row], frames: list[Row], network: Network) -> Verdict:
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count = sum(row["count"] for row in rows)
    told = "; ".join(f"{PROBES[row['probe']]} ({row['count']})" for row in rows)
    allowed = network.is_allowed(source)
    between_them = where(ip_source=source, ip_destination=victim)
    return Verdict(
        subject=f"{source}|{victim}",
        title=f"{source} finds out the operating system of {victim}",
        severity=Severity.INFO if allowed else Severity.MEDIUM,
        confidence=min(0.99, 0.7 + 0.05 * len(rows)),
        attackers=(source,),
        victims=(victim,),
        start=start,
        end=end,
        counts={"packets": count, "kinds": len(rows), "seconds": (end - start) / SECOND},
        reason=(
            f"{source} sent {victim} {many(len(rows), 'kind')} of packets that ordinary systems do not send: "
            f"{told}. Together they are questions whose answers differ from system to system."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], COLUMNS[row["probe"]], PROBES[row["probe"]])
            for row in sorted(frames, key=lambda row: int(row["frame"]))
        ),
        frames=count,
        scope=(Selector((*between_them, *between(start - BEFORE, end))),),
        rule=None if allowed else Rule(matches=between_them),
        advice=(
            "nft add rule inet filter input tcp flags & (fin|syn|rst|psh|ack|urg) == 0x0 drop",
            "nft add rule inet filter input tcp flags & (fin|syn) == (fin|syn) drop",
        ),
    )


DETECTOR = Detector(
    name="os-fingerprinting",
    title="Operating system fingerprinting",
    layer="transport",
    techniques=("T1592", "T1046"),
    config=Config(),
    relations={
        "probes": Totals(("scanner", "victim", "probe"), ("count",), ("start",), ("end",)),
        "frames": First(("scanner", "victim", "probe"), first=2),
    },
    observe=observe,
    judge=judge,
    packets=(
        "ip_version",
        "ip_source",
        "ip_destination",
        "tcp_flags",
        "tcp_window",
        "tcp_header_length",
        "udp_length",
        "icmp_type",
        "icmp_code",
    ),
    explains=("handshake-violation", "session-hijack", "rst-injection", "ip-spoofing", "tcp-flood"),
)
