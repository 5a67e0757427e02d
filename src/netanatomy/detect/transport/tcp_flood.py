"""TCP flood: segments that belong to no connection, in numbers (ACK, RST, FIN, Xmas, SYN-ACK and others).

What it is:
    TCP knows no segment without a connection but SYN. Segments with other flags are sent in masses to wear
    out firewalls that look each one up, to fill the line, or to tear down connections by luck. On the
    transport layer each is answered with RST or dropped. SYN-ACKs that nobody asked for are *backscatter*:
    elsewhere somebody is flooded with SYNs that carry this network's addresses, and answers to them; from
    many servers to one address they are a *reflected* attack on that address.

Exchange:
    attacker (forged sources)             victim
       | -- ACK, of no connection ----------> |
       | -- ACK, of no connection ----------> | -- RST --> (the forged source)
               … thousands more …

    flooded server                        this network (its address was forged)
       | -- SYN-ACK ------------------------> |   it never sent a SYN
       | <-- RST ---------------------------- |

How it is recognised:
    At least `rate` segments a second in at least `seconds` seconds (or `burst` in one) to one host, each in
    a conversation of its own without a handshake, or all in one whose sender does not heed the RST that each
    gets. Flags that no state allows (NULL, FIN without ACK, Xmas,
    SYN with FIN), and wrong checksums, which every receiver throws away, need no more. ACKs, FINs with ACK
    and data must be refused with RST for the most part, or be more than `masses` of one packet each that one
    program made: of one length and with one or two times to live. SYN-ACKs without a SYN to at least
    `claimed` addresses or ports are backscatter, told as low, with the server that answers as its victim.

What looks the same:
- A capture that begins in mid-connection: those segments carry data and are answered.
- A capture of one direction: its conversations have many segments, and none is refused.
- A capture that holds one packet of many only (sampled): clients differ in length and time to live.
- Checksums that the sender's network card works out later: their conversations have several segments.
- A server that restarts refuses the segments of its old connections, once each; what is on its way at that
  moment comes within a second. A sender that no RST reaches repeats ever more slowly.
- Keep-alives of thousands of idle connections are answered with ACK, not with RST.

How to stop it:
- Drop what belongs to no connection before it costs anything: `ct state invalid drop` in nftables.
- A limit, or a rule for flags that are never right, as in the rule.
- Of backscatter: nothing to stop here; tell the victim's operator, and check that forged packets with one's
  own addresses cannot come from inside (BCP 38).

Limits:
    Where nothing is refused, a flood of varying lengths or times to live looks like a sampled capture, and
    one between two fixed ports like one direction of a connection. An ACK
    flood within the numbers of connections that exist looks like traffic. Backscatter shows a
    share of an attack elsewhere, as large as the share of addresses that are watched.

In the lab:
    python -m lab.scenarios tcp-flood-ack          (hping3 -A --rand-source -p 80 -i u1500 10.20.0.10)
    python -m lab.scenarios tcp-flood-xmas         (hping3 -F -P -U --rand-source -p 80 10.20.0.10)
    python -m lab.scenarios tcp-flood-held-push    (t50 --protocol TCP -P -A --dport 22 10.20.0.21)
    python -m lab.scenarios tcp-flood-held-bot     (nping --tcp --flags ack,psh -p 80 --rate 280 …)
    python -m lab.scenarios tcp-flood-backscatter  (hping3 -S -a 10.20.0.101 -p 80 198.51.100.80)

References:
- RFC 9293 section 3.10.7, Segment Arrives
- D. Moore et al.: Inferring Internet Denial-of-Service Activity, USENIX Security 2001 (backscatter)
- MITRE ATT&CK T1498.001 (direct flood), T1498.002 (reflection)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow.compute as pc

from netanatomy.detect.attempts import COLUMNS
from netanatomy.detect.backscatter import RELATIONS, answers, backscatter
from netanatomy.detect.detector import Detector, Kept, Proof, Verdict
from netanatomy.detect.floods import (
    NAMED,
    Sources,
    episode,
    lasting,
    length_of,
    sources_of,
    totals,
)
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.stray_segments import (
    DAMAGED,
    NAMES,
    NEVER_RIGHT,
    SHAPES,
    UNANSWERED,
    Config,
    damaged_conversations,
    damaged_segments,
    odd_segments,
    stray_segments,
)
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Match, Selector, between, flags, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text

TCP = 6
PORTS = 16
"""Ports up to which a rule names them."""


def observe(tables: Tables, config: Config) -> Kept:
    """Segments of no connection by host, kind and second, and SYN-ACKs that nobody asked for."""
    if tables.anomalies.count:
        yield from odd_segments(tables.anomalies)
        yield from damaged_segments(tables.anomalies)
    if tables.connections.count:
        yield from stray_segments(tables.connections, config)
        yield from damaged_conversations(tables.connections)
        yield from answers(tables.connections)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host and kind of segment, and for each server that others' SYNs made answer."""
    yield from _floods(summary, config)
    yield from backscatter(summary, config.claimed, config.reflectors, config.seconds, config.reflected_rate)


