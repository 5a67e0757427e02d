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
    from many sources with hardly more than a datagram each, or from few to ever new ports (of `stuffed`
    octets at `repeated_rate`, or of `filled` octets at `filled_rate`: less may be a scan), or from few
    with the same ports at `stream_rate`, or from few that say the same octets again and again, at
    `repeated_rate`: whoever has something to tell numbers it or says something new. A served port that
    answers more than `answered_share` of its clients is not flooded. Of a host that answers nobody (a
    filter drops what comes) there are two signs that are no stream's and no scan's: the same octets again
    and again at `unheard_rate`, or datagrams with something in them to ever new ports at `filled_rate`. Or
    at least `hosts` hosts of one network get `network_rate` datagrams a second together at one port, and
    half of them refuse (carpet bombing). Or, answered or not, more than 16 addresses say the same octets at
    `repeated_rate`, each again and again, and all came equally far (one time to live).

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
- A scan of ports goes on to the next port, however fast (nmap --min-rate, masscan), and sends most of them
  nothing: only some hundred ports have a service that would understand more. It is told as port-scan.
- A resolver that asks a dead server: then the server answers nobody, and is not told as a victim.
- A capture that shows one direction only: nobody is seen to answer anything, so only those two signs
  count. Media, VPNs, QUIC and counters differ from one datagram to the next, group addresses never answer,
  and answers to ever new ports (name and time servers) come from the port of their service.

How to stop it:
- A limit for datagrams to that port a second (the rule); where the port serves nobody, drop them all.
- Forged sources cannot be listed: ask the provider to filter upstream, and operators for BCP 38.
- Take the service off the address, or hand its traffic to a scrubbing service, while it lasts.

Limits:
    A flood of questions that the service answers is told only where forged addresses say the same again and
    again, and not of group addresses; see amplification. Below `rate` nothing is told. A flood between two
    fixed ports that is never refused looks like a stream if its datagrams differ, have fewer than 32 octets
    to compare, or come slower than `repeated_rate`; one of a collector's own port like its work, as long as
    it refuses none. One of empty datagrams to ever new ports looks like a scan until it comes round again.
    Of a host that answers nobody, one from many addresses at one port is not told, nor one that was captured
    cut: it may be one side of a service. One that is spread over networks, or over ports of their hosts, is
    told only by host.

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

from netanatomy.detect.datagram_floods import (
    Flood,
    fast,
    flood_of,
    flooded,
    scattered,
    verdict_of,
)
from netanatomy.detect.datagram_limits import Config
from netanatomy.detect.detector import Detector, Kept, Verdict
from netanatomy.detect.floods import (
    episode,
    lasting,
    sources_of,
    totals,
)
from netanatomy.detect.relations import Row, Summary
from netanatomy.detect.silent_datagrams import (
    CONNECTION_COLUMNS,
    PACKET_COLUMNS,
    RELATIONS,
    Repeated,
    contents,
    refusals,
    repeated,
    said_rate,
    seen,
    silent_datagrams,
)
from netanatomy.detect.spread_datagrams import carpet, crowded, is_group, swarms
from netanatomy.detect.tables import Tables
from netanatomy.schema.network import Network


def observe(tables: Tables, config: Config) -> Kept:
    """Unanswered datagrams by host and second, who sent them, who answers anything, and who refuses."""
    yield from refusals(tables.packets)
    yield from seen(tables.packets)
    yield from contents(tables.packets, config.said)
    yield from silent_datagrams(tables.connections)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host, or network of hosts, that was flooded."""
    told: set[bytes] = set()
    for flood in chain(_floods(summary, config), swarms(summary, config)):
        if told.isdisjoint(flood.victims):
            told.update(flood.victims)
            yield verdict_of(flood, config.high_rate)


def _floods(summary: Summary, config: Config) -> Iterator[Flood]:
    """Floods of datagrams that are not answered: of whole networks first, and of single hosts."""
    if "seconds" not in summary:
        return
    table = summary["seconds"]
    reached = table.filter(pc.greater_equal(table["packets"], config.rate))
    by_victim: dict[bytes, list[Row]] = {}
    for row in table.filter(pc.is_in(table["victim"], pc.unique(reached["victim"]))).to_pylist():
        by_victim.setdefault(row["victim"], []).append(row)
    for victim in list(by_victim):
        if not lasting([row["packets"] for row in by_victim[victim]], config):
            del by_victim[victim]
    networks = crowded(summary, config)
    if not by_victim and not networks:
        return
    speaking, served, present = (
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
        forged = number > config.few_sources and count / number <= config.datagrams_of_a_source
        heard = refusals_ >= config.refusals or any(row["host"] in speaking for row in ports)
        there = heard or any(row["host"] in present for row in ports)
        same = None if forged else _same(victim, seconds, mine["contents"], config, there=there)
        if not same and not (
            (heard and flooded(seconds, ports, refusals_, config, forged=forged))
            or (scattered(seconds, ports, config) and not is_group(victim))
        ):
            continue
        sources, total = mine["sources"], number
        if same:
            sources, total = [{"source": source} for source in same.sources], len(same.sources)
        who = sources_of(sources, mine["senders"], total, forged)
        yield flood_of(victim, seconds, ports, who, mine["frames"], refusals_, same, config, heard=there)


def _same(
    victim: bytes, seconds: Sequence[Row], contents: Sequence[Row], config: Config, *, there: bool
) -> Repeated | None:
    """Datagrams that say the same again and again, where they come fast enough for that."""
    count = sum(row["packets"] for row in seconds)
    if there:
        return repeated(contents, count, config) if fast(seconds, config.repeated_rate, config) else None
    if is_group(victim) or not fast(seconds, config.unheard_rate, config):
        return None
    # Of datagrams that were cut nobody knows whether they end alike, and the host does not tell either; and
    # many controllers that each repeat their state are no flood, however fast they are together.
    alone = [row for row in contents if row["cut"] <= 0 and said_rate(row) >= config.repeated_rate]
    return repeated(alone, count, config)


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
