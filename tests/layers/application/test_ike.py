"""IKE of both versions, and what shares the port of its NAT traversal."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError
from netanatomy.layers.protocol import registry
from tests.layers.upper import OCTETS, read

SPIS = "01 02 03 04 05 06 07 08 11 12 13 14 15 16 17 18"


def test_second_version() -> None:
    reading = read("ike", OCTETS["ike"])
    assert reading.columns == {
        "ike_initiator_spi": 0x0102030405060708,
        "ike_responder_spi": 0,
        "ike_version": 0x20,
        "ike_exchange_type": 34,
        "ike_message_id": 0,
    }
    assert reading.field("Exchange Type").meaning == "IKE_SA_INIT"
    assert reading.field("Next Payload").meaning == "security association"
    assert reading.field("I").meaning == "sent by the original initiator"
    assert [field.name for field in reading.fields if ": Next Payload" in field.name] == [
        "security association: Next Payload",
        "nonce: Next Payload",
    ]


def test_an_encrypted_payload_ends_the_chain() -> None:
    reading = read("ike", f"{SPIS} 2e 20 23 08 00 00 00 01 00 00 00 26 21 00 00 0a aa bb cc dd ee ff")
    assert reading.field("Payload").meaning == "encrypted"
    assert reading.position == 38


def test_first_version() -> None:
    reading = read("ike", f"{SPIS} 01 10 02 00 00 00 00 00 00 00 00 24 0d 00 00 08 de ad be ef")
    assert reading.columns["ike_version"] == 0x10
    assert reading.field("Exchange Type").meaning == "identity protection (main mode)"
    encrypted = read("ike", f"{SPIS} 05 10 02 01 00 00 00 00 00 00 00 24 0d 00 00 08 de ad be ef")
    assert encrypted["Payloads"] == "encrypted"
    assert encrypted.position == 28


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (f"{SPIS} 00 30 02 00 00 00 00 00 00 00 00 1c", "version"),
        (f"{SPIS} 00 20 02 00 00 00 00 00 00 00 00 1b", "under 28"),
        (f"{SPIS} 21 20 22 08 00 00 00 00 00 00 00 20 00 00 00 03", "shorter"),
    ],
)
def test_broken_messages(octets: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read("ike", octets)


def test_one_port_for_three() -> None:
    assert read("esp-in-udp", OCTETS["esp-in-udp"]).step.name == "esp"
    marked = read("esp-in-udp", f"00 00 00 00 {OCTETS['ike']}")
    assert (marked.step.name, marked.position) == ("ike", 4)
    assert read("esp-in-udp", "ff").step is None


@pytest.mark.parametrize(
    ("octets", "expected"),
    [("ff", True), ("00", False), ("ff ff", False), ("00 00 00 01 00 00 00 01", True), ("00 " * 8, False)],
)
def test_what_fits_there(octets: str, expected: bool) -> None:
    fits = registry().by_name["esp-in-udp"].fits
    assert fits is not None
    assert fits(bytes.fromhex(octets)) is expected
