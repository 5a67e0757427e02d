"""RST injection: somebody who is no party to a connection sends the segment that ends it.

What it is:
    A RST ends a TCP connection at once, on the transport layer, and TCP believes it by its sequence number
    alone (RFC 9293 section 3.10.7). Who sees the connection pass knows the number and can end it in either
    side's name; who does not see it can guess, which RFC 5961 made hard. It cuts off sessions (BGP, SSH),
    censors, and makes inspectors look away while the real hosts talk on.

Exchange:
    client                 attacker               server
       | -- data, seq 1000 ----+---------------------> |
       |                       | -- RST "from client", seq 1010 -> |
       |                       | -- RST "from client", seq 1522 -> |  (a volley: one will fit)
       | <-- RST "from server" |
       | -- data, seq 1010 ------------------------> |  (the client never meant to stop)

How it is recognised:
    RSTs of one side of a connection with at least two of these signs: another MAC address than that side's
    other packets; another time to live; a number that does not fit (outside the window, within it but not
    the next, or a volley of different numbers); the side goes on sending data. Numbers that do not fit are
    enough alone from `guesses` different ones on: somebody guesses blindly. Another time to live alone is
    told at low severity: that is how firewalls and censors on the way look.

What looks the same:
- A firewall, load balancer or intrusion prevention system that ends a connection in a host's name: the time
  to live differs, the number fits, and both sides are ended. It is told as such, at low severity.
- Stacks that send RSTs with another time to live than data: always the same for that host.
- Two routers that share an address: the MAC address changes for data as well.
- A host that is gone and answers late segments: its numbers are those that the segments acknowledged.

How to stop it:
- Filter by sender at the switch (IP source guard, dynamic ARP inspection): a station cannot speak for
  another.
- TCP-AO (RFC 5925) for long-lived sessions between routers; IPsec or WireGuard where all must be protected.
- Current stacks follow RFC 5961: a RST that does not fit exactly only causes a question (challenge ACK).

Limits:
    A RST with the right number, the right MAC address and the right time to live cannot be told from a real
    one, unless its side goes on. RSTs whose connection was not captured are not judged (see tcp-flood).

In the lab:
    python -m lab.scenarios rst-injection-tcpkill   (tcpkill -i eth0 -3 host 10.20.0.103 and tcp port 7)
    python -m lab.scenarios rst-injection-guessed   (hping3 -R -a 198.51.100.100 -s 41000 -p 80 -M …)

References:
- RFC 5961, Improving TCP's Robustness to Blind In-Window Attacks; RFC 9293 section 3.5.3
- Clayton, Murdoch and Watson, Ignoring the Great Firewall of China, 2006
- Weaver, Sommer and Paxson, Detecting Forged TCP Reset Packets, NDSS 2009
- MITRE ATT&CK T1499, Endpoint Denial of Service; T1565.002, Transmitted Data Manipulation
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field

import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.reset_segments import (
    CONNECTION_COLUMNS,
    GOES_ON,
    NUMBERS,
    PACKET_COLUMNS,
    RST,
    WAY,
    Way,
    by_way,
    misfits,
    resets,
    sides,
)
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.schema.match import Match, Selector, between, flags, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SHOWN, NAMED = 5, 25


@frozen
class Config:
    """Thresholds."""

    signs: int = threshold(
        2,
        "signs",
        "against one reset that prove it forged",
        "devices on the way change one: the time to live",
    )
    grave_signs: int = threshold(
        3, "signs", "from which severity is high", "number and MAC address together are enough, too"
    )
    guesses: int = threshold(
        5,
        "numbers",
        "that do not fit, on one connection, from which somebody guesses",
        "a late RST comes once or twice",
    )


@changeable
class Case:
    """RSTs of one sender, in the name of one side or of several."""

    mac: bytes | None = None
    ttl: int | None = None
    usual: int | None = None
    signs: set[str] = field(default_factory=set)
    resets: list[tuple[Way, Row]] = field(default_factory=list)
    services: set[tuple[bytes, int]] = field(default_factory=set)
    after: list[Row] = field(default_factory=list)


def observe(tables: Tables, config: Config) -> Kept:
    """RSTs of connections, who usually sends for each side, and which RSTs do not fit."""
    yield from resets(tables.packets)
    yield from sides(tables.connections)
    yield from misfits(tables.anomalies)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each sender of forged RSTs."""
    if "resets" not in summary or "sides" not in summary:
        return
    usually = by_way(summary.rows("sides"))
    odd = by_way(summary.rows("odd")) if "odd" in summary else {}
    table = summary["resets"]
    known = pc.is_in(table["source_port"], value_set=pa.array({way[2] for way in usually}, pa.uint16()))
    cases: dict[object, Case] = {}
    for way, rows in by_way(table.filter(known).to_pylist()).items():
        usual = usually.get(way)
        if usual is None:
            continue
        macs = {row["mac"] for row in usual if row["mac"]}
        ttls = {row["ttl"] for row in usual}
        service = (way[1], way[3]) if usual[0]["forward"] else (way[0], way[2])
        strange = odd.get(way, [])
        misfit = {row["value"] for row in strange if row["name"] in NUMBERS}
        goes_on = [row for row in strange if row["name"] == GOES_ON]
        for row in rows:
            signs = set()
            if macs and row["mac"] and row["mac"] not in macs:
                signs.add("mac")
            if row["ttl"] not in ttls:
                signs.add("ttl")
            if not signs and len(misfit) < config.guesses and not goes_on:
                continue
            sender: object = row["mac"] if "mac" in signs else (frozenset((way[0], way[1])), *service)
            case = cases.setdefault(sender, Case())
            case.resets.append((way, row))
            case.services.add(service)
            case.signs |= signs | ({"number"} if misfit else set()) | ({"on"} if goes_on else set())
            case.signs |= {"guess"} if len(misfit) >= config.guesses else set()
            case.mac = row["mac"] if "mac" in signs else case.mac
            case.ttl, case.usual = (row["ttl"], min(ttls)) if "ttl" in signs else (case.ttl, case.usual)
            case.after = goes_on or case.after
    for case in cases.values():
        verdict = _verdict(case, config)
        if verdict is not None:
            yield verdict


