"""NFLOG: both byte orders, and type-length-values that lie."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import IPV4, IPV6, read


def test_big_endian_machine() -> None:
    reading = read("nflog", f"02 00 00 01 00 08 00 02 00 00 00 2a 00 20 00 09 {IPV4}")
    assert reading["Mark"] == 42
    assert reading.step == Next(Carrier.NAMED, name="ipv4", end=44)


def test_ipv6() -> None:
    assert read("nflog", f"0a 00 00 00 34 00 09 00 {IPV6}").step == Next(Carrier.NAMED, name="ipv6", end=56)


def test_another_family_is_left_alone() -> None:
    assert read("nflog", f"07 00 00 00 20 00 09 00 {IPV4}").step is None


def test_a_length_below_its_own_header() -> None:
    with pytest.raises(MalformedError):
        read("nflog", "02 00 00 00 03 00 0a 00")


def test_no_payload() -> None:
    assert read("nflog", "02 00 00 00 05 00 0a 00 41 00 00 00").step is None
