"""What is told of a port scan: of which kind it is, who scans whom, and in which manner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netanatomy.detect.attempts import ACK, FIN, KINDS, SCTP, UDP
from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.quantities import quantity, sentence
from netanatomy.detect.scan_pairs import SECOND, Pair, ports_of
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

NAMED = 25
SAMPLES = 5
PROTOCOLS = {UDP: 17, SCTP: 132}


class Manner(Protocol):
    """From when on a scan is slow, and when it has many ports."""

    @property
    def slow(self) -> float:
        """Seconds between two tries."""

    @property
    def high_ports(self) -> int:
        """Ports, of which twice as many leave no doubt."""


def _kind(pairs: Sequence[Pair], xmas: int) -> tuple[int, str]:
    counts: dict[int, int] = {}
    for pair in pairs:
        for row in pair.rows:
            counts[row["kind"]] = counts.get(row["kind"], 0) + row["attempts"]
    kind = max(counts, key=lambda code: (counts[code], -code))
    name = {FIN: "Xmas" if xmas * 2 > counts[kind] else "FIN", ACK: "ACK or Window"}.get(kind, KINDS[kind])
    return kind, name


def verdict(
    pairs: Sequence[Pair], config: Manner, network: Network, xmas: int, exact: bool, *, decoys: bool
) -> Verdict:
    """What is told of a scan.

    Args:
        pairs: sources and hosts that are part of it.
        config: from when on it is slow, and when there are many ports.
        network: what the user told about the network.
        xmas: segments with FIN, PSH and URG among them.
        exact: whether all that they tried is known.
        decoys: whether all but one of the sources are forged.
    """
    kind, name = _kind(pairs, xmas)
    rows = [row for pair in pairs for row in pair.rows]
    start, end = min(pair.start for pair in pairs), max(pair.end for pair in pairs)
    sources = sorted({address_text(pair.scanner) for pair in pairs})
    victims = sorted({address_text(pair.victim) for pair in pairs})
    ports, opened = (quantity(number, exact) for number in ports_of(pairs))
    count, frames = sum(row["attempts"] for row in rows), sum(row["frames"] for row in rows)
    seconds = (end - start) / SECOND
    each = seconds * len(sources) / max(1, count)
    manner = "slow " if each >= config.slow and seconds > SAMPLES else ""
    target = victims[0] if len(victims) == 1 else f"{len(victims)} hosts"
    shared = len(sources) > 1 and not decoys
    who = f"one of {len(sources)} sources scans" if decoys else f"{sources[0]} scans"
    who = f"{len(sources)} sources together scan" if shared else who
    does = "shared a scan: they tried" if shared else "tried"
    allowed = not decoys and all(map(network.is_allowed, sources))
    macs = tuple(sorted({mac_text(row["mac"].to_bytes(8, "little")[:6]) for row in rows if row["mac"]}))[
        :NAMED
    ]
    protocol = PROTOCOLS.get(kind, 6)
    source = where(ip_source=sources[:NAMED])
    matches = (*source, *where(ip_destination=victims[:NAMED], ip_protocol=protocol))
    tries = quantity(count, exact)
    # Of several hosts each has its own: the most are told.
    each_of = "" if len(victims) == 1 else "up to "
    how_many = f"{each_of}{ports.of('port')}"
    told = (
        f"{', '.join(sources[:NAMED])} tried the same ports, {ports.of('port')} in all, at the same time: "
        "one of them scans and the others are forged to hide it. Which one is real cannot be known from the "
        "packets."
        if decoys
        else f"{', '.join(sources[:NAMED])} {does} {how_many} of {'each of ' if each_of else ''}{target} in "
        f"{seconds:.2f} s, by {tries.of('try', 'tries')} in all."
    )
    answer = f"{each_of if opened.number else ''}{opened} of {'those of a host' if each_of else 'them'}"
    return Verdict(
        subject=",".join(sources) + "|" + ("decoy|" + victims[0] if decoys else ""),
        title=f"{who} {target}: {manner}{name} scan{' with decoys' if decoys else ''}, {how_many}",
        severity=_severity(sources, allowed, network),
        confidence=0.95 if ports.number >= 2 * config.high_ports else 0.85,
        attackers=() if decoys else tuple(sources[:NAMED]),
        victims=tuple(victims[:NAMED]),
        others={"claimed": tuple(sources[:NAMED]), "sender": macs} if decoys else {},
        start=start,
        end=end,
        counts={
            **ports.counted("ports"),
            **opened.counted("open"),
            **tries.counted("attempts"),
            "hosts": len(victims),
        },
        reason=f"{told} {sentence(answer)} answered as open; no data moved. Who wants a service knows its "
        "port; who tries them one after the other looks for what is there.",
        proofs=tuple(
            Proof(row["frame"], 0, "destination_port", f"{name} probe")
            for row in sorted(rows, key=lambda row: int(row["frame"]))
            if row["kind"] == kind
        )[:SAMPLES],
        frames=frames,
        scope=(Selector((*matches, *between(start, end))),),
        rule=None if decoys or allowed else Rule(matches=matches),
        advice=("drop what is not served instead of refusing it: scans then wait for every port",),
    )


def _severity(sources: Sequence[str], allowed: bool, network: Network) -> Severity:
    if allowed:
        return Severity.INFO
    return Severity.HIGH if len(sources) == 1 and network.is_home(sources[0]) else Severity.MEDIUM
