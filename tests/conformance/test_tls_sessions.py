"""No difference in TLS sessions from Zeek, Arkime and tshark that nobody has looked at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netanatomy.decode.kernel import COMPILED
from tests.conformance import tls_sessions
from tests.conformance.records import Agreement, ReviewedRecords, review

SHOWN = 20


def assert_reviewed(agreement: Agreement, listed: tuple[ReviewedRecords, ...]) -> None:
    assert agreement.records > 0
    outcome = review(agreement.differences, listed, complete=True)
    assert not outcome.unreviewed, "\n".join(map(str, outcome.unreviewed[:SHOWN]))
    assert not outcome.stale


@pytest.mark.corpora
def test_no_unreviewed_difference_from_zeek(corpora: Path) -> None:
    agreement = tls_sessions.zeek_agreement(corpora)
    assert_reviewed(agreement, tls_sessions.ZEEK)
    assert agreement.compared["ssl_history"] >= 45


@pytest.mark.corpora
def test_no_unreviewed_difference_from_arkime(corpora: Path) -> None:
    assert_reviewed(tls_sessions.arkime_agreement(corpora), tls_sessions.ARKIME)


@pytest.mark.corpora
def test_no_unreviewed_difference_from_tshark(corpora: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed (Debian: tshark)")
    if not COMPILED:
        pytest.skip("uncompiled, all captures take too long; the other tests read many of them")
    assert_reviewed(tls_sessions.tshark_agreement(corpora), tls_sessions.TSHARK)
