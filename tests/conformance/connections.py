"""Connections against Zeek's conn.log, Arkime's sessions and every Community ID that is stated.

    python -m tests.conformance.connections [--write] [--only TEXT] [--show N]

Ends with 1 where a difference was not reviewed, with 2 where nothing can be compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tests.conformance import arkime, community_ids, zeek
from tests.conformance.records import Agreement, ReviewedRecords, ReviewOutcome, review
from tests.conformance.zeek_reviewed import ARKIME, ZEEK
from tests.conftest import CHECKOUT, corpora_folder

PAGE = CHECKOUT / "docs" / "conformance-connections.md"
SHOWN = 200
"""Unreviewed differences that are printed."""


def zeek_agreement(corpora: Path, only: str = "") -> Agreement:
    """All of Zeek's records whose run contains `only`."""
    total = Agreement()
    for group in zeek.groups(corpora, only):
        total.add(zeek.agreement_of(corpora, group))
    return total


def arkime_agreement(corpora: Path, only: str = "") -> Agreement:
    """All of Arkime's sessions of captures whose path contains `only`."""
    total = Agreement()
    for capture, held in arkime.sessions(corpora, only).items():
        total.add(arkime.agreement_of(corpora, capture, held))
    return total


def table(agreement: Agreement, fields: Sequence[str], outcome: ReviewOutcome) -> list[str]:
    """A line for each field, in Markdown, and the sentence before them."""
    reviewed = Counter(each.field for covered in outcome.covered for each in covered)
    share = agreement.whole / max(agreement.records, 1)
    missing = sum(each.field == "missing" for each in agreement.differences)
    lines = [
        f"**{agreement.whole:,} of {agreement.records:,} records ({share:.1%}) agree in every field that is "
        f"stated**; {missing} are missing, {agreement.surplus} are ours alone. "
        f"{len(agreement.differences):,} differences, of which {reviewed.total():,} reviewed and "
        f"{len(outcome.unreviewed):,} not.",
        "",
        "| field | compared | equal | share | reviewed |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in fields:
        compared, equal = agreement.compared[name], agreement.equal[name]
        if compared:
            lines.append(f"| {name} | {compared:,} | {equal:,} | {equal / compared:.2%} | {reviewed[name]} |")
    return lines


def reasons(listed: Sequence[ReviewedRecords]) -> list[str]:
    """The reviewed list, in Markdown."""
    if not listed:
        return ["No difference."]
    lines = ["| run | records | fields | differences | why |", "|---|---|---|---:|---|"]
    for each in listed:
        runs, records = "<br>".join(each.runs), "<br>".join(each.records) or "all"
        fields = ", ".join(each.fields) or "all"
        lines.append(f"| {runs} | {records} | {fields} | {each.count} | {each.why} |")
    return lines


def page(sections: Sequence[tuple[str, str, list[str]]]) -> str:
    """The page: a title, an introduction and lines for each section."""
    parts = [
        "# Connections: agreement with others",
        "",
        "Made by `python -m tests.conformance.connections --write`, never by hand. The records are those of "
        "Zeek's and Arkime's own tests, the captures too; each was read with the settings of the test "
        "(checksums, and the ports that the loaded scripts take for a server's).",
    ]
    for title, introduction, lines in sections:
        parts += ["", f"## {title}", "", introduction, "", *lines]
    return "\n".join(parts) + "\n"


def _say(line: str, stream: TextIO = sys.stdout) -> None:
    stream.write(line + "\n")


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.connections", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    parser.add_argument("--only", default="", metavar="TEXT", help="only runs whose name contains this")
    parser.add_argument("--field", default="", metavar="NAME", help="print differences of this field only")
    parser.add_argument("--show", type=int, default=SHOWN, metavar="N", help="differences to print")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Compare, print, write."""
    options = _arguments(arguments)
    corpora = corpora_folder()
    if corpora is None:
        _say(
            "the captures of third parties are not beside this checkout (set NETANATOMY_CORPORA)", sys.stderr
        )
        return 2
    complete = not options.only
    sections = []
    failed = False
    for title, introduction, agreement, fields, listed in (
        ("Zeek", ZEEK_SAYS, zeek_agreement(corpora, options.only), zeek.FIELDS, ZEEK),
        ("Arkime", ARKIME_SAYS, arkime_agreement(corpora, options.only), arkime.FIELDS, ARKIME),
    ):
        outcome = review(agreement.differences, listed, complete)
        unreviewed = [each for each in outcome.unreviewed if options.field in ("", each.field)]
        for line in [*map(str, unreviewed[: options.show]), *outcome.stale]:
            _say(line)
        lines = [*table(agreement, fields, outcome), "", "### Reviewed differences", "", *reasons(listed)]
        _say("\n".join([f"\n{title}", "", *lines[: lines.index("### Reviewed differences")]]))
        sections.append((title, introduction, lines))
        failed = failed or bool(outcome.unreviewed or outcome.stale)
    if complete:
        with tempfile.TemporaryDirectory() as folder:
            compared, wrong = community_ids.differences(corpora, Path(folder))
        for each in wrong:
            _say(str(each))
        line = f"{compared - len(wrong):,} of {compared:,} Community IDs are equal."
        _say(line)
        sections.append(("Community ID", COMMUNITY_SAYS, [line]))
        failed = failed or bool(wrong)
        if options.write:
            PAGE.parent.mkdir(parents=True, exist_ok=True)
            PAGE.write_text(page(sections))
    return 1 if failed else 0


ZEEK_SAYS = (
    "Records of Zeek's test baselines, a field each. `direction` is whether the originator is the same; "
    "where it is not, the other fields are compared with the roles exchanged. Durations may differ by the "
    "last of six decimals. Zeek knows no ports of SCTP. What a baseline masks or leaves out is not compared."
)
ARKIME_SAYS = (
    "Arkime ends and cuts sessions by its own rules, so the sums over each Community ID of a capture are "
    "compared, and the times of its first and last packet. `data` is payload, `resets` segments with RST."
)
COMMUNITY_SAYS = (
    "Every id that the specification's own table, Zeek's tests and Arkime's sessions state: of the "
    "connections in the captures named, and of a packet made from each five-tuple."
)

if __name__ == "__main__":
    sys.exit(main())
