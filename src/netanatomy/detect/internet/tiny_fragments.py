"""Tiny fragments: the header of the transport is cut in two, so that a filter cannot read it.

What it is:
    On the internet layer a datagram may be cut into pieces of eight octets and more. The header of TCP has
    twenty: cut behind the eighth its ports are in the first piece, its flags in the second. A filter that
    judges by the first piece alone, as simple ones do, sees no flags and lets all pieces pass; an inspector
    that does not put them together sees nothing at all. No real link needs such pieces: every one carries 68
    octets (RFC 791).

Exchange:
    attacker                   filter                   victim
       | -- octets 0 to 8:  ports --> | -----------------> |   no flags to be seen
       | -- octets 8 to 16: SYN ----> | -----------------> |   only a later piece
       | -- octets 16 to 24 --------> | -----------------> |   together: a SYN

How it is recognised:
    A first piece of TCP, followed by others, that holds less than the 20 octets of its header, or a later
    piece that begins within them: at least `cut` datagrams of one source. Or at least `pieces` pieces with
    fewer than `octets` octets that others follow, whatever they carry.

What looks the same:
- Nothing that is known for a header that is cut. The last piece of a datagram may be short, and is not told.
- Test packets of those who build such software.
- Fragments of very slow links (some radios): then the links of the whole path are known.

How to stop it:
- Let the firewall put fragments together before it judges (nftables does with conntrack).
- Drop first pieces that are too short and pieces with an offset of 8 (RFC 1858 section 3.2, RFC 3128), as in
  the rule from this source to this host; no honest host sends them, so at the edge it may be done for all.
- Let the inspector put fragments together as well.

Limits:
    That they were sent is seen, not whether the filter was deceived. nmap --mtu 24 cuts a SYN of 24 octets
    not at all.

In the lab:
    python -m lab.scenarios tiny-fragments-nmap       (nmap -sS -f VICTIM)
    python -m lab.scenarios tiny-fragments-hping3     (hping3 -S -f -p 80 VICTIM)

References:
- RFC 1858 section 3, Security Considerations for IP Fragment Filtering: Tiny Fragment Attack
- RFC 3128, Protection Against a Variant of the Tiny Fragment Attack
- RFC 791 section 3.2: every module must forward 68 octets without cutting them further
- MITRE ATT&CK T1562, Impair Defenses
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
    some,
)
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

TCP = 6  # Assigned Internet Protocol Numbers, IANA
TCP_HEADER = 20  # octets, RFC 9293 section 3.1
IPV4_HEADER = 20  # octets, RFC 791 section 3.1, without options
IPV6_HEADERS = 40 + 8  # octets, RFC 8200 sections 3 and 4.5: with the fragment header
INSIDE_THE_HEADER = where(ip_fragment_offset=(8, 16), ip_protocol=TCP)
"""Pieces that begin within the header of TCP (RFC 3128): what to drop where no short first piece was seen."""
NAMED = 25
"""Addresses that are named in a finding."""


@frozen
class Config:
    """Thresholds."""

    cut: int = threshold(
        1, "datagrams", "datagrams of a source with a TCP header that is cut", "RFC 1858: none is legitimate"
    )
    octets: int = threshold(
        48, "octets", "length below which a piece that others follow is tiny", "RFC 791: 68 less the header"
    )
    pieces: int = threshold(
        10, "pieces", "tiny pieces of a source, where no header is cut", "a test of the path is a few"
    )
    pieces_of_a_source: float = threshold(
        4.0,
        "pieces",
        "pieces of a source up to which many sources are taken for forged",
        "a flood has one or two",
    )
    few_sources: int = threshold(
        16,
        "sources",
        "more than these with few pieces each are taken for forged",
        "as of fragment floods",
        ("fragment-flood", "few_sources"),
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Pieces that cut the header of TCP, and other tiny ones, by their parties."""
    packets = tables.packets
    found = pieces(packets)
    if not len(found.rows):
        return
    tcp = packets.at("ip_protocol", found.rows) == TCP
    first = tcp & (found.offset == 0) & found.more & (found.length < TCP_HEADER)
    inside = tcp & (found.offset > 0) & (found.offset < TCP_HEADER)
    tiny = found.more & (found.length < config.octets)
    chosen = first | inside | tiny
    if not chosen.any():
        return
    odd = found.where(chosen)
    yield (
        "tiny",
        kept(
            packets,
            odd.rows,
            ("source=ip_source", "destination=ip_destination", "start=time", "end=time"),
            pieces=np.int64(1),
            # A datagram is counted once: by its first piece, or where that is missing by none.
            cut=first[chosen].astype(np.int64),
            inside=inside[chosen].astype(np.int64),
            least=odd.length,
        ),
    )
    parties = {name: packets.take(f"ip_{name}", odd.rows) for name in ("source", "destination")}
    yield "frames", piece_places(packets, odd, **parties)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source; one for each victim of made-up sources."""
    if "tiny" not in summary:
        return
    by_victim = summary.groups("tiny", "destination")
    cases: dict[tuple[bytes | None, bytes | None], list[Row]] = {}
    for (victim,), rows in by_victim.items():
        made_up = forged(
            len(rows), sum(row["pieces"] for row in rows), config.few_sources, config.pieces_of_a_source
        )
        for row in rows:
            cases.setdefault((None, victim) if made_up else (row["source"], None), []).append(row)
    frames = summary.groups("frames", "source", "destination")
    for (source, _), rows in cases.items():
        cut = max(sum(row["cut"] for row in rows), min(1, sum(row["inside"] for row in rows)))
        if cut >= config.cut or sum(row["pieces"] for row in rows) >= config.pieces:
            yield _verdict(source is None, rows, cut, config, frames)


def _verdict(
    made_up: bool,
    rows: Sequence[Row],
    cut: int,
    config: Config,
    frames: Mapping[tuple[bytes, bytes], list[Row]],
) -> Verdict:
    sources = tuple(sorted({address_text(row["source"]) for row in rows}))
    victims = tuple(sorted({address_text(row["destination"]) for row in rows}))
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count, least = sum(row["pieces"] for row in rows), min(row["least"] for row in rows)
    who = f"{len(sources)} addresses, most likely forged," if made_up else sources[0]
    to = some(victims, "hosts")
    hidden = cut >= config.cut
    parties = {(row["source"], row["destination"]) for row in rows}
    source = () if made_up else where(ip_source=sources[0])
    scope = (*source, *where(ip_destination=victims[:NAMED]), IS_PIECE, *between(start, end + SOON))
    firsts = sum(row["cut"] for row in rows)
    return Verdict(
        subject=f"{'forged' if made_up else sources[0]} {victims[0] if made_up else ''}",
        title=f"Tiny fragments: {who} to {to}, {count} pieces of {least} octets and more",
        severity=Severity.MEDIUM,
        confidence=0.9 if cut > 1 else 0.7 if hidden else 0.6,
        attackers=() if made_up else sources,
        victims=victims[:NAMED],
        others={"claimed": sources[:NAMED]} if made_up else {},
        start=start,
        end=end,
        counts={"pieces": count, "headers_cut": cut, "shortest": least},
        reason=(
            f"{who} sent {to} {count} pieces of datagrams with fewer than {config.octets} octets, down to "
            f"{least}, though every link carries more. "
            + (
                f"In {cut} datagram{'s' * (cut > 1)} the header of TCP itself is cut, so the first piece "
                "does not show what the segment is: that is done to get past a filter."
                if hidden
                else "No path needs that; it keeps inspectors from seeing what they look for."
            )
        ),
        proofs=piece_proofs(
            (one for pair in parties for one in frames.get(pair, ())), "piece that is too short"
        ),
        frames=count,
        scope=(Selector(scope),),
        rule=Rule(
            matches=(
                *source,
                *where(ip_destination=victims[:NAMED]),
                *(_short(victims[0], config) if firsts or not hidden else INSIDE_THE_HEADER),
            )
        ),
        advice=(
            "let the firewall put fragments together (nftables: any rule with ct does) before it judges",
        ),
    )


def _short(victim: str, config: Config) -> tuple[Match, ...]:
    """A first piece that is tiny, as the packet of that version of IP says it: with its headers."""
    headers = IPV6_HEADERS if ":" in victim else IPV4_HEADER
    return (
        Match("ip_fragment_offset", Operator.EQUAL, 0),
        Match("ip_more_fragments", Operator.EQUAL, True),
        Match("ip_total_length", Operator.AT_MOST, headers + config.octets - 1),
    )


SOON = 10**9  # ns; the last piece of the last datagram need not be tiny

DETECTOR = Detector(
    name="tiny-fragments",
    title="Tiny fragments",
    layer="internet",
    techniques=("T1562",),
    config=Config(),
    relations={
        "tiny": Totals(("source", "destination"), ("pieces", "cut", "inside"), ("start", "least"), ("end",)),
        "frames": First(("source", "destination"), OTHERS),
    },
    observe=observe,
    judge=judge,
    packets=COLUMNS,
)
