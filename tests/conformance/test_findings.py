"""No finding of severity medium or above in the captures of others that nobody judged."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.conformance.findings import PAGE, captures, found_in, grave, page, unreviewed
from tests.conformance.findings_reviewed import REVIEWED

VERDICTS = {"true": True, "**false**": False}


def told() -> list[tuple[str, str, str, str, str]]:
    """The rows of the page: capture, severity, finding, verdict, why."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [line.removeprefix("| `").removesuffix(" |").replace("` |", " |", 1) for line in lines]
    return [(a, b, c, d, e) for a, b, c, d, e in (row.split(" | ") for row in rows)]


def test_the_page_says_what_was_judged() -> None:
    """As far as that can be seen without the captures: its reasons, its verdicts, its sums."""
    rows = told()
    for review in REVIEWED:
        mine = [row for row in rows if row[4] == review.why]
        assert mine
        assert {VERDICTS[row[3]] for row in mine} == {review.true}
        assert all(any(fnmatchcase(row[0], f"*{name}") for name in review.captures) for row in mine)
    assert {row[4] for row in rows} == {review.why for review in REVIEWED}
    sums = re.search(
        r", (\d+) findings in (\d+) of them: (\d+) true, (\d+) false", PAGE.read_text(encoding="utf-8")
    )
    assert sums is not None
    counted = Counter(row[3] for row in rows)
    expected = (len(rows), len({row[0] for row in rows}), counted["true"], counted["**false**"])
    assert tuple(map(int, sums.groups())) == expected


def test_the_captures_on_the_page_give_these_findings(corpora: Path) -> None:
    """Only those: a second, where all captures take a minute."""
    rows = told()
    for name in {row[0] for row in rows}:
        found = {(name, one.severity.value, one.title) for one in grave(corpora / name)}
        assert found == {row[:3] for row in rows if row[0] == name}
    assert f"\n{sum(1 for _ in captures(corpora)):,} captures, " in PAGE.read_text(encoding="utf-8")


@pytest.mark.corpora
def test_every_grave_finding_was_judged_by_hand(corpora: Path) -> None:
    found = found_in(corpora)
    assert unreviewed(found) == []
    assert PAGE.read_text(encoding="utf-8") == page(found, sum(1 for _ in captures(corpora)))
