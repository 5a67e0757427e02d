"""Ping of death: fragments that together are longer than a packet can be.

What it is:
    An IP packet is at most 65,535 octets long (RFC 791). Its pieces say where they belong, and a last piece
    can say that it belongs so far back that the whole would be longer. A receiver that puts the pieces into
    a buffer of the greatest size writes behind its end, which crashed systems of 1996 and, over IPv6, of
    2013. The first tool used oversized pings; any protocol above the internet layer will do.

Exchange:
    attacker                                        victim
       | -- fragment, octets 0 to 1479 ----------------> |
       | -- fragment, octets 1480 to 2959 -------------> |
       |        …                                        |
       | -- last fragment, octets 65120 to 66599 ------> |  65,535 is the most

How it is recognised:
    At least `datagrams` datagrams of which a fragment ends behind octet 65,535.

What looks the same:
- `ping -s 65507` is as long as a packet can be, and no longer: legal, and not told.
- A packet that was damaged on its way may look so: one such fragment alone is of low severity.

How to stop it:
- Drop fragmented ICMP at the edge, as in the rule: no honest ping needs it.
- Keep systems up to date: those of today drop such datagrams.

Limits:
    Whether the victim was harmed is not seen. A forged source cannot be told from a true one here.

In the lab:
    python -m lab.scenarios ping-of-death-hping3    (hping3 --icmp -g 65528 -d 400 10.20.0.10)
    python -m lab.scenarios ping-of-death-scapy     (the whole of it, by Scapy: no packaged tool does)

References:
- RFC 791 section 3.1 on total length and fragment offset
- CERT CA-1996-26, Denial-of-Service Attack via ping
- CVE-2013-3183, ICMPv6 vulnerability in Windows
- MITRE ATT&CK T1499.004, Endpoint Denial of Service: Application or System Exploitation
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Verdict, threshold
from netanatomy.detect.echoes import ICMP, ICMPV6
from netanatomy.detect.fragment_pieces import OTHERS, Pieces, piece_places, piece_proofs
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

LONGEST = 65_535  # octets, RFC 791 section 3.1: Total Length; RFC 8200 section 4.5: Payload Length
NAMED = 16
"""Sources that are named."""
SCOPE_DATAGRAMS = 200
"""Datagrams that the scope names one by one; beyond it names their sources."""


@frozen
class Config:
    """Thresholds."""

    datagrams: int = threshold(1, "datagrams", "datagrams beyond the greatest length", "none is legal")
    sources: int = threshold(
        16,
        "sources",
        "up to which they are attackers; more with few datagrams each are taken for forged",
        "the tools forge one, or each",
    )
    datagrams_each: float = threshold(
        2.0,
        "datagrams",
        "of each source on average, below which many are forged",
        "the tools send one of each",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Every fragmented datagram, how many pieces it had, and how far they reach."""
    packets = tables.packets
    rows = packets.rows_with("ip_fragment_offset")
    if not len(rows):
        return
    # RFC 791 counts the header in; IPv6 counts neither its 40 octets nor the fragment header's 8 (RFC 8200).
    reach = packets.at("ip_fragment_offset", rows) + packets.at("ip_total_length", rows)
    reach = np.where(packets.at("ip_version", rows) == 6, reach - 48, reach)
    too_long = reach > LONGEST
    of_datagram = (
        *("source=ip_source", "victim=ip_destination", "protocol=ip_protocol"),
        "identification=ip_identification",
    )
    yield (
        "datagrams",
        kept(
            packets,
            rows,
            (*of_datagram, "start=time", "end=time"),
            too_long=too_long.astype(np.int64),
            pieces=1,
            reach=reach,
        ),
    )
    wrong = rows[too_long]
    parties = {"source": packets.take("ip_source", wrong), "victim": packets.take("ip_destination", wrong)}
    offset, length = packets.at("ip_fragment_offset", wrong), packets.at("ip_total_length", wrong)
    length -= packets.at("ip_header_length", wrong)
    more = packets.truths("ip_more_fragments", wrong)
    yield "frames", piece_places(packets, Pieces(wrong, offset, length, more), **parties)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each host that was sent such datagrams."""
    if "frames" not in summary:
        return
    datagrams = summary["datagrams"]
    wrong = datagrams.filter(np.asarray(datagrams["too_long"]) > 0).to_pylist()
    frames = summary.groups("frames", "victim")
    by_victim: dict[bytes, list[Row]] = {}
    for row in wrong:
        by_victim.setdefault(row["victim"], []).append(row)
    for victim, rows in by_victim.items():
        if len(rows) >= config.datagrams:
            yield _verdict(victim, rows, frames.get((victim,), []), config)


def _verdict(address: bytes, rows: Sequence[Row], frames: Sequence[Row], config: Config) -> Verdict:
    victim = address_text(address)
    sources = sorted({address_text(row["source"]) for row in rows})
    forged = len(sources) > config.sources and len(rows) < config.datagrams_each * len(sources)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    protocols = sorted({row["protocol"] for row in rows})
    ping = set(protocols) <= {ICMP, ICMPV6}
    pieces, reach = sum(row["pieces"] for row in rows), max(row["reach"] for row in rows)
    repeated = pieces > 1  # one piece alone may be a packet that was damaged on its way
    fragments = Match("ip_fragment_offset", Operator.AT_LEAST, 0)
    to = (*where(ip_destination=victim, ip_protocol=protocols), fragments)
    if len(rows) <= SCOPE_DATAGRAMS:
        scope = tuple(
            Selector(
                (
                    *where(ip_destination=victim, ip_source=address_text(row["source"])),
                    *where(ip_protocol=row["protocol"], ip_identification=row["identification"]),
                    fragments,
                    *between(row["start"], row["end"]),
                )
            )
            for row in rows
        )
    else:
        named = () if forged else where(ip_source=sources[:1_000])
        scope = (Selector((*to, *named, *between(start, end))),)
    return Verdict(
        subject=victim,
        title=f"{'Ping of death' if ping else 'Oversized datagrams'} against {victim}",
        severity=Severity.HIGH if repeated else Severity.LOW,
        confidence=0.95 if repeated else 0.5,
        attackers=() if forged else tuple(sources[:NAMED]),
        victims=(victim,),
        others={"claimed": tuple(sources[:NAMED])} if forged else {},
        start=start,
        end=end,
        counts={"datagrams": len(rows), "fragments": pieces, "octets": reach},
        reason=(
            f"{many(len(rows), 'datagram')} for {victim} {'has' if len(rows) == 1 else 'have'} fragments "
            f"that end at octet {reach}, and no IP packet can be longer than {LONGEST} octets. Nobody sends "
            "that but to overrun the buffer in which the pieces are put together."
        ),
        proofs=piece_proofs(frames, "fragment that ends behind octet 65,535"),
        frames=pieces,
        scope=scope,
        rule=Rule(matches=to if forged or len(sources) > NAMED else (*to, *where(ip_source=sources))),
        advice=("drop fragmented ICMP at the edge; keep systems up to date",),
    )


DETECTOR = Detector(
    name="ping-of-death",
    title="Ping of death",
    layer="internet",
    techniques=("T1499.004",),
    config=Config(),
    relations={
        "datagrams": Totals(
            ("source", "victim", "protocol", "identification"),
            ("too_long", "pieces"),
            ("start",),
            ("end", "reach"),
        ),
        "frames": First(("source", "victim"), OTHERS),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("ip_source", "ip_destination", "ip_protocol", "ip_version", "ip_total_length"),
        *("ip_identification", "ip_fragment_offset", "ip_more_fragments", "ip_header_length"),
        *("network_offset", "transport_offset"),
    ),
    explains=("fragment-flood", "ping-flood"),
)
