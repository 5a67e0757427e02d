from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.report.units import duration, share, time, volume


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (99_940, "99.9 kB"),
        (999_400, "999 kB"),
        (999_999, "1.00 MB"),
        (10**15, "1.00 PB"),
        (10**19, "10000 PB"),
    ],
)
def test_volumes(octets: int, text: str) -> None:
    assert volume(octets) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_times_keep_every_nanosecond(nanoseconds: int) -> None:
    text = time(nanoseconds)
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.fromisoformat(f"{text[:19]}+00:00")
    assert (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == seconds
    assert text[19:] == f".{rest:09d}Z"


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 s"),
        (1_500, "1.500 µs"),
        (2 * 10**9, "2.000 s"),
        (3600 * 10**9, "1 h 0 min"),
        (86_400 * 10**9, "1 d 0 h"),
    ],
)
def test_durations(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_a_share_of_nothing() -> None:
    assert share(0, 0) == "0 %"
