"""Overlapping fragments: pieces of one datagram that say two things about the same octets (teardrop).

What it is:
    On the internet layer a datagram that is too long for a link is cut into pieces, each with the place
    where it belongs (RFC 791 section 3.2). No sender cuts so that pieces overlap. Where they do, systems
    disagree on which octets count: an inspector reads one thing, the server another. And systems of old
    computed a negative length from a last piece that lies within the one before, and stopped: teardrop.

Exchange:
    attacker                                             victim
       | -- octets 0 to 36 of datagram 242, more follow --> |
       | -- octets 24 to 28 of datagram 242, the last ----> |   lies within the first: 28 - 36 = -8
       |                                                    |
       | -- octets 0 to 24:  GET /index.html -------------> |   what the inspector keeps
       | -- octets 8 to 32:  GET /passwd.txt -------------> |   what the server keeps

How it is recognised:
    A piece covers octets that an earlier piece of the same datagram (source, destination, identification)
    brought, and does not begin where that one begins. In IPv6, with its 32 bits of identification, the same
    place with other octets is enough. At least `pieces` of them. If the octets differ it is grave, if they
    are the same it is odd: IPv6 forbids it in any case (RFC 5722).

What looks the same:
- The same piece twice, octet for octet: the capture saw it twice, or the network repeated it. Not told.
- Two datagrams with the same identification: a fast sender (NFS over UDP) uses up its 65,536 numbers within
  the time of reassembly (RFC 4963). Their pieces begin in the same places; it is told at low severity.
- A datagram that was sent again and cut elsewhere, on another path: the octets are the same.

How to stop it:
- Let the firewall put fragments together before it judges (nftables does with conntrack), and drop datagrams
  whose pieces overlap, as Linux, BSD and Windows of today do themselves.
- Drop fragments from outside where no service needs them.
- Set the inspector's policy to that of the hosts it protects (target-based reassembly).

Limits:
    A piece that comes when its datagram is complete already begins a new one here, and is not held against
    the old. Captures that cut frames short have no octets to compare. A forged source is possible: nobody has
    to answer.

In the lab:
    python -m lab.scenarios fragment-overlap-teardrop    (Scapy: IP(flags="MF")/…, IP(frag=3)/…)
    python -m lab.scenarios fragment-overlap-evasion     (Scapy: six datagrams that say two things)
    python -m lab.scenarios fragment-overlap-ipv6        (atk6-fragmentation6 eth0 VICTIM)

References:
- RFC 1858 section 4, Security Considerations for IP Fragment Filtering; RFC 5722, Overlapping IPv6 Fragments
- Ptacek and Newsham, Insertion, Evasion, and Denial of Service (1998); CVE-1999-0015 (teardrop)
- RFC 4963, IPv4 Reassembly Errors at High Data Rates
- MITRE ATT&CK T1562, Impair Defenses; T1499.004, Application or System Exploitation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

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
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.selected import among
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

OVERLAP, CONFLICT = "overlap", "overlap-conflict"
DATAGRAM = ("source", "destination", "identification")
NAMED = 25
"""Addresses that are named in a finding."""
MAXIMUM_VALUES = 256
"""Identifications in a selector. Bounds a flood of such datagrams."""
V4_MAPPED = bytes(10) + b"\xff\xff"


@frozen
class Config:
    """Thresholds."""

    pieces: int = threshold(1, "pieces", "overlapping pieces of a source", "RFC 1858: no sender cuts so")
    datagrams_of_a_source: float = threshold(
        4.0,
        "datagrams",
        "datagrams of a source up to which many sources are taken for forged",
        "one is enough",
    )
    few_sources: int = threshold(
        16,
        "sources",
        "more than these with few datagrams each are taken for forged",
        "as of fragment floods",
        ("fragment-flood", "few_sources"),
    )


@changeable
class _Case:
    """What one source did."""

    rows: list[Row] = field(default_factory=list)
    differing: int = 0
    within: int = 0
    doubtful: int = 0


def observe(tables: Tables, config: Config) -> Kept:
    """Where the pieces lie, and those that overlap."""
    packets = tables.packets
    found = pieces(packets)
    if not len(found.rows):
        return
    datagram = ("source=ip_source", "destination=ip_destination", "identification=ip_identification")
    place = {"offset": found.offset, "length": found.length}
    yield "pieces", kept(packets, found.rows, datagram, **place)
    odd = packets.rows_named("fragment_anomaly", OVERLAP, CONFLICT)
    chosen = np.isin(found.rows, odd, assume_unique=True)
    if not chosen.any():
        return
    odd_pieces = found.where(chosen)
    rows = odd_pieces.rows
    yield (
        "overlaps",
        kept(
            packets,
            rows,
            (*datagram, "kind=fragment_anomaly", "start=time", "end=time"),
            offset=odd_pieces.offset,
            length=odd_pieces.length,
            last=~odd_pieces.more,
            pieces=np.int64(1),
        ),
    )
    parties = {name: packets.take(f"ip_{name}", rows) for name in ("source", "destination")}
    yield "frames", piece_places(packets, odd_pieces, **parties)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source; one for each victim of made-up sources."""
    if "overlaps" not in summary:
        return
    overlaps = summary.rows("overlaps")
    laid: dict[tuple[bytes, bytes, int], list[tuple[int, int]]] = {}
    for row in among(summary["pieces"], DATAGRAM, summary["overlaps"]).to_pylist():
        laid.setdefault(_datagram(row), []).append((row["offset"], row["length"]))
    by_victim: dict[bytes, list[Row]] = {}
    for row in overlaps:
        by_victim.setdefault(row["destination"], []).append(row)
    cases: dict[tuple[bytes | None, bytes | None], _Case] = {}
    for victim, rows in by_victim.items():
        sources = {row["source"] for row in rows}
        made_up = forged(
            len(sources),
            len({_datagram(row) for row in rows}),
            config.few_sources,
            config.datagrams_of_a_source,
        )
        for row in rows:
            case = cases.setdefault((None, victim) if made_up else (row["source"], None), _Case())
            _count(case, row, laid.get(_datagram(row), ()))
    frames = summary.groups("frames", "source", "destination")
    for (source, _), case in cases.items():
        if sum(row["pieces"] for row in case.rows) >= config.pieces:
            yield _verdict(source is None, case, frames)


