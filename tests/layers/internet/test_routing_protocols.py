"""What routers say to each other: OSPF, PIM, VRRP and CARP, RSVP, EIGRP."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from tests.layers.upper import IPV4, OCTETS, checksummed, over_ipv4, over_ipv6, read


def test_hello_of_ospf_version_2() -> None:
    reading = read("ospf", checksummed(OCTETS["ospf"], 12))
    assert reading.columns == {
        "ospf_version": 2,
        "ospf_type": 1,
        "ospf_router_id": 0xC0000201,
        "ospf_area": 0,
    }
    assert reading["Checksum status"] == "good"
    assert reading["HelloInterval"] == 10
    assert reading["Designated Router"] == bytes([192, 0, 2, 1])
    assert reading["Neighbor"] == bytes([192, 0, 2, 2])


def test_hello_of_ospf_version_3() -> None:
    octets = (
        "03 01 00 24 c0 00 02 01 00 00 00 01 00 00 00 00 00 00 00 05 01 00 00 13 00 0a 00 28"
        "c0 00 02 01 00 00 00 00"
    )
    right = checksummed(octets, 12, over_ipv6(octets, 89))
    reading = read("ospf", right, over_ipv6(octets, 89))
    assert reading["Checksum status"] == "good"
    assert reading["Interface ID"] == 5
    assert reading["V6"] == 1
    assert reading["RouterDeadInterval"] == 40
    assert reading.field("Designated Router ID").meaning == "192.0.2.1"


def test_cryptographic_authentication_takes_the_place_of_the_checksum() -> None:
    octets = "02 05 00 18 c0 00 02 01 00 00 00 00 00 00 00 02 00 00 01 10 00 00 00 2a" + "aa" * 16
    reading = read("ospf", octets)
    assert reading["Key ID"] == 1
    assert reading["Cryptographic sequence number"] == 42
    assert reading.position == 24


def test_link_state_updates() -> None:
    state = "00 01 02 01 c0 00 02 01 c0 00 02 01 80 00 00 01 12 34 00 18 00 00 00 00"
    length = 24 + 4 + 24
    octets = f"02 04 00 {length:02x} c0 00 02 01 00 00 00 00 {'00 ' * 12} 00 00 00 01 {state}"
    reading = read("ospf", octets)
    assert reading.field("LS type").meaning == "router"
    assert reading["LSA body"] == bytes(4)


@pytest.mark.parametrize(
    ("octets", "error"),
    [("04 01 00 18" + "00" * 20, MalformedError), ("02 01 00 10" + "00" * 20, MalformedError)],
)
def test_broken_ospf(octets: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read("ospf", octets)


def test_hello_of_pim() -> None:
    reading = read("pim", checksummed(OCTETS["pim"], 2))
    assert reading.columns == {"pim_version": 2, "pim_type": 0}
    assert reading["Checksum status"] == "good"
    assert reading["Holdtime"] == 105
    assert reading["DR Priority"] == 1
    assert reading["Generation ID"] == 0x12345678


def test_a_register_carries_a_packet() -> None:
    octets = checksummed("21 00 00 00 00 00 00 00", 2) + bytes.fromhex(IPV4)
    reading = read("pim", octets)
    assert reading["Checksum status"] == "good"
    assert (reading.step.name, reading.step.tunnel) == ("ipv4", "pim-register")
    null = read("pim", checksummed("21 00 00 00 40 00 00 00", 2) + bytes.fromhex(IPV4))
    assert null.step.quoted
    assert null.step.tunnel == ""


def test_join() -> None:
    octets = (
        "23 00 00 00 01 00 c0 00 02 01 00 01 00 d2 01 00 00 20 ef 01 02 03 00 01 00 0001 00 07 20 c0 00 02 07"
    )
    reading = read("pim", checksummed(octets, 2))
    assert reading["Upstream Neighbor Address"] == bytes([192, 0, 2, 1])
    assert reading["Group multicast Address"] == bytes([239, 1, 2, 3])
    assert reading["Joined Source Address"] == bytes([192, 0, 2, 7])
    assert (reading["S"], reading["W"], reading["R"]) == (1, 1, 1)


def test_pim_over_ipv6_covers_a_pseudo_header() -> None:
    octets = "20 00 00 00 00 01 00 02 00 69"
    right = checksummed(octets, 2, over_ipv6(octets, 103))
    assert read("pim", right, over_ipv6(octets, 103))["Checksum status"] == "good"


def test_vrrp_version_3() -> None:
    octets = OCTETS["vrrp"]
    for right in (checksummed(octets, 6), checksummed(octets, 6, over_ipv4(octets, 112))):
        reading = read("vrrp", right, over_ipv4(octets, 112))
        assert reading.columns == {"vrrp_version": 3, "vrrp_virtual_router": 7, "vrrp_priority": 100}
        assert reading["Checksum status"] == "good"
        assert reading.field("Max Advertise Interval").meaning == "1 s"
        assert reading["IP Address"] == bytes([192, 0, 2, 254])


def test_vrrp_version_2() -> None:
    octets = "21 01 ff 01 00 01 00 00 c0 00 02 fe 00 00 00 00 00 00 00 00"
    reading = read("vrrp", checksummed(octets, 6), over_ipv4(octets, 112))
    assert reading["Checksum status"] == "good"
    assert reading.field("Priority").meaning == "owns the addresses"
    assert reading["Authentication Data"] == bytes(8)


def test_carp_looks_like_vrrp() -> None:
    octets = "21 01 00 07 00 01 00 00" + "11" * 28
    reading = read("vrrp", checksummed(octets, 6))
    assert reading["Protocol"] == "CARP"
    assert reading.columns == {}
    assert reading["Checksum status"] == "good"


def test_reservations() -> None:
    reading = read("rsvp", "10 01 00 00 40 00 00 14 00 0c 01 01 c0 00 02 01 11 00 16 2e")
    assert reading.field("Msg Type").meaning == "path"
    assert reading.field("Class-Num").meaning == "session"
    with pytest.raises(TruncatedError):
        read("rsvp", "10 01 00 00 40 00 00 14")


def test_eigrp() -> None:
    octets = "02 05 00 00" + "00" * 14 + "00 64" + "00 01 00 0c 01 00 01 00 00 00 00 0f"
    reading = read("eigrp", checksummed(octets, 2))
    assert reading["Checksum status"] == "good"
    assert reading.field("Opcode").meaning == "hello"
    assert reading.field("TLV Type").meaning == "parameter"
