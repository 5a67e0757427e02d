"""No difference from tshark that nobody has looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.decode.kernel import COMPILED
from tests.conformance.reviewed import EXCEPTIONS, UNREAD, review
from tests.conformance.run import captures, run
from tests.conformance.tshark import version

pytestmark = pytest.mark.corpora

SAMPLE = "corelight+"
"""Captures that the uncompiled kernels are held against; all would take them too long."""

SHOWN = 20


def test_no_unreviewed_difference(corpora: Path) -> None:
    if version() is None:
        pytest.skip("tshark is not installed")
    outcomes = run(corpora, "" if COMPILED else SAMPLE)
    reviewed = review(outcomes, complete=COMPILED)
    shown = [f"{outcome.capture}: {difference}" for outcome, difference in reviewed.unreviewed[:SHOWN]]
    assert not reviewed.unreviewed, "\n".join(shown)
    assert not reviewed.stale
    assert sum(outcome.compared.total() for outcome in outcomes) > 0
    unread = [outcome.capture for outcome in outcomes if outcome.unread]
    assert all(any(name.endswith(known) for known in UNREAD) for name in unread), unread


def test_the_reviewed_list_names_captures(corpora: Path) -> None:
    names = captures(corpora)
    for exception in EXCEPTIONS:
        for pattern in exception.captures:
            assert any(exception.matches(name) for name in names), pattern
