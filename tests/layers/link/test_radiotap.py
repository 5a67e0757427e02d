"""Radiotap: alignment, bitmaps that go on, vendors' fields, and what cannot be known."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.link.radiotap import FIELDS
from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import read

FRAME = "d4 00 00 00 02 00 00 00 00 0a de ad be ef"


def header(present: str, fields: str) -> str:
    octets = bytes.fromhex(present + fields)
    return f"00 00 {(4 + len(octets)).to_bytes(2, 'little').hex()} {present} {fields} {FRAME}"


def test_fields_are_aligned_from_the_start_of_the_header() -> None:
    # TSFT at 8; flags 16; rate 17; channel at 18; signal 22; noise 23.
    reading = read("radiotap", header("6f 00 00 00", "01 00 00 00 00 00 00 00 00 0c 6c 09 c0 00 d8 a1"))
    assert reading["TSFT"] == 1
    assert reading.columns == {"radio_frequency": 2412, "radio_signal": -40}
    # Antenna at 8, one octet of padding, then RX flags at 10.
    reading = read("radiotap", header("00 48 00 00", "01 00 02 00"))
    assert (reading["Antenna"], reading["RX Flags"]) == (1, 2)


def test_a_field_for_each_antenna_and_the_first_counts() -> None:
    # Two more words: radiotap namespace again, signal and antenna in each.
    present = "20 00 00 a0 20 08 00 a0 20 08 00 00"
    reading = read("radiotap", header(present, "d0 d1 00 d2 01"))
    assert reading.all("Antenna Signal") == [-48, -47, -46]
    assert reading.columns == {"radio_signal": -48}


def test_a_vendors_fields_are_taken_whole() -> None:
    # Vendor namespace in the first word; a bit of the second word means the vendor's field.
    present = "02 00 00 c0 01 00 00 20"
    reading = read("radiotap", header(present, "10 00 00 11 22 07 03 00 aa bb cc"))
    assert reading["Vendor OUI"] == 0x001122
    assert reading["Vendor Data"] == b"\xaa\xbb\xcc"
    assert reading.step == Next(Carrier.NAMED, name="ieee80211", end=len(bytes.fromhex(FRAME)) - 4 + 23)


def test_nothing_is_read_behind_an_unknown_field() -> None:
    reading = read("radiotap", header("24 00 00 10", "02 d0 aa bb"))
    assert (reading["Rate"], reading["Antenna Signal"]) == (2, -48)
    assert reading["Further octets"] == b"\xaa\xbb"


def test_more_is_announced_than_there_is() -> None:
    reading = read("radiotap", header("0f 00 00 00", "00 00 00 00"))
    assert reading["Remark"] == "too short"
    assert reading.step is not None


def test_check_sequence_and_padding() -> None:
    frame = len(bytes.fromhex(FRAME))
    assert read("radiotap", header("02 00 00 00", "10")).step == Next(
        Carrier.NAMED, name="ieee80211", end=9 + frame - 4
    )
    assert read("radiotap", header("02 00 00 00", "20")).step == Next(
        Carrier.NAMED, name="ieee80211-padded", end=9 + frame
    )


def test_a_length_shorter_than_the_fixed_part() -> None:
    with pytest.raises(MalformedError):
        read("radiotap", "00 00 07 00 00 00 00 00")


@pytest.mark.parametrize("words", [1, 63])
def test_a_bitmap_without_an_end_leaves_the_frame_readable(words: int) -> None:
    length = (4 + 4 * words).to_bytes(2, "little").hex()
    reading = read("radiotap", f"00 00 {length} {'00 00 00 80' * words} {FRAME}")
    assert reading["Remark"] == "too short"
    assert reading.position == 4 + 4 * words
    assert reading.step is not None


def test_bits_beyond_the_first_word_are_not_fields_again() -> None:
    # The second word continues the first: its bit 1 is number 33, not the flags.
    reading = read("radiotap", header("04 00 00 80 02 00 00 00", "02 10"))
    assert reading["Rate"] == 2
    assert "Flags" not in {field.name for field in reading.fields}


def test_another_version_has_no_known_fields() -> None:
    reading = read("radiotap", "01" + header("20 00 00 00", "d0")[2:])
    assert not reading.columns
    assert reading.position == 9


@pytest.mark.parametrize("place", FIELDS)
def test_each_field_takes_its_length(place: int) -> None:
    _, length, _ = FIELDS[place]
    octets = bytes(8 - 8 % 8) + bytes(length)
    reading = read("radiotap", header((1 << place).to_bytes(4, "little").hex(), octets[8:].hex()))
    assert reading.position == 8 + length
    assert not [field for field in reading.fields if field.name in ("Further octets", "Remark")]