def _datagram(row: Row) -> tuple[bytes, bytes, int]:
    return row["source"], row["destination"], row["identification"]


def _count(case: _Case, row: Row, laid: Sequence[tuple[int, int]]) -> None:
    """Tell apart what can only be meant and what two datagrams with one number look like."""
    start, end = row["offset"], row["offset"] + row["length"]
    covering = [(at, at + long) for at, long in laid if at < end and start < at + long and at != start]
    case.rows.append(row)
    if not covering and row["source"].startswith(V4_MAPPED):
        case.doubtful += row["pieces"]
        return
    case.differing += row["pieces"] * (row["kind"] == CONFLICT)
    case.within += row["pieces"] * (row["last"] and any(at < start and end < until for at, until in covering))


def _verdict(made_up: bool, case: _Case, frames: Mapping[tuple[bytes, bytes], list[Row]]) -> Verdict:
    rows = case.rows
    sources = tuple(sorted({address_text(row["source"]) for row in rows}))
    victims = tuple(sorted({address_text(row["destination"]) for row in rows}))
    numbers = tuple(sorted({row["identification"] for row in rows}))
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count = sum(row["pieces"] for row in rows)
    who = f"{len(sources)} addresses, most likely forged," if made_up else sources[0]
    severity, confidence, name, why = _weigh(case, count)
    parties = {(row["source"], row["destination"]) for row in rows}
    proofs = [one for pair in parties for one in frames.get(pair, ())]
    source = () if made_up else where(ip_source=sources[0])
    scope = (*source, *where(ip_destination=victims[:NAMED]), IS_PIECE)
    if made_up or severity is Severity.LOW:
        scope = (*scope, *where(ip_identification=numbers[:MAXIMUM_VALUES]))
    to = some(victims, "hosts")
    return Verdict(
        subject=f"{'forged' if made_up else sources[0]} {victims[0] if made_up else ''}",
        title=f"{name}: {who} to {to}, {len(numbers)} datagram{'s' * (len(numbers) > 1)}",
        severity=severity,
        confidence=confidence,
        attackers=() if made_up else sources,
        victims=victims[:NAMED],
        others={"claimed": sources[:NAMED]} if made_up else {},
        start=start,
        end=end,
        counts={
            "datagrams": len(numbers),
            "overlapping": count,
            "differing": case.differing,
            "within_another": case.within,
        },
        reason=(
            f"{who} sent {to} {count} pieces of {len(numbers)} datagrams that cover octets which other "
            f"pieces of the same datagrams had brought; {case.differing} of them say something else in the "
            f"same place. {why}"
        ),
        proofs=piece_proofs(proofs, "piece that overlaps another one"),
        frames=count,
        # Who sends such pieces sends others for the same end; those that were there first came before.
        scope=(Selector((*scope, *between(start - LIFETIME, end))),),
        rule=None
        if severity is Severity.LOW
        else Rule(matches=(*source, *where(ip_destination=victims[:NAMED]), IS_PIECE)),
        advice=(
            "let the firewall put fragments together (nftables: any rule with ct does) before it judges",
        ),
    )


LIFETIME = 60 * 10**9  # ns that a datagram may stay incomplete, RFC 8200 section 4.5


def _weigh(case: _Case, count: int) -> tuple[Severity, float, str, str]:
    """How bad, how sure, by what name, and why."""
    if case.doubtful == count:
        return (
            Severity.LOW,
            0.4,
            "Fragments with one number and two contents",
            "They begin in the same places, so these may be two datagrams of a fast sender that ran out of "
            "numbers (RFC 4963), of which pieces were lost.",
        )
    if case.within:
        return (
            Severity.HIGH,
            0.95,
            "Teardrop fragments",
            f"{case.within} of them are last pieces that lie within another piece: so the length becomes "
            "negative, which let systems of old stop. No sender cuts a datagram like that.",
        )
    if case.differing:
        return (
            Severity.HIGH,
            0.9,
            "Overlapping fragments",
            "The server may read something else than the inspector: they were made to get past it.",
        )
    return (
        Severity.MEDIUM,
        0.7,
        "Overlapping fragments",
        "The octets are the same, but no sender cuts so: somebody tries how they are put together.",
    )


DETECTOR = Detector(
    name="fragment-overlap",
    title="Overlapping fragments",
    layer="internet",
    techniques=("T1562", "T1499.004"),
    config=Config(),
    relations={
        "pieces": Distinct(DATAGRAM, ("offset", "length"), 64),
        "overlaps": Totals(
            (*DATAGRAM, "kind", "offset", "length", "last"), ("pieces",), ("start",), ("end",)
        ),
        "frames": First(("source", "destination"), OTHERS),
    },
    observe=observe,
    judge=judge,
    packets=(*COLUMNS, "fragment_anomaly"),
    explains=("tiny-fragments", "ping-of-death"),
)
