"""All captures, over several processes."""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.conformance.compare import Outcome, compare
from tests.conformance.protocols import dissected
from tests.conformance.tshark import prepare_profile


def captures(corpora: Path, only: str = "") -> list[str]:
    """The captures that are there, the longest first so that the processes end together."""
    with (corpora / "MANIFEST.tsv").open(newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    rows.sort(key=lambda row: -int(row["packets"]))
    names = [row["capture"] for row in rows if only in row["capture"]]
    return [name for name in names if (corpora / name).is_file()]


def run(corpora: Path, only: str = "", jobs: int = 2) -> list[Outcome]:
    """Compare all captures whose path contains `only`; ordered by path."""
    prepare_profile(dissected())
    names = captures(corpora, only)
    work = partial(compare, corpora)
    if jobs == 1 or len(names) < 2:
        outcomes = [work(name) for name in names]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            outcomes = list(pool.map(work, names, chunksize=1))
    return sorted(outcomes, key=lambda outcome: outcome.capture)
