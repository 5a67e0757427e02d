"""Frame Relay: addresses of two to four octets, and three ways of saying what follows."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import IPV4, read


@pytest.mark.parametrize(
    ("octets", "step"),
    [
        (f"18 41 03 cc {IPV4}", Next(Carrier.NAMED, name="ipv4")),
        ("18 41 03 8e 60", Next(Carrier.NAMED, name="ipv6")),
        ("18 41 03 00 80 00 00 00 08 06", Next(Carrier.NAMED, name="snap")),  # RFC 2427 §4.1
        ("18 41 03 83 1b", Next(Carrier.NAMED, name="is-is")),
        ("18 41 03 cf 00 21", Next(Carrier.NAMED, name="ppp")),
        ("18 41 03 08 00", None),
        (f"18 41 08 00 {IPV4}", Next(Carrier.ETHERTYPE, 0x0800)),  # Cisco
        ("18 41 20 00 02", Next(Carrier.NAMED, name="cdp")),
        ("00 01 00 00 75 95", None),  # the line's management, DLCI 0
    ],
)
def test_what_follows(octets: str, step: Next | None) -> None:
    assert read("frame-relay", octets).step == step


@pytest.mark.parametrize(
    ("octets", "identifier"),
    [
        ("18 41 03 cc 45", 100),
        ("04 11 03 cc 45", 17),
        ("04 10 05 03 cc 45", (17 << 6) | 1),
        ("04 10 02 05 03 cc 45", (17 << 7 | 1) << 6 | 1),
    ],
)
def test_address(octets: str, identifier: int) -> None:
    assert read("frame-relay", octets)["DLCI"] == identifier


@pytest.mark.parametrize("octets", ["19 41 03 cc", "18 40 40 40 40 40"])
def test_an_address_that_ends_wrongly(octets: str) -> None:
    with pytest.raises(MalformedError):
        read("frame-relay", octets)


def test_cisco_hdlc_names_what_ethertypes_do_not() -> None:
    assert read("cisco-hdlc", "8f 00 80 35 00").step == Next(Carrier.NAMED, name="slarp")
    assert read("cisco-hdlc", "8f 00 20 00 02").step == Next(Carrier.NAMED, name="cdp")
    osi = read("cisco-hdlc", "0f 00 fe fe 03 83")
    assert (osi.step, osi.position) == (Next(Carrier.NAMED, name="osi"), 5)
