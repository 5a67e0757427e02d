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
    Or at least `silent` of them on which the client never says a word although it is its turn (the server
    has greeted, or it is a port of the web), or says only words that keep a session of SMTP open (NOOP, 16
    octets or less each), or says such words at a mailbox (POP3, IMAP) without a login: of these sessions as
    many are counted as the source has more than logins. Or it sends piece after small piece within TLS of
    the web and gets no answer after the handshake. And the source has hardly any on which it speaks
    otherwise.

What looks the same:
- Long polling and server-sent events: the request comes in one piece, and the window stays open.
- WebSockets: the server has answered the upgrade, and both sides speak.
- Idle connections that browsers keep: their requests were answered. Some are opened ahead and say nothing,
  also behind one address translator: far more of the same source speak.
- Pools of connections (databases, Redis) that wait for work: they have logged in, or nobody has greeted.
- Mailboxes (IMAP IDLE), message queues and chats rest for hours, with a word now and then: it is their way,
  so of those that are answered only SMTP is judged, and mailboxes where nobody logged in. Readers log in
  first, behind one address translator too. Senders that keep a few sessions ready hold fewer.
- HTTP/2 and WebSockets within TLS: pings are answered, requests too; idle ones send nothing.
- Subscribers that only listen: their server goes on speaking.
- Load balancers that hold a few connections ready: fewer than `silent`.
- Log shippers that only ever send: one connection of each machine, not dozens.
- Clients behind one address translator on a poor line: they get answers, and their connections end.

How to stop it:
- Time-outs for the whole header and body (Apache mod_reqtimeout, nginx `client_header_timeout 10s;
  client_body_timeout 10s; send_timeout 10s;`).
- A limit of connections of one address (nginx `limit_conn`, nftables `ct count`).
- A reverse proxy that hands on only requests that are complete.

Limits:
    An attack spread over so many sources that each holds fewer than `of_a_source` connections is not told,
    nor one that is younger than `seconds`. Within TLS a slow body whose pieces are large is not seen, nor
    one for which the server says more than its handshake; dozens of senders behind one address whose small
    readings nobody ever confirms, over TLS at port 443, would be told. Where neither side ever speaks, only
    ports of the web are judged: elsewhere it may be a pool, and nothing in the headers tells them apart.

