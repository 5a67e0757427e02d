"""Text from traffic must not act on whoever looks at it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.report.escape import MAXIMUM_SHOWN, csv_text, encodable, visible

HOSTILE = {
    "a terminal title": "\x1b]0;owned\x07",
    "colours": "\x1b[31mred",
    "C1 CSI": "\x9b31mred",
    "carriage return": "good\revil",
    "backspaces": "evil\b\b\b\bgood",
    "NUL": "a\0b",
    "DEL": "a\x7fb",
    "right-to-left override": "\u202egpj.exe",
    "isolates": "\u2066a\u2069",
    "zero width": "pay\u200bpal",
    "byte order mark": "\ufeffa",
    "line separator": "a\u2028b",
    "lone surrogate": "a\ud800b\udcff",
    "tags": "\U000e0041",
    "private use": "\ue000",
    "unassigned": "\U0003ffff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_acts_gets_through(text: str) -> None:
    shown = visible(text)
    assert shown != text
    assert all(unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for each in shown)
    shown.encode()


@given(st.text(st.characters(), max_size=200))
def test_any_text_becomes_printable_and_encodable(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert "\x1b" not in shown
    assert all(each.isprintable() or unicodedata.category(each) == "Zs" for each in shown)


@given(st.text(max_size=100), st.text(max_size=100))
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


@pytest.mark.parametrize("text", ["eth0", "Straße", "日本語", "naïve café", "a b", "100 % = 1"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_an_escape_in_the_text_is_told_from_ours() -> None:
    assert visible("\\x1b") == "\\\\x1b"
    assert visible("\x1b") == "\\x1b"


def test_long_text_is_cut_and_says_so() -> None:
    shown = visible("a" * (MAXIMUM_SHOWN + 17))
    assert shown.endswith("(17 more characters)")
    assert len(shown) < MAXIMUM_SHOWN + 40


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "  @x"])
def test_a_cell_never_begins_a_formula(text: str) -> None:
    assert csv_text(text)[0] == "'" or not csv_text(text).lstrip().startswith(("=", "+", "-", "@"))


def test_a_lone_surrogate_can_be_encoded() -> None:
    assert encodable("a\ud800") == "a\\ud800"
