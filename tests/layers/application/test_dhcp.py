"""DHCP: a message by hand, and every message of the corpora against tshark."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netanatomy
from netanatomy.detect.dhcp_messages import COLUMNS, messages
from netanatomy.detect.tables import PACKET_COLUMNS
from netanatomy.errors import MalformedError, ParseError
from netanatomy.tables.rows import Rows
from tests.layers.upper import read

FIXED = (
    "01 01 06 00 12 34 56 78 00 05 80 00 00 00 00 00 0a 00 00 07 00 00 00 00 0a 00 00 01"
    "02 00 00 00 00 05 00 00 00 00 00 00 00 00 00 00" + "00 " * 192
)
COOKIE = "63 82 53 63"


def test_a_message() -> None:
    options = "35 01 01 00 32 04 0a 00 00 09 0c 02 70 63 33 04 00 00 0e 10 37 02 01 03 fe 01 aa ff 00 00"
    reading = read("dhcp", FIXED + COOKIE + options)
    assert reading["op"] == 1
    assert reading.field("yiaddr").shown == "10.0.0.7"
    assert reading.field("giaddr").shown == "10.0.0.1"
    assert reading.field("chaddr").shown == "02:00:00:00:00:05"
    assert reading.field("DHCP Message Type").meaning.startswith("DISCOVER")
    assert reading.field("Requested IP Address").shown == "10.0.0.9"
    assert reading["Host Name"] == "pc"
    assert reading["IP Address Lease Time"] == 3600
    assert reading.field("Option 254").shown == "aa"
    assert reading["Padding"] == b"\0\0"
    assert reading.position == 240 + len(bytes.fromhex(options))


def test_bootp_without_options() -> None:
    assert read("dhcp", FIXED).position == 236
    assert read("dhcp", FIXED + "00 00 00 00").position == 240


def test_an_option_that_is_longer_than_the_message() -> None:
    with pytest.raises(ParseError):
        read("dhcp", FIXED + COOKIE + "35 09 01")


def test_an_option_too_short_for_what_it_holds() -> None:
    reading = read("dhcp", FIXED + COOKIE + "33 02 00 01 ff")
    assert reading.field("IP Address Lease Time").value == b"\0\1"


def test_another_protocol_on_the_port() -> None:
    assert read("dhcp", "17 00 00 00").position == 0


@given(st.binary(max_size=400))
def test_any_octets(octets: bytes) -> None:
    with contextlib.suppress(ParseError, MalformedError):
        read("dhcp", octets)


WANTED = (
    "frame.number",
    "dhcp.option.dhcp",
    "dhcp.option.dhcp_server_id",
    "dhcp.hw.mac_addr",
    "dhcp.ip.your",
)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_columns_against_tshark(corpora: Path) -> None:
    """The reading of many at once, of every whole message in the corpora."""
    compared = 0
    for file in sorted(corpora.glob("**/*dhcp*.pcap")):
        if "dhcpv6" in file.name or "dhcp6" in file.name:
            continue
        done = subprocess.run(
            ["tshark", "-r", str(file), "-Y", "dhcp && !icmp && !_ws.malformed", "-T", "fields"]
            + [word for field in WANTED for word in ("-e", field)],
            capture_output=True,
            text=True,
            check=False,
        )
        theirs = {int(line.split("\t")[0]): line.split("\t")[1:] for line in done.stdout.splitlines()}
        for number, ours in _read(file).items():
            if number not in theirs:
                continue
            kind, server, client, given_address = theirs[number]
            assert ours[0] == int(kind.split(",")[0] or 0), (file.name, number)
            assert ours[1] == server, (file.name, number)
            assert ours[2] == client.split(",")[0], (file.name, number)
            assert ours[3] == given_address, (file.name, number)
            compared += 1
    assert compared >= 20


def _read(file: Path) -> dict[int, tuple[int, str, str, str]]:
    """By frame: message type, server identifier, hardware address and given address of the client."""
    found: dict[int, tuple[int, str, str, str]] = {}
    for batch in netanatomy.open(file).packets_with_octets((*PACKET_COLUMNS, *COLUMNS)):
        rows = Rows(batch.table, batch.pieces)
        every = messages(rows)
        if every is None:
            continue
        for index, number in enumerate(rows.at("frame_number", every.rows).tolist()):
            found[number] = (
                int(every.kind[index]),
                _dotted(every.server[index]) if every.server[index] else "",
                bytes(every.chaddr[index]).hex(":"),
                _dotted(every.yiaddr[index]),
            )
    return found


def _dotted(number: np.int64) -> str:
    return ".".join(str(octet) for octet in int(number).to_bytes(4, "big"))
