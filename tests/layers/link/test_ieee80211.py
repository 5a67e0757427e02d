"""802.11: which address means what, and when the data can be read."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import LLC_IPV4, read

A, B, C, D = (f"02 00 00 00 00 0{letter}" for letter in "abcd")
OCTETS_A, OCTETS_B, OCTETS_C, OCTETS_D = (bytes.fromhex(address) for address in (A, B, C, D))
LLC = Next(Carrier.NAMED, name="llc")


@pytest.mark.parametrize(
    ("flags", "fourth", "destination", "source", "network"),
    [  # IEEE 802.11 table 9-60
        ("00", "", OCTETS_A, OCTETS_B, OCTETS_C),
        ("01", "", OCTETS_C, OCTETS_B, OCTETS_A),
        ("02", "", OCTETS_A, OCTETS_C, OCTETS_B),
        ("03", D, OCTETS_C, OCTETS_D, None),
    ],
)
def test_addresses_of_data(
    flags: str, fourth: str, destination: bytes, source: bytes, network: bytes | None
) -> None:
    reading = read("ieee80211", f"08 {flags} 00 00 {A} {B} {C} 30 12 {fourth} {LLC_IPV4}")
    columns = reading.columns
    assert columns["wlan_destination"] == destination
    assert columns["wlan_source"] == source
    assert columns.get("wlan_bssid") == network
    assert (columns["wlan_receiver"], columns["wlan_transmitter"]) == (OCTETS_A, OCTETS_B)
    assert (columns["wlan_sequence"], columns["wlan_fragment"]) == (0x123, 0)
    assert reading.step == LLC


@pytest.mark.parametrize(
    ("first", "position", "transmitter", "network"),
    [  # IEEE 802.11 §9.3.1
        ("84", 16, OCTETS_B, None),  # block acknowledgment request
        ("94", 16, OCTETS_B, None),  # block acknowledgment
        ("a4", 16, OCTETS_B, OCTETS_A),  # power-save poll
        ("b4", 16, OCTETS_B, None),  # request to send
        ("c4", 10, None, None),  # clear to send
        ("d4", 10, None, None),  # acknowledgment
        ("e4", 16, OCTETS_B, OCTETS_B),  # contention-free end
    ],
)
def test_addresses_of_control_frames(
    first: str, position: int, transmitter: bytes | None, network: bytes | None
) -> None:
    reading = read("ieee80211", f"{first} 00 01 c0 {A} {B}")
    assert reading.position == position
    assert reading.columns.get("wlan_transmitter") == transmitter
    assert reading.columns.get("wlan_bssid") == network
    assert reading.step is None


def test_quality_of_service_and_high_throughput_control() -> None:
    reading = read("ieee80211", f"88 81 00 00 {A} {B} {C} 00 00 05 00 aa bb cc dd {LLC_IPV4}")
    assert reading["Traffic Identifier"] == 5
    assert reading.position == 30
    assert reading.step == LLC


def test_mesh_control_is_taken() -> None:
    mesh = "01 1f 07 00 00 00" + A
    reading = read("ieee80211", f"88 03 00 00 {A} {B} {C} 00 00 {D} 00 01 {mesh} {LLC_IPV4}")
    assert reading["Mesh Sequence Number"] == 7
    assert reading.step == LLC
    assert reading.position == 32 + 12


def test_first_subframe_of_an_aggregate() -> None:
    reading = read("ieee80211", f"88 01 00 00 {A} {B} {C} 00 00 80 00 {C} {B} 00 24 {LLC_IPV4} 00 00")
    assert reading["Subframe Length"] == 36
    assert reading.step == Next(Carrier.NAMED, name="llc", end=40 + 36)


@pytest.mark.parametrize(
    ("key", "length", "scheme"), [("01 02 03 00", 4, "WEP"), ("01 00 00 20 00 00 00 00", 8, "TKIP")]
)
def test_encrypted_data_stays_closed(key: str, length: int, scheme: str) -> None:
    reading = read("ieee80211", f"08 41 00 00 {A} {B} {C} 00 00 {key} de ad be ef")
    assert reading.step is None
    assert reading["Data"] == "encrypted"
    assert reading.field("Extended IV").meaning.startswith(scheme)
    assert reading.position == 24 + length


@pytest.mark.parametrize("octets", ["48 01", "c8 01"])
def test_null_frames_have_no_data(octets: str) -> None:
    assert read("ieee80211", f"{octets} 00 00 {A} {B} {C} 00 00 00 00 00 00").step is None


@pytest.mark.parametrize(("flags", "sequence"), [("05", "30 12"), ("01", "31 12")])
def test_fragments_are_not_opened(flags: str, sequence: str) -> None:
    reading = read("ieee80211", f"08 {flags} 00 00 {A} {B} {C} {sequence} {LLC_IPV4}")
    assert reading.step is None
    assert reading["Remark"] == "fragment"


def test_beacon() -> None:
    reading = read(
        "ieee80211",
        f"80 00 00 00 ff ff ff ff ff ff {B} {B} 10 00"
        "01 00 00 00 00 00 00 00 64 00 11 04 00 03 6c 61 62 01 02 82 0b 03 01 06 05 04 00 01 00 00"
        "07 06 44 45 20 01 0d 14 30 14 01 00 00 0f ac 04 01 00 00 0f ac 04 01 00 00 0f ac 02 00 00"
        "dd 04 00 50 f2 02 ff 01 23",
    )
    assert reading["SSID"] == "lab"
    assert reading["Current Channel"] == 6
    assert reading["Country String"] == "DE "
    assert reading.field("Beacon Interval").meaning == "102.4 ms"
    assert reading.field("Pairwise Cipher Suite").meaning == "CCMP-128"
    assert reading.field("AKM Suite").meaning == "pre-shared key"
    assert reading.field("Rate").meaning == "1 Mb/s, basic"
    assert reading.field("Capability Information").meaning == "ESS, privacy, short slot time"
    assert reading.columns["wlan_bssid"] == OCTETS_B


def test_hidden_network() -> None:
    reading = read("ieee80211", f"40 00 00 00 {A} {B} {C} 00 00 00 00")
    assert reading.field("SSID").meaning == "hidden, or any network"


@pytest.mark.parametrize("first", ["a0", "c0"])
def test_reason_of_a_farewell(first: str) -> None:
    reading = read("ieee80211", f"{first} 00 00 00 {A} {B} {C} 00 00 07 00")
    assert reading.columns["wlan_reason"] == 7
    assert reading.field("Reason Code").meaning.startswith("class 3 frame")


def test_protected_management_has_no_reason() -> None:
    reading = read("ieee80211", f"c0 40 00 00 {A} {B} {C} 00 00 01 00 00 20 00 00 00 00 de ad")
    assert "wlan_reason" not in reading.columns


def test_an_element_beyond_the_frame() -> None:
    with pytest.raises(TruncatedError):
        read("ieee80211", f"40 00 00 00 {A} {B} {C} 00 00 00 08 6c 61 62")


def test_another_protocol_version() -> None:
    with pytest.raises(MalformedError):
        read("ieee80211", f"09 00 00 00 {A} {B} {C} 00 00")


def test_elements_of_a_farewell() -> None:
    reading = read("ieee80211", f"c0 00 00 00 {A} {B} {C} 00 00 07 00 dd 05 00 50 f2 01 02")
    assert reading["Vendor Type"] == 1
