"""Alt-Svc: the examples of RFC 7838, and whatever else may stand there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.layers.application.alt_svc import DAY, MAXIMUM_ALTERNATIVES, alternatives
from netanatomy.schema.probe import Alternative


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # RFC 7838 section 3.
        ('h2=":8000"', [Alternative("h2", "", 8000, DAY)]),
        ('h2="new.example.org:80"', [Alternative("h2", "new.example.org", 80, DAY)]),
        (
            'h2="alt.example.com:8000", h2=":443"',
            [Alternative("h2", "alt.example.com", 8000, DAY), Alternative("h2", "", 443, DAY)],
        ),
        ('h2=":443"; ma=3600', [Alternative("h2", "", 443, 3600)]),
        ('h2=":443"; ma=2592000; persist=1', [Alternative("h2", "", 443, 2_592_000, True)]),
        # Section 3: the protocol's octets that are no token are percent-encoded.
        ('w%3Dx%3Ay="[2001:db8::1]:443"', [Alternative("w=x:y", "[2001:db8::1]", 443, DAY)]),
        (r'h3=":4\4\3" ;ma="60"', [Alternative("h3", "", 443, 60)]),
        ("clear", []),
        ('h3=":0", h3=":65536", h3="host", h3=":x", h2=":1"', [Alternative("h2", "", 1, DAY)]),
        ('h3=":443"; ma=99999999999999', [Alternative("h3", "", 443, DAY)]),
        ("h3=:443", []),
    ],
)
def test_what_it_says(value: str, expected: list[Alternative]) -> None:
    assert list(alternatives([value])) == expected


def test_thousands_are_bounded() -> None:
    assert len(alternatives(['h3=":443",' * 5000] * 10)) == MAXIMUM_ALTERNATIVES


@given(st.text(alphabet='h3=":;, \\ma%0\x1b"', max_size=200) | st.text(max_size=200))
def test_anything_is_read(value: str) -> None:
    for each in alternatives([value]):
        assert 0 < each.port < 65_536 and each.seconds >= 0
