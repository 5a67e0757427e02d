"""ARP: addresses of every length, and what is remarkable."""

from __future__ import annotations

from tests.layers.link.reading import OCTETS, read


def test_columns() -> None:
    columns = read("arp", OCTETS["arp"]).columns
    assert columns == {
        "arp_hardware_type": 1,
        "arp_protocol_type": 0x0800,
        "arp_operation": 1,
        "arp_sender_hardware": bytes.fromhex("02000000000a"),
        "arp_sender_protocol": bytes([192, 0, 2, 1]),
        "arp_target_hardware": bytes(6),
        "arp_target_protocol": bytes([192, 0, 2, 2]),
    }


def test_gratuitous_and_probe_are_remarked() -> None:
    head = "00 01 08 00 06 04 00 01 02 00 00 00 00 0a"
    assert read("arp", f"{head} c0 00 02 01 {'00' * 6} c0 00 02 01")["Remark"] == "gratuitous"
    assert read("arp", f"{head} 00 00 00 00 {'00' * 6} c0 00 02 01")["Remark"] == "probe"


def test_addresses_of_other_lengths_have_no_column() -> None:
    reading = read("arp", "00 07 08 00 01 04 00 02 0a c0 00 02 01 0b c0 00 02 02")
    assert reading["Sender Hardware Address"] == b"\x0a"
    assert reading["Target Protocol Address"] == bytes([192, 0, 2, 2])
    assert "arp_sender_protocol" not in reading.columns
    assert reading.position == 18


def test_six_and_four_octets_of_another_protocol_are_no_ip() -> None:
    reading = read("arp", "00 01 12 34 06 04 00 01" + "00" * 20)
    assert "arp_sender_protocol" not in reading.columns
    assert reading.position == 28


def test_atm_has_lengths_for_each_address() -> None:
    # RFC 2225 §8.5: sender number of 2 octets (E.164), no subaddress, 4 of IP; target 1, 0, 4.
    reading = read("arp", "00 13 08 00 42 00 00 08 04 01 00 04 aa bb c0 00 02 01 cc c0 00 02 02")
    assert reading.columns["arp_operation"] == 8
    assert reading["Sender ATM Number Type"] == 1
    assert reading["Sender ATM Number"] == b"\xaa\xbb"
    assert reading["Target Protocol Address"] == bytes([192, 0, 2, 2])
    assert reading.position == 23
