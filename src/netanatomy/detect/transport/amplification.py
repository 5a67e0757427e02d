"""Amplification: servers are made to answer at length to somebody who never asked.

What it is:
    UDP has no handshake, so on the transport layer nobody proves where a datagram came from. An attacker
    asks thousands of servers a short question whose answer is long, with the victim's address as the
    sender. The servers (reflectors) answer the victim: a stream many times as strong as the attacker's own,
    from honest addresses. DNS, NTP, memcached, SNMP, SSDP, CLDAP and CharGEN are the usual ones.

Exchange:
    attacker                     reflector (NTP)            victim 203.0.113.7
       | -- "monlist", 8 octets,    |                           |
       |    from 203.0.113.7 -----> |                           |
       |                            | -- 440 octets ----------> |
       |                            | -- 440 octets ----------> |
       |                            |      … 100 datagrams …    |

How it is recognised:
    At least `questions` datagrams in a minute that ask a service in one victim's name what attackers like
    to ask, nearly always the same (at most one different question in `repetition`), and answers at least
    `factor` times as long: the reflector's view. The same questions without any answer: the attacker's
    view. At least `answers` long answers in a minute that nobody asked for: the victim's view.

What looks the same:
- A resolver's own traffic: each question is another one.
- An administrator's `ntpq -p`, `snmpbulkwalk` or `dig ANY`: a few questions, each another one.
- SSDP searches go to a multicast group, and each device answers a few times. Answers of devices nearby that
  a search a few seconds apart could bring are told at low severity where the capture has no search.
- Answers rich in DNSSEC signatures, to a client that asked for them.
- A capture that shows one direction only: answers seem to be unasked. Of one's own resolvers (`dns_servers`)
  and known servers (`known_servers`) to a host of `home_networks` they are told at low severity.

How to stop it:
- Close the reflector: no DNS recursion for strangers, `restrict default noquery` for NTP, no UDP for
  memcached, SNMP, SSDP and CLDAP only inside; response rate limiting (RRL) for authoritative DNS.
- Victim: have the provider drop the reflectors' answers by source port and length, as in the rule; where all
  of them come in fragments, the reflectors' fragments.
- Source address validation (BCP 38) where forged packets begin.

Limits:
    Questions whose names are random each time are told by their answers only. A single service asked slower
    than `questions` a minute is not told.

In the lab:
    python -m lab.scenarios amplification-dns        (hping3 -2 --spoof … -p 53 -E any.question … 10.20.0.53)
    python -m lab.scenarios amplification-memcached  (the same with "stats" to port 11211)

References:
- CISA TA14-017A, UDP-Based Amplification Attacks (factors)
- Rossow, Amplification Hell: Revisiting Network Protocols for DDoS Abuse, NDSS 2014
- RFC 2827 (BCP 38); RFC 5358 (BCP 140), Preventing Use of Recursive Nameservers in Reflector Attacks
- MITRE ATT&CK T1498.002, Network Denial of Service: Reflection Amplification
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.reflections import COLUMNS, DNS, LONG, UDP, answers, often, questions
from netanatomy.detect.relations import Distinct, First, Summary, Totals
from netanatomy.detect.searches import may_be_searched, was_searched
from netanatomy.detect.tables import Tables, kept
from netanatomy.detect.transport.reflected_case import NAMED, Case, rule, scope
from netanatomy.layers.application.amplifiers import AMPLIFIERS
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.text import address_text, mac_text

SHOWN = 5
"""Pieces of evidence of each kind."""


@frozen
class Config:
    """Thresholds."""

    questions: int = threshold(
        10, "questions/min", "of the same kind in one address's name", "twice Zeek-style 5 ANY in 60 s"
    )
    answers: int = threshold(
        50, "answers/min", "long ones that nobody asked for", "an SSDP search brings about 20"
    )
    repetition: int = threshold(
        4, "", "questions for each different one", "a client that retries asks 2 to 3 times"
    )
    factor: float = threshold(
        5.0, "times", "octets answered to one asked", "the least of TA14-017A is SNMP's 6.3"
    )
    unasked_share: float = threshold(
        0.05,
        "",
        "questions for each long answer, up to which they are another matter",
        "a question brings a few answers; a search 20",
    )
    searched_ports: tuple[int, ...] = threshold(
        (1900, 3702, 5353),
        "",
        "ports of services that are searched by multicast and answer by unicast",
        "SSDP, WS-Discovery, mDNS (RFC 6762 section 5.4)",
    )
    answers_to_a_search: int = threshold(
        20, "answers", "of one device to one search", "one for each service (UPnP 1.1 section 1.3.3)"
    )
    searches: int = threshold(
        12, "searches/min", "of a busy program", "each waits up to 5 s (UPnP 1.1 section 1.3.2)"
    )
    nearby: int = threshold(
        64, "devices", "that answer one search at most", "more are an attack by way of very many"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Questions that attackers like, long answers, and who asked whom at all."""
    packets, connections = tables.packets, tables.connections
    yield from questions(packets)
    yield from answers(packets)
    udp = connections.numbers("ip_proto") == UDP
    # Whoever spoke first: a capture that begins in the midst, and a loop, begin with an answer.
    for client, server in (("orig", "resp"), ("resp", "orig")):
        rows = np.flatnonzero((LONG[connections.numbers(f"id.{server}_p")] > 0) & udp)
        rows = rows[connections.at(f"{client}_pkts", rows) > 0]
        if len(rows):
            way = (f"victim=id.{client}_h", f"reflector=id.{server}_h", f"port=id.{server}_p")
            asked, answered = (connections.at(f"{side}_bytes", rows) for side in (client, server))
            sent = (*way, f"questions={client}_pkts")
            yield "pairs", kept(connections, rows, sent, asked=asked, answered=answered)


