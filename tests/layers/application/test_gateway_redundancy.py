"""HSRP and GLBP: messages by hand, and those of the corpora against tshark."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netanatomy
from netanatomy.errors import MalformedError, ParseError
from netanatomy.layers.application import glbp, hsrp
from netanatomy.layers.protocol import registry
from tests.layers.upper import read

# RFC 2281 section 5.1: coup, active, hello 3 s, hold 10 s, priority 255, group 1, "cisco", 10.0.0.254.
HSRP_1 = "00 01 10 03 0a ff 01 00 63 69 73 63 6f 00 00 00 0a 00 00 fe"
HSRP_2 = (
    "01 28 02 00 06 04 00 05 00 00 0c 9f f0 05 00 00 00 6e 00 00 0b b8 00 00 27 10 0a 00 00 fe" + " 00" * 12
)
GLBP = (
    "01 00 00 05 00 00 02 00 00 00 00 01 01 1c 00 20 00 6e 00 00 00 00 0b b8 00 00 27 10 02 58 38 40 00 00"
    "01 04 0a 00 00 fe"
)


def test_hsrp_version_1() -> None:
    reading = read("hsrp", HSRP_1)
    assert reading.field("Op Code").meaning.startswith("coup")
    assert reading.field("State").meaning == "active"
    assert (reading["Priority"], reading["Group"]) == (255, 1)
    assert reading.field("Virtual IP Address").shown == "10.0.0.254"
    assert reading.position == 20
    assert hsrp.message(bytes.fromhex(HSRP_1)) == hsrp.Message(1, True, 255, 1, "10.0.0.254")


def test_hsrp_version_2() -> None:
    reading = read("hsrp", HSRP_2)
    assert reading.field("State").meaning == "active"
    assert (reading["Priority"], reading["Group"], reading["Hellotime"]) == (110, 5, 3000)
    assert reading.position == 42
    assert hsrp.message(bytes.fromhex(HSRP_2)) == hsrp.Message(0, True, 110, 5, "10.0.0.254")


def test_glbp_hello() -> None:
    reading = read("glbp", GLBP)
    assert reading.field("VG State").meaning == "active"
    assert (reading["Priority"], reading["Group"]) == (110, 5)
    assert reading.field("Virtual IP Address").shown == "10.0.0.254"
    assert glbp.message(bytes.fromhex(GLBP)) == glbp.Message(True, 110, 5, "10.0.0.254")


def test_the_priority_lies_where_it_is_said() -> None:
    assert bytes.fromhex(HSRP_1)[hsrp.PRIORITY_AT] == 255
    assert bytes.fromhex(HSRP_2)[hsrp.PRIORITY_AT_2] == 110
    assert bytes.fromhex(GLBP)[glbp.PRIORITY_AT] == 110


def test_other_protocols_on_the_ports() -> None:
    assert read("hsrp", "09 09 09").position == 0
    assert read("glbp", "09 09 09").position == 0
    assert hsrp.message(b"\x09" * 40) is None
    assert glbp.message(b"\x09" * 40) is None


def test_a_value_shorter_than_its_header() -> None:
    with pytest.raises(MalformedError, match="shorter"):
        read("glbp", GLBP[:35] + " 01 01")


@pytest.mark.parametrize("protocol", ["hsrp", "glbp"])
@given(octets=st.binary(max_size=80))
def test_any_octets(protocol: str, octets: bytes) -> None:
    hsrp.message(octets)
    glbp.message(octets)
    for octet in (b"", b"\0", b"\1\x28\2", b"\1"):
        with contextlib.suppress(ParseError):
            read(protocol, octet + octets)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_hsrp_against_tshark(corpora: Path) -> None:
    compared = 0
    wanted = ("frame.number", "udp.payload", "hsrp.state", "hsrp.priority", "hsrp.group", "hsrp.virt_ip")
    for file in sorted(corpora.glob("**/HSRP_*.pcap")):
        fields = [word for field in wanted for word in ("-e", field)]
        done = subprocess.run(
            ["tshark", "-r", str(file), "-Y", "hsrp.state", "-T", "fields", *fields],
            capture_output=True,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            _, payload, state, priority, group, virtual = line.split("\t")
            message = hsrp.message(bytes.fromhex(payload))
            assert message is not None
            assert (message.active, message.priority) == (int(state) == hsrp.ACTIVE, int(priority))
            assert (message.group, message.virtual) == (int(group), virtual)
            compared += 1
    if not compared:
        pytest.skip("no capture of HSRP is there")


def test_frames_are_named(corpora: Path) -> None:
    file = corpora / "the-tcpdump-group+tcpdump" / "tests" / "HSRP_coup.pcap"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    names = netanatomy.open(file).packets(["protocols"]).to_arrow()["protocols"].to_pylist()
    assert set(names) == {"ethernet:ipv4:udp:hsrp"}
    assert "hsrp" in registry().by_name
