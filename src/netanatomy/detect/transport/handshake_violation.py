"""Handshake violation: segments that no state of TCP allows, sent to probe hosts or to blind inspectors.

What it is:
    RFC 9293 draws TCP as a machine of eleven states and says for each which segments it may send. On the
    transport layer no honest stack sends SYN and FIN together, a segment without any flag, data before the
    handshake, or a SYN-ACK that acknowledges a number nobody sent. Scanners do, since hosts answer such
    segments differently and so betray what they are; evasion tools do, since an inspector that takes the
    segment seriously follows another connection than the receiver has.

Exchange:
    attacker                         host
       | -- SYN+FIN, port 80 ----------> |  opens? closes? systems differ
       | -- no flag at all, port 22 ---> |  closed ports answer, open ones do not
       | -- SYN -----------------------> |
       | -- data, no SYN-ACK yet ------> |  dropped here, but read by an inspector

How it is recognised:
    From the table of anomalies, by pair of hosts: impossible flags (NULL, Xmas, SYN+FIN, SYN+RST, neither
    SYN, RST nor ACK), data or FIN before the handshake, SYN-ACKs with a wrong acknowledgment or another
    number than before, split handshakes, SYNs within established connections. One is told at low severity;
    from `repeated` of a kind on, and for a split handshake at once, at medium. A connection whose beginning
    was not captured, Fast Open and simultaneous open are no violations. Neither is what lost frames explain:
    no SYN-ACK is in the capture, yet the other side went on with data or acknowledgments; or a server
    speaks before the client has acknowledged, the client goes on, and `lossy` connections show octets that
    were acknowledged and not captured.

What looks the same:
- A capture that began late or lost packets: segments of a connection seem to come before its handshake.
- TCP Fast Open (RFC 7413): data on a SYN are legal with a cookie.
- Simultaneous open (RFC 9293 figure 8): rare, but allowed.
- One damaged segment: a single one, mostly with a wrong checksum.
- A server behind SYN cookies or anycast may answer a repeated SYN with another number.

How to stop it:
- Let the packet filter drop what has impossible flags, as in the rule: no honest client loses anything.
- Stateful filtering (`ct state invalid drop`): what belongs to no connection does not pass.
- Let the intrusion detection system follow TCP as the receiver does, and check that it alerts on these.

Limits:
    What the filter before the capture point dropped is not seen. A scan that only uses allowed segments is
    no violation (see port-scan). In a capture that lost frames a server's early data pass for such a loss.

In the lab:
    python -m lab.scenarios handshake-violation-flags       (hping3 -S -F -p 80 …, hping3 -F -P -U -p 22 …)
    python -m lab.scenarios handshake-violation-early-data  (a small program, since no tool does so)

References:
- RFC 9293 section 3.3.2 (state machine) and section 3.10.7 (what each state does with a segment)
- RFC 7413, TCP Fast Open
- Ptacek and Newsham, Insertion, Evasion, and Denial of Service: Eluding Network Intrusion Detection, 1998
- Beardsley and Qian, The TCP Split Handshake, 2010
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow.compute as pc

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.lost_frames import CONNECTION_COLUMNS, RELATIONS, lost_frames, went_on
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Selector, between, flags, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import arrow_array, one_of
from netanatomy.tables.text import address_text

FIN, SYN, RST, PSH, ACK, URG = (1 << bit for bit in range(6))  # RFC 9293 section 3.1
TCP = 6  # Assigned Internet Protocol Numbers, IANA
EXACT = 64
"""Frames of a kind that the scope names one by one."""
SHOWN = 5
LOSSES = ("data-before-handshake", "fin-without-handshake")
"""Kinds that a frame which the recorder lost makes out of an ordinary connection."""
WAY = ("source", "destination", "name", "uid", "backward")


@frozen
class Kind:
    """One way to break the rules.

    Attributes:
        meaning: as the end of "sent … ".
        column: the field that shows it.
        match: the packets, where their flags alone say it.
        at_once: whether one is enough for medium severity.
        more: how many times `repeated` is needed, where sloppy programs do the same.
    """

    meaning: str
    column: str
    match: Match | None = None
    at_once: bool = False
    more: int = 1


ALL = FIN | SYN | RST | PSH | ACK | URG
KINDS: Mapping[str, Kind] = {
    "flags-null": Kind("segments without any flag", "tcp_flags", flags(ALL, 0)),
    "flags-xmas": Kind(
        "segments with FIN, PSH and URG but no ACK",
        "tcp_flags",
        flags(FIN | PSH | URG | ACK, FIN | PSH | URG),
    ),
    "flags-syn-fin": Kind(
        "segments that open and close at once (SYN and FIN)", "tcp_flags", flags(SYN | FIN, SYN | FIN)
    ),
    "flags-syn-rst": Kind(
        "segments that open and abort at once (SYN and RST)", "tcp_flags", flags(SYN | RST, SYN | RST)
    ),
    "flags-without-ack": Kind(
        "segments with neither SYN, RST nor ACK", "tcp_flags", flags(SYN | RST | ACK, 0), more=4
    ),
    "four-way-handshake": Kind("a SYN where a SYN-ACK was due (split handshake)", "tcp_flags", at_once=True),
    "data-before-handshake": Kind("data before the handshake was over", PAYLOAD),
    "fin-without-handshake": Kind("a FIN for a connection that was never opened", "tcp_flags"),
    "syn-ack-wrong-ack": Kind("SYN-ACKs that acknowledge what was never sent", "tcp_acknowledgment"),
    "syn-ack-different-number": Kind("a second SYN-ACK with another number", "tcp_sequence"),
    "syn-after-established": Kind("SYNs within established connections", "tcp_sequence"),
}


@frozen
class Config:
    """Thresholds."""

    repeated: int = threshold(
        3,
        "segments",
        "of one kind from which it is no accident",
        "one damaged segment can look like any kind",
    )
    lossy: int = threshold(
        3,
        "connections",
        "with octets acknowledged and not captured, from which the capture itself lost frames",
        "one may be a third party's doing",
    )
    few_sources: int = threshold(
        16,
        "sources",
        "against one host, more than these with few violations each are taken for forged",
        "as of SYN floods",
        ("syn-flood", "few_sources"),
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Violations by pair of hosts and kind; of connections, what speaks for lost frames."""
    yield from went_on(tables.connections)
    anomalies = tables.anomalies
    if not anomalies.count:
        return
    rows = anomalies.rows_named("name", *KINDS)
    rows = rows[anomalies.valid_at("source", rows)] if len(rows) else rows
    if not len(rows):
        return
    pair = ("source", "destination", "name")
    # Only what may be a loss needs its connection; a flood of others does not fill the relation with them.
    loss = one_of(anomalies.numbers("name")[rows], [anomalies.code("name", name) for name in LOSSES])
    uid = pc.if_else(arrow_array(loss), pc.fill_null(anomalies.take("uid", rows), ""), "")
    backward = loss & ~anomalies.truths("is_orig", rows)
    way = {"uid": uid, "backward": arrow_array(backward)}
    yield "odd", kept(anomalies, rows, (*pair, "start=ts", "end=ts"), **way, count=1)
    columns = (
        *pair,
        "time=ts",
        "frame=frame_number",
        "depth",
        "offset",
        "length",
        "source_port",
        "destination_port",
    )
    yield "frames", kept(anomalies, rows, columns, **way)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each pair, or for each victim where the sources are forged."""
    if "odd" not in summary:
        return
    sources: dict[bytes, list[Row]] = defaultdict(list)
    rows = summary.rows("odd")
    lost = lost_frames(summary, {row["uid"] for row in rows}, config.lossy)
    frames: dict[bytes, list[Row]] = defaultdict(list)
    for told, every in ((sources, rows), (frames, summary.rows("frames"))):
        for row in every:
            if (row["uid"], row["backward"]) not in lost:
                told[row["destination"]].append(row)
    for victim, odd in sources.items():
        count = {row["source"]: 0 for row in odd}
        for row in odd:
            count[row["source"]] += row["count"]
        if len(count) > config.few_sources and np.median(list(count.values())) < config.repeated:
            yield _verdict(victim, None, odd, frames.get(victim, []), config, network)
            continue
        for source in count:
            mine = [row for row in odd if row["source"] == source]
            shown = [row for row in frames.get(victim, ()) if row["source"] == source]
            yield _verdict(victim, source, mine, shown, config, network)


def _verdict(
    victim: bytes, source: bytes | None, odd: list[Row], frames: list[Row], config: Config, network: Network
) -> Verdict:
    target = address_text(victim)
    attacker = address_text(source) if source else ""
    counts: dict[str, int] = defaultdict(int)
    for row in odd:
        counts[row["name"]] += row["count"]
    total = sum(counts.values())
    start, end = min(row["start"] for row in odd), max(row["end"] for row in odd)
    repeated = any(
        count >= config.repeated * KINDS[name].more or KINDS[name].at_once for name, count in counts.items()
    )
    several = len(counts) >= config.repeated
    allowed = network.is_allowed(attacker)
    serious = (repeated or several) and not allowed
    severity = Severity.MEDIUM if serious else Severity.LOW
    told = "; ".join(f"{count} × {KINDS[name].meaning}" for name, count in sorted(counts.items()))
    who = attacker or f"about {len({row['source'] for row in odd})} addresses, most likely forged,"
    frames.sort(key=lambda row: (row["time"], row["frame"]))
    first = {name: [row for row in frames if row["name"] == name] for name in sorted(counts)}
    return Verdict(
        subject=f"{attacker or 'forged'}>{target}",
        title=f"{attacker or 'Forged sources'} → {target}: {total} segments that TCP does not allow",
        severity=severity,
        confidence=0.9 if serious else 0.5,
        attackers=(attacker,) if attacker else (),
        victims=(target,),
        others={}
        if attacker
        else {"claimed": tuple(sorted({address_text(row["source"]) for row in odd})[:5])},
        start=start,
        end=end,
        counts=dict(sorted(counts.items())),
        reason=(
            f"{who} sent {target} what no state of TCP's state machine allows: {told}. No honest stack "
            "does so. It is done to learn from the answers which system is there, or to make an inspector "
            "follow another connection than the receiver has."
        ),
        proofs=tuple(
            Proof(
                row["frame"],
                row["depth"],
                KINDS[name].column,
                f"one of the {KINDS[name].meaning}" if counts[name] > 1 else KINDS[name].meaning,
                offset=row["offset"],
                length=row["length"] or 0,
            )
            for name, rows in first.items()
            for row in rows[:SHOWN]
        ),
        frames=total,
        scope=tuple(_scope(attacker, target, first, start, end)),
        rule=_rule(attacker, target, tuple(counts)),
        advice=("nft: ct state invalid drop, before the rules that accept",),
    )


def _scope(
    attacker: str, target: str, frames: Mapping[str, list[Row]], start: int, end: int
) -> Iterator[Selector]:
    parties = where(ip_source=attacker, ip_destination=target) if attacker else where(ip_destination=target)
    for name, rows in frames.items():
        match = KINDS[name].match
        if match is not None:
            yield Selector((*parties, *where(ip_protocol=TCP), match, *between(start, end)))
            continue
        for row in rows[:EXACT]:
            ports = where(source_port=row["source_port"], destination_port=row["destination_port"])
            yield Selector((*parties, *ports, *between(row["time"], row["time"])))


def _rule(attacker: str, target: str, names: tuple[str, ...]) -> Rule | None:
    """Flags that nobody may send are dropped whoever sends them; else nothing is known but the sender."""
    matches = [match for name in names if (match := KINDS[name].match) is not None]
    if len(matches) == 1 == len(names):
        return Rule(matches=(*where(ip_destination=target, ip_protocol=TCP), matches[0]))
    if attacker and len(matches) == len(names):
        return Rule(matches=where(ip_source=attacker, ip_destination=target, ip_protocol=TCP))
    return None


DETECTOR = Detector(
    name="handshake-violation",
    title="Handshake violation",
    layer="transport",
    techniques=(),
    config=Config(),
    relations={
        "odd": Totals(WAY, ("count",), ("start",), ("end",)),
        **RELATIONS,
        "frames": First(WAY, ("offset", "length", "source_port", "destination_port"), EXACT),
    },
    observe=observe,
    judge=judge,
    connections=CONNECTION_COLUMNS,
    anomalies=True,
)
