"""Ping flood: more echo requests than anybody needs to know whether a host is there.

What it is:
    An echo request (ICMP type 8, ICMPv6 type 128) makes a host send the same octets back. Ping sends one a
    second. A flood sends as many as the line takes: each costs the victim the way in, its attention, and
    the way out. It works on the internet layer, so it needs no open port.

Exchange:
    attacker                              victim
       | -- echo request, sequence 1 ------> |
       | -- echo request, sequence 2 ------> |
       | <----- echo reply, sequence 1 ----- |
       | -- echo request, sequence 3 ------> |
              (hundreds in each second)

How it is recognised:
    Requests for one host (echo, and timestamp, information and mask requests of IPv4): at least `rate` in a
    second, at least `requests` in the seconds that reach it, from sources that send `own_rate` a second
    themselves, or from so many sources with at most `requests_of_a_source` each that they are made up.

What looks the same:
- Monitoring asks once a second or less; many monitors of one host add up, and none reaches `own_rate`.
- An administrator's `ping -f` or a measurement of the line is a flood on the wire; name the host in
  `allowed_scanners`.
- A sweep asks many hosts, each a few times.

How to stop it:
- Limit echo requests a second, as in the rule; never block all of ICMP: path MTU discovery needs it.
- Where sources are forged, ask the upstream network to filter; it sees where they really come from.

Limits:
    Other ICMP messages sent in numbers (unreachable messages, for example) are not counted. Behind a
    filter that drops requests only what passes it is seen.

In the lab:
    python -m lab.scenarios ping-flood-hping3      (hping3 --icmp -i u2000 10.20.0.10)
    python -m lab.scenarios ping-flood-spoofed     (hping3 --icmp --rand-source -i u2000 10.20.0.10)

References:
- RFC 792, Internet Control Message Protocol
- RFC 4443 section 4.1, Echo Request Message
- MITRE ATT&CK T1498.001, Network Denial of Service: Direct Network Flood
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echoes import ICMP, ICMPV6, is_group, octets_at
from netanatomy.detect.relations import Row, Summary, Totals
from netanatomy.detect.selected import among, over, totalled
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
REQUESTS = (8, 13, 15, 17)  # echo, timestamp, information (RFC 792), address mask (RFC 950)
REQUESTS6 = (128,)  # echo (RFC 4443)
NAMED = 16
"""Addresses that are named of each role."""


@frozen
class Config:
    """Thresholds."""

    rate: int = threshold(
        50, "requests/s", "requests to one host", "half of what ping -f sends when nobody answers"
    )
    requests: int = threshold(150, "requests", "requests in seconds at that rate", "ping -f -c 100 is a test")
    own_rate: int = threshold(
        10, "requests/s", "what a source must reach to take part", "twice the fastest ping of plain users"
    )
    requests_of_a_source: float = threshold(
        4.0, "requests", "up to which many sources are taken for forged", "ping sends more than that"
    )
    few_sources: int = threshold(
        16,
        "sources",
        "more than these with few requests each are taken for forged",
        "as of SYN floods",
        ("syn-flood", "few_sources"),
    )
    heavy_rate: int = threshold(
        1_000, "requests/s", "from which it is of high severity", "Linux answers no more: icmp_msgs_per_sec"
    )
    usual: float = threshold(
        0.05, "", "share of requests that came the same way, from which it is a usual one", "the laboratory"
    )
    usual_share: float = threshold(
        0.9, "", "share of requests that usual ways must have, or ways are made up, too", "the laboratory"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Requests by host, source, sender and second."""
    packets = tables.packets
    rows = packets.rows_with("icmp_type")
    if not len(rows):
        return
    kind, six = packets.at("icmp_type", rows), packets.at("ip_protocol", rows) == ICMPV6
    rows = rows[np.where(six, one_of(kind, REQUESTS6), one_of(kind, REQUESTS))]
    rows = rows[~is_group(octets_at(packets, "ip_destination", rows))]
    if not len(rows):
        return
    yield (
        "sources",
        kept(
            packets,
            rows,
            (
                *("victim=ip_destination", "source=ip_source", "mac=eth_source", "ttl=ip_ttl"),
                *("type=icmp_type", "octets=ip_total_length"),
                *("start=time", "frame=frame_number", "depth", "end=time", "last=frame_number"),
            ),
            second=packets.numbers("time")[rows] // SECOND,
            requests=1,
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host that was flooded."""
    if "sources" not in summary:
        return
    table = summary["sources"]
    fast = over(totalled(table, ["victim", "second"], "requests"), "requests", config.rate)
    if not fast.num_rows:
        return
    seconds: dict[bytes, set[int]] = {}
    for row in fast.to_pylist():
        seconds.setdefault(row["victim"], set()).add(row["second"])
    by_victim: dict[bytes, list[Row]] = {}
    for row in among(table, ["victim"], fast).to_pylist():
        if not network.is_allowed(address_text(row["source"])):
            by_victim.setdefault(row["victim"], []).append(row)
    for victim, rows in by_victim.items():
        yield from _verdict(victim, rows, seconds[victim], config)


def _verdict(victim: bytes, rows: Sequence[Row], seconds: set[int], config: Config) -> Iterator[Verdict]:
    # A flood begins and ends within a second: what its sources send just beside belongs to it.
    near = {second + step for second in seconds for step in (-1, 0, 1)}
    within = [row for row in rows if row["second"] in near]
    sources: dict[bytes, dict[int, int]] = {}
    for row in within:
        counts = sources.setdefault(row["source"], {})
        counts[row["second"]] = counts.get(row["second"], 0) + row["requests"]
    total = sum(row["requests"] for row in within)
    forged = len(sources) > config.few_sources and total <= config.requests_of_a_source * len(sources)
    # Whoever pings at an even, low rate is no part of a flood with made-up sources either, nor who does it
    # another way: one program sends them all.
    alike = _alike(within, config)
    taking_part = {
        source
        for source, counts in sources.items()
        if max(counts.values()) >= config.own_rate
        or (forged and sum(counts.values()) <= config.requests_of_a_source and source in alike)
    }
    mine = [row for row in within if row["source"] in taking_part]
    by_second: dict[int, int] = {}
    for row in mine:
        by_second[row["second"]] = by_second.get(row["second"], 0) + row["requests"]
    reached = sum(count for count in by_second.values() if count >= config.rate)
    if reached < config.requests:
        return
    requests, peak = sum(row["requests"] for row in mine), max(by_second.values())
    octets = sum(row["octets"] for row in mine)
    start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
    address = address_text(victim)
    heaviest = sorted(taking_part, key=lambda source: (-sum(sources[source].values()), source))
    named = tuple(address_text(source) for source in heaviest)
    macs = tuple(sorted({mac_text(row["mac"]) for row in mine if row["mac"]}))[:NAMED]
    ttls = sorted({row["ttl"] for row in mine})
    types = sorted({row["type"] for row in mine})
    other = tuple(sorted(address_text(source) for source in sources.keys() - taking_part))[:NAMED]
    who = f"{len(named)} addresses that are most likely forged" if forged else ", ".join(named[:5])
    protocol = ICMPV6 if ":" in address else ICMP
    to = (*where(ip_destination=address), *where(icmp_type=types))
    pieces = (
        *where(ip_destination=address, ip_protocol=protocol),
        Match("ip_fragment_offset", Operator.AT_LEAST, 1),
    )
    if forged:
        of = (*where(ip_ttl=ttls), *((Match("ip_source", Operator.NOT_NETWORK, other),) if other else ()))
    else:
        of = where(ip_source=named[:1_000])
    yield Verdict(
        subject=f"{address}",
        title=f"Ping flood against {address}: {peak} requests a second",
        severity=Severity.HIGH if peak >= config.heavy_rate else Severity.MEDIUM,
        confidence=0.9,
        attackers=() if forged else named[:NAMED],
        victims=(address,),
        others={"sender": macs, "claimed": named[:5]} if forged else {"sender": macs},
        start=start,
        end=end,
        counts={
            "requests": requests,
            "sources": len(named),
            "peak_per_second": peak,
            "octets": octets,
        },
        reason=(
            f"{address} was sent {requests} ICMP requests, up to {peak} in a second, by {who}: {octets} "
            f"octets in {(end - start) / SECOND:.1f} s. Ping sends one a second; this many only keep the "
            "host and its line busy."
        ),
        proofs=tuple(
            Proof(frame, row["depth"], "icmp_type", "request of the flood")
            for row in sorted(mine, key=lambda row: (row["second"] not in seconds, int(row["frame"])))[:3]
            for frame in sorted({row["frame"], row["last"]})
        ),
        frames=requests,
        scope=(
            Selector((*to, *of, *between(start, end))),
            Selector((*pieces, *of, *between(start, end))),
        ),
        rule=Rule(
            matches=to if forged else (*to, *where(ip_source=named[:NAMED])),
            action=Action.LIMIT,
            rate=config.own_rate,
            burst=config.own_rate,
            per=Per.DESTINATION if forged else Per.SOURCE,
        ),
        advice=("limit echo requests at the edge; Linux: sysctl net.ipv4.icmp_msgs_per_sec",),
    )


def _alike(rows: Sequence[Row], config: Config) -> set[bytes]:
    """Sources whose requests came the usual way: by MAC address and time to live, where most share these."""
    usual: dict[str, set[object]] = {}
    total = sum(row["requests"] for row in rows)
    for name in ("mac", "ttl"):
        counts: dict[object, int] = {}
        for row in rows:
            counts[row[name]] = counts.get(row[name], 0) + row["requests"]
        common = {value for value, count in counts.items() if count >= config.usual * total}
        if sum(counts[value] for value in common) >= config.usual_share * total:
            usual[name] = common
    return {row["source"] for row in rows if all(row[name] in values for name, values in usual.items())}


DETECTOR = Detector(
    name="ping-flood",
    title="Ping flood",
    layer="internet",
    techniques=("T1498.001",),
    config=Config(),
    relations={
        "sources": Totals(
            ("victim", "source", "mac", "ttl", "type", "second"),
            ("requests", "octets"),
            ("start", "frame", "depth"),
            ("end", "last"),
        ),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("icmp_type", "ip_protocol", "ip_source", "ip_destination", "ip_ttl", "ip_total_length"),
        "eth_source",
    ),
    explains=("ip-spoofing", "fragment-flood"),
)
