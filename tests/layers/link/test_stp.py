"""Spanning tree: what each version and type has."""

from __future__ import annotations

from tests.layers.link.reading import OCTETS, read

CONFIGURATION = "00 00 00 00" + OCTETS["stp"][11:-3]


def test_configuration_has_no_version_1_length() -> None:
    reading = read("stp", CONFIGURATION)
    assert reading.position == 35
    assert reading.columns["stp_type"] == 0


def test_columns_of_identifiers() -> None:
    columns = read("stp", CONFIGURATION).columns
    assert columns["stp_root"] == 0x8001_02000000000A
    assert columns["stp_bridge"] == 0x9002_02000000000B
    assert columns["stp_root_cost"] == 20_000
    assert columns["stp_port"] == 0x8003


def test_times_are_in_256ths_of_a_second() -> None:
    assert read("stp", CONFIGURATION).field("Max Age").meaning == "20 s"
    assert read("stp", CONFIGURATION).field("Message Age").meaning == "1 s"


def test_topology_change_notification_is_four_octets() -> None:
    reading = read("stp", "00 00 00 80 00 00 00")
    assert reading.position == 4
    assert reading.columns == {"stp_version": 0, "stp_type": 0x80}


def test_another_protocol_on_the_same_address() -> None:
    reading = read("stp", "00 01 01 01 02 00 00 00")
    assert not reading.columns
    assert reading.step is None


def test_instances_of_mstp() -> None:
    region = f"00 50 00 72 31 {'00' * 30} 00 01 {'ac' * 16} 00 00 00 00 80 00 02 00 00 00 00 0b 14"
    instance = "7c 80 02 02 00 00 00 00 0a 00 00 00 c8 80 80 13"
    mstp = f"00 00 03 02 {OCTETS['stp'][11:]} {region} {instance}"
    reading = read("stp", mstp)
    assert reading["Version 3 Length"] == 80
    assert str(reading["Configuration Name"]).rstrip("\0") == "r1"
    assert reading["Internal Root Path Cost"] == 200
    assert reading["Remaining Hops"] == 19
    assert reading.position == 36 + 2 + 80
