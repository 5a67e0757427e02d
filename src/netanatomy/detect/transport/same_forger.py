"""Verdicts on several connections that are one incident: the same parties, the same stranger among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netanatomy.detect.detector import Verdict
from netanatomy.detect.quantities import many

SELECTORS = 1_000
"""Selectors of one verdict. Bounds forgers of thousands of connections; all are in its counts."""
SHOWN = 12
"""Pieces of evidence of one verdict."""
OF_EACH = 3
"""Pieces of evidence of each connection, where there are several."""
ONE = "its connection with"
"""How a title speaks of one connection."""


def by_forger(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """One verdict for each forger and the hosts it speaks between, however many connections it spoke in.

    Args:
        verdicts: one for each connection; who is forged and what is known of the sender stands in `others`.
    """
    together: dict[tuple[tuple[str, ...], ...], list[Verdict]] = {}
    for verdict in verdicts:
        who = verdict.victims, verdict.others.get("claimed", ()), verdict.others.get("sender", ())
        together.setdefault(who, []).append(verdict)
    for same in together.values():
        same.sort(key=lambda verdict: (verdict.start, verdict.subject))
        yield _joined(same) if len(same) > 1 else same[0]


def _joined(same: list[Verdict]) -> Verdict:
    gravest = max(same, key=lambda verdict: (verdict.severity.rank, verdict.confidence))
    number = len(same)
    counts: dict[str, int | float] = {}
    for verdict in same:
        for name, count in verdict.counts.items():
            counts[name] = counts.get(name, 0) + count
    each = max(1, min(OF_EACH, SHOWN // number))
    return replace(
        gravest,
        subject=same[0].subject,
        title=gravest.title.replace(ONE, f"{number} connections with"),
        start=same[0].start,
        end=max(verdict.end for verdict in same),
        counts={"connections": number, **counts},
        reason=f"{gravest.reason} {many(number - 1, 'more connection')} of these two hosts "
        f"{'shows' if number == 2 else 'show'} the like.",
        proofs=tuple(proof for verdict in same for proof in verdict.proofs[:each])[:SHOWN],
        frames=sum(verdict.frames for verdict in same),
        scope=tuple(selector for verdict in same for selector in verdict.scope)[:SELECTORS],
    )
