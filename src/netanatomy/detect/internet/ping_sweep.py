"""Ping sweep: one host asks many addresses whether somebody is there.

What it is:
    Before an attacker looks for open ports he finds out which addresses are in use. An echo request to each
    of them is the plainest way on the internet layer, and it works across routers, which an ARP scan does
    not.

Exchange:
    scanner                         10.0.0.1   10.0.0.2   10.0.0.3
       | -- echo request ------------> |          |          |
       | <------------- echo reply --- |          |          |
       | -- echo request -----------------------> x  (nobody)
       | -- echo request ----------------------------------> |
       | <-------------------------------------- echo reply  |

How it is recognised:
    One source sends echo, timestamp or mask requests to at least `targets` addresses that begin within
    `window` seconds of one another, at most `requests_each` to each in the mean, and at least
    `silent_share` of the addresses never answer: who works with machines knows which exist.

What looks the same:
- Monitoring asks the same machines again and again, and nearly all answer; it can be named in
  `allowed_scanners`.
- Traceroute and mtr send many requests to one address.
- A capture of one direction shows no answers at all; monitoring is then told by asking again and again.

How to stop it:
- Answer echo requests from outside only where somebody needs that (rate limits rather than silence).
- Look at an inside machine that sweeps: malware does so before it spreads.

Limits:
    On its own link a scanner must resolve each address first, so of addresses that nobody has only the ARP
    requests are seen: that is `arp-scan`. Sweeps slower than `targets` in `window` are not told.

In the lab:
    python -m lab.scenarios ping-sweep-fping       (fping -g 198.51.100.0/24)
    python -m lab.scenarios ping-sweep-nmap        (nmap -sn -PE 198.51.100.0/24)

References:
- RFC 792, Internet Control Message Protocol
- MITRE ATT&CK T1018, Remote System Discovery
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echoes import is_group, octets_at
from netanatomy.detect.quantities import quantity, sentence
from netanatomy.detect.relations import Row, Summary, Totals, every_group
from netanatomy.detect.selected import among
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import arrow_array, one_of
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
REQUESTS = (8, 13, 17, 128)  # echo, timestamp (RFC 792), address mask (RFC 950), ICMPv6 echo (RFC 4443)
NAMED = 25
"""Addresses that are named; the number of all is in the counts."""


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(
        300, "s", "how long requests are counted together", "Zeek's older scan policy: 5 minutes"
    )
    targets: int = threshold(25, "addresses", "addresses asked in a window", "Zeek scan: 25 addresses")
    requests_each: float = threshold(
        5.0, "requests", "mean requests to each, above which it is monitoring", "fping: one and three more"
    )
    watched: float = threshold(
        10.0, "requests", "to one address, above which it is watched", "twice what a sweep sends on average"
    )
    silent_share: float = threshold(
        0.2,
        "",
        "share of the addresses that do not answer",
        "TRW theta0: of a benign host's tries 0.8 succeed",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Who asked whom, how often, and whether there was an answer."""
    connections = tables.connections
    rows = connections.rows_named("proto", "icmp")
    if not len(rows):
        return
    rows = rows[one_of(connections.at("id.orig_p", rows), REQUESTS)]
    rows = rows[~is_group(octets_at(connections, "id.resp_h", rows))]
    if not len(rows):
        return
    answers = connections.at("resp_pkts", rows)
    yield (
        "pairs",
        kept(
            connections,
            rows,
            (
                *("source=id.orig_h", "target=id.resp_h", "type=id.orig_p"),
                *("start=ts", "frame=first_frame", "end=last_time"),
            ),
            silent=(answers == 0).astype(np.int64),
            requests=connections.at("orig_pkts", rows),
            answers=answers,
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source that swept."""
    if "pairs" not in summary:
        return
    pairs = summary["pairs"]
    groups = every_group(pairs, ["source"])
    many = groups.first[groups.sizes >= config.targets]
    if not len(many):
        return
    mine = among(pairs, ["source"], pairs.take(arrow_array(many))).sort_by("start")
    by_source: dict[bytes, list[Row]] = {}
    for row in mine.to_pylist():
        by_source.setdefault(row["source"], []).append(row)
    for source, rows in by_source.items():
        if not network.is_allowed(address_text(source)):
            yield from _verdict(source, rows, config, summary.exact("pairs"))


def _verdict(source: bytes, rows: Sequence[Row], config: Config, exact: bool) -> Iterator[Verdict]:
    # A target that is asked again and again is watched, and no part of a sweep that goes on beside it.
    swept = [row for row in rows if row["requests"] <= config.watched]
    swept = _densest(swept, config.window * SECOND)
    targets = {row["target"] for row in swept}
    there = {row["target"] for row in swept if row["answers"]}
    requests = sum(row["requests"] for row in swept)
    if (
        len(targets) < config.targets
        or requests > config.requests_each * len(swept)
        or len(targets - there) < config.silent_share * len(targets)
    ):
        return
    start, end = min(row["start"] for row in swept), max(row["end"] for row in swept)
    address, alive = address_text(source), sorted(address_text(target) for target in there)
    asked, tries = quantity(len(targets), exact), quantity(requests, exact)
    alike = quantity(len(there), exact)
    types = sorted({row["type"] for row in swept})
    first, last = (address_text(end_of) for end_of in (min(targets), max(targets)))
    asks = (*where(ip_source=address), *where(icmp_type=types))
    yield Verdict(
        subject=address,
        title=f"{address} sweeps {asked.of('address', 'addresses')} by ping",
        severity=Severity.MEDIUM,
        confidence=0.9,
        attackers=(address,),
        victims=tuple(alive[:NAMED]) or tuple(sorted(address_text(target) for target in targets)[:NAMED]),
        start=start,
        end=end,
        counts={**asked.counted("addresses"), **alike.counted("answered"), **tries.counted("requests")},
        reason=(
            f"{address} asked {asked.of('address', 'addresses')} between {first} and {last} whether somebody "
            f"is there, {tries.of('request')} in {(end - start) / SECOND:.1f} s. "
            f"{sentence(quantity(len(targets) - len(there), exact))} of them never answered: it does not "
            "look after machines that it knows, it looks for machines."
        ),
        proofs=tuple(Proof(row["frame"], 0, "icmp_type", "request to one more address") for row in swept[:5]),
        frames=requests,
        scope=(Selector((*asks, *between(start, end))),),
        rule=Rule(matches=asks),
        advice=("answer echo requests only to those who need them",),
    )


def _densest(rows: Sequence[Row], window: int) -> list[Row]:
    """The rows of the window in which most begin, and those that follow it without a break as long."""
    if not rows:
        return []
    starts = np.array([row["start"] for row in rows], np.int64)
    ends = np.searchsorted(starts, starts + window, side="right")
    first = int(np.argmax(ends - np.arange(len(starts))))
    last = int(ends[first])
    while last < len(starts) and starts[last] - starts[last - 1] < window:
        last += 1
    return list(rows[first:last])


DETECTOR = Detector(
    name="ping-sweep",
    title="Ping sweep",
    layer="internet",
    techniques=("T1018",),
    config=Config(),
    relations={
        "pairs": Totals(
            ("source", "target", "type"), ("silent", "requests", "answers"), ("start", "frame"), ("end",)
        )
    },
    observe=observe,
    judge=judge,
    connections=(
        *("ts", "id.orig_h", "id.orig_p", "id.resp_h", "proto", "orig_pkts", "resp_pkts"),
        *("first_frame", "last_time"),
    ),
    explains=("host-sweep", "arp-scan"),
)