RELATIONS = ("asked", "answered", "senders", "asked_frames", "answered_frames")


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each victim and service."""
    key = ("victim", "port")
    fired = often(summary, "asked", config.questions, config.repetition) | often(
        summary, "answered", config.answers, config.repetition
    )
    if not fired:
        return
    groups = {name: summary.groups(name, *key) for name in (*RELATIONS, "pairs") if name in summary}
    for victim, port in sorted(fired):
        mine = {name: groups.get(name, {}).get((victim, port), []) for name in (*RELATIONS, "pairs")}
        verdict = _verdict(Case(address_text(victim), port, **mine), config, network)
        if verdict is not None:
            yield verdict


def _is_served(case: Case, network: Network) -> bool:
    """Whether all the answers are those of one's own servers to one's own host."""
    known = [network.is_known_server] + [network.is_dns_server] * (case.port == DNS)
    servers = {address_text(row["reflector"]) for row in case.answered}
    return bool(network.is_home(case.victim)) and all(
        any(is_one(each) for is_one in known) for each in servers
    )


def _verdict(case: Case, config: Config, network: Network) -> Verdict | None:
    name = AMPLIFIERS[case.port].name
    asks = sum(row["questions"] for row in case.pairs)
    asked_octets = max(sum(row["asked"] for row in case.pairs), sum(row["octets"] for row in case.asked))
    long = sum(row["packets"] for row in case.answered)
    octets = sum(row["octets"] for row in case.answered)
    back = max(sum(row["answered"] for row in case.pairs), octets)
    ratio = back / asked_octets if asked_octets else 0.0
    if was_searched(case.pairs, case.answered, config):
        return None
    if asks <= config.unasked_share * long:
        view, severity, confidence = "victim", Severity.HIGH, 0.85
        searched = may_be_searched(case.victim, case.port, case.answered, config)
        if searched or _is_served(case, network):
            severity, confidence = Severity.LOW, 0.4
    elif ratio >= config.factor and back > 0:
        view, severity, confidence = "reflector", Severity.HIGH, 0.9 if case.asked else 0.7
    elif case.asked and back == 0:
        view, severity, confidence = "attacker", Severity.MEDIUM, 0.75
    elif case.asked:
        view, severity, confidence = "refused", Severity.LOW, 0.6
    else:
        return None
    rows = case.asked + case.answered
    reflectors = tuple(sorted({address_text(row["reflector"]) for row in rows}))
    kinds = ", ".join(sorted({row["kind"] for row in case.asked})) or f"{name} answers"
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    frames = sum(row["packets"] for row in rows)
    asked_count = sum(row["packets"] for row in case.asked)
    sender = tuple(sorted({mac_text(row["mac"]) for row in case.senders if row["mac"]}))[:5]
    ttls = tuple(f"TTL {ttl}" for ttl in sorted({row["ttl"] for row in case.senders}))[:3]
    several = f"{len(reflectors)} servers" if len(reflectors) > 1 else reflectors[0]
    named = f"in the name of {case.victim}"
    reasons = {
        "victim": (
            f"{several} sent {case.victim} {long} long {name} answers, {octets} octets, and it had asked for "
            f"none of them ({asks} questions seen). Somebody asks {named}, and the answers fill its line."
        ),
        "reflector": (
            f"{asked_count or asks} questions ({kinds}) came to {several} {named}, nearly always the same, "
            f"and were answered with {ratio:.0f} octets for each one asked. The answers go to an "
            "address that most likely never asked."
        ),
        "attacker": (
            f"{asked_count} questions ({kinds}) went to {several} {named}, nearly always the same, "
            "and no answer was seen: it goes to the one whose name was used. They begin on this side."
        ),
        "refused": (
            f"{asked_count} questions ({kinds}) came to {several} {named}; the answers are hardly longer "
            f"({ratio:.1f} octets for each one asked), so the server is of no use to the sender."
        ),
    }
    titles = {
        "victim": f"{case.victim} is flooded with {name} answers that it did not ask for",
        "reflector": f"{several} amplifies {name} against {case.victim}: {ratio:.0f} octets for one",
        "attacker": f"{name} questions in the name of {case.victim} leave for {several}",
        "refused": f"{name} amplification against {case.victim} was tried and came to nothing",
    }
    return Verdict(
        subject=f"{case.victim}:{case.port}:{view}",
        title=titles[view],
        severity=severity,
        confidence=confidence,
        victims=(case.victim,),
        others={"reflector": reflectors[:NAMED], "claimed": (case.victim,)}
        | ({"sender": sender + ttls} if sender or ttls else {}),
        start=start,
        end=end,
        counts={
            "questions": asked_count,
            "answers": long,
            "octets_answered": max(octets, back),
            "factor": round(ratio, 1),
            "reflectors": len(reflectors),
        },
        reason=reasons[view],
        proofs=tuple(
            Proof(row["frame"], row["depth"], column, role)
            for rows, column, role in (
                (case.asked_frames, PAYLOAD, "question in the victim's name"),
                (case.answered_frames, "udp_length", "long answer"),
            )
            for row in rows[:SHOWN]
        ),
        frames=frames,
        scope=tuple(scope(case, reflectors)),
        rule=rule(case, reflectors, unasked=view == "victim"),
        advice=AMPLIFIERS[case.port].advice,
    )


def _sizes(keys: tuple[str, ...]) -> Totals:
    return Totals(keys, ("packets", "pieces", "octets"), ("start", "shortest"), ("end", "longest"))


DETECTOR = Detector(
    name="amplification",
    title="Reflection and amplification",
    layer="transport",
    techniques=("T1498.002",),
    config=Config(),
    relations={
        "asked": _sizes(("victim", "reflector", "port", "kind", "bucket")),
        "answered": _sizes(("victim", "reflector", "port", "kind", "bucket")),
        "asked_bodies": Distinct(("victim", "port", "bucket"), ("body",), 256),
        "answered_bodies": Distinct(("victim", "port", "bucket"), ("body",), 256),
        "asked_frames": First(("victim", "port")),
        "answered_frames": First(("victim", "port")),
        "senders": Distinct(("victim", "port"), ("mac", "ttl"), 16),
        "pairs": Totals(("victim", "reflector", "port"), ("questions", "asked", "answered")),
    },
    observe=observe,
    judge=judge,
    packets=COLUMNS,
    connections=(
        *("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "ip_proto"),
        *("orig_pkts", "resp_pkts", "orig_bytes", "resp_bytes"),
    ),
    explains=("udp-flood", "ip-spoofing"),
)
