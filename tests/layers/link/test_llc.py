"""LLC's three formats of control field, and what carries a packet."""

from __future__ import annotations

import pytest

from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import read


@pytest.mark.parametrize(
    ("octets", "control", "step"),
    [
        ("42 42 03 00", 0x03, Next(Carrier.LLC_SAP, 0x42)),  # UI
        ("42 42 13 00", 0x13, Next(Carrier.LLC_SAP, 0x42)),  # UI with P/F
        ("fe fe 02 04 00", 0x0402, Next(Carrier.LLC_SAP, 0xFE)),  # I, N(S) 1, N(R) 2
        ("f0 f1 01 08 00", 0x0801, None),  # RR, N(R) 4
        ("f0 f0 7f 00", 0x7F, None),  # SABME with P
        ("00 01 af 81 01 00", 0xAF, None),  # XID
        ("aa aa 03 00", 0x03, Next(Carrier.NAMED, name="snap")),
        ("aa 42 03 00", 0x03, Next(Carrier.LLC_SAP, 0xAA)),  # not SNAP: that needs both
    ],
)
def test_control_field(octets: str, control: int, step: Next | None) -> None:
    reading = read("llc", octets)
    assert reading.columns["llc_control"] == control
    assert reading.step == step


def test_numbers_of_information_frames() -> None:
    reading = read("llc", "fe fe 02 05")
    assert (reading["N(S)"], reading["N(R)"], reading["Poll/Final"]) == (1, 2, 1)


def test_supervisory_function_is_named() -> None:
    assert read("llc", "f0 f0 05 00").field("Control").meaning == "RNR, receive not ready"


def test_response_bit() -> None:
    assert read("llc", "f0 f1 01 00").field("SSAP").meaning == "NetBIOS, response"


def test_raw_ipx_has_no_llc_header() -> None:
    reading = read("llc", "ff ff 00 22")
    assert reading.step == Next(Carrier.NAMED, name="ipx")
    assert reading.position == 0
    assert not reading.columns
