"""UDP, UDP-Lite, SCTP and DCCP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.header import PseudoHeader
from netanatomy.layers.protocol import Carrier
from netanatomy.layers.transport.crc32c import crc32c
from tests.layers.upper import OCTETS, PORTS, checksummed, over_ipv4, over_ipv6, read


def test_udp() -> None:
    octets = checksummed(OCTETS["udp"], 6, over_ipv4(OCTETS["udp"], 17))
    reading = read("udp", octets, over_ipv4(octets, 17))
    assert reading.columns == {
        "source_port": 1234,
        "destination_port": 5678,
        "udp_length": 12,
        "transport_checksum": int.from_bytes(octets[6:8], "big"),
        "transport_checksum_status": "good",
    }
    step = reading.step
    assert (step.carrier, step.number, step.alternative, step.end) == (Carrier.UDP_PORT, 1234, 5678, 12)


@pytest.mark.parametrize("over", [over_ipv4, over_ipv6])
def test_no_checksum_is_absent(over: Callable[[str, int], PseudoHeader]) -> None:
    octets = OCTETS["udp"]
    assert read("udp", octets, over(octets, 17))["Checksum status"] == "absent"


def test_trailing_octets_are_not_the_datagrams() -> None:
    octets = checksummed(OCTETS["udp"], 6, over_ipv4(OCTETS["udp"], 17)) + b"trailer"
    reading = read("udp", octets, over_ipv4(octets, 17))
    assert reading.step.end == 12
    assert reading["Checksum status"] == "good"


def test_lengths() -> None:
    with pytest.raises(MalformedError, match="under 8"):
        read("udp", f"{PORTS} 00 07 00 00 61")
    too_long = f"{PORTS} 00 20 12 34 61"
    reading = read("udp", too_long, over_ipv4(too_long, 17))
    assert reading.step.end == 9
    assert reading["Checksum status"] == "unverified"
    # RFC 2675 §4: zero where the length does not fit.
    assert read("udp", f"{PORTS} 00 00 00 00 61 62").step.end == 10


@pytest.mark.parametrize(("coverage", "covered"), [(8, 8), (0, 12), (12, 12)])
def test_udplite(coverage: int, covered: int) -> None:
    octets = bytes.fromhex(f"{PORTS} 00 {coverage:02x} 00 00 61 62 63 64")
    pseudo_header = over_ipv4(octets, 136)
    right = checksummed(octets[:covered], 6, pseudo_header) + octets[covered:]
    reading = read("udplite", right, pseudo_header)
    assert reading.columns["udplite_coverage"] == coverage
    assert reading["Checksum status"] == "good"


@pytest.mark.parametrize("coverage", [1, 7, 13])
def test_coverage_that_cannot_be(coverage: int) -> None:
    with pytest.raises(MalformedError, match="coverage"):
        read("udplite", f"{PORTS} 00 {coverage:02x} 00 00 61 62 63 64")


@pytest.mark.parametrize(
    ("octets", "sum_"),
    [  # RFC 3720 appendix B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_crc32c(octets: bytes, sum_: int) -> None:
    assert crc32c(octets) == sum_


def test_sctp() -> None:
    octets = bytes.fromhex(OCTETS["sctp"])
    octets = octets[:8] + crc32c(octets).to_bytes(4, "little") + octets[12:]
    reading = read("sctp", octets, over_ipv4(octets, 132))
    columns = reading.columns
    assert columns.pop("transport_checksum") == int.from_bytes(octets[8:12], "big")
    assert columns == {
        "source_port": 1234,
        "destination_port": 5678,
        "sctp_verification_tag": 0,
        "transport_checksum_status": "good",
        "sctp_chunk_type": 1,
    }
    assert reading["Number of Outbound Streams"] == 10
    assert reading["IPv4 Address"] == bytes([192, 0, 2, 1])
    assert reading.all("Chunk Type") == [1, 0]
    assert reading["User Data"] == b"a"
    assert reading["Padding"] == bytes(3)
    damaged = octets[:-1] + b"\x01"
    assert read("sctp", damaged)["Checksum status"] == "bad"
    assert read("sctp", octets, over_ipv4(octets, 132, 999))["Checksum status"] == "unverified"


def test_selective_acknowledgment_chunk() -> None:
    chunk = "03 00 00 18 00 00 00 09 00 00 10 00 00 01 00 01 00 02 00 03 00 00 00 07"
    reading = read("sctp", f"{PORTS} {'00 ' * 8} {chunk}")
    assert reading["Gap Ack Block End"] == 3
    assert reading["Duplicate TSN"] == 7


def test_a_chunk_shorter_than_its_header() -> None:
    with pytest.raises(MalformedError, match="shorter"):
        read("sctp", f"{PORTS} {'00 ' * 8} 00 00 00 03")


@pytest.mark.parametrize(("words", "covered"), [(0, 28), (1, 24), (2, 28)])
def test_dccp(words: int, covered: int) -> None:
    octets = bytearray.fromhex(OCTETS["dccp"] + "61 62 63 64")
    octets[5] = words
    pseudo_header = over_ipv4(bytes(octets), 33)
    right = checksummed(bytes(octets[:covered]), 6, pseudo_header) + bytes(octets[covered:])
    reading = read("dccp", right, pseudo_header)
    assert reading["Checksum status"] == "good"
    assert reading.field("Type").meaning == "request"
    assert reading["Sequence Number"] == 1
    assert reading["Service Code"] == 42
    assert reading.field("Option Type").meaning == "NDP count"


def test_dccp_with_an_offset_inside_its_header() -> None:
    with pytest.raises(MalformedError, match="inside"):
        read("dccp", f"{PORTS} 02 00 00 00 01 {'00 ' * 11}")
