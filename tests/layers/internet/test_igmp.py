"""IGMP: three versions, told apart by type and length."""

from __future__ import annotations

import pytest

from netanatomy.errors import TruncatedError
from tests.layers.upper import OCTETS, checksummed, over_ipv4, read

GROUP = bytes([239, 1, 2, 3])


@pytest.mark.parametrize(
    ("octets", "version", "waits"),
    [
        ("11 00 00 00 00 00 00 00", 1, ""),
        ("11 64 00 00 ef 01 02 03", 2, "10 s"),
        ("11 8f 00 00 ef 01 02 03 02 7d 00 00", 3, "24.8 s"),
    ],
)
def test_queries(octets: str, version: int, waits: str) -> None:
    reading = read("igmp", checksummed(octets, 2))
    assert reading["Version"] == version
    assert reading.field("Max Resp Code").meaning == waits
    assert reading["Checksum status"] == "good"
    assert reading.columns["igmp_type"] == 0x11


@pytest.mark.parametrize(("kind", "version"), [(0x12, 1), (0x16, 2), (0x17, 2)])
def test_reports_and_leaves(kind: int, version: int) -> None:
    reading = read("igmp", bytes([kind, 0, 0, 0]) + GROUP)
    assert reading.columns == {"igmp_type": kind, "igmp_group": GROUP}
    assert reading["Version"] == version


def test_a_report_of_the_third_version() -> None:
    octets = checksummed(OCTETS["igmp"], 2)
    reading = read("igmp", octets, over_ipv4(octets, 2))
    assert reading.columns == {"igmp_type": 0x22, "igmp_group": GROUP}
    assert reading.field("Record Type").meaning == "change to exclude mode"
    assert reading["Source Address"] == bytes([192, 0, 2, 7])
    assert reading["Auxiliary Data"] == bytes.fromhex("deadbeef")
    assert read("igmp", octets, over_ipv4(octets, 2, 99))["Checksum status"] == "unverified"


def test_sources_that_are_promised_must_be_there() -> None:
    with pytest.raises(TruncatedError):
        read("igmp", "11 64 00 00 ef 01 02 03 02 7d 00 02 c0 00 02 01")
