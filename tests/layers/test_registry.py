"""Every protocol there is, against octets that nobody has made with it in mind."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy import layers
from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol, registry
from netanatomy.schema.packets import COLUMNS, TUNNELS
from tests.layers.link.reading import OCTETS as LINK_OCTETS
from tests.layers.upper import OCTETS as UPPER_OCTETS

PROTOCOLS = registry().by_name
OCTETS = {
    name: bytes.fromhex(text) for name, text in {**LINK_OCTETS, **UPPER_OCTETS}.items() if name in PROTOCOLS
}
COLUMN_NAMES = frozenset(column.name for column in COLUMNS)

FIELDS_BESIDE_BITS = 24
"""Notes and the like that a reading may have beside a field for every bit."""


def test_no_file_that_declares_a_protocol_is_left_out() -> None:
    declared = {
        protocol.name
        for layer in Layer
        for module in pkgutil.iter_modules([str(Path(layers.__path__[0], layer.value))])
        if isinstance(
            protocol := getattr(
                importlib.import_module(f"netanatomy.layers.{layer.value}.{module.name}"), "PROTOCOL", None
            ),
            Protocol,
        )
    }
    assert declared == set(PROTOCOLS)


pseudo_headers = st.one_of(
    st.none(),
    *(
        st.builds(
            PseudoHeader,
            st.binary(min_size=size, max_size=size),
            st.binary(min_size=size, max_size=size),
            st.integers(0, 255),
            st.integers(0, 2**17),
        )
        for size in (4, 16)
    ),
)


@st.composite
def disturbed(draw: st.DrawFn, octets: bytes) -> bytes:
    """A right header with some octets changed, taken away or put in."""
    at = draw(st.integers(0, len(octets)))
    taken = draw(st.integers(0, 4))
    return octets[:at] + draw(st.binary(max_size=4)) + octets[at + taken :] + draw(st.binary(max_size=24))


def check(
    protocol: Protocol, octets: bytes, start: int, end: int, pseudo_header: PseudoHeader | None
) -> None:
    """Parsing ends, with fields inside the grant and a step that leads somewhere, or a typed error."""
    reader = HeaderReader(octets, start, end, protocol.name, pseudo_header)
    step: Next | None = None
    try:
        step = protocol.parse(reader)
    except ParseError as error:
        assert error.layer == protocol.name
        assert start <= error.offset <= max(start, len(octets)) + 1
    limit = max(start, min(end, len(octets)))
    assert start <= reader.position <= limit
    for field in reader.fields:
        assert start * 8 <= field.bit_offset
        assert field.bit_offset + field.bit_length <= limit * 8
        assert field.column == "" or field.column in COLUMN_NAMES
        assert isinstance(field.shown, str)
        assert isinstance(field.meaning, str)
    assert len(reader.fields) <= FIELDS_BESIDE_BITS + 9 * (limit - start)
    if step is not None:
        assert step.tunnel in TUNNELS
        assert step.end is None or step.end <= limit
        assert step.carrier is not Carrier.NAMED or step.name in PROTOCOLS
        assert step.carrier is Carrier.NAMED or step.number >= 0


@pytest.mark.parametrize("name", PROTOCOLS)
@given(octets=st.binary(max_size=160), skipped=st.integers(0, 8), pseudo_header=pseudo_headers)
@settings(max_examples=25, deadline=None)
def test_random_octets(name: str, octets: bytes, skipped: int, pseudo_header: PseudoHeader | None) -> None:
    start = min(skipped, len(octets))
    check(PROTOCOLS[name], octets, start, len(octets), pseudo_header)


@pytest.mark.parametrize("name", OCTETS)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_disturbed_headers(name: str, data: st.DataObject) -> None:
    octets = data.draw(disturbed(OCTETS[name]))
    check(PROTOCOLS[name], octets, 0, len(octets), data.draw(pseudo_headers))


@pytest.mark.parametrize("name", OCTETS)
def test_every_truncation(name: str) -> None:
    octets = OCTETS[name]
    for length in range(len(octets) + 1):
        check(PROTOCOLS[name], octets[:length], 0, length, None)
        # The same where the enclosing header, not the buffer, ends it.
        check(PROTOCOLS[name], octets, 0, length, None)


@pytest.mark.parametrize("name", PROTOCOLS)
@given(octets=st.binary(max_size=80))
@settings(max_examples=10, deadline=None)
def test_fits_answers_whatever_the_octets(name: str, octets: bytes) -> None:
    fits = PROTOCOLS[name].fits
    assert fits is None or fits(octets) in (True, False)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_says_what_it_is(name: str) -> None:
    protocol = PROTOCOLS[name]
    assert protocol.name == name.lower()
    assert " " not in name
    assert ":" not in name
    assert "_" not in name
    assert protocol.title
    assert protocol.reference


def test_numbers_lead_where_they_are_declared() -> None:
    for name, protocol in PROTOCOLS.items():
        for carried in protocol.carried_by:
            assert registry().carried(carried.carrier, carried.number).name == name


def test_what_is_read_of_a_declaration_is_what_its_file_makes() -> None:
    for name, declared in registry().names.items():
        made = importlib.import_module(declared.module).PROTOCOL
        assert (declared.name, declared.carried_by, declared.listed) == (
            made.name,
            made.carried_by,
            made.listed,
        )
        assert declared.protocol is made
        assert name == made.name
    assert registry().carriers.keys() == registry().by_carrier.keys()


def test_nearly_no_file_is_imported_to_know_the_protocols() -> None:
    code = (
        "import sys; from netanatomy.layers.protocol import registry; known = registry().names.values();"
        "print(len(known), sum(one.module in sys.modules for one in known))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    known, imported = map(int, found.stdout.split())
    assert imported * 10 < known


def test_an_unknown_first_number_leaves_the_second_a_chance() -> None:
    assert registry().follow(Next(Carrier.UDP_PORT, 40_000)) is None
    found = registry().follow(Next(Carrier.UDP_PORT, 40_000, alternative=4789))
    assert found is registry().by_carrier[Carried(Carrier.UDP_PORT, 4789)]
