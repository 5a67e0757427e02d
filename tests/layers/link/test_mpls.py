"""MPLS: the bottom of the stack, and the guess of what follows."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import IPV4, IPV6, read

BOTTOM = "00 01 01 40"
ETHERNET = "02 00 00 00 00 0a 02 00 00 00 00 0b 08 00"
TUNNEL = Next(Carrier.NAMED, name="ethernet", tunnel="ethernet-over-mpls")


def test_columns_are_the_top_of_the_stack() -> None:
    columns = read("mpls", f"00 06 4e ff 00 02 13 40 {IPV4}").columns
    assert columns == {"mpls_label": 100, "mpls_traffic_class": 7, "mpls_ttl": 255, "mpls_count": 2}


@pytest.mark.parametrize(
    ("payload", "step"),
    [
        (IPV4, Next(Carrier.NAMED, name="ipv4")),
        (IPV6, Next(Carrier.NAMED, name="ipv6")),
        (f"00 00 00 07 {ETHERNET}", TUNNEL),  # control word, RFC 4448 §4.6
        (ETHERNET, TUNNEL),  # an address that begins with zero is no control word
        (f"f2 {ETHERNET[3:]}", TUNNEL),
        ("10 00 00 07 20 40 03 18", None),  # associated channel with BFD, RFC 5885
        (f"10 00 00 21 {IPV4}", Next(Carrier.NAMED, name="ipv4")),  # RFC 4385 §6
        (f"10 00 00 57 {IPV6}", Next(Carrier.NAMED, name="ipv6")),
        ("", None),
        ("ff ff", None),
    ],
)
def test_what_follows(payload: str, step: Next | None) -> None:
    assert read("mpls", f"{BOTTOM} {payload}").step == step


def test_control_word_is_read() -> None:
    reading = read("mpls", f"{BOTTOM} 00 00 00 07 {ETHERNET}")
    assert reading["Sequence Number"] == 7
    assert reading.position == 8


def test_a_stack_without_a_bottom_ends() -> None:
    with pytest.raises(MalformedError, match="no bottom"):
        read("mpls", "00 01 00 40" * 100)
