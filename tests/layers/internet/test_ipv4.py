"""IPv4: every field, options one by one, and what lies behind broken ones."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import Carrier
from tests.layers.upper import A4, A6, B4, OCTETS, checksummed, read

# RFC 1071's example is not a header; this one is from RFC 791's layout with a sum done by hand:
# 4500 0073 0000 4000 4011 (b861) c0a8 0001 c0a8 00c7
WIKIPEDIA_HEADER = "45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7"


def header(options: str, protocol: int = 17) -> bytes:
    octets = bytes.fromhex(options)
    padded = octets + bytes(-len(octets) % 4)
    first = bytes([0x40 | (20 + len(padded)) // 4, 0, 0, 28 + len(padded), 0, 1, 0, 0, 64, protocol, 0, 0])
    return checksummed(first + A4 + B4 + padded, 10) + bytes(8)


def test_columns() -> None:
    reading = read("ipv4", WIKIPEDIA_HEADER + "00" * 95)
    assert reading.columns == {
        "ip_version": 4,
        "ip_dscp": 0,
        "ip_ecn": 0,
        "ip_total_length": 0x73,
        "ip_identification": 0,
        "ip_dont_fragment": 1,
        "ip_ttl": 64,
        "ip_protocol": 17,
        "ip_checksum": 0xB861,
        "ip_source": bytes([192, 168, 0, 1]),
        "ip_destination": bytes([192, 168, 0, 199]),
        "ip_checksum_status": "good",
        "ip_header_length": 20,
    }
    assert reading.step.carrier is Carrier.IP_PROTOCOL
    assert reading.step.number == 17
    assert reading.step.end == 0x73
    assert reading.step.pseudo_header == (
        bytes([192, 168, 0, 1]),
        bytes([192, 168, 0, 199]),
        17,
        0x73 - 20,
    )


def test_a_flipped_bit_makes_the_checksum_bad() -> None:
    octets = bytearray.fromhex(WIKIPEDIA_HEADER + "00" * 95)
    octets[8] ^= 1
    assert read("ipv4", bytes(octets))["Checksum status"] == "bad"


def test_meanings_are_told() -> None:
    reading = read("ipv4", OCTETS["ipv4"])
    assert reading.field("Differentiated Services").value == 11
    assert reading.field("Explicit Congestion Notification").meaning == "ECN-capable, ECT(0)"
    assert reading.field("Protocol").meaning == "TCP"
    assert "documentation" in reading.field("Source Address").meaning


def test_fragments_are_marked() -> None:
    octets = bytes.fromhex("45 00 00 24 00 07 20 b9 40 29 00 00 c0 00 02 01 c0 00 02 02") + bytes(16)
    reading = read("ipv4", octets)
    assert reading.step.fragment
    assert reading.step.tunnel == ""
    assert reading.columns["ip_fragment_offset"] == 0xB9 * 8
    assert reading.columns["ip_more_fragments"] == 1


def test_a_total_length_of_zero_is_offload() -> None:
    octets = bytes.fromhex("45 00 00 00 00 07 40 00 40 06 00 00 c0 00 02 01 c0 00 02 02") + bytes(30)
    assert read("ipv4", octets).step.end == 50


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("65" + "00" * 39, "the version is not 4"),
        ("44" + "00" * 39, "the header length is under 20 octets"),
        ("46 00 00 17" + "00" * 39, "the total length is shorter than the header"),
    ],
)
def test_broken_headers(octets: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read("ipv4", octets)


def test_record_route() -> None:
    reading = read("ipv4", header("07 0b 08 c6 33 64 01 00 00 00 00"))
    assert reading["Pointer"] == 8
    visited, free = (field for field in reading.fields if field.name == "Route Data")
    assert (visited.shown, visited.meaning) == ("198.51.100.1", "visited")
    assert free.meaning == "still free"


def test_a_source_route_leads_the_checksum_to_its_end() -> None:
    going = read("ipv4", header("83 0b 04 c6 33 64 01 c6 33 64 02 00"))
    assert going.step.pseudo_header.destination == bytes([198, 51, 100, 2])
    arrived = read("ipv4", header("83 0b 0c c6 33 64 01 c6 33 64 02 00"))
    assert arrived.step.pseudo_header.destination == B4


def test_timestamps_with_addresses() -> None:
    reading = read("ipv4", header("44 14 0d 21 c6 33 64 01 00 00 03 e8 c6 33 64 02 00 00 00 00"))
    assert reading["Overflow"] == 2
    assert reading.field("Flag").meaning == "each with the address of its router"
    assert reading.all("Timestamp") == [1000, 0]
    assert reading.all("Internet Address") == [bytes([198, 51, 100, 1]), bytes([198, 51, 100, 2])]


def test_router_alert() -> None:
    reading = read("ipv4", header("94 04 00 00"))
    assert reading.field("Option Type").meaning == "router-alert, copied into fragments"
    assert reading.field("Value").meaning == "every router on the way looks into the packet"


def test_commercial_security_option() -> None:
    # draft-ietf-cipso-ipsecurity-01 §3.4.2: domain 3, tag type 1, level 2, categories 0 and 9.
    reading = read("ipv4", header("86 0c 00 00 00 03 01 06 00 02 80 40"))
    assert reading["Domain of Interpretation"] == 3
    assert reading["Sensitivity Level"] == 2
    assert reading["Bit Map of Categories"] == b"\x80\x40"


def test_security_option() -> None:
    reading = read("ipv4", header("82 04 5a 80"))
    assert reading.field("Classification Level").meaning == "secret"


@pytest.mark.parametrize("options", ["44 00 00 00", "44 01 00 00", "44 09 00 00", "44", "01 01 01 07"])
def test_broken_options_do_not_hide_the_packet_behind(options: str) -> None:
    octets = header(options)
    octets = octets[:-8].rstrip(b"\0").ljust(24, b"\0") + bytes(8)
    reading = read("ipv4", octets)
    assert reading.position == 24
    assert reading.step.number == 17


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("44 02 01 01", "ipv4: needs 1 octets, has 0 at octet 22"),  # a timestamp without its pointer
        ("83 03 04 01", ""),  # a route of no stops is whole
        ("88 03 00 01", "ipv4: needs 2 octets, has 1 at octet 22"),
        ("86 08 00 00 00 03 01 01", "ipv4: a tag is shorter than its own header at octet 27"),
    ],
)
def test_an_option_of_too_few_octets_is_told_and_the_next_one_is_read(options: str, shown: str) -> None:
    """As a router reads them, and the kernels do: what follows begins where the option's length says."""
    reading = read("ipv4", header(options))
    assert reading.step.fault is None
    assert reading.step.number == 17
    notes = [field.shown for field in reading.fields if field.name == "Broken Option"]
    assert notes == ([shown] if shown else [])


