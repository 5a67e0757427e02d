"""Runs the comparison: `python -m tests.conformance [--write FILE] [--only TEXT] [--jobs 2]`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.conformance.report import markdown, summary, table
from tests.conformance.reviewed import review
from tests.conformance.run import run
from tests.conformance.tshark import CACHE, version
from tests.conftest import corpora_folder

SHOWN = 200
"""Unreviewed differences that are printed."""


def _say(line: str, stream: TextIO = sys.stdout) -> None:
    stream.write(line + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Compare, print, write; 1 where a difference was not reviewed, 2 where nothing can be compared."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the report as Markdown")
    parser.add_argument("--only", default="", metavar="TEXT", help="only captures whose path contains this")
    parser.add_argument("--column", default="", metavar="NAME", help="print differences of this column only")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default 2)")
    parser.add_argument("--show", type=int, default=SHOWN, metavar="N", help="differences to print")
    options = parser.parse_args(arguments)
    corpora = corpora_folder()
    if corpora is None:
        _say(
            "the captures of third parties are not beside this checkout (set NETANATOMY_CORPORA)",
            sys.stderr,
        )
        return 2
    if version() is None:
        _say("tshark is not installed", sys.stderr)
        return 2
    started = time.monotonic()
    outcomes = run(corpora, options.only, options.jobs)
    reviewed = review(outcomes, complete=not options.only)
    shown = 0
    for outcome, difference in reviewed.unreviewed:
        if options.column in ("", difference.column) and shown < options.show:
            _say(f"{outcome.capture}: {difference}")
            shown += 1
    for line in reviewed.stale:
        _say(line)
    _say(summary(outcomes, reviewed, time.monotonic() - started))
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "captures.tsv").write_text(table(outcomes, reviewed))
    if options.write is not None:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(markdown(outcomes, reviewed))
    return 1 if reviewed.unreviewed or reviewed.stale else 0


if __name__ == "__main__":
    sys.exit(main())
