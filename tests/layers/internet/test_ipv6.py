"""IPv6: the fixed header, and each extension header as a header of its own."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.header import PseudoHeader
from netanatomy.layers.protocol import Carrier
from tests.layers.upper import A4, A6, ADDRESS_6, B4, B6, OCTETS, OTHER_6, over_ipv4, over_ipv6, read


def test_columns() -> None:
    reading = read("ipv6", OCTETS["ipv6"])
    assert reading.columns == {
        "ip_version": 6,
        "ip_dscp": 11,
        "ip_ecn": 2,
        "ip_flow_label": 0x12345,
        "ip_total_length": 48,
        "ip_protocol": 17,
        "ip_ttl": 64,
        "ip_source": A6,
        "ip_destination": B6,
    }
    assert reading.step.number == 17
    assert reading.step.end == 48
    assert reading.step.pseudo_header == (A6, B6, 17, 8)


def test_another_version_is_refused() -> None:
    with pytest.raises(MalformedError, match="the version is not 6"):
        read("ipv6", "45" + "00" * 39)


def test_nat64_and_6to4_addresses_are_taken_apart() -> None:
    nat64 = "00 64 ff 9b 00 00 00 00 00 00 00 00 c0 00 02 21"
    reading = read("ipv6", f"60 00 00 00 00 00 3b 40 {ADDRESS_6} {nat64}")
    assert "192.0.2.33" in reading.field("Destination Address").meaning
    assert "nat64" in reading.field("Destination Address").meaning


@pytest.mark.parametrize(("following", "tunnel"), [(4, "4in6"), (41, "6in6"), (137, "mpls-in-ip"), (6, "")])
def test_tunnels(following: int, tunnel: str) -> None:
    reading = read("ipv6", f"60 00 00 00 00 08 {following:02x} 40 {ADDRESS_6} {OTHER_6} {'00 ' * 8}")
    assert reading.step.tunnel == tunnel
    assert read("hop-by-hop", f"{following:02x} 00 01 04 00 00 00 00").step.tunnel == tunnel


def test_the_column_of_the_protocol_belongs_to_the_last_next_header() -> None:
    assert "ip_protocol" not in read("hop-by-hop", "2b 00 01 04 00 00 00 00").columns
    assert read("hop-by-hop", "3a 00 01 04 00 00 00 00").columns == {"ip_protocol": 58}


def test_hop_by_hop_with_router_alert() -> None:
    octets = OCTETS["hop-by-hop"]
    reading = read("hop-by-hop", octets, over_ipv6(octets, 0, 100))
    assert reading.all("Option Type") == [5, 1]
    assert reading.field("Value").meaning == "the packet holds multicast listener discovery"
    assert "else skipped" in reading.field("Option Type").meaning
    assert reading.step.carrier is Carrier.IP_PROTOCOL
    assert reading.step.number == 58
    # What the checksum of ICMPv6 covers is shorter by the header.
    assert reading.step.pseudo_header == (A6, B6, 58, 92)


def test_jumbo_payload() -> None:
    octets = bytes.fromhex("11 00 c2 04 00 01 00 10") + bytes(32)
    reading = read("hop-by-hop", octets, over_ipv6(octets, 0))
    assert reading["Jumbo Payload Length"] == 65552
    assert reading.step.end == len(octets)
    assert reading.step.pseudo_header.length == 65552 - 8


@pytest.mark.parametrize("options", ["05 09 00 00 00 00", "01 05 00 00 00 00", "05 00 c2 02 00 00"])
def test_broken_options_do_not_hide_the_packet_behind(options: str) -> None:
    reading = read("hop-by-hop", f"11 00 {options}")
    assert reading.position == 8
    assert reading.step.number == 17
    assert isinstance(reading.step.fault, MalformedError)


def test_padding_is_counted() -> None:
    assert read("destination-options", "3b 00 00 00 00 00 00 00").all("Option Type") == [0] * 6


def test_a_home_address_stands_for_the_source() -> None:
    octets = OCTETS["destination-options"]
    reading = read("destination-options", octets, PseudoHeader(B6, B6, 60, 80))
    assert reading["Home Address"] == A6
    assert reading.step.pseudo_header == (A6, B6, 59, 80 - 32)


@pytest.mark.parametrize(("kind", "segments", "last"), [(0, 1, "B"), (2, 1, "B"), (0, 0, ""), (9, 1, "")])
def test_the_end_of_a_route_stands_for_the_destination(kind: int, segments: int, last: str) -> None:
    octets = f"06 04 {kind:02x} {segments:02x} 00 00 00 00 {ADDRESS_6} {OTHER_6}"
    reading = read("routing", octets, PseudoHeader(A6, A6, 43, 60))
    assert reading.step.pseudo_header == (A6, B6 if last else A6, 6, 20)


def test_segment_routing() -> None:
    octets = f"11 07 04 01 01 00 00 07 {ADDRESS_6} {OTHER_6} 05 16 80 00 00 00 00 01 {'aa ' * 16}"
    reading = read("routing", octets, over_ipv6(octets, 43, 100))
    assert reading["Last Entry"] == 1
    assert reading["Tag"] == 7
    assert reading["Segment List[0]"] == A6
    assert reading["Segment List[1]"] == B6
    assert reading["HMAC Key ID"] == 1
    assert reading.step.pseudo_header.destination == A6


def test_addresses_of_low_power_routes_are_completed() -> None:
    # RFC 6554 §3: eight octets left out of both addresses, no padding.
    octets = "3a 02 03 02 88 00 00 00 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0b"
    reading = read("routing", octets, over_ipv6(octets, 43))
    told = [field.meaning for field in reading.fields if field.name == "Address"]
    assert told == ["2001:db8::a", "2001:db8::b"]


def test_fragment() -> None:
    reading = read("fragment", OCTETS["fragment"])
    assert reading.columns == {
        "ip_protocol": 17,
        "ip_identification": 0xDEADBEEF,
        "ip_fragment_offset": 0x5A8,
        "ip_more_fragments": 1,
    }
    assert reading.step.fragment


def test_an_atomic_fragment_is_whole() -> None:
    reading = read("fragment", "11 00 00 00 00 00 00 07")
    assert not reading.step.fragment
    assert "ip_fragment_offset" not in reading.columns


def test_no_next_header() -> None:
    assert read("no-next-header", "").step is None
    assert read("no-next-header", "de ad")["Ignored"] == b"\xde\xad"


def test_extension_headers_have_no_place_in_ipv4() -> None:
    octets = OCTETS["hop-by-hop"]
    with pytest.raises(MalformedError, match="no place in IPv4"):
        read("hop-by-hop", octets, over_ipv4(octets, 0))
    assert read("hip", OCTETS["hip"], over_ipv4(OCTETS["hip"], 139)).step is None


def test_a_header_longer_than_the_packet_is_truncated() -> None:
    with pytest.raises(TruncatedError):
        read("hop-by-hop", "11 01 01 04 00 00 00 00")


def test_authentication_header() -> None:
    octets = OCTETS["ah"]
    reading = read("ah", octets, over_ipv4(octets, 51, 100))
    assert reading["Security Parameters Index"] == 0x1001
    assert reading["Sequence Number"] == 5
    assert reading["Integrity Check Value"] == bytes.fromhex("aabbccddeeff001122334455")
    assert reading.step.number == 6
    assert reading.step.pseudo_header == (A4, B4, 6, 76)
    with pytest.raises(MalformedError, match="under 12"):
        read("ah", "06 00" + "00" * 10)


def test_encapsulating_payload_ends_the_walk() -> None:
    reading = read("esp", OCTETS["esp"])
    assert reading.columns == {"ipsec_spi": 0x1002, "ipsec_sequence": 7}
    assert reading["Payload"] == "encrypted"
    assert reading.step is None


def test_mobility_header() -> None:
    binding = read("mobility", OCTETS["mobility"])
    assert binding.field("MH Type").meaning == "binding update"
    assert binding["Sequence #"] == 42
    assert binding["A"] == 1
    assert binding.field("Lifetime").meaning == "64 s"


def test_host_identity() -> None:
    reading = read("hip", OCTETS["hip"])
    assert reading.field("Packet Type").meaning == "I1: initiator"
    assert reading["Sender's Host Identity Tag"] == A6
    assert reading.field("Parameter Type").meaning == "R1_COUNTER"


def test_shim() -> None:
    assert read("shim6", OCTETS["shim6"])["Receiver Context Tag"] == 0x1234
