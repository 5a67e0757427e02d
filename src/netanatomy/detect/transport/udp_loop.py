"""UDP loop: two services that answer each other's answers, without end.

What it is:
    On the transport layer UDP has no connections: a service answers whatever comes, to the address and port
    it seems to come from. If that is another service which answers whatever comes as well, the two go on for
    ever. One datagram with a forged source begins it: echo and chargen have been known for it since 1996, and
    implementations of TFTP, DNS and NTP that answer an error with an error since 2024.

Exchange:
    attacker                       TFTP server A               TFTP server B
       | -- "from B port 69" ----------> |                           |
       |                                 | -- error ---------------> |
       |                                 | <-- error --------------- |
       |                                 | -- error ---------------> |   (and so on: nobody stops)

How it is recognised:
    One conversation by UDP between two ports that belong to services which are known to loop, each side with
    at least `datagrams` datagrams, as many on the one as on the other (up to `difference`), and at least
    `rate` a second. Where both speak DNS or NTP, datagrams of each side must moreover be of one length: an
    error that repeats itself, not questions and answers.

What looks the same:
- Two NTP servers that are each other's peers: a datagram a minute, not many a second.
- Name servers that ask each other from port 53: their questions and answers differ in length.
- A client that asks a service often: its own port belongs to no service.

How to stop it:
- Switch off echo, chargen, daytime, time and QOTD; nobody needs them.
- Drop UDP between these two hosts' ports, as in the rule. At the edge it may be dropped between any two such
  ports: no client has port 7, 19 or 69.
- Update the service (CVE-2024-2169), and refuse forged sources at the edge (BCP 38): one datagram is enough.

Limits:
    Who began it cannot be seen: the address is forged. Loops of services with ports of their own choice are
    not told, nor such as go on through more than two hosts.

In the lab:
    python -m lab.scenarios udp-loop-echo-chargen    (hping3 --udp -a A -s 7 -k -p 19 -c 1 B)
    python -m lab.scenarios udp-loop-tftp            (hping3 --udp -a A -s 69 -k -p 69 -c 1 B)

References:
- CERT CA-1996-01, UDP Port Denial-of-Service Attack; RFC 862 (echo), RFC 864 (chargen)
- CVE-2024-2169; Pan, Rossow: Loopy Hell(ow): Infinite Traffic Loops at the Application Layer (2024)
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Places
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
SERVICES = {
    7: "echo",
    11: "systat",
    13: "daytime",
    17: "qotd",
    19: "chargen",
    37: "time",
    53: "DNS",
    69: "TFTP",
    123: "NTP",
}
"""Ports of services that are known to answer answers (CA-1996-01, CVE-2024-2169)."""
BOTH_WAYS = (53, 123)
"""Ports from which some servers ask each other, too (RFC 5905; name servers of old)."""


@frozen
class Config:
    """Thresholds."""

    datagrams: int = threshold(50, "datagrams", "datagrams of each side", "peers of NTP need an hour for it")
    rate: float = threshold(
        5.0, "datagrams/s", "datagrams a second, both sides together", "no service asks so often"
    )
    difference: float = threshold(
        0.1, "", "share by which the sides may differ", "each answer is one; some are lost"
    )
    deviation: float = threshold(
        4.0,
        "octets",
        "standard deviation of lengths of one error that repeats itself",
        "the first one differs",
    )
    grave_rate: float = threshold(
        50.0,
        "datagrams/s",
        "both sides together, from which severity is high",
        "ten times the rate: hardly anything slows it",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Conversations between two services."""
    connections = tables.connections
    rows = connections.rows_named("proto", "udp")
    if not len(rows):
        return
    ports = tuple(SERVICES)
    one = one_of(connections.numbers("id.orig_p")[rows], ports)
    rows = rows[one]
    rows = rows[one_of(connections.numbers("id.resp_p")[rows], ports)]
    if not len(rows):
        return
    pair = ("a=id.orig_h", "a_port=id.orig_p", "b=id.resp_h", "b_port=id.resp_p")
    # Lengths are put together by their sums, so that it makes no difference how a conversation was cut.
    yield (
        "loops",
        kept(
            connections,
            rows,
            (*pair, "a_packets=orig_pkts", "b_packets=resp_pkts", "start=ts", "end=last_time"),
            a_spread=_spread(tables, rows, "orig"),
            b_spread=_spread(tables, rows, "resp"),
        ),
    )
    for number, when in (("first_frame", "ts"), ("last_frame", "last_time")):
        yield (
            "frames",
            kept(connections, rows, (*pair, f"time={when}", f"frame={number}"), depth=np.uint8(0)),
        )
    yield (
        "senders",
        kept(
            connections,
            rows,
            (*pair, "time=ts", "frame=first_frame", "mac=orig_l2_addr", "ttl=orig_initial_ttl"),
            depth=np.uint8(0),
        ),
    )


