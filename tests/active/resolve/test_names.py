from __future__ import annotations

import dns.name
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve.names import (
    SIMPLE,
    absolute,
    candidates,
    name_octets,
    parse_name,
    reverse_name,
    simple_name,
)
from netanatomy.errors import UsageError


@pytest.mark.parametrize(
    ("given_name", "ascii_form", "unicode_form"),
    [
        ("Bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("faß.de", "xn--fa-hia.de", "faß.de"),  # RFC 5894 section 7.2: ß stays itself in IDNA 2008
        ("例え.テスト", "xn--r8jz45g.xn--zckzah", "例え.テスト"),
        ("example。org", "example.org", "example.org"),  # UTS 46: the ideographic full stop is a dot
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
        ("_dmarc.example.org.", "_dmarc.example.org.", "_dmarc.example.org."),
        (".", ".", "."),
    ],
)
def test_both_forms(given_name: str, ascii_form: str, unicode_form: str) -> None:
    name = parse_name(given_name)
    assert (name.ascii, name.unicode, name.notes) == (ascii_form, unicode_form, ())


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("аррӏе.com", "аррӏе is written in CYRILLIC: it looks like apple"),
        ("xn--80ak6aa92e.com", "it looks like apple"),
        ("gооgle.com", "gооgle mixes letters of CYRILLIC and LATIN: it looks like google"),
        ("xn--a.com", "no valid IDNA label"),
    ],
)
def test_look_alikes(name: str, note: str) -> None:
    assert any(note in found for found in parse_name(name).notes)


@pytest.mark.parametrize("name", ["日本語テスト.jp", "straße.de", "café.fr", "москва.рф", "ελληνικά.gr"])
def test_ordinary_words_give_no_alarm(name: str) -> None:
    assert parse_name(name).notes == ()


@pytest.mark.parametrize(
    "name", ["", " ", "a..b", "a" * 64, f"{'a.' * 127}aa", "ab\u202ec.example", "\ud800.x"]
)
def test_no_names(name: str) -> None:
    with pytest.raises(UsageError):
        parse_name(name)


@given(st.text(max_size=70))
def test_any_text_is_a_name_or_a_clear_error(text: str) -> None:
    try:
        name = parse_name(text)
    except UsageError:
        return
    assert name.ascii.isascii()
    assert name_octets(name.ascii) == dns.name.from_text(name.ascii).to_wire()
    assert absolute(name.ascii) == dns.name.from_text(name.ascii).to_text()


@given(st.from_regex(r"(?:[A-Za-z0-9_-]{1,63}\.){0,6}[A-Za-z0-9_-]{1,63}\.?", fullmatch=True))
def test_simple_names_are_written_as_dnspython_writes_them(text: str) -> None:
    try:
        expected = dns.name.from_text(text)
    except dns.exception.DNSException:
        with pytest.raises(UsageError):
            parse_name(text)
        return
    assert name_octets(text) == expected.to_wire()
    assert absolute(text) == expected.to_text()


@given(
    st.one_of(
        st.text(max_size=20),
        st.text(alphabet="ab-_.XNxn0\n é", max_size=12),
        st.from_regex(r"(?:[A-Za-z0-9_-]{0,64}\.){0,6}[A-Za-z0-9_-]{0,64}\.?", fullmatch=True),
        st.builds("{}{}{}".format, st.just("a." * 125), st.text(alphabet="ab.", max_size=6), st.just("")),
    )
)
def test_the_short_way_is_the_long_one(text: str) -> None:
    short = simple_name(text)
    assert (short is not None) is bool(SIMPLE.fullmatch(text.strip()))
    if short is not None:
        name = parse_name(text)
        full = absolute(name.ascii)
        assert short == (name, full, name_octets(full))


def test_idna_is_the_one_of_2008() -> None:
    assert parse_name("faß.de").ascii == idna.encode("faß.de", uts46=True).decode()
    assert parse_name("faß.de").ascii != "fass.de"


def test_reverse_names() -> None:
    assert reverse_name("192.0.2.1") == "1.2.0.192.in-addr.arpa."
    assert reverse_name("2001:db8::1").endswith("8.b.d.0.1.0.0.2.ip6.arpa.")
    with pytest.raises(UsageError, match="--reverse"):
        reverse_name("example.org")


def test_search_lists() -> None:
    assert candidates("www.", ["a"], 1) == ("www.",)
    assert candidates("www", ["a.", "."], 1) == ("www.a.", "www.", "www.")
    assert candidates("a.b", ["x"], 3) == ("a.b.x.", "a.b.")
