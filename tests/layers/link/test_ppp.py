"""PPP: framed or not, with long and short protocols, and its discovery over Ethernet."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import read


@pytest.mark.parametrize(
    ("octets", "protocol", "position"),
    [
        ("ff 03 00 21 45", 0x21, 4),  # RFC 1662 §3.1
        ("00 21 45", 0x21, 2),
        ("21 45", 0x21, 1),  # protocol field compression, RFC 1661 §6.5
        ("ff 03 57 60", 0x57, 3),
        ("c0 21 01", 0xC021, 2),
    ],
)
def test_protocol(octets: str, protocol: int, position: int) -> None:
    reading = read("ppp", octets)
    assert reading.columns == {"ppp_protocol": protocol}
    assert reading.step == Next(Carrier.PPP, protocol)
    assert reading.position == position


@pytest.mark.parametrize("octets", ["0f 00 08 00", "8f 00 20 00"])
def test_cisco_on_the_same_link_type(octets: str) -> None:
    reading = read("ppp", octets)
    assert reading.step == Next(Carrier.NAMED, name="cisco-hdlc")
    assert reading.position == 0


def test_discovery_tags() -> None:
    # PADI, RFC 2516 appendix B.1: an empty service name; then a host-unique tag.
    reading = read("pppoe", "11 09 00 00 00 0c 01 01 00 00 01 03 00 04 de ad be ef 00 00")
    assert reading.columns == {"pppoe_code": 9, "pppoe_session_id": 0}
    assert reading.all("Tag Type") == [0x0101, 0x0103]
    assert reading.all("Tag Value") == ["", b"\xde\xad\xbe\xef"]
    assert reading.position == 18


def test_a_tag_beyond_the_length_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read("pppoe", "11 09 00 00 00 04 01 01 00 08 00 00 00 00 00 00 00 00")


@pytest.mark.parametrize("protocol", ["lcp", "ipcp", "ipv6cp", "ccp", "pap", "chap", "eap"])
def test_a_length_shorter_than_the_header_is_malformed(protocol: str) -> None:
    with pytest.raises(MalformedError):
        read(protocol, "01 01 00 03 00 00 00 00")


def test_an_option_shorter_than_its_header_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read("lcp", "01 01 00 06 01 01")


def test_echo_has_a_magic_number() -> None:
    assert read("lcp", "09 01 00 08 12 34 56 78")["Magic Number"] == 0x12345678