In the lab:
    python -m lab.scenarios connection-exhaustion-slowloris   (slowhttptest -c 60 -H -i 8 -r 20 …)
    python -m lab.scenarios connection-exhaustion-slow-read   (slowhttptest -c 40 -X -w 256 -y 512 -n 6 …)
    python -m lab.scenarios connection-exhaustion-slow-post   (slowhttptest -c 45 -B -i 6 -s 8192 …)
    python -m lab.scenarios connection-exhaustion-held-bots   (five times 16 sessions of nc, NOOP every 7 s)
    python -m lab.scenarios connection-exhaustion-held-imap  (110 sessions of one program, NOOP every 14 s)
    python -m lab.scenarios connection-exhaustion-held-https6 (slowhttptest -c 75 -H -i 9 -u https://[…]/)
    python -m lab.scenarios connection-exhaustion-held-idle   (50 sockets of one program that say nothing)

References:
- CVE-2007-6750 (slowloris), CVE-2011-3192 and RFC 9110 section 15.5.9 (408 Request Timeout)
- RFC 9051 section 5.4, a server may close a session without a login soon; RFC 1939 section 3
- CVE-2008-4609, the window that stays shut; RFC 9293 section 3.8.6.1
- MITRE ATT&CK T1499.002, Endpoint Denial of Service: Service Exhaustion Flood
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict
from netanatomy.detect.held_connections import (
    COLUMNS,
    MOMENTS,
    PARTY,
    TCP,
    Config,
    clock,
    held,
    moments,
    peaks,
)
from netanatomy.detect.mailbox_logins import PACKETS, logins
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
NAMED = 25
HABITS = {
    "slow request": "sends its request piece by piece, and the server still waits for its end",
    "slow read": "asked for something and then shut its receive window",
    "silence": "says nothing at all, while the server waits",
    "keep-alive": "only says again and again that it is there, and never what it wants",
    "slow request in TLS": "sends small pieces, and the server still waits for the end of the request",
}
SURE = ("slow request", "slow read", "silence")
"""Habits of nobody who means well; of others it must be taken from their sizes and times."""


def observe(tables: Tables, config: Config) -> Kept:
    """Slow and silent connections by service, source and the moments at which they were open."""
    yield from clock(tables.packets)
    yield from logins(tables.packets)
    connections = tables.connections
    if not connections.count:
        return
    some = held(connections, config)
    if not len(some.places):
        return
    yield from moments(connections, some, config.seconds * SECOND)
    chosen = some[some.slow | some.resting | some.waiting]
    rows = chosen.places
    if not len(rows):
        return
    yield (
        "held",
        kept(
            connections,
            rows,
            (*PARTY, "start=ts", "end=last_time"),
            connections=1,
            reads=chosen.shut.astype(np.int64),
            silent=chosen.silent.astype(np.int64),
            idle=(chosen.idle | chosen.waiting).astype(np.int64),
            trickled=chosen.trickled.astype(np.int64),
            unfinished=chosen.unfinished.astype(np.int64),
            octets=connections.at("orig_data_bytes", rows),
            frames=connections.at("orig_pkts", rows),
        ),
    )
    depth = np.uint8(0)
    yield "frames", kept(connections, rows, (*PARTY, "time=last_time", "frame=last_frame"), depth=depth)
    yield "begun", kept(connections, rows, (*PARTY, "time=ts", "frame=first_frame"), depth=depth)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each service that is held."""
    if "held" not in summary:
        return
    end = max((row["end"] for row in summary.rows("clock")), default=0)
    many, resting = _of_holders(summary, "open"), _of_holders(summary, "resting")
    logged_in = {(row["victim"], row["port"], row["source"]): row["logins"] for row in summary.rows("logins")}
    fired = peaks(many, resting, logged_in, end // (config.seconds * SECOND), config)
    if not fired:
        return
    holding = summary.groups("held", "victim", "port")
    begun, frames = summary.groups("begun", "victim", "port"), summary.groups("frames", "victim", "port")
    for service, peak in fired.items():
        mine = [row for row in holding.get(service, ()) if row["source"] in peak.sources]
        first = [row for row in begun.get(service, ()) if row["source"] in peak.sources]
        last = [row for row in frames.get(service, ()) if row["source"] in peak.sources]
        if mine:
            yield _verdict(service, peak.connections, mine, first, last, end)


def _of_holders(summary: Summary, name: str) -> list[Row]:
    """The rows of a relation about sources that hold connections, and the services they hold them to."""
    if name not in summary:
        return []
    holders, table = summary["held"], summary[name]
    there = pc.is_in(table["victim"], pc.unique(holders["victim"]))
    party = ("victim", "port", "source")
    parties = set(zip(*(holders[column].to_pylist() for column in party), strict=True))
    return [row for row in table.filter(there).to_pylist() if tuple(row[key] for key in party) in parties]


def _verdict(
    service: tuple[bytes, int], peak: int, holding: list[Row], first: list[Row], last: list[Row], until: int
) -> Verdict:
    victim, port = address_text(service[0]), service[1]
    attackers = tuple(sorted(address_text(row["source"]) for row in holding))
    start, end = min(row["start"] for row in holding), max(row["end"] for row in holding)
    if any(row["unfinished"] for row in holding):
        end = max(end, until)
    connections, octets = sum(row["connections"] for row in holding), sum(row["octets"] for row in holding)
    reads = sum(row["reads"] for row in holding)
    habit = "slow read" if reads * 2 > connections else "slow request"
    for name, still in (("silent", "silence"), ("idle", "keep-alive"), ("trickled", "slow request in TLS")):
        if sum(row[name] for row in holding) * 2 > connections:
            habit = still
    seconds = max(1, (end - start) // SECOND)
    to_it = where(ip_source=attackers[:NAMED], ip_destination=victim, ip_protocol=TCP, destination_port=port)
    return Verdict(
        subject=f"{victim}:{port}",
        title=f"{peak} connections to {victim} port {port} are held open at once ({habit})",
        severity=Severity.HIGH if habit in SURE else Severity.MEDIUM,
        confidence=0.75 if habit not in SURE else 0.95 if peak >= 2 * len(attackers) * 10 else 0.85,
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
        frames=sum(row["frames"] for row in holding),
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
        **MOMENTS,
        "held": Totals(
            ("victim", "port", "source"),
            ("connections", "reads", "silent", "idle", "trickled", "unfinished", "octets", "frames"),
            ("start",),
            ("end",),
        ),
        "begun": First(("victim", "port", "source")),
        "frames": First(("victim", "port", "source")),
    },
    observe=observe,
    judge=judge,
    packets=PACKETS,
    connections=COLUMNS,
)
