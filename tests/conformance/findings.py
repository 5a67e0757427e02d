"""Findings of severity medium and above in the captures of third parties, each judged by hand.

    python -m tests.conformance.findings [--write] [--only TEXT]

Nobody labelled these captures as attacks; some are, and most are not. Every such finding must stand in the
reviewed list (`findings_reviewed.py`) as true or false, with the reason. Ends with 1 where one does not.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import netanatomy
from netanatomy.schema.findings import Finding, Severity
from tests.conformance.findings_reviewed import REVIEWED, Review
from tests.conftest import CHECKOUT, corpora_folder

PAGE = CHECKOUT / "docs" / "findings-corpora.md"

HEAD = """\
# Findings in the captures of others

Made by `python -m tests.conformance.findings --write`. The captures are test data of other tools, only
some of them meant as attacks. Listed is every finding of severity medium and above, judged by hand.
"""


def captures(corpora: Path, only: str = "") -> Iterator[str]:
    """Each different capture once, by its path."""
    with (corpora / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            first = row["same_packets_as"]
            if only in row["capture"] and first in ("-", row["capture"]):
                yield row["capture"]


def grave(path: Path) -> list[Finding]:
    """Findings of severity medium and above; none where the file is no capture."""
    try:
        found = netanatomy.open(path).findings()
    except netanatomy.NetanatomyError:
        return []
    return [each for each in found if each.severity.rank >= Severity.MEDIUM.rank]


def found_in(corpora: Path, only: str = "") -> dict[str, list[Finding]]:
    """Findings by capture; captures without any are left out."""
    every = {name: grave(corpora / name) for name in captures(corpora, only)}
    return {name: found for name, found in every.items() if found}


def review(capture: str, finding: Finding) -> Review | None:
    """What was written down about a finding."""
    for each in REVIEWED:
        named = any(fnmatchcase(capture, f"*{name}") for name in each.captures)
        if named and each.detector == finding.detector:
            return each
    return None


def unreviewed(found: Mapping[str, list[Finding]]) -> list[str]:
    """A line for each finding that nobody judged."""
    return [
        f"{name}: {one.severity.value} {one.detector}: {one.title}"
        for name, findings in found.items()
        for one in findings
        if review(name, one) is None
    ]


def page(found: Mapping[str, list[Finding]], total: int) -> str:
    """The page."""
    counted: Counter[bool] = Counter()
    rows = []
    for name, findings in sorted(found.items()):
        for one in findings:
            judged = review(name, one)
            if judged is not None:
                counted[judged.true] += 1
                verdict = "true" if judged.true else "**false**"
                rows.append(f"| `{name}` | {one.severity.value} | {one.title} | {verdict} | {judged.why} |")
    lines = [
        HEAD,
        f"{total:,} captures, {sum(counted.values())} findings in {len(found)} of them: "
        f"{counted[True]} true, {counted[False]} false.",
        "",
        "| capture | severity | finding | judged | why |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Look through all captures and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    parser.add_argument("--only", default="", help="captures whose path contains this")
    options = parser.parse_args()
    corpora = corpora_folder()
    if corpora is None:
        sys.stderr.write("the captures of third parties are not beside this checkout\n")
        return 2
    found = found_in(corpora, options.only)
    missing = unreviewed(found)
    for line in missing:
        sys.stdout.write(f"unreviewed {line}\n")
    number = sum(1 for _ in captures(corpora, options.only))
    total = sum(map(len, found.values()))
    sys.stdout.write(f"{number} captures, {total} findings ≥ medium, {len(missing)} not reviewed\n")
    if options.write and not options.only:
        PAGE.write_text(page(found, number), encoding="utf-8")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