WORDS = {
    "mac": "the MAC address is another than that side's other packets have",
    "ttl": "the time to live is another than that side's",
    "number": "the numbers are not the ones that were due",
    "on": "the side that was named went on sending data",
}


def _verdict(case: Case, config: Config) -> Verdict | None:
    signs = case.signs & set(WORDS)
    if len(signs) >= config.signs or "guess" in case.signs:
        grave = {"mac", "number"} <= signs or len(signs) >= config.grave_signs
        severity = Severity.HIGH if grave else Severity.MEDIUM
        confidence = min(0.95, 0.55 + 0.15 * len(signs))
    elif signs in ({"ttl"}, {"mac"}):
        severity, confidence = Severity.LOW, 0.4
    else:
        return None
    device = severity is Severity.LOW
    ways = sorted({way for way, _ in case.resets})
    rows = sorted((row for _, row in case.resets), key=lambda row: (row["time"], row["frame"]))
    start, end = rows[0]["time"], rows[-1]["time"]
    hosts = tuple(sorted({address_text(octets) for way in ways for octets in way[:2]}))
    claimed = tuple(sorted({address_text(way[0]) for way in ways}))
    services = ", ".join(
        f"{address_text(address)} port {port}" for address, port in sorted(case.services)[:3]
    )
    connections = len({(frozenset(way[:2]), frozenset(way[2:])) for way in ways})
    sender = (mac_text(case.mac),) if case.mac else ()
    how = "; ".join(WORDS[sign] for sign in WORDS if sign in signs)
    what = "Resets made on the way end" if device else "Forged resets end"
    what = "Guessed resets aim at" if signs == {"number"} else what
    ttl = f" (time to live {case.ttl} instead of {case.usual})" if case.ttl is not None else ""
    return Verdict(
        subject=f"{sender or ','.join(hosts[:4])}:{services}",
        title=f"{what} {many(connections, 'connection')} of {services}",
        severity=severity,
        confidence=confidence,
        victims=hosts[:NAMED],
        others={"claimed": claimed[:NAMED]} | ({"sender": sender} if sender else {}),
        start=start,
        end=end,
        counts={"resets": len(rows), "connections": connections, "signs": len(signs)},
        reason=(
            f"{many(len(rows), 'RST')} came in the name of {', '.join(claimed[:3])}, and {how}{ttl}. "
            + (
                "Most likely a firewall or another device on the way ended the connection; the host did not."
                if device
                else "So neither of the two hosts sent them: somebody else ends their connections."
            )
        ),
        proofs=(
            *(
                Proof(row["frame"], row["depth"], _column(signs, row, case), "RST that is not its host's")
                for row in rows[:SHOWN]
            ),
            *(
                Proof(rows[0]["frame"], rows[0]["depth"], "tcp_sequence", "its number")
                for _ in signs & {"number"}
            ),
        ),
        frames=len(rows),
        scope=tuple(_scope(case, ways, start, end)),
        rule=_rule(case, claimed, hosts, device),
        advice=("switch: IP source guard and dynamic ARP inspection on access ports",) if case.mac else (),
    )


def _column(signs: set[str], row: Row, case: Case) -> str:
    if row["mac"] == case.mac and "mac" in signs:
        return "eth_source"
    return "ip_ttl" if row["ttl"] == case.ttl else "tcp_sequence"


def _sign(case: Case) -> tuple[Match, ...]:
    """What a packet has that the host's own have not."""
    if case.mac:
        return where(eth_source=mac_text(case.mac))
    return where(ip_ttl=case.ttl) if case.ttl is not None else ()


def _scope(case: Case, ways: list[Way], start: int, end: int) -> Iterator[Selector]:
    ports: dict[tuple[bytes, bytes], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for source, destination, source_port, destination_port in ways:
        ports[source, destination][0].add(source_port)
        ports[source, destination][1].add(destination_port)
    for (source, destination), (here, there) in sorted(ports.items())[:1_000]:
        pair = where(ip_source=address_text(source), ip_destination=address_text(destination))
        both = where(source_port=sorted(here), destination_port=sorted(there))
        yield Selector((*pair, *both, flags(RST, RST), *_sign(case), *between(start, end)))


def _rule(case: Case, claimed: tuple[str, ...], hosts: tuple[str, ...], device: bool) -> Rule | None:
    sign = _sign(case)
    if device or not sign:
        return None
    if len(hosts) > NAMED:
        return Rule(matches=(*where(ip_source=claimed[:NAMED]), flags(RST, RST), *sign))
    return Rule(matches=(*where(ip_source=claimed, ip_destination=hosts), flags(RST, RST), *sign))


DETECTOR = Detector(
    name="rst-injection",
    title="RST injection",
    layer="transport",
    techniques=("T1499", "T1565.002"),
    config=Config(),
    relations={
        "resets": Totals((*WAY, "time", "frame", "depth", "mac", "ttl", "number"), ("count",)),
        "sides": Totals((*WAY, "mac", "ttl", "forward"), ("packets",)),
        "odd": First((*WAY, "name"), ("offset", "length", "value", "is_orig"), 16),
    },
    observe=observe,
    judge=judge,
    packets=PACKET_COLUMNS,
    connections=CONNECTION_COLUMNS,
    anomalies=True,
    explains=("session-hijack", "handshake-violation"),
)
