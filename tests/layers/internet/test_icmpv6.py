"""ICMPv6: errors, neighbour discovery with its options, multicast listener discovery."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from tests.layers.link.reading import IPV6, MAC_A
from tests.layers.upper import (
    A6,
    ADDRESS_6,
    B6,
    GROUP,
    GROUP_6,
    OCTETS,
    OTHER_6,
    checksummed,
    over_ipv4,
    over_ipv6,
    read,
)


def test_router_advertisement() -> None:
    octets = OCTETS["icmpv6"]
    reading = read("icmpv6", checksummed(octets, 2, over_ipv6(octets, 58)), over_ipv6(octets, 58))
    columns = reading.columns
    assert columns.pop("icmp_checksum") > 0
    assert columns == {
        "icmp_type": 134,
        "icmp_code": 0,
        "icmp_checksum_status": "good",
        "ra_hop_limit": 64,
        "ra_flags": 0xC8,
        "ra_router_lifetime": 1800,
        "ra_reachable_time": 30000,
        "ra_retransmit_time": 1000,
        "nd_source_link_address": bytes.fromhex(MAC_A),
        "ra_mtu": 1500,
        "ra_prefix_length": 64,
        "ra_prefix_flags": 0xC0,
        "ra_valid_lifetime": 2592000,
        "ra_preferred_lifetime": 604800,
        "ra_prefix": A6[:8] + bytes(8),
        "ra_prefix_count": 1,
    }
    assert reading.field("Prf").meaning == "high"
    assert reading["Address of IPv6 Recursive DNS Server"] == A6
    assert reading["Domain Name of DNS Search List"] == "example.org"
    assert reading["Nonce"] == bytes([1, 2, 3, 4, 5, 6])
    assert reading.field("Scaled Lifetime").meaning == "296 s"
    assert reading.field("PLC").value == 4
    assert reading.position == len(bytes.fromhex(octets))


def test_the_checksum_covers_the_addresses() -> None:
    octets = "80 00 00 00 00 07 00 01"
    right = checksummed(octets, 2, over_ipv6(octets, 58))
    assert read("icmpv6", right, over_ipv6(octets, 58))["Checksum status"] == "good"
    other = over_ipv6(octets, 58)._replace(source=A6[:15] + b"\x77")
    assert read("icmpv6", right, other)["Checksum status"] == "bad"
    # A packet that calls itself longer than it is: what is right is right, what is wrong may be cut.
    assert read("icmpv6", right, over_ipv6(octets, 58, 9))["Checksum status"] == "good"
    assert read("icmpv6", octets, over_ipv6(octets, 58, 9))["Checksum status"] == "unverified"


def test_errors_quote() -> None:
    too_big = read("icmpv6", f"02 00 00 00 00 00 05 00 {IPV6}")
    assert too_big.columns["icmp_mtu"] == 1280
    assert too_big.step.name == "ipv6"
    assert too_big.step.quoted
    problem = read("icmpv6", f"04 01 00 00 00 00 00 28 {IPV6}")
    assert problem.columns["icmp_pointer"] == 40
    assert problem.field("Code").meaning == "unrecognised next header"


def test_the_length_of_a_quotation_counts_eight_octets() -> None:
    structure = checksummed("20 00 00 00 00 08 01 01 12 34 5b 3f", 2)
    octets = bytes.fromhex("03 00 00 00 06 00 00 00" + IPV6) + structure
    reading = read("icmpv6", octets)
    assert reading.step.end == 8 + 48
    assert reading["Label"] == 0x12345


def test_neighbour_solicitation_and_advertisement() -> None:
    asked = read("icmpv6", f"87 00 00 00 00 00 00 00 {OTHER_6} 01 01 {MAC_A}")
    assert asked.columns["nd_target"] == B6
    assert asked.columns["nd_source_link_address"] == bytes.fromhex(MAC_A)
    answered = read("icmpv6", f"88 00 00 00 e0 00 00 00 {OTHER_6} 02 01 {MAC_A}")
    assert answered.columns["nd_flags"] == 7
    assert answered.columns["nd_target_link_address"] == bytes.fromhex(MAC_A)
    assert answered.field("O").meaning == "overrides what was known before"


def test_redirect() -> None:
    octets = f"89 00 00 00 00 00 00 00 {ADDRESS_6} {OTHER_6} 04 07 {'00 ' * 6} {IPV6}"
    reading = read("icmpv6", octets)
    assert reading.columns["nd_target"] == reading.columns["icmp_gateway"] == A6
    assert reading["IP header + data"] == bytes.fromhex(IPV6)


def test_link_addresses_of_other_links_have_no_column() -> None:
    reading = read("icmpv6", f"87 00 00 00 00 00 00 00 {OTHER_6} 01 02 {'0b ' * 14}")
    assert "nd_source_link_address" not in reading.columns
    assert reading["Link-Layer Address"] == b"\x0b" * 14


def test_the_first_prefix_counts_and_all_are_counted() -> None:
    prefix = "03 04 40 80 00 00 00 01 00 00 00 02 00 00 00 00"
    octets = f"86 00 00 00 40 00 00 00 {'00 ' * 8} {prefix} {ADDRESS_6} {prefix} {OTHER_6}"
    columns = read("icmpv6", octets).columns
    assert columns["ra_prefix_count"] == 2
    first = [field for field in read("icmpv6", octets).fields if field.column == "ra_prefix"]
    assert [field.value for field in first] == [A6]


def test_an_option_of_length_zero_is_broken() -> None:
    with pytest.raises(MalformedError, match="length zero"):
        read("icmpv6", f"87 00 00 00 00 00 00 00 {OTHER_6} 01 00 {MAC_A}")
    with pytest.raises(TruncatedError):
        read("icmpv6", f"87 00 00 00 00 00 00 00 {OTHER_6} 01 02 {MAC_A}")


def test_a_broken_search_list_does_not_hide_what_follows() -> None:
    octets = f"85 00 00 00 00 00 00 00 1f 02 00 00 00 00 00 01 3f 61 62 63 64 65 66 67 01 01 {MAC_A}"
    reading = read("icmpv6", octets)
    assert "Broken option" in [field.name for field in reading.fields]
    assert reading.columns["nd_source_link_address"] == bytes.fromhex(MAC_A)


def test_first_version_of_listener_discovery() -> None:
    reading = read("icmpv6", f"82 00 00 00 27 10 00 00 {GROUP}")
    assert reading.columns["mld_group"] == GROUP_6
    assert reading.columns["mld_record_count"] == 0
    assert reading.field("Maximum Response Code").meaning == "10000 ms"
    assert reading["Version"] == 1


def test_second_version_of_listener_discovery() -> None:
    query = read("icmpv6", f"82 00 00 00 80 00 00 00 {GROUP} 0a 7d 00 01 {ADDRESS_6}")
    assert query["Version"] == 2
    assert query["S"] == 1
    assert query["QRV"] == 2
    assert query.field("Maximum Response Code").meaning == "32768 ms"
    assert query["Source Address"] == A6
    report = read(
        "icmpv6", f"8f 00 00 00 00 00 00 02 04 00 00 00 {GROUP} 01 01 00 01 {OTHER_6} {ADDRESS_6} 0a 0b 0c 0d"
    )
    assert report.columns["mld_record_count"] == 2
    assert report.columns["mld_group"] == GROUP_6
    assert report.all("Multicast Address") == [GROUP_6, B6]
    assert report["Auxiliary Data"] == bytes([10, 11, 12, 13])
    assert report.field("Record Type").meaning == "change to exclude mode"


def test_records_that_are_promised_must_be_there() -> None:
    with pytest.raises(TruncatedError):
        read("icmpv6", f"8f 00 00 00 00 00 ff ff 04 00 00 00 {GROUP}")


def test_over_ipv4_there_is_a_verdict_as_well() -> None:
    octets = "80 00 00 00 00 07 00 01"
    assert read("icmpv6", octets, over_ipv4(octets, 58))["Checksum status"] == "bad"
