"""SNAP: who defines the protocol identifier decides what it means."""

from __future__ import annotations

import pytest

from netanatomy.layers.protocol import Carrier, Next, registry
from tests.layers.link.reading import read


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        ("00 00 00 08 06", "arp"),
        ("00 00 f8 08 00", "ipv4"),
        ("00 00 0c 20 00", "cdp"),
        ("00 00 0c 20 03", "vtp"),
        ("00 00 0c 20 04", "dtp"),
        ("00 00 0c 01 11", "udld"),
        ("00 00 0c 01 0b", "stp"),
        ("00 80 c2 00 0e", "stp"),
        ("00 80 c2 00 07", "ethernet"),
    ],
)
def test_protocols(octets: str, name: str) -> None:
    step = read("snap", octets).step
    assert step is not None
    following = registry().follow(step)
    assert following is not None
    assert following.name == name


def test_bridged_frame_check_sequence_is_no_payload() -> None:
    assert read("snap", "00 80 c2 00 01" + "00" * 20).step == Next(Carrier.NAMED, name="ethernet", end=21)


def test_ethernet_is_not_bridged_over_ethernet() -> None:
    assert read("snap", "00 80 c2 00 07" + "00" * 20, preceding=("ethernet", "llc")).step is None


def test_unknown_organisation() -> None:
    step = read("snap", "12 34 56 08 00").step
    assert step == Next(Carrier.SNAP, 0x123456_0800)
    assert registry().follow(step) is None
