"""UDP flood: datagrams that nobody asked for, faster than their receiver can throw them away.

What it is:
    UDP has no handshake: whoever sends is heard at once, so sources are forged as easily as not. Datagrams to
    a port that nobody serves cost the receiver an ICMP "port unreachable" each, those to a served port cost
    what the service does, and both fill the line. It is the simplest attack on the transport layer.

Exchange:
    attacker (forged sources)            victim
       | -- UDP to port 5060 -------------> |
       | -- UDP to port 5060 -------------> |
       | <-- ICMP port unreachable -------- |   (a few a second: hosts limit them)
       | -- UDP to port 5060 -------------> |
               … thousands more …

How it is recognised:
    At least `rate` datagrams a second, in at least `seconds` seconds (or `burst` in one), to one host that
    does not answer them although it is there (it answers others, or says "port unreachable"), AND either
    from many sources with hardly more than a datagram each, or from few with ever new ports, or from few
    with the same ports at `stream_rate`, or from few that say the same octets again and again, at
    `repeated_rate`: whoever has something to tell numbers it or says something new. A served port that
    answers more than `answered_share` of its clients is not flooded. Or at least `hosts` hosts of one network
    get `network_rate` datagrams a second together at one port, and half of them refuse (carpet bombing). Or,
    answered or not, more than 16 addresses say the same octets at `repeated_rate`, each again and again, and
    all came equally far (one time to live).

What looks the same:
- Video, voice and VPNs go one way at high rates, between the same two ports, and are not refused; each of
  their datagrams differs from the one before.
- Collectors of logs, flow records and counters (syslog, NetFlow, statsd) hear much and never answer, and
  tunnels (VXLAN) have another port for each way: there only refused datagrams at `stream_rate` count.
- Machines that send their state in cycles say the same while nothing changes, mostly below `repeated_rate`;
  so do some measurements of a line (netperf).
- Clients of one kind that start together (telephones that ask for the time) say the same, but once or twice;
  trunks and telephones of SIP have a Call-ID and a branch of their own in every message (RFC 3261).
- Monitoring and cluster members that ask all hosts of a network: a few datagrams a second each.
- A scan of ports goes on to the next port, with little in its datagrams.
- A resolver that asks a dead server: then the server answers nobody, and is not told as a victim.
- A capture that shows one direction only: nobody is seen to answer anything, so nothing is told.

How to stop it:
- A limit for datagrams to that port a second (the rule); where the port serves nobody, drop them all.
- Forged sources cannot be listed: ask the provider to filter upstream, and operators for BCP 38.
- Take the service off the address, or hand its traffic to a scrubbing service, while it lasts.

Limits:
    A flood of questions that the service answers is told only where forged addresses say the same again and
    again, and not of group addresses; see amplification. Below `rate` nothing is told. A flood between two
    fixed ports that is never refused looks like a stream if its datagrams differ, have fewer than 32 octets
    to compare, or come slower than `repeated_rate`; one of a collector's own port like its work, as long as
    it refuses none. One that is spread over networks, or over ports of their hosts, is told only by host.

In the lab:
    python -m lab.scenarios udp-flood-port         (hping3 --udp -p 5060 -d 400 -i u2500 10.20.0.10)
    python -m lab.scenarios udp-flood-spoofed      (hping3 --udp --rand-source -p 53 10.20.0.10)
    python -m lab.scenarios udp-flood-t50          (t50 --protocol UDP 10.20.0.10)
    python -m lab.scenarios udp-flood-held-distributed  (five times nping --udp -p 27015 --rate 70 …)
    python -m lab.scenarios udp-flood-held-bot     (trafgen: 512 octets to random ports, every 3 ms)
    python -m lab.scenarios udp-flood-held-carpet  (twelve times hping3 -2 -k -p 443 -d 900 -i u17000 …)
    python -m lab.scenarios udp-flood-held-sip     (mausezahn -A 203.0.113.0/24 -c 10 -d 3ms -P 'INVITE …')
    python -m lab.scenarios udp-flood-held-ipv6    (trafgen with one datagram, every 5 ms)

References:
- CERT Advisory CA-1996-01, UDP Port Denial-of-Service Attack
- RFC 1812 section 4.3.2.8, Rate Limiting of ICMP errors
- MITRE ATT&CK T1498.001, Network Denial of Service: Direct Network Flood
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pyarrow.compute as pc

from netanatomy.detect.datagram_floods import REFUSALS, Flood, flood_of
from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.floods import (
    NAMED,
    episode,
    lasting,
    length_of,
    sources_of,
    totals,
)
from netanatomy.detect.relations import Row, Summary
from netanatomy.detect.silent_datagrams import (
    CONNECTION_COLUMNS,
    ONE_WAY,
    PACKET_COLUMNS,
    RELATIONS,
    UDP,
    contents,
    refusals,
    repeated,
    seen,
    silent_datagrams,
)
from netanatomy.detect.spread_datagrams import carpet, crowded, swarms
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text

FEW_PORTS = 16
STUFFED = 256
"""Octets of IP packets of one length, from which on they fill the line; probes of scanners are shorter."""
SELECTED = 256  # hosts of a network that a finding means
LISTED = 25  # hosts that are named
FAST = 1_000  # packets/s from which a flood is called high


@frozen
class Config:
    """Thresholds."""

    rate: int = threshold(50, "datagrams/s", "unanswered datagrams a second to one host", "the laboratory")
    stream_rate: int = threshold(
        1_000,
        "datagrams/s",
        "the same where few pairs of ports send them all",
        "statsd and syslog send hundreds a second to collectors that are down",
    )
    repeated_rate: int = threshold(
        150,
        "datagrams/s",
        "the same where all of a source say the same",
        "three streams of voice are 150; controllers repeat their state 10 to 100 times a second",
    )
    hosts: int = threshold(
        8,
        "hosts",
        "hosts of a network (/24, /64) that get datagrams, to be flooded together",
        "the laboratory",
    )
    network_rate: int = threshold(
        300, "datagrams/s", "datagrams a second to all of them together", "six calls end at one moment"
    )
    burst: int = threshold(
        500, "datagrams/s", "the same in one second alone", "ten times the rate: no system's retries"
    )
    seconds: int = threshold(2, "s", "seconds at that rate", "a burst of retries lasts one")
    answered_share: float = threshold(
        0.2, "", "share of answered conversations at the port above which it is load", "as of SYN floods"
    )
    datagrams_of_a_source: float = threshold(
        4.0, "datagrams", "datagrams of a source up to which many sources are taken for forged", "SYN floods"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Unanswered datagrams by host and second, who sent them, who answers anything, and who refuses."""
    yield from refusals(tables.packets)
    yield from seen(tables.packets)
    yield from contents(tables.packets)
    yield from silent_datagrams(tables.connections)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host, or network of hosts, that was flooded."""
    told: set[bytes] = set()
    for flood in chain(_floods(summary, config), swarms(summary, config)):
        if told.isdisjoint(flood.victims):
            told.update(flood.victims)
            yield _verdict(flood)


def _floods(summary: Summary, config: Config) -> Iterator[Flood]:
    """Floods of datagrams that are not answered: of whole networks first, and of single hosts."""
    if "seconds" not in summary:
        return
    table = summary["seconds"]
    fast = table.filter(pc.greater_equal(table["packets"], config.rate))
    by_victim: dict[bytes, list[Row]] = {}
    for row in table.filter(pc.is_in(table["victim"], pc.unique(fast["victim"]))).to_pylist():
        by_victim.setdefault(row["victim"], []).append(row)
    for victim in list(by_victim):
        if not lasting([row["packets"] for row in by_victim[victim]], config):
            del by_victim[victim]
    networks = crowded(summary, config)
    if not by_victim and not networks:
        return
    speaking, served, there = (
        {row["cell"]: row["count"] for row in summary.rows(name)} for name in ("speaking", "served", "seen")
    )
    refused = {row["victim"]: row["refused"] for row in summary.rows("refused")}
    counts = totals(summary, "sources", "victim")
    names = ("ports", "sources", "senders", "frames", "contents")
    groups = {name: summary.groups(name, "victim") for name in names}
    for rows in networks:
        flood = carpet(rows, groups, refused, config)
        if flood:
            yield flood
    for victim, rows in by_victim.items():
        mine = {name: group.get((victim,), []) for name, group in groups.items()}
        seconds, ports = episode(rows, "packets", config.rate), mine["ports"]
        count, refusals_ = sum(row["packets"] for row in seconds), refused.get(victim, 0)
        answered = sum(served.get(cell, 0) for cell in {row["cell"] for row in ports})
        if answered > config.answered_share * (answered + sum(row["packets"] for row in ports)):
            continue
        number = counts.get((victim,), 0)
        forged = number > NAMED and count / number <= config.datagrams_of_a_source
        heard = refusals_ >= REFUSALS or any(row["host"] in speaking for row in ports)
        same = None if forged else repeated(mine["contents"], count)
        if not (heard or any(row["host"] in there for row in ports)) or not _fast(seconds, config):
            same = None
        if not same and not (heard and _flooded(seconds, ports, refusals_, config, forged=forged)):
            continue
        sources, total = mine["sources"], number
        if same:
            sources, total = [{"source": source} for source in same.sources], len(same.sources)
        who = sources_of(sources, mine["senders"], total, forged)
        yield flood_of(victim, seconds, ports, who, mine["frames"], refusals_, same)


def _fast(seconds: Sequence[Row], config: Config) -> bool:
    """Whether they come fast enough for datagrams that all say the same."""
    return len([row for row in seconds if row["packets"] >= config.repeated_rate]) >= config.seconds


def _flooded(
    seconds: Sequence[Row], ports: Sequence[Row], refused: int, config: Config, *, forged: bool
) -> bool:
    """Whether unanswered datagrams to one host, whatever they say, are a flood."""
    count, peak = sum(int(row["packets"]) for row in ports), max(int(row["packets"]) for row in seconds)
    # Few pairs of ports that last are a stream, of which only refusals tell that nobody wants it.
    stream = sum(row["begun"] for row in seconds) * 2 < config.rate * len(seconds)
    collected = 2 * sum(int(row["packets"]) for row in ports if row["port"] in ONE_WAY) > count
    if (stream or collected) and (peak < config.stream_rate or refused < REFUSALS):
        return False
    different = len({row["port"] for row in ports})
    sparse = count <= config.datagrams_of_a_source * different
    scan = sparse and not forged and different > FEW_PORTS and peak < config.stream_rate
    # Who looks for open ports sends what the port understands, or nothing: it need not fill the line.
    return not scan or ((length_of(ports) or 0) >= STUFFED and _fast(seconds, config))


def _verdict(flood: Flood) -> Verdict:
    victims = tuple(map(address_text, flood.victims[:SELECTED]))
    victim = f"{len(flood.victims)} hosts of {flood.network}" if flood.network else victims[0]
    ports, who = flood.ports, flood.who
    target = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    matches: tuple[Match, ...] = where(ip_destination=victims if flood.network else victim, ip_protocol=UDP)
    if len(ports) <= FEW_PORTS:
        matches += where(destination_port=ports)
    if flood.length is not None:
        matches += where(ip_total_length=flood.length)
    if not who.forged and who.count <= NAMED:
        matches += where(ip_source=who.named)
    rate = max(25, flood.peak // 10)
    limit = Rule(matches=matches, action=Action.LIMIT, rate=rate, burst=50, per=Per.DESTINATION)
    return Verdict(
        subject=flood.network or victim,
        title=f"UDP flood against {victim} {target}: {flood.peak} datagrams a second",
        severity=Severity.HIGH if flood.peak >= FAST else Severity.MEDIUM,
        confidence=flood.confidence,
        attackers=() if who.forged else who.named,
        victims=victims[:LISTED],
        others=who.others,
        start=flood.start,
        end=flood.end,
        counts={
            "datagrams": flood.count,
            "peak_per_second": flood.peak,
            "sources": who.count,
            "ports": len(ports),
            "refused": flood.refused,
        },
        reason=(
            f"{flood.count} datagrams to {target} of {victim}, up to {flood.peak} a second, came from "
            f"{who.text}{flood.says}"
        ),
        proofs=tuple(Proof(frame, depth, flood.proof, flood.role) for frame, depth in flood.places),
        frames=flood.count,
        scope=(Selector((*matches, *between(flood.start, flood.end))),),
        rule=limit if who.forged or who.count > NAMED else Rule(matches=matches),
    )


DETECTOR = Detector(
    name="udp-flood",
    title="UDP flood",
    layer="transport",
    techniques=("T1498.001",),
    config=Config(),
    relations=RELATIONS,
    observe=observe,
    judge=judge,
    packets=PACKET_COLUMNS,
    connections=CONNECTION_COLUMNS,
    explains=("host-sweep", "ip-spoofing", "port-scan", "fragment-flood", "backdoor-port"),
)
