"""What the packet table says of ICMP, ICMPv6 and their likes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from tests.decode.agreement import Row, decoded
from tests.decode.test_carried import in_ipv4, in_ipv6, in_udp
from tests.layers.upper import A4, A6, B4, B6, GROUP, GROUP_6, IPV4, OCTETS, OTHER_6, checksummed, over_ipv6


def mapped(address: str | bytes) -> bytes:
    return IPv6Address(f"::ffff:{IPv4Address(address)}").packed


def icmp(octets: str | bytes) -> Row:
    return decoded([in_ipv4(1, checksummed(octets, 2))])[0][0]


def icmpv6(octets: str | bytes) -> Row:
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return decoded([in_ipv6(58, checksummed(octets, 2, over_ipv6(octets, 58)))])[0][0]


def test_echo() -> None:
    row = icmp("08 00 00 00 00 07 00 09 61 62")
    assert (row["icmp_type"], row["icmp_code"], row["icmp_checksum_status"]) == (8, 0, "good")
    assert (row["icmp_identifier"], row["icmp_sequence"]) == (7, 9)
    assert row["payload_length"] == 2
    assert row["quoted_source"] is None


def test_an_error_and_what_it_quotes() -> None:
    quoted = in_ipv4(17, in_udp(53, b"question")).octets
    row = icmp(bytes.fromhex("03 03 00 00 00 00 00 00") + quoted)
    assert row["quoted_source"] == mapped(A4)
    assert row["quoted_destination"] == mapped(B4)
    assert row["quoted_protocol"] == 17
    assert (row["quoted_source_port"], row["quoted_destination_port"]) == (50_000, 53)
    assert row["protocols"] == "ipv4:icmp"
    assert row["source_port"] is None


def test_ports_are_quoted_of_a_first_fragment_only() -> None:
    quoted = bytearray(in_ipv4(17, in_udp(53, b"question")).octets)
    quoted[7] = 5
    row = icmp(bytes.fromhex("0b 01 00 00 00 00 00 00") + quoted)
    assert row["quoted_protocol"] == 17
    assert row["quoted_source_port"] is None


def test_a_short_quotation_is_left_out() -> None:
    row = icmp(bytes.fromhex("0b 01 00 00 00 00 00 00") + bytes.fromhex(IPV4)[:19])
    assert row["icmp_type"] == 11
    assert row["quoted_source"] is None


@pytest.mark.parametrize(
    ("octets", "column", "value"),
    [
        ("03 04 00 00 00 00 05 dc", "icmp_mtu", 1500),
        ("0c 00 00 00 14 00 00 00", "icmp_pointer", 20),
        ("05 00 00 00 c0 00 02 63", "icmp_gateway", mapped("192.0.2.99")),
        ("0d 00 00 00 00 07 00 09" + "00" * 12, "icmp_sequence", 9),
        ("11 00 00 00 00 07 00 09" + "00" * 4, "icmp_identifier", 7),
    ],
)
def test_what_a_type_says(octets: str, column: str, value: object) -> None:
    assert icmp(octets)[column] == value


def test_the_quoted_chain_is_walked() -> None:
    inner = in_ipv6(
        0, bytes.fromhex("3c 00 01 04 00 00 00 00 11 00 01 04 00 00 00 00") + in_udp(53, b"")
    ).octets
    row = icmpv6(bytes.fromhex("01 04 00 00 00 00 00 00") + inner)
    assert (row["quoted_source"], row["quoted_destination"]) == (A6, B6)
    assert row["quoted_protocol"] == 17
    assert row["quoted_destination_port"] == 53
    assert row["ip_extension_headers"] is None


def test_too_big_and_problem() -> None:
    inner = in_ipv6(59, b"").octets
    assert icmpv6(bytes.fromhex("02 00 00 00 00 00 05 00") + inner)["icmp_mtu"] == 1280
    assert icmpv6(bytes.fromhex("04 00 00 00 00 00 00 28") + inner)["icmp_pointer"] == 40


def test_router_advertisement() -> None:
    row = icmpv6(OCTETS["icmpv6"])
    assert row["icmp_checksum_status"] == "good"
    expected = {
        "ra_hop_limit": 64,
        "ra_flags": 0xC8,
        "ra_router_lifetime": 1800,
        "ra_reachable_time": 30000,
        "ra_retransmit_time": 1000,
        "ra_prefix": A6[:8] + bytes(8),
        "ra_prefix_length": 64,
        "ra_prefix_flags": 0xC0,
        "ra_valid_lifetime": 2592000,
        "ra_preferred_lifetime": 604800,
        "ra_prefix_count": 1,
        "ra_mtu": 1500,
        "nd_source_link_address": bytes.fromhex("02000000000a"),
        "stop_reason": None,
    }
    assert {name: row[name] for name in expected} == expected


def test_neighbours() -> None:
    asked = icmpv6(f"87 00 00 00 00 00 00 00 {OTHER_6} 01 01 02 00 00 00 00 0a")
    assert (asked["nd_target"], asked["nd_flags"]) == (B6, None)
    assert asked["nd_source_link_address"] == bytes.fromhex("02000000000a")
    answered = icmpv6(f"88 00 00 00 60 00 00 00 {OTHER_6} 02 01 02 00 00 00 00 0b")
    assert (answered["nd_target"], answered["nd_flags"]) == (B6, 3)
    assert answered["nd_target_link_address"] == bytes.fromhex("02000000000b")


def test_a_broken_option_stops_and_keeps_what_came_before() -> None:
    row = icmpv6(f"87 00 00 00 00 00 00 00 {OTHER_6} 01 01 02 00 00 00 00 0a 05 00 00 00 00 00 00 00")
    assert (row["stop_reason"], row["stop_layer"], row["stop_offset"]) == ("bad-option", "internet", 40 + 33)
    assert row["nd_source_link_address"] == bytes.fromhex("02000000000a")
    assert row["ra_mtu"] is None


def test_listeners() -> None:
    report = icmpv6(f"8f 00 00 00 00 00 00 02 04 00 00 00 {GROUP} 01 00 00 01 {OTHER_6} {OTHER_6}")
    assert (report["mld_group"], report["mld_record_count"]) == (GROUP_6, 2)
    assert icmpv6(f"82 00 00 00 27 10 00 00 {GROUP}")["mld_group"] == GROUP_6
    promised = icmpv6(f"8f 00 00 00 00 00 ff ff 04 00 00 00 {GROUP}")
    assert promised["stop_reason"] == "truncated"


@pytest.mark.parametrize(
    ("octets", "group"),
    [
        ("11 64 00 00 ef 01 02 03", "239.1.2.3"),
        ("16 00 00 00 ef 01 02 03", "239.1.2.3"),
        (OCTETS["igmp"], "239.1.2.3"),
        ("13 01 00 00 00 00 00 00", "0.0.0.0"),
    ],
)
def test_groups(octets: str, group: str) -> None:
    row = decoded([in_ipv4(2, bytes.fromhex(octets))])[0][0]
    assert row["igmp_group"] == mapped(group)
    assert row["igmp_type"] == int(octets[:2], 16)