def test_a_broken_option_is_told() -> None:
    reading = read("ipv4", header("44 09 00 00"))
    assert isinstance(reading.step.fault, MalformedError)
    assert reading.step.fault.offset == 21


@pytest.mark.parametrize(
    ("protocol", "inner", "tunnel"),
    [
        (4, b"", "ip-in-ip"),
        (137, b"", "mpls-in-ip"),
        (6, b"", ""),
        (41, b"", "6in4"),
        (41, bytes(8) + A6 + A6, "6in4"),
        (41, bytes(8) + bytes.fromhex("2002c0000201") + bytes(10) + A6, "6to4"),
        (41, bytes(8) + A6 + bytes.fromhex("2002c0000201") + bytes(10), "6to4"),
        (41, bytes(8) + A6 + A6[:8] + bytes.fromhex("00005efec0000201"), "isatap"),
        (41, bytes(8) + A6[:8] + bytes.fromhex("02005efec0000201") + A6, "isatap"),
    ],
)
def test_tunnels_by_number_and_inner_addresses(protocol: int, inner: bytes, tunnel: str) -> None:
    total = (20 + len(inner)).to_bytes(2, "big")
    octets = b"\x45\x00" + total + bytes(5) + bytes([protocol, 0, 0]) + A4 + B4 + inner
    assert read("ipv4", octets).step.tunnel == tunnel