def _spread(tables: Tables, rows: Places, side: str) -> Places:
    """Packets times deviation, in octets: how far lengths are from one another in all."""
    connections = tables.connections
    deviation = np.nan_to_num(connections.reals(f"{side}_size_deviation", rows))
    return np.rint(deviation * connections.at(f"{side}_pkts", rows)).astype(np.int64)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each two services that loop."""
    if "loops" not in summary:
        return
    joined: dict[tuple[bytes, int, bytes, int], list[Row]] = {}
    for seen in summary.rows("loops"):
        row = _turned(seen) if (seen["b"], seen["b_port"]) < (seen["a"], seen["a_port"]) else seen
        joined.setdefault((row["a"], row["a_port"], row["b"], row["b_port"]), []).append(row)
    found = {key: rows for key, rows in joined.items() if _loops(rows, config)}
    if not found:
        return
    frames, senders = summary.groups("frames", *PAIR), summary.groups("senders", *PAIR)
    for (a, a_port, b, b_port), rows in found.items():
        keys = ((a, a_port, b, b_port), (b, b_port, a, a_port))
        yield _verdict(
            (a, a_port, b, b_port),
            rows,
            [row for key in keys for row in frames.get(key, ())],
            [row for key in keys for row in senders.get(key, ())],
            config.grave_rate,
        )


def _turned(row: Row) -> Row:
    """The same with the sides exchanged."""
    other = {"a": "b", "b": "a"}
    return {(other[name[0]] + name[1:] if name[0] in other else name): value for name, value in row.items()}


def _loops(rows: Sequence[Row], config: Config) -> bool:
    a, b = sum(row["a_packets"] for row in rows), sum(row["b_packets"] for row in rows)
    seconds = (max(row["end"] for row in rows) - min(row["start"] for row in rows)) / SECOND
    if min(a, b) < config.datagrams or abs(a - b) > config.difference * max(a, b):
        return False
    if a + b < config.rate * seconds:
        return False
    if rows[0]["a_port"] in BOTH_WAYS and rows[0]["b_port"] in BOTH_WAYS:
        spreads = sum(row["a_spread"] for row in rows) / a, sum(row["b_spread"] for row in rows) / b
        return bool(max(spreads) <= config.deviation)
    return True


def _verdict(
    key: tuple[bytes, int, bytes, int],
    rows: Sequence[Row],
    frames: Sequence[Row],
    senders: Sequence[Row],
    grave_rate: float,
) -> Verdict:
    a, a_port, b, b_port = address_text(key[0]), key[1], address_text(key[2]), key[3]
    there, back = sum(row["a_packets"] for row in rows), sum(row["b_packets"] for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    seconds = max(0.001, (end - start) / SECOND)
    first = min(senders, key=lambda row: (row["time"], row["frame"]))
    sender = (mac_text(first["mac"]),) if first["mac"] else ()
    ports, hosts = tuple(sorted({a_port, b_port})), (a, b)
    between_them = where(ip_source=hosts, ip_destination=hosts, source_port=ports, destination_port=ports)
    both_ways = set(ports) & set(BOTH_WAYS)
    one = where(ip_source=a, ip_destination=b, source_port=a_port, destination_port=b_port, ip_protocol=17)
    other = where(ip_source=b, ip_destination=a, source_port=b_port, destination_port=a_port, ip_protocol=17)
    return Verdict(
        subject=f"{a}:{a_port} {b}:{b_port}",
        title=(
            f"UDP loop: {SERVICES[a_port]} of {a} and {SERVICES[b_port]} of {b} answer each other, "
            f"{(there + back) / seconds:.0f} datagrams a second"
        ),
        severity=Severity.HIGH if (there + back) / seconds >= grave_rate else Severity.MEDIUM,
        confidence=0.95 if min(there, back) >= 200 else 0.85,
        victims=(a, b),
        others={"sender": sender} if sender else {},
        start=start,
        end=end,
        counts={
            "datagrams": there + back,
            "from_a": there,
            "from_b": back,
            "per_second": round((there + back) / seconds, 1),
        },
        reason=(
            f"{a} port {a_port} ({SERVICES[a_port]}) and {b} port {b_port} ({SERVICES[b_port]}) sent each "
            f"other {there} and {back} datagrams in {seconds:.1f} s. Both ports are services: neither asks, "
            "each answers the other's answer, and nobody stops. One datagram with a forged source began it"
            + (f"; the first one seen came from MAC address {sender[0]}." if sender else ".")
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], column, role)
            for row in sorted(frames, key=lambda row: (row["time"], row["frame"]))[:5]
            for column, role in (
                ("source_port", "comes from the port of a service"),
                ("destination_port", "goes to the port of a service"),
            )
        ),
        frames=there + back,
        scope=(Selector((*one, *between(start, end))), Selector((*other, *between(start, end)))),
        rule=Rule(matches=(*where(ip_protocol=17), *between_them)),
        advice=(
            f"switch off {SERVICES[a_port]} and {SERVICES[b_port]} where nobody needs them",
            "refuse forged sources at the edge (BCP 38)",
            *(
                ()
                if both_ways
                else ("at the edge drop UDP between two ports of such services, whosever they are",)
            ),
        ),
    )


PAIR = ("a", "a_port", "b", "b_port")

DETECTOR = Detector(
    name="udp-loop",
    title="UDP loop between two services",
    layer="transport",
    techniques=("T1499",),
    config=Config(),
    relations={
        "loops": Totals(PAIR, ("a_packets", "b_packets", "a_spread", "b_spread"), ("start",), ("end",)),
        "frames": First(PAIR),
        "senders": First(PAIR, ("mac", "ttl"), 1),
    },
    observe=observe,
    judge=judge,
    connections=(
        "ts",
        "id.orig_h",
        "id.orig_p",
        "id.resp_h",
        "id.resp_p",
        "proto",
        "orig_pkts",
        "resp_pkts",
        "orig_size_deviation",
        "resp_size_deviation",
        "last_time",
        "first_frame",
        "last_frame",
        "orig_l2_addr",
        "orig_initial_ttl",
    ),
    explains=("udp-flood", "amplification", "unexpected-source-port", "ip-spoofing"),
)
