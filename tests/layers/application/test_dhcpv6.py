"""DHCPv6: messages by hand, and every message of the corpora and the laboratory against tshark."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netanatomy
from netanatomy.detect.dhcpv6_messages import COLUMNS, messages
from netanatomy.detect.tables import PACKET_COLUMNS
from netanatomy.errors import MalformedError, ParseError
from netanatomy.layers.application.dhcpv6 import DEEPEST
from netanatomy.tables.rows import Rows
from tests.detect.support import CAPTURES
from tests.layers.upper import read

CLIENT = "00 01 00 0e 00 01 00 01 32 95 5a 74 02 00 00 00 00 05"
SERVER = "00 02 00 0a 00 03 00 01 02 00 00 00 00 02"
ADDRESS = "00 05 00 18 fd 00 00 20 00 00 00 00 00 00 00 00 00 00 1c 09 00 00 1c 20 00 00 1d 4c"
ASSOCIATION = f"00 03 00 28 21 20 00 98 00 00 0e 10 00 00 15 18 {ADDRESS}"
DNS = "00 17 00 20 fd 00 0b ad 00 00 00 00 00 00 00 00 00 00 00 53" + " fd 00 0b ad" + " 00" * 11 + " 54"


def test_a_reply() -> None:
    octets = f"07 ca 8c 81 {CLIENT} {SERVER} {ASSOCIATION} {DNS}"
    reading = read("dhcpv6", octets)
    assert reading.field("msg-type").meaning.startswith("REPLY")
    assert reading.field("transaction-id").shown == "0xca8c81"
    assert reading.field("Client Identifier: link-layer address").shown == "02:00:00:00:00:05"
    assert reading.field("Server Identifier: DUID type").meaning == "link-layer address"
    assert reading.field("Server Identifier: link-layer address").shown == "02:00:00:00:00:02"
    assert reading.field("IPv6-address").shown == "fd00:20::1c09"
    assert reading["valid-lifetime"] == 7500
    resolvers = [each.shown for each in reading.fields if each.name == "DNS Recursive Name Server"]
    assert resolvers == ["fd00:bad::53", "fd00:bad::54"]
    assert reading.position == len(bytes.fromhex(octets))


def test_a_relayed_question() -> None:
    inside = f"01 00 00 07 {CLIENT} 00 06 00 04 00 17 00 18 00 08 00 02 00 64"
    length = len(bytes.fromhex(inside)).to_bytes(2, "big").hex()
    reading = read("dhcpv6", f"0c 01 {'00' * 15} 01 {'fe80' + '00' * 13} 05 00 09 {length} {inside}")
    kinds = [each.meaning.split(":")[0] for each in reading.fields if each.name == "msg-type"]
    assert kinds == ["RELAY-FORW", "SOLICIT"]
    assert reading.field("peer-address").shown == "fe80::5"
    wanted = [each.meaning for each in reading.fields if each.name == "requested-option-code"]
    assert wanted == ["DNS Recursive Name Server", "Domain Search List"]
    assert reading["Elapsed Time"] == 100


def test_a_prefix_and_a_status() -> None:
    prefix = "00 1a 00 19 00 00 0e 10 00 00 1c 20 38 20 01 0d b8 00 01" + " 00" * 10
    pd = f"00 19 00 29 00 00 00 01 00 00 00 00 00 00 00 00 {prefix}"
    reading = read("dhcpv6", f"02 00 00 01 {pd} 00 0d 00 04 00 02 6e 6f")
    assert (reading.field("IPv6-prefix").shown, reading["prefix-length"]) == ("2001:db8:1::", 56)
    assert reading.field("status-code").meaning == "no address is left"
    assert reading["status-message"] == "no"


def test_other_identifiers_stay_whole() -> None:
    reading = read("dhcpv6", "01 00 00 01 00 01 00 06 00 02 00 00 00 09")
    assert reading["Client Identifier"] == bytes.fromhex("00000009")


def test_an_option_that_is_longer_than_the_message() -> None:
    with pytest.raises(ParseError):
        read("dhcpv6", "01 00 00 01 00 01 00 0e 00 01")


def test_an_option_too_short_for_what_it_holds() -> None:
    with pytest.raises(MalformedError):
        read("dhcpv6", "01 00 00 01 00 08 00 01 05")


def test_another_protocol_on_the_port() -> None:
    assert read("dhcpv6", "ff 00 00 00").position == 0


def test_messages_within_messages_end() -> None:
    octets = b""
    for _ in range(DEEPEST + 5):
        octets = bytes((12, 0)) + bytes(32) + b"\0\x09" + len(octets).to_bytes(2, "big") + octets
    reading = read("dhcpv6", octets)
    assert sum(each.name == "msg-type" for each in reading.fields) == DEEPEST + 1
    assert reading.position == len(octets)


@given(st.binary(max_size=400))
def test_any_octets(octets: bytes) -> None:
    with contextlib.suppress(ParseError, MalformedError):
        read("dhcpv6", octets)


WANTED = ("frame.number", "dhcpv6.msgtype", "dhcpv6.xid", "dhcpv6.iaaddr.ip", "dhcpv6.dns_server")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_columns_against_tshark_in_the_corpora(corpora: Path) -> None:
    files = sorted({*corpora.glob("**/*dhcpv6*.pcap*"), *corpora.glob("**/*dhcp6*.pcap*")})
    assert sum(_compared(file) for file in files) >= 15


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", ["rogue-dhcp-held-dhcp6", "dhcp-starvation-held-dhcp6"])
def test_columns_against_tshark_in_the_laboratory(name: str) -> None:
    assert _compared(CAPTURES / f"{name}.pcapng.zst") >= 100


def _compared(file: Path) -> int:
    """Messages that both read; every one that is no relay's, and every field of it."""
    shown = "dhcpv6 && !icmpv6 && !_ws.malformed && !dhcpv6.hopcount && dhcpv6.msgtype < 12"
    octets = file.read_bytes()
    if file.suffix == ".zst":
        octets = subprocess.run(["zstd", "-dc", file], capture_output=True, check=True).stdout
    done = subprocess.run(
        ["tshark", "-r", "-", "-Y", shown, "-T", "fields"]
        + [word for field in WANTED for word in ("-e", field)],
        input=octets,
        capture_output=True,
        check=False,
    )
    theirs = {int(line.split("\t")[0]): line.split("\t")[1:] for line in done.stdout.decode().splitlines()}
    ours = dict(_ours(file))
    for number, (kind, xid, address, dns) in theirs.items():
        mine = ours[number]
        assert mine[:2] == (int(kind.split(",")[0]), int(xid.split(",")[0], 16)), (file.name, number)
        if mine[2]:
            assert mine[2] in address.split(","), (file.name, number)
        assert mine[3] == dns.split(",")[0], (file.name, number)
    return len(theirs)


def _ours(file: Path) -> Iterator[tuple[int, tuple[int, int, str, str]]]:
    """By frame: message type, transaction, first address and first resolver."""
    for batch in netanatomy.open(file).packets_with_octets((*PACKET_COLUMNS, *COLUMNS)):
        rows = Rows(batch.table, batch.pieces)
        every = messages(rows)
        if every is None:
            continue
        for index, number in enumerate(rows.at("frame_number", every.rows).tolist()):
            address, dns = (
                str(IPv6Address(octets)) if any(octets) else ""
                for octets in (bytes(every.address[index]), bytes(every.dns[index]))
            )
            yield number, (int(every.kind[index]), int(every.xid[index]), address, dns)
