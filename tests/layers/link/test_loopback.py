"""BSD's loopback: both byte orders, and the families that the systems do not agree upon."""

from __future__ import annotations

import pytest

from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import read


@pytest.mark.parametrize("family", [10, 23, 24, 28, 30])
@pytest.mark.parametrize("order", ["little", "big"])
def test_ipv6_by_every_system(family: int, order: str) -> None:
    octets = family.to_bytes(4, "little" if order == "little" else "big")
    reading = read("loopback", octets)
    assert reading.columns == {"loopback_family": family}
    assert reading.step == Next(Carrier.NAMED, name="ipv6")


@pytest.mark.parametrize("octets", ["02 00 00 00", "00 00 00 02"])
def test_ipv4(octets: str) -> None:
    assert read("loopback", octets).step == Next(Carrier.NAMED, name="ipv4")


def test_an_ethertype_in_place_of_a_family() -> None:
    assert read("loopback", "00 00 86 dd").step == Next(Carrier.ETHERTYPE, 0x86DD)


def test_unknown_family() -> None:
    assert read("loopback", "07 00 00 00").step is None
