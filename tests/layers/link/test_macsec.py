"""MACsec: what is only authenticated is read on, what is encrypted is not."""

from __future__ import annotations

from netanatomy.layers.protocol import Carrier, Next
from tests.layers.link.reading import read

CHECK_VALUE = "cc" * 16


def test_encrypted() -> None:
    reading = read("macsec", f"2c 00 00 00 00 01 {'00' * 8} 08 00 45 {CHECK_VALUE}")
    assert reading.step is None
    assert reading["Secure Data"] == "encrypted"
    assert reading.position == 14


def test_short_length_ends_the_data_before_padding() -> None:
    reading = read("macsec", f"00 05 00 00 00 01 08 00 45 00 00 00 00 00 {CHECK_VALUE}")
    assert reading.step == Next(Carrier.ETHERTYPE, 0x0800, end=11)


def test_too_short_for_a_check_value() -> None:
    assert read("macsec", "00 00 00 00 00 01 08 00 45").step is None
