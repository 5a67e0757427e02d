"""ICMP: messages by type, what errors quote, and the extensions behind the quotation."""

from __future__ import annotations

import pytest

from netanatomy.errors import TruncatedError
from tests.layers.upper import IPV4, checksummed, over_ipv4, read


def test_echo() -> None:
    # An echo request as ping sends it, with the sum done by hand: 0800 + f7fd + 0001 + 0001 = ffff.
    reading = read("icmp", "08 00 f7 fd 00 01 00 01")
    assert reading.columns == {
        "icmp_type": 8,
        "icmp_code": 0,
        "icmp_checksum": 0xF7FD,
        "icmp_checksum_status": "good",
        "icmp_identifier": 1,
        "icmp_sequence": 1,
    }
    assert reading.field("Type").meaning == "echo request"
    assert reading.step is None


def test_a_wrong_checksum_is_bad_and_a_missing_octet_leaves_it_open() -> None:
    assert read("icmp", "08 00 f7 fc 00 01 00 01")["Checksum status"] == "bad"
    octets = "08 00 f7 fd 00 01 00 01"
    assert read("icmp", octets, over_ipv4(octets, 1, 9))["Checksum status"] == "unverified"


def test_fragmentation_needed() -> None:
    reading = read("icmp", f"03 04 00 00 00 00 05 78 {IPV4}")
    assert reading.field("Code").meaning == "fragmentation needed and don't fragment was set"
    assert reading.columns["icmp_mtu"] == 1400
    assert reading.step.name == "ipv4"
    assert reading.step.quoted
    assert reading.position == 8


def test_redirect() -> None:
    reading = read("icmp", f"05 01 00 00 c0 00 02 63 {IPV4}")
    assert reading.columns["icmp_gateway"] == bytes([192, 0, 2, 99])
    assert reading.field("Code").meaning == "for the host"


def test_parameter_problem() -> None:
    reading = read("icmp", f"0c 00 00 00 14 00 00 00 {IPV4}")
    assert reading.columns["icmp_pointer"] == 20


def test_timestamps_are_times_of_day() -> None:
    reading = read("icmp", "0d 00 00 00 00 01 00 02 02 93 2e 00 80 00 00 00 05 26 5c 00")
    assert reading.field("Originate Timestamp").meaning == "12:00:00.000 UT"
    assert reading.field("Receive Timestamp").meaning == "not a standard time"
    assert reading.columns["icmp_sequence"] == 2


def test_router_advertisement() -> None:
    reading = read("icmp", "09 00 00 00 02 02 07 08 c0 00 02 01 00 00 00 00 c0 00 02 02 80 00 00 00")
    assert reading.all("Router Address") == [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
    assert reading.all("Preference Level") == [0, -(2**31)]
    assert reading["Lifetime"] == 1800


def extended(length: int, objects: str) -> bytes:
    """A time exceeded that quotes 128 octets, with an extension structure (RFC 4884 §4.2, §7)."""
    structure = checksummed(bytes.fromhex(f"20 00 00 00 {objects}"), 2)
    quoted = bytes.fromhex(IPV4).ljust(128, b"\0")
    return bytes([11, 0, 0, 0, 0, length, 0, 0]) + quoted + structure


MPLS_OBJECT = "00 08 01 01 12 34 5b 3f"


@pytest.mark.parametrize("length", [32, 0])
def test_labels_behind_the_quotation(length: int) -> None:
    reading = read("icmp", extended(length, MPLS_OBJECT))
    assert reading["Extension checksum status"] == "good"
    assert reading["Label"] == 0x12345
    assert reading["Traffic Class"] == 5
    assert reading["S"] == 1
    assert reading["TTL"] == 63
    assert reading.step.end == 8 + 128
    assert reading.position == 8


def test_without_a_length_only_a_right_structure_is_one() -> None:
    octets = bytearray(extended(0, MPLS_OBJECT))
    octets[-1] ^= 1
    reading = read("icmp", bytes(octets))
    assert "Extension Version" not in [field.name for field in reading.fields]
    assert reading.step.end == len(octets)


def test_interface_information() -> None:
    # RFC 5837 §4.1: incoming, ifIndex, IPv4 address, name and MTU.
    parts = "00 00 00 07 00 01 00 00 c0 00 02 01 08 65 74 68 30 00 00 00 00 00 05 dc"
    reading = read("icmp", extended(32, f"00 1c 02 0f {parts}"))
    assert reading["Interface Index"] == 7
    assert reading["Interface Address"] == bytes([192, 0, 2, 1])
    assert str(reading["Interface Name"]).startswith("eth0")
    assert reading["Interface MTU"] == 1500


def test_a_broken_extension_does_not_hide_the_quotation() -> None:
    reading = read("icmp", extended(32, "00 02 01 01"))
    assert reading.step.name == "ipv4"
    assert "shorter" in str(reading["Broken extension"])


def test_extended_echo() -> None:
    reading = read("icmp", "2a 00 00 00 00 07 01 01 20 00 00 00 00 08 03 02 00 00 00 05")
    assert reading["L-bit"] == 1
    assert reading["Interface Index"] == 5
    reply = read("icmp", "2b 02 00 00 00 07 01 43")
    assert reply.field("State").meaning == "reachable"
    assert reply["4-bit"] == 1
    assert reply["6-bit"] == 1


def test_unknown_types_are_data() -> None:
    assert read("icmp", "c8 00 00 00 01").step is None
    assert read("icmp", "27 00 00 00 01 02")["Data"] == b"\x01\x02"


def test_a_message_cut_short() -> None:
    with pytest.raises(TruncatedError):
        read("icmp", "03 04 00 00 00 00")
