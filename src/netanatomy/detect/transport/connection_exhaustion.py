r"""Connection exhaustion: so many connections are held open with next to nothing in them that none is left.

What it is:
    A server keeps a place for every connection until its request is read and its answer is taken. On the
    transport layer nothing is wrong with a client that sends or reads slowly. Slowloris sends a header line
    now and then and never the last one, slow POST announces a body and sends it octet by octet, slow read
    asks for something large and keeps its receive window at zero. A few hundred such connections from one
    machine, with less traffic than a telephone call, fill all places of many servers.

Exchange:
    attacker                                  server
       | -- SYN, SYN-ACK, ACK ---------------> |  place 1 taken
       | -- "GET / HTTP/1.1\r\nHost: …" ------> |  (no empty line: the request is not over)
       |        … 10 s …                       |
       | -- "X-a: b\r\n" ---------------------> |  (still not)
       |        … on hundreds of connections … |  all places taken

How it is recognised:
    At least `connections` connections to one service open at the same moment, from sources that each hold
    at least `of_a_source` of them. Each lasts at least `seconds`, moves less than `rate` octets a second
    each way, and shows one of three habits: the client sends piece after piece and the server has nothing
    to answer (slow headers, slow body), or the client asked and then shut its receive window (slow read).

What looks the same:
- Long polling and server-sent events: the request comes in one piece, and the window stays open.
- WebSockets: the server has answered the upgrade, and both sides speak.
- Idle connections that browsers keep: their requests were answered.
- Log shippers that only ever send: one connection of each machine, not dozens.
- Clients behind one address translator on a poor line: they get answers, and their connections end.

How to stop it:
- Time-outs for the whole header and body (Apache mod_reqtimeout, nginx `client_header_timeout 10s;
  client_body_timeout 10s; send_timeout 10s;`).
- A limit of connections of one address (nginx `limit_conn`, nftables `ct count`).
- A reverse proxy that hands on only requests that are complete.

Limits:
    An attack spread over so many sources that each holds fewer than `of_a_source` connections is not told,
    nor one that is younger than `seconds`. Connections that never send anything are not counted.

In the lab:
    python -m lab.scenarios connection-exhaustion-slowloris   (slowhttptest -c 60 -H -i 8 -r 20 …)
    python -m lab.scenarios connection-exhaustion-slow-read   (slowhttptest -c 40 -X -w 256 -y 512 -n 6 …)
    python -m lab.scenarios connection-exhaustion-slow-post   (slowhttptest -c 45 -B -i 6 -s 8192 …)

References:
- CVE-2007-6750 (slowloris), CVE-2011-3192 and RFC 9110 section 15.5.9 (408 Request Timeout)
- CVE-2008-4609, the window that stays shut; RFC 9293 section 3.8.6.1
- MITRE ATT&CK T1499.002, Endpoint Denial of Service: Service Exhaustion Flood
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
TCP = 6  # Assigned Internet Protocol Numbers, IANA
PIECES = 3
"""Segments with data: a request comes in one or two, one that is drawn out in more."""
LONGEST = 32
"""Moments at which one connection is counted. Bounds connections of days; the first moments are enough."""
NAMED = 25
HABITS = {
    "slow request": "sends its request piece by piece, and the server still waits for its end",
    "slow read": "asked for something and then shut its receive window",
}


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds."""

    connections: int = threshold(
        20,
        "connections",
        "open at one moment to one service",
        "browsers open 6 to a server, a page a few dozen",
    )
    of_a_source: int = threshold(
        8, "connections", "open at one moment from one source", "browsers open at most 6 to one server"
    )
    seconds: int = threshold(30, "s", "that each lasts", "half of Apache's and nginx's time-outs of 60 s")
    rate: int = threshold(
        100, "octets/s", "each way, below which a connection is slow", "a modem of 1962: 300 bit/s is 37"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Slow connections by service, source and the moments at which they were open."""
    connections = tables.connections
    lasted = connections.numbers("last_time") - connections.numbers("ts")
    rows = np.flatnonzero(lasted >= config.seconds * SECOND)
    if not len(rows):
        return
    rows = rows[(connections.at("ip_proto", rows) == TCP) & connections.valid_at("syn_ack_delay", rows)]
    allowed = lasted[rows] / SECOND * config.rate
    sent, got = connections.at("orig_data_bytes", rows), connections.at("resp_data_bytes", rows)
    slow = (sent < allowed) & (got < allowed) & (sent > 0)
    unanswered = (connections.at("orig_data_pkts", rows) >= PIECES) & (got == 0)
    # A server that gives up says so once, and closes (408 Request Timeout).
    gave_up = (connections.at("orig_data_pkts", rows) >= PIECES) & (
        connections.at("resp_data_pkts", rows) == 1
    )
    gave_up &= np.isin(connections.texts("resp_tcp_state", rows).to_numpy(zero_copy_only=False), CLOSED)
    shut = connections.at("orig_zero_windows", rows) > 0
    chosen = slow & (unanswered | gave_up | shut)
    rows, reads = rows[chosen], shut[chosen] & (got[chosen] > 0)
    if not len(rows):
        return
    step = config.seconds * SECOND
    first = -(-connections.numbers("ts")[rows] // step)
    moments = np.minimum(connections.numbers("last_time")[rows] // step - first + 1, LONGEST)
    spread = np.repeat(np.arange(len(rows)), moments)
    after = np.arange(len(spread)) - np.repeat(np.cumsum(moments) - moments, moments)
    party = ("victim=id.resp_h", "port=id.resp_p", "source=id.orig_h")
    yield "open", kept(connections, rows[spread], party, moment=first[spread] + after, connections=1)
    yield (
        "held",
        kept(
            connections,
            rows,
            (*party, "start=ts", "end=last_time"),
            connections=1,
            reads=reads.astype(np.int64),
            octets=connections.at("orig_data_bytes", rows),
            frames=connections.at("orig_pkts", rows),
        ),
    )
    yield (
        "frames",
        kept(connections, rows, (*party, "time=last_time", "frame=last_frame"), depth=np.uint8(0)),
    )
    yield "begun", kept(connections, rows, (*party, "time=ts", "frame=first_frame"), depth=np.uint8(0))


CLOSED = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSED")  # the side closed first


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each service that is held."""
    if "open" not in summary:
        return
    table = summary["open"]
    many = table.filter(np.asarray(table["connections"]) >= config.of_a_source).to_pylist()
    moments: dict[tuple[bytes, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    sources: dict[tuple[bytes, int], set[bytes]] = defaultdict(set)
    for row in many:
        service = row["victim"], row["port"]
        moments[service][row["moment"]] += row["connections"]
        sources[service].add(row["source"])
    fired = {service: max(open_) for service, counts in moments.items() if (open_ := counts.values())}
    fired = {service: peak for service, peak in fired.items() if peak >= config.connections}
    if not fired:
        return
    held = summary.groups("held", "victim", "port")
    begun, frames = summary.groups("begun", "victim", "port"), summary.groups("frames", "victim", "port")
    for service, peak in fired.items():
        mine = [row for row in held.get(service, ()) if row["source"] in sources[service]]
        first = [row for row in begun.get(service, ()) if row["source"] in sources[service]]
        last = [row for row in frames.get(service, ()) if row["source"] in sources[service]]
        if mine:
            yield _verdict(service, peak, mine, first, last)


def _verdict(
    service: tuple[bytes, int], peak: int, held: list[Row], first: list[Row], last: list[Row]
) -> Verdict:
    victim, port = address_text(service[0]), service[1]
    attackers = tuple(sorted(address_text(row["source"]) for row in held))
    start, end = min(row["start"] for row in held), max(row["end"] for row in held)
    connections, octets = sum(row["connections"] for row in held), sum(row["octets"] for row in held)
    reads = sum(row["reads"] for row in held)
    habit = "slow read" if reads * 2 > connections else "slow request"
    seconds = max(1, (end - start) // SECOND)
    to_it = where(ip_source=attackers[:NAMED], ip_destination=victim, ip_protocol=TCP, destination_port=port)
    return Verdict(
        subject=f"{victim}:{port}",
        title=f"{peak} connections to {victim} port {port} are held open at once ({habit})",
        severity=Severity.HIGH,
        confidence=0.95 if peak >= 2 * len(attackers) * 10 else 0.85,
        attackers=attackers[:NAMED],
        victims=(victim,),
        start=start,
        end=end,
        counts={
            "connections": connections,
            "open_at_once": peak,
            "sources": len(attackers),
            "octets_sent": octets,
            "seconds": seconds,
        },
        reason=(
            f"{len(attackers)} source{'s' * (len(attackers) > 1)} kept {connections} connections to {victim} "
            f"port {port} open, up to {peak} at the same moment, each for half a minute or more, and sent "
            f"{octets} octets in all of them in {seconds} s. On each the client {HABITS[habit]}. The server "
            "keeps a place for every one, and other clients wait in vain when all are taken."
        ),
        proofs=(
            *(
                Proof(row["frame"], row["depth"], "tcp_flags", "SYN of a connection that is held")
                for row in first[:3]
            ),
            *(
                Proof(
                    row["frame"],
                    row["depth"],
                    "tcp_window" if habit == "slow read" else "tcp_flags",
                    "last segment of a connection that was held for so long",
                )
                for row in last[:3]
            ),
        ),
        frames=sum(row["frames"] for row in held),
        scope=(Selector((*to_it, *between(start, end))),),
        rule=Rule(matches=to_it),
        advice=(
            "nginx: client_header_timeout 10s; client_body_timeout 10s; send_timeout 10s; limit_conn",
            "Apache: RequestReadTimeout header=10-20,MinRate=500 body=10,MinRate=500 (mod_reqtimeout)",
        ),
    )


DETECTOR = Detector(
    name="connection-exhaustion",
    title="Connection exhaustion",
    layer="transport",
    techniques=("T1499.002",),
    config=Config(),
    relations={
        "open": Totals(("victim", "port", "source", "moment"), ("connections",)),
        "held": Totals(
            ("victim", "port", "source"), ("connections", "reads", "octets", "frames"), ("start",), ("end",)
        ),
        "begun": First(("victim", "port", "source")),
        "frames": First(("victim", "port", "source")),
    },
    observe=observe,
    judge=judge,
    connections=(
        "ts",
        "last_time",
        "id.orig_h",
        "id.resp_h",
        "id.resp_p",
        "ip_proto",
        "syn_ack_delay",
        "orig_data_bytes",
        "resp_data_bytes",
        "orig_data_pkts",
        "resp_data_pkts",
        "resp_tcp_state",
        "orig_zero_windows",
        "first_frame",
        "last_frame",
        "orig_pkts",
    ),
)