def _floods(summary: Summary, config: Config) -> Iterator[Verdict]:
    if "seconds" not in summary:
        return
    table = summary["seconds"]
    fast = table.filter(pc.greater_equal(table["packets"], config.rate))
    by_victim: dict[tuple[bytes, int], list[Row]] = {}
    for row in table.filter(pc.is_in(table["victim"], pc.unique(fast["victim"]))).to_pylist():
        by_victim.setdefault((row["victim"], row["kind"]), []).append(row)
    flooded = {key: rows for key, rows in by_victim.items() if _flooded(key[1], rows, config)}
    if not flooded:
        return
    counts = totals(summary, "sources", "victim", "kind")
    names = ("ports", "sources", "senders", "frames")
    groups = {name: summary.groups(name, "victim", "kind") for name in names}
    for (victim, kind), rows in flooded.items():
        seconds = episode(rows, "packets", config.rate)
        count = sum(row["packets"] for row in seconds)
        number = counts.get((victim, kind), 0)
        forged = number > config.few_sources and count / number <= config.segments_of_a_source
        ports, senders = (groups[name].get((victim, kind), []) for name in ("ports", "senders"))
        if not (_refused(kind, rows, config) or _of_one_maker(ports, senders, config.ways)):
            continue  # one packet of many conversations, as sampled captures hold
        different = len({row["port"] for row in ports})
        if not forged and different > config.few_ports and count <= config.segments_of_a_source * different:
            continue  # a scan of ports
        sources = groups["sources"].get((victim, kind), [])
        who = sources_of(sources, senders, number, forged)
        yield _flood(
            victim, kind, seconds, ports, who, groups["frames"].get((victim, kind), []), config.high_rate
        )


def _flooded(kind: int, rows: Sequence[Row], config: Config) -> bool:
    fast = [row for row in rows if row["packets"] >= config.rate]
    if not lasting([row["packets"] for row in fast], config):
        return False
    count, alone = sum(row["packets"] for row in fast), sum(row["alone"] for row in fast)
    if kind != DAMAGED and _refused(kind, rows, config):
        return True
    return bool(alone >= config.alone_share * count and (kind == DAMAGED or alone >= config.masses))


def _refused(kind: int, rows: Sequence[Row], config: Config) -> bool:
    """Whether the victim refuses them, or none could be right."""
    fast = [row for row in rows if row["packets"] >= config.rate]
    count = sum(row["packets"] for row in fast)
    return kind in UNANSWERED or sum(row["refused"] for row in fast) >= config.refused_share * count


def _of_one_maker(ports: Sequence[Row], senders: Sequence[Row], ways: int) -> bool:
    """Whether all have one length and, before and behind a router, one time to live: no crowd has."""
    ttls = {row["ttl"] for row in senders if row["ttl"] is not None}
    return length_of(ports) is not None and len(ttls) <= ways


def _flood(
    address: bytes, kind: int, seconds: list[Row], rows: list[Row], who: Sources, frames: list[Row], high: int
) -> Verdict:
    victim, name = address_text(address), NAMES[kind]
    start, end = min(row["start"] for row in seconds), max(row["end"] for row in seconds)
    count, peak = sum(row["packets"] for row in seconds), max(row["packets"] for row in seconds)
    refused = sum(row["refused"] for row in seconds)
    ports = sorted({row["port"] for row in rows})
    target = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    matches: tuple[Match, ...] = where(ip_destination=victim, ip_protocol=TCP)
    if kind in SHAPES:
        matches += (flags(*SHAPES[kind]),)
    if len(ports) <= PORTS:
        matches += where(destination_port=ports)
    length = None if kind in NEVER_RIGHT else length_of(rows)
    if length is not None:
        matches += where(ip_total_length=length)
    known = not who.forged and who.count <= NAMED
    if known:
        matches += where(ip_source=who.named)
    rule: Rule | None = Rule(
        matches=matches, action=Action.LIMIT, rate=max(25, peak // 10), burst=50, per=Per.DESTINATION
    )
    if known or kind in NEVER_RIGHT:
        rule = Rule(matches=matches)
    elif kind == DAMAGED:
        rule = None  # filters cannot ask for a wrong checksum but by the state, as advised
    scope, column = matches, "tcp_flags"
    if kind == DAMAGED:
        scope, column = (*matches, *where(transport_checksum_status="bad")), "transport_checksum"
    said = f"{refused} of them were refused with RST; " if refused else ""
    why = "no connection allows such flags" if kind in NEVER_RIGHT else "none belongs to a connection"
    why = "no receiver takes a wrong checksum" if kind == DAMAGED else why
    return Verdict(
        subject=f"{victim}:{name}",
        title=f"{name[0].upper()}{name[1:]} flood against {victim} {target}: {peak} segments a second",
        severity=Severity.HIGH if peak >= high else Severity.MEDIUM,
        confidence=0.95 if kind in NEVER_RIGHT or refused else 0.8,
        attackers=() if who.forged else who.named,
        victims=(victim,),
        others=who.others,
        start=start,
        end=end,
        counts={"segments": count, "peak_per_second": peak, "sources": who.count, "refused": refused},
        reason=(
            f"{count} {name} segments to {target} of {victim}, up to {peak} a second, came from {who.text}. "
            f"{said}{why}: each costs the receiver, and a firewall before it, a search that finds nothing."
        ),
        proofs=tuple(Proof(row["frame"], row["depth"], column, f"{name} of no connection") for row in frames),
        frames=count,
        scope=(Selector((*scope, *between(start, end))),),
        rule=rule,
        advice=("nft add rule inet filter input ct state invalid drop",),
    )


DETECTOR = Detector(
    name="tcp-flood",
    title="TCP flood",
    layer="transport",
    techniques=("T1498.001", "T1498.002"),
    config=Config(),
    relations={
        "seconds": Totals(
            ("victim", "kind", "second"), ("packets", "refused", "alone"), ("start",), ("end",)
        ),
        "ports": Totals(("victim", "kind", "port", "length"), ("packets",)),
        "sources": Distinct(("victim", "kind"), ("source",)),
        "senders": Distinct(("victim", "kind"), ("mac", "ttl"), 64),
        "frames": First(("victim", "kind")),
        **RELATIONS,
    },
    observe=observe,
    judge=judge,
    connections=(*COLUMNS, "resp_duplicates"),
    anomalies=True,
    explains=("handshake-violation", "ip-spoofing", "rst-injection"),
)
