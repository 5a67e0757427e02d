"""Fragment flood: pieces of datagrams that never become whole.

What it is:
    On the internet layer the receiver keeps the pieces of a datagram until the last one is there, or for up
    to a minute (RFC 1122 section 3.3.2). An attacker sends pieces whose rest never comes: the receiver's, or
    the firewall's, memory for reassembly fills up, and real fragments (of DNS, VPNs, NFS) are dropped. Sorted
    in a bad order they cost processor time as well (FragmentSmack).

Exchange:
    attacker (often forged)                               victim
       | -- octets 0 to 64 of datagram 1, more follow ------> |  kept: the rest may come
       | -- octets 0 to 64 of datagram 2, more follow ------> |  kept: the rest may come
       |                … hundreds a second …                 |  full: real ones are dropped

How it is recognised:
    At least `rate` pieces a second to one host in at least `seconds` seconds, of which no more than
    `whole_share` became part of a datagram that is whole. Where the capture cut the pieces short, so that
    they cannot be put together, first pieces are counted against last ones: a whole datagram has both.

What looks the same:
- Big datagrams of NFS, DNS with DNSSEC, or video: they become whole.
- A capture with a filter for a port: it holds the first pieces only, which are as long as the link allows.
  It is told at low severity if all are first ones and full.
- A path that loses many packets: then some datagrams become whole.

How to stop it:
- Limit fragments a second in front of the victim, as in the rule; drop those that no service needs.
- sysctl -w net.ipv4.ipfrag_high_thresh=262144 net.ipv4.ipfrag_time=10 (less memory, and for less long)
- Serve what is big over TCP, and keep UDP answers below 1,232 octets (DNS flag day 2020).

Limits:
    A capture with one of two paths sees half of the pieces. Floods of datagrams that do become whole are
    floods of what they carry (`ping-flood`, `udp-flood`).

In the lab:
    python -m lab.scenarios fragment-flood-hping3     (hping3 --udp -x -p 80 -d 64 -i u2000 VICTIM)
    python -m lab.scenarios fragment-flood-spoofed    (hping3 --icmp --rand-source -x -g 512 VICTIM)

References:
- CVE-2018-5391 (FragmentSmack), CVE-2018-5390; CVE-2011-1927
- RFC 1122 section 3.3.2, Reassembly; RFC 8900, IP Fragmentation Considered Fragile
- MITRE ATT&CK T1499.001, Endpoint Denial of Service: OS Exhaustion Flood
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.fragment_pieces import (
    COLUMNS,
    IS_PIECE,
    OTHERS,
    forged,
    piece_places,
    piece_proofs,
    pieces,
)
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
ATTACKERS = 16
"""Sources that are named as attackers."""
NAMED = 25
"""Addresses that are named in a finding."""


@frozen
class Config:
    """Thresholds."""

    rate: int = threshold(
        20, "pieces/s", "pieces a second", "Linux keeps each for 30 s; lost pieces of real use are fewer"
    )
    seconds: int = threshold(3, "s", "seconds at that rate", "one big datagram is 45 pieces at once")
    whole_share: float = threshold(
        0.5,
        "",
        "share of pieces that become whole above which it is use",
        "a path that loses 10 % keeps more",
    )
    pieces_of_a_source: float = threshold(
        4.0, "pieces", "pieces of a source up to which many sources are taken for forged", "each is random"
    )
    few_sources: int = threshold(
        16, "sources", "more than these with few pieces each are taken for forged", "as of SYN floods"
    )
    full: int = threshold(
        1_200,
        "octets",
        "of a piece from which a link cut it and nobody's hand",
        "a link of IPv6 carries 1,280 (RFC 8200 section 5)",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Pieces by victim and second, and how many became whole."""
    packets = tables.packets
    found = pieces(packets)
    rows = found.rows
    if not len(rows):
        return
    second = packets.numbers("time")[rows] // SECOND
    short = packets.at("captured_length", rows) < packets.at("original_length", rows)
    columns = ("victim=ip_destination", "source=ip_source", "start=time", "end=time")
    every = kept(
        packets,
        rows,
        columns,
        second=second,
        pieces=np.int64(1),
        whole=packets.at("reassembled_fragments", rows),
        short=short.astype(np.int64),
        first=(found.offset == 0).astype(np.int64),
        last=(~found.more).astype(np.int64),
        full=(found.length >= config.full).astype(np.int64),
    )
    yield "pieces", every
    yield "sources", every
    yield "senders", kept(packets, rows, ("victim=ip_destination", "mac=eth_source"))
    yield (
        "frames",
        piece_places(
            packets,
            found,
            victim=packets.take("ip_destination", rows),
            source=packets.take("ip_source", rows),
            second=arrow_array(second),
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host that was flooded."""
    if "pieces" not in summary:
        return
    table = summary["pieces"]
    fast = table.filter(np.asarray(table["pieces"]) >= config.rate)
    by_victim: dict[bytes, list[Row]] = {}
    for row in fast.to_pylist():
        by_victim.setdefault(row["victim"], []).append(row)
    chosen = {
        victim: rows
        for victim, rows in by_victim.items()
        if len(rows) >= config.seconds and _whole(rows) <= config.whole_share * _sum(rows, "pieces")
    }
    if not chosen:
        return
    named, macs = summary.groups("sources", "victim"), summary.groups("senders", "victim")
    frames = summary.groups("frames", "victim")
    around = summary.groups("pieces", "victim")
    for victim, fast_rows in chosen.items():
        # The first and the last second of a flood are seldom full.
        seconds = {row["second"] + near for row in fast_rows for near in (-1, 0, 1)}
        rows = [row for row in around[victim,] if row["second"] in seconds]
        guilty = _guilty(named[victim,], config)
        senders = {row["source"] for row in guilty}
        yield _verdict(
            rows,
            config,
            guilty,
            tuple(sorted(mac_text(row["mac"]) for row in macs[victim,] if row["mac"])),
            [row for row in frames[victim,] if row["second"] in seconds and row["source"] in senders],
        )


def _guilty(sources: Sequence[Row], config: Config) -> Sequence[Row]:
    """Those whose own pieces do not become whole: others may send large datagrams to the same host."""
    guilty = [row for row in sources if _whole([row]) <= config.whole_share * row["pieces"]]
    return guilty or sources


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def _whole(rows: Sequence[Row]) -> int:
    """How many pieces belong to datagrams that are whole, as far as can be told."""
    count = _sum(rows, "pieces")
    if _sum(rows, "short") * 2 <= count:
        return _sum(rows, "whole")
    first, last = _sum(rows, "first"), _sum(rows, "last")
    return count if min(first, last) * 2 > max(first, last) else 0


def _verdict(
    rows: Sequence[Row],
    config: Config,
    guilty: Sequence[Row],
    macs: tuple[str, ...],
    frames: Sequence[Row],
) -> Verdict:
    victim = address_text(rows[0]["victim"])
    sources, named = len(guilty), tuple(sorted(address_text(row["source"]) for row in guilty))
    count, peak = min(_sum(rows, "pieces"), _sum(guilty, "pieces")), max(int(row["pieces"]) for row in rows)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    made_up = forged(sources, count, config.few_sources, config.pieces_of_a_source)
    who = (
        f"about {sources} addresses that are most likely forged" if made_up else ", ".join(named[:ATTACKERS])
    )
    filtered = _sum(rows, "first") == count == _sum(rows, "full")
    matches = (*where(ip_destination=victim), IS_PIECE)
    attackers = () if made_up else named[:ATTACKERS]
    if attackers and sources <= ATTACKERS:
        matches = (*where(ip_source=attackers), *matches)
    return Verdict(
        subject=victim,
        title=f"Fragment flood against {victim}: {peak} pieces a second that never become whole",
        severity=Severity.LOW if filtered else Severity.HIGH,
        confidence=0.4 if filtered else 0.9,
        attackers=attackers,
        victims=(victim,),
        others={"claimed": named[:5], "sender": macs[:NAMED]} if made_up else {},
        start=start,
        end=end,
        counts={
            "pieces": count,
            "whole": _whole(rows),
            "first": _sum(rows, "first"),
            "last": _sum(rows, "last"),
            "sources": sources,
            "peak_per_second": peak,
        },
        reason=(
            f"{victim} was sent {count} pieces of datagrams in {(end - start) / SECOND:.1f} s, up to {peak} "
            f"a second, by {who}; {_whole(rows)} of them became part of a whole datagram. It must keep each "
            "one until the rest comes, and the rest does not come."
            + (" All are first pieces, and full: a capture with a filter for ports looks so, too." * filtered)
        ),
        proofs=piece_proofs(frames, "piece of a datagram that never becomes whole"),
        frames=count,
        scope=(Selector((*matches, *between(start, end))),),
        rule=Rule(
            matches=matches, action=Action.LIMIT, rate=max(10, peak // 10), burst=50, per=Per.DESTINATION
        )
        if made_up
        else Rule(matches=matches),
        advice=("sysctl -w net.ipv4.ipfrag_high_thresh=262144 net.ipv4.ipfrag_time=10",),
    )


DETECTOR = Detector(
    name="fragment-flood",
    title="Fragment flood",
    layer="internet",
    techniques=("T1499.001",),
    config=Config(),
    relations={
        "pieces": Totals(
            ("victim", "second"),
            ("pieces", "whole", "short", "first", "last", "full"),
            ("start",),
            ("end",),
        ),
        "sources": Totals(("victim", "source"), ("pieces", "whole", "short", "first", "last")),
        "senders": Distinct(("victim",), ("mac",), 64),
        "frames": First(("victim", "second"), (*OTHERS, "source"), 8),
    },
    observe=observe,
    judge=judge,
    packets=(*COLUMNS, "eth_source", "captured_length", "original_length", "reassembled_fragments"),
    explains=("tiny-fragments", "fragment-overlap", "ip-spoofing", "ping-flood", "udp-flood", "tcp-flood"),
)
