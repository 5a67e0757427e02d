"""No finding of severity medium or above in the captures of others that nobody judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.findings import PAGE, captures, found_in, page, unreviewed


@pytest.mark.corpora
def test_every_grave_finding_was_judged_by_hand(corpora: Path) -> None:
    found = found_in(corpora)
    assert unreviewed(found) == []
    assert PAGE.read_text(encoding="utf-8") == page(found, sum(1 for _ in captures(corpora)))
