"""Every header of the link layer, whole and cut off after every octet."""

from __future__ import annotations

import pytest

from netanatomy.errors import ParseError, TruncatedError
from netanatomy.layers.protocol import Layer, registry
from tests.layers.link.reading import OCTETS, read

NAMED_ONLY = frozenset(
    {
        "aarp",
        "appletalk",
        "decnet",
        "fcoe",
        "geonetworking",
        "goose",
        "homeplug",
        "ipx",
        "lltd",
        "mvrp",
        "netbeui",
        "roce",
        "sampled-values",
        "tipc",
    }
)
"""Protocols of which nothing but the name is known here."""


def test_every_protocol_of_the_layer_has_octets() -> None:
    protocols = {name for name, protocol in registry().by_name.items() if protocol.layer is Layer.LINK}
    assert protocols == OCTETS.keys() | NAMED_ONLY


@pytest.mark.parametrize("protocol", OCTETS)
def test_a_whole_header_is_read(protocol: str) -> None:
    octets = bytes.fromhex(OCTETS[protocol])
    reading = read(protocol, octets)
    assert reading.position <= len(octets)
    taken = [field for field in reading.fields if not field.note]
    ends = [field.bit_offset + field.bit_length for field in taken]
    assert max(ends, default=0) <= reading.position * 8


@pytest.mark.parametrize("protocol", OCTETS)
def test_fields_cover_the_header_without_gaps(protocol: str) -> None:
    reading = read(protocol, OCTETS[protocol])
    covered = {
        bit
        for field in reading.fields
        for bit in range(field.bit_offset, field.bit_offset + field.bit_length)
    }
    assert covered == set(range(reading.position * 8))


@pytest.mark.parametrize("protocol", OCTETS)
def test_every_truncation_is_told(protocol: str) -> None:
    octets = bytes.fromhex(OCTETS[protocol])
    whole = read(protocol, octets)
    for length in range(len(octets)):
        try:
            cut = read(protocol, octets[:length])
        except ParseError as error:
            assert isinstance(error, TruncatedError)
            assert error.layer == protocol
            assert error.needed > error.available >= 0
            assert error.offset <= length
        else:
            # What can be read of less is what was read of all, but for a last field that takes the rest.
            taken = [(field.name, field.value) for field in cut.fields if not field.note]
            every = [(field.name, field.value) for field in whole.fields if not field.note]
            assert taken[:-1] == every[: max(0, len(taken) - 1)]
