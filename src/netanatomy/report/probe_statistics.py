"""How the same probe went several times, as numbers."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from netanatomy.schema.probe import PhaseStatistics, Probe, ProbeStatistics

TOTAL = "total"


def statistics_of(probes: Sequence[Probe]) -> ProbeStatistics:
    """How several probes ended, and how their times spread.

    Args:
        probes: at least one.
    """
    times: dict[str, list[int]] = {}
    for probe in probes:
        for phase in probe.phases:
            times.setdefault(phase.name, []).append(phase.nanoseconds)
    times[TOTAL] = [probe.nanoseconds for probe in probes]
    return ProbeStatistics(
        outcomes=tuple(Counter(probe.outcome.value for probe in probes).items()),
        phases=tuple(_phase(name, values) for name, values in times.items()),
    )


def _phase(name: str, values: Sequence[int]) -> PhaseStatistics:
    return PhaseStatistics(
        name=name,
        times=len(values),
        shortest=min(values),
        median=round(statistics.median(values)),
        mean=round(statistics.fmean(values)),
        longest=max(values),
        deviation=round(statistics.pstdev(values)),
    )
