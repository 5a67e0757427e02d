"""TCP: flags, options one by one, and the checksum's verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.header import PseudoHeader
from tests.decode.oracle import ones_complement
from tests.layers.upper import OCTETS, PORTS, checksummed, over_ipv4, over_ipv6, pseudo_octets, read


def segment(options: str, flags: int = 0x10) -> str:
    octets = bytes.fromhex(options)
    octets += bytes(-len(octets) % 4)
    words = (20 + len(octets)) // 4
    return f"{PORTS} 00 00 00 01 00 00 00 02 {words << 12 | flags:04x} 20 00 00 00 00 00 {octets.hex()}"


def test_columns() -> None:
    octets = checksummed(OCTETS["tcp"], 16, over_ipv4(OCTETS["tcp"], 6))
    reading = read("tcp", octets, over_ipv4(octets, 6))
    columns = reading.columns
    assert columns.pop("transport_checksum") == int.from_bytes(octets[16:18], "big")
    assert columns == {
        "source_port": 1234,
        "destination_port": 5678,
        "tcp_sequence": 1,
        "tcp_acknowledgment": 2,
        "tcp_flags": 0x1C2,
        "tcp_window": 8192,
        "tcp_urgent_pointer": 0,
        "tcp_header_length": 52,
        "transport_checksum_status": "good",
        "tcp_mss": 1460,
        "tcp_sack_permitted": 1,
        "tcp_timestamp_value": 3,
        "tcp_timestamp_echo": 4,
        "tcp_window_scale": 7,
        "tcp_multipath_subtype": 4,
        "tcp_fast_open_length": 4,
    }
    assert reading.field("Flags").shown == "SYN, ECE, CWR, AE"
    assert reading.field("shift.cnt").meaning == "windows count units of 128 octets"


@pytest.mark.parametrize("over", [over_ipv4, over_ipv6])
def test_verdicts(over: Callable[[str, int], PseudoHeader]) -> None:
    octets = segment("")
    pseudo_header = over(octets, 6)
    right = checksummed(octets, 16, pseudo_header)
    assert read("tcp", right, pseudo_header)["Checksum status"] == "good"
    wrong = right[:-1] + b"\x01"
    assert read("tcp", wrong, pseudo_header)["Checksum status"] == "bad"
    longer = pseudo_header._replace(length=pseudo_header.length + 1)
    assert read("tcp", wrong, longer)["Checksum status"] == "unverified"
    left_open = ones_complement(pseudo_octets(pseudo_header)).to_bytes(2, "big")
    partial = right[:16] + left_open + right[18:]
    assert read("tcp", partial, pseudo_header)["Checksum status"] == "partial"


def test_urgent_data_and_flags_in_words() -> None:
    reading = read("tcp", segment("", 0x31))
    assert reading.field("Flags").shown == "FIN, ACK, URG"
    assert "urgent data" in reading.field("Urgent Pointer").meaning
    assert read("tcp", segment("", 0)).field("Flags").shown == "none"
    assert read("tcp", segment("", 0)).field("Acknowledgment Number").meaning == "means nothing without ACK"


def test_selective_acknowledgments() -> None:
    reading = read("tcp", segment("05 12 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04"))
    assert reading.columns["tcp_sack_count"] == 2
    assert reading.all("Left Edge") == [1, 3]
    assert reading.columns["tcp_sack_right"] == 2


def test_signatures() -> None:
    assert read("tcp", segment("13 12" + "ab" * 16)).columns["tcp_signature_kind"] == 19
    authenticated = read("tcp", segment("1d 10 01 02" + "cd" * 12))
    assert authenticated.columns["tcp_signature_kind"] == 29
    assert authenticated["MAC"] == b"\xcd" * 12


def test_fast_open() -> None:
    assert read("tcp", segment("22 02")).columns["tcp_fast_open_length"] == 0
    experimental = read("tcp", segment("fe 08 f9 89 01 02 03 04"))
    assert experimental.columns["tcp_fast_open_length"] == 4
    other = read("tcp", segment("fe 06 e2 d4 c3 d9"))
    assert other.field("ExID").meaning == "shared memory communications"
    assert "tcp_fast_open_length" not in other.columns


@pytest.mark.parametrize(
    ("option", "flags", "names"),
    [
        ("1e 0c 01 81" + "aa" * 8, 2, ["Version", "A", "B", "C", "D to G", "H", "Sender's Key"]),
        ("1e 0c 11 05 00 00 00 07 00 00 00 08", 2, ["B", "Address ID", "Receiver's Token"]),
        ("1e 18 10 00" + "bb" * 20, 0x10, ["Sender's HMAC"]),
        (
            "1e 14 20 05 00 00 00 01 00 00 00 02 00 00 00 03 00 04 00 00",
            0x10,
            ["Data ACK", "Data-Level Length"],
        ),
        ("1e 08 30 02 c0 00 02 01", 0x10, ["Address ID", "Address"]),
        ("1e 04 51 00", 0x10, ["B"]),
        ("1e 0c 60 00" + "00" * 8, 0x10, ["Data Sequence Number"]),
        ("1e 0c 70 00" + "cc" * 8, 0x10, ["Option Receiver's Key"]),
        ("1e 04 80 02", 0x14, ["Reason"]),
    ],
)
def test_multipath(option: str, flags: int, names: list[str]) -> None:
    reading = read("tcp", segment(option, flags))
    assert reading.columns["tcp_multipath_subtype"] == int(option.replace(" ", "")[4], 16)
    read_names = [field.name for field in reading.fields]
    assert set(names) <= set(read_names)


def test_user_timeout_quick_start_and_accurate_ecn() -> None:
    assert read("tcp", segment("1c 04 80 05"))["User Timeout"] == 5
    assert read("tcp", segment("1b 08 03 40 00 00 00 04")).field("Rate Request").meaning == "320000 bits/s"
    assert read("tcp", segment("ac 08 00 00 01 00 00 02"))["Second Counter"] == 2


def test_options_of_a_wrong_length_are_data() -> None:
    reading = read("tcp", segment("02 03 05 04 03 00 00"))
    assert "tcp_mss" not in reading.columns
    assert "tcp_sack_permitted" not in reading.columns


@pytest.mark.parametrize("options", ["02 00 00 00", "02 01 00 00", "02 09 00 00", "01 01 01 02"])
def test_broken_options(options: str) -> None:
    with pytest.raises(MalformedError, match="option"):
        read("tcp", segment(options))


def test_broken_headers() -> None:
    with pytest.raises(MalformedError, match="under 20"):
        read("tcp", f"{PORTS} 00 00 00 01 00 00 00 02 40 02 20 00 00 00 00 00")
    with pytest.raises(TruncatedError):
        read("tcp", f"{PORTS} 00 00 00 01 00 00 00 02 60 02 20 00 00 00 00 00")
