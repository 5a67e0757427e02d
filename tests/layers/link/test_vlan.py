"""VLAN tags: the columns hold the two outermost of a stack."""

from __future__ import annotations

from netanatomy.decode.anatomy import dissect
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import IPV4, read

ADDRESSES = "02 00 00 00 00 0a 02 00 00 00 00 0b"


def test_outermost_tag_fills_its_columns() -> None:
    assert read("vlan", "f0 05 08 00").columns == {
        "vlan_priority": 7,
        "vlan_drop_eligible": 1,
        "vlan_id": 5,
    }


def test_second_tag_fills_others() -> None:
    columns = read("vlan", "20 06 08 00", preceding=("ethernet", "vlan")).columns
    assert columns == {"vlan_inner_priority": 1, "vlan_inner_id": 6}


def test_third_tag_fills_none() -> None:
    assert not read("vlan", "20 06 08 00", preceding=("ethernet", "vlan", "vlan")).columns


def test_length_in_place_of_the_type() -> None:
    assert read("vlan", "00 05 00 03 42 42 03 00 00").step == Next(Carrier.NAMED, name="llc", end=7)


def test_a_stack_of_three() -> None:
    frame = bytes.fromhex(f"{ADDRESSES} 88 a8 00 0a 81 00 20 14 91 00 00 1e 08 00 {IPV4}")
    anatomy = dissect(frame, 1)
    assert anatomy.protocols == "ethernet:vlan:vlan:vlan:ipv4:udp"
    columns = {field.column: field.value for header in anatomy.headers for field in header.fields}
    assert (columns["vlan_tpid"], columns["vlan_id"], columns["vlan_inner_id"]) == (0x88A8, 10, 20)


def test_reserved_identifiers_are_told() -> None:
    assert read("vlan", "00 00 08 00").field("VLAN Identifier").meaning == "no VLAN, only a priority"
    assert read("vlan", "0f ff 08 00").field("VLAN Identifier").meaning == "reserved"
