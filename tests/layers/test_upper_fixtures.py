"""Every header above the link layer, whole and cut off after every octet."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, ParseError, TruncatedError
from netanatomy.layers.protocol import Layer, registry
from tests.layers.upper import OCTETS, over_ipv4, over_ipv6, read

ABOVE_THE_LINK = (Layer.INTERNET, Layer.TRANSPORT)

ONLY_IN_IPV6 = frozenset({"hop-by-hop", "destination-options", "routing", "fragment"})

BY_CONTENT = frozenset({"udp", "teredo", "igmp", "icmpv6", "vrrp", "l2tpv3", "esp-in-udp", "erspan3", "pim"})
"""Headers whose reading of less is another reading: length or content decides what they are."""


def test_every_protocol_has_octets() -> None:
    protocols = {name for name, one in registry().by_name.items() if one.layer in ABOVE_THE_LINK}
    assert protocols <= OCTETS.keys()


@pytest.mark.parametrize("protocol", OCTETS)
def test_a_whole_header_is_read(protocol: str) -> None:
    octets = bytes.fromhex(OCTETS[protocol])
    pseudo_headers = [None]
    if protocol not in ONLY_IN_IPV6:
        pseudo_headers.append(over_ipv4(octets, 0))
    if protocol != "vrrp":  # how long its addresses are is what IP it runs over
        pseudo_headers.append(over_ipv6(octets, 0))
    for pseudo_header in pseudo_headers:
        reading = read(protocol, octets, pseudo_header)
        assert reading.position <= len(octets)
        assert reading.fields


@pytest.mark.parametrize("protocol", OCTETS)
def test_fields_cover_the_header_without_gaps(protocol: str) -> None:
    reading = read(protocol, OCTETS[protocol])
    covered = [
        bit
        for field in reading.fields
        for bit in range(field.bit_offset, field.bit_offset + field.bit_length)
    ]
    assert sorted(covered) == list(range(reading.position * 8))


@pytest.mark.parametrize("protocol", OCTETS)
def test_every_truncation_is_told(protocol: str) -> None:
    octets = bytes.fromhex(OCTETS[protocol])
    whole = read(protocol, octets)
    every = [(field.name, field.value) for field in whole.fields if not field.note]
    for length in range(len(octets)):
        try:
            cut = read(protocol, octets[:length])
        except TruncatedError as error:
            assert error.layer == protocol
            assert error.needed > error.available >= 0
            assert error.offset <= length
        except MalformedError as error:
            # A length inside the header promises more than the length around it grants.
            assert error.layer == protocol
            assert error.offset <= length
        else:
            taken = [(field.name, field.value) for field in cut.fields if not field.note]
            if protocol not in BY_CONTENT:
                # What is read of less is what was read of all, but for a last field that takes the rest.
                assert taken[:-1] == every[: max(0, len(taken) - 1)]


@pytest.mark.parametrize("protocol", [name for name, one in registry().by_name.items() if one.fits])
def test_what_fits_is_read(protocol: str) -> None:
    octets = bytes.fromhex(OCTETS[protocol])
    fits = registry().by_name[protocol].fits
    assert fits is not None
    assert fits(octets)
    assert not fits(b"")
    for length in range(len(octets)):
        if fits(octets[:length]):
            try:
                read(protocol, octets[:length])
            except ParseError as error:
                assert error.offset > 0
