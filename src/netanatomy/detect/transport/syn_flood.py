"""SYN flood: many beginnings of connections that nobody means to finish.

What it is:
    TCP begins with three segments: SYN, SYN-ACK, ACK (RFC 9293 section 3.5). Between the first and the third
    the server must remember the attempt. An attacker on the transport layer sends SYNs without ever sending
    the third segment, mostly from made-up source addresses, until the server's memory for half-open
    connections is full and it turns real clients away.

Exchange:
    attacker (forged 203.0.113.7)          server            203.0.113.7
       | -- SYN, from 203.0.113.7 ----------> |                   |
       |                                      | -- SYN-ACK -----> |  (never asked)
       | -- SYN, from 198.51.100.9 ---------> |
       |          … thousands more …          |  half-open: one entry each

How it is recognised:
    At least `rate` SYNs a second to one address and port, for which no handshake is completed, in at least
    `seconds` seconds (or `burst` in one), or `half_open` of them within `half_open_window` seconds from many
    sources (slow, but enough to fill a backlog); AND a share of completed handshakes below
    `completed_share`. Never a rate alone. SYNs from one port count one by one where they come faster than any
    system tries again, 4 a second, and are answered: they fill no backlog, and are told as medium. SYNs
    without options, which only tools send, are counted apart from those of real systems, so a busy server's
    clients hide no flood.
    Sources are taken for forged where there are many with hardly more than a SYN each, or where hardly
    anybody (`reset_share`) resets what the server answers; a real sender's own system does.

What looks the same:
- A load test or a busy hour: the handshakes are completed.
- A loop between routers shows one SYN many times: nobody answers the copies, and they are not counted.
- Clients of a dead server: their SYNs are retransmitted (which makes one attempt here) and never answered, or
  refused although they carry the options that real systems send; neither is counted.
- A port scan: many ports, few SYNs to each.
- A capture that shows only one direction: then nothing at all is answered, for no server.

How to stop it:
- SYN cookies on the server (`sysctl -w net.ipv4.tcp_syncookies=1`): half-open connections need no memory.
- A limit of new connections a second in front of it, as in the rule.
- Source address validation (BCP 38) at the networks where forged packets begin: their operators must do it.

Limits:
    Behind a load balancer that answers for the server the flood shows at the balancer. A flood of fewer than
    `half_open` attempts in a window is told only as half-open connections in the table of connections. One
    forged source cannot be told from one sender whose own firewall keeps it from answering, and SYNs of one
    port that are hardly answered not from copies in a loop: those count as one attempt.

In the lab:
    python -m lab.scenarios syn-flood-spoofed      (hping3 -S -p 80 --rand-source -i u1500 10.20.0.10)
    python -m lab.scenarios syn-flood-slow         (hping3 -S -p 80 --rand-source -i u70000 10.20.0.10)
    python -m lab.scenarios syn-flood-known        (hping3 -S -p 80 -i u4000 10.20.0.10)
    python -m lab.scenarios syn-flood-held-mail    (nping --tcp --flags syn -p 25 --rate 120 10.20.0.25)

References:
- RFC 4987, TCP SYN Flooding Attacks and Common Mitigations
- RFC 9293 section 3.5, Establishing a Connection
- MITRE ATT&CK T1499.001, Endpoint Denial of Service: OS Exhaustion Flood
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict
from netanatomy.detect.floods import NAMED, Sources, episode, length_of, sources_of, totals
from netanatomy.detect.half_open import (
    COUNTS,
    TALKERS,
    Config,
    begun,
    flooded,
    loudest,
    of_many,
    repeated,
    single,
    talkers,
    together,
)
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Selector, between, flags, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text

SYN, ACK, RST, FIN = 2, 16, 4, 1  # RFC 9293 section 3.1
TCP = 6
PORTS = 16
"""Ports up to which a rule and the subject name them."""
SORT = ("victim", "bare")
RELATED = ("sources", "talkers", "senders", "lengths", "frames")


def observe(tables: Tables, config: Config) -> Kept:
    """Attempts by service and second, how they went, and who seems to have made them."""
    connections = tables.connections
    if not len(rows := connections.rows_named("originator_rule", "syn")):
        return
    some = begun(connections, rows, config)
    again = some.tries > 1
    yield "attempts", single(connections, some[~again])
    if again.any():
        yield "attempts", repeated(connections, some[again])
    half = some[some.left]
    if not len(half.places):
        return
    rows, bare = half.places, half.bare
    victim = ("victim=id.resp_h",)
    length = (*victim, "length=orig_size_max")
    yield "sources", kept(connections, rows, (*victim, "source=id.orig_h"), bare=bare)
    yield "talkers", talkers(connections, half)
    yield "senders", kept(connections, rows, (*victim, "mac=orig_l2_addr", "ttl=orig_initial_ttl"), bare=bare)
    yield "lengths", kept(connections, rows, length, bare=bare, packets=half.tries)
    frame = (*length, "time=ts", "frame=first_frame")
    yield "frames", kept(connections, rows, frame, bare=bare, depth=np.uint8(0))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host, over all its ports that were flooded."""
    if "attempts" not in summary:
        return
    table = summary["attempts"]
    rows = of_many(table, config).to_pylist()
    if not rows:
        return
    # SYNs without options are a sort of their own: real clients of a busy server never send them.
    by_victim: dict[tuple[bytes, bool], list[Row]] = {}
    for row in rows:
        by_victim.setdefault((row["victim"], row["bare"]), []).append(row)
    counts = totals(summary, "sources", *SORT)
    groups = {name: summary.groups(name, *SORT) for name in RELATED}
    for sort, mine in by_victim.items():
        by_port: dict[int, list[Row]] = {}
        for row in mine:
            by_port.setdefault(row["port"], []).append(row)
        number = counts.get(sort, 0)
        ports = [port for port, some in by_port.items() if flooded(some, number, config)]
        if not ports:
            # Nothing at one port: perhaps over all of them, but then only from many sources.
            if number <= config.few_sources or not flooded(together(mine), number, config):
                continue
            ports = list(by_port)
        chosen = together([row for port in ports for row in by_port[port]])
        seconds = episode(chosen, "open", min(config.rate, max(row["open"] for row in chosen) // 2))
        count = sum(row["open"] for row in seconds)
        answered = 2 * sum(row["answered"] for row in seconds) >= count
        left_open = answered and sum(row["reset"] for row in seconds) <= config.reset_share * count
        related = {name: found.get(sort, []) for name, found in groups.items()}
        heavy = loudest(related["talkers"], count, config.loud_share)
        forged = (
            count / max(1, number) <= config.attempts_of_a_source
            if number > config.few_sources
            else left_open
        )
        named = related["sources"] if forged else heavy
        who = sources_of(named, related["senders"], number if forged else len(heavy), forged)
        yield _verdict(sort[0], sorted(ports), seconds, who, related)


def _verdict(
    address: bytes, ports: list[int], seconds: list[Row], who: Sources, related: Mapping[str, list[Row]]
) -> Verdict:
    victim = address_text(address)
    count, completed = sum(row["open"] for row in seconds), sum(row["completed"] for row in seconds)
    start, end = min(row["start"] for row in seconds), max(row["end"] for row in seconds)
    peak, reset = max(row["open"] for row in seconds), sum(row["reset"] for row in seconds)
    shown = ", ".join(map(str, ports)) if len(ports) <= 5 else f"{ports[0]} and {len(ports) - 1} more"
    target = f"{victim} port{'s' if len(ports) > 1 else ''} {shown}"
    length = length_of(related["lengths"])
    to: tuple[Match, ...] = where(ip_destination=victim, ip_protocol=TCP)
    if len(ports) <= PORTS:
        to += where(destination_port=ports)
    syn = (*to, flags(SYN | ACK | RST | FIN, SYN))
    if length is not None:
        syn += where(ip_total_length=length)
    known = not who.forged and who.count <= NAMED
    same = 2 * sum(row["repeated"] for row in seconds) >= count
    harm = (
        "They come from so few ports that hardly any stays open: each costs an answer, not memory."
        if same
        else "Each one that is left open takes up memory of the server until it gives up."
    )
    mine = (*to, *where(ip_source=who.named))
    resets = (
        f" {reset} of them were reset by their own sender's system, which knew nothing of them."
        if reset
        else ""
    )
    return Verdict(
        subject=f"{victim}:{','.join(map(str, ports[:PORTS]))}",
        title=f"SYN flood against {target}: {peak} a second",
        severity=Severity.MEDIUM if same else Severity.HIGH,
        confidence=0.95 if completed or who.count > 1 else 0.85,
        attackers=() if who.forged else who.named,
        victims=(victim,),
        others=who.others,
        start=start,
        end=end,
        counts={"attempts": count, "completed": completed, "sources": who.count, "peak_per_second": peak},
        reason=(
            f"{count} connections to {target} were begun and never completed, up to {peak} a "
            f"second, by {who.text}; {completed} such handshakes were completed meanwhile.{resets} {harm}"
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "tcp_flags", "SYN that is never followed by an ACK")
            for row in sorted(related["frames"], key=lambda row: int(row["frame"]))
            if length is None or row["length"] == length
        )[:5],
        frames=sum(row["frames"] for row in seconds),
        scope=(Selector((*(mine if known else syn), *between(start, end))),),
        rule=Rule(matches=(*syn, *where(ip_source=who.named)))
        if known
        else Rule(matches=syn, action=Action.LIMIT, rate=max(25, peak // 10), burst=50, per=Per.DESTINATION),
        advice=("sysctl -w net.ipv4.tcp_syncookies=1",),
    )


DETECTOR = Detector(
    name="syn-flood",
    title="SYN flood",
    layer="transport",
    techniques=("T1499.001",),
    config=Config(),
    relations={
        "attempts": Totals(
            ("victim", "port", "bare", "second"),
            COUNTS,
            ("start",),
            ("end",),
        ),
        "sources": Distinct(SORT, ("source",)),
        "talkers": TALKERS,
        "senders": Distinct(SORT, ("mac", "ttl"), 64),
        "lengths": Totals((*SORT, "length"), ("packets",)),
        "frames": First((*SORT, "length")),
    },
    observe=observe,
    judge=judge,
    connections=(
        "ts",
        "id.orig_h",
        "id.resp_h",
        "id.resp_p",
        "originator_rule",
        "ack_delay",
        "syn_ack_delay",
        "first_frame",
        "orig_pkts",
        "orig_data_pkts",
        "orig_resets",
        "orig_duplicates",
        "resp_pkts",
        "resp_resets",
        "history",
        "last_time",
        "orig_mss",
        "orig_size_max",
        "orig_l2_addr",
        "orig_initial_ttl",
    ),
    explains=(
        "host-sweep",
        "ip-spoofing",
        "connection-exhaustion",
        "port-scan",
        "tcp-flood",
        "handshake-violation",
        "rst-injection",
        "session-hijack",
    ),
)
