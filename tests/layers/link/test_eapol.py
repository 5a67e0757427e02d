"""EAPOL: the key descriptor of the 802.11 handshakes."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from tests.layers.link.reading import read

# Message 1 of the 4-way handshake, IEEE 802.11 §12.7.6.2: pairwise, ack; a nonce.
KEY = f"02 00 8a 00 10 00 00 00 00 00 00 00 01 {'ab' * 32} {'00' * 48} 00 00"


def test_first_message_of_the_handshake() -> None:
    reading = read("eapol", f"02 03 00 5f {KEY}")
    assert reading.columns == {"eapol_version": 2, "eapol_type": 3}
    assert reading["Descriptor Type"] == 2
    assert (reading["Key Ack"], reading["Key MIC"], reading["Install"]) == (1, 0, 0)
    assert (reading["Key Type"], reading["Key Descriptor Version"]) == (1, 2)
    assert reading["Key Replay Counter"] == 1
    assert reading["Key Nonce"] == b"\xab" * 32
    assert reading.position == 99


def test_start_has_no_body() -> None:
    reading = read("eapol", "01 01 00 00")
    assert reading.step is None
    assert reading.field("Packet Type").meaning == "start"


def test_a_body_too_short_for_a_key() -> None:
    with pytest.raises(MalformedError):
        read("eapol", f"02 03 00 10 {KEY}")
