"""AYIYA against tshark: every operation, identities and signatures of many lengths, IP inside or none."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

import netanatomy
from tests.layers.upper import IPV4, OCTETS, read
from tests.wire import ethernet, ipv4, udp, write_capture

FIELDS = {
    "ayiya.idlen": "Identity Length",
    "ayiya.idtype": "Identity Type",
    "ayiya.siglen": "Signature Length",
    "ayiya.hashmethod": "Hash Method",
    "ayiya.authmethod": "Authentication Method",
    "ayiya.opcode": "Operation Code",
    "ayiya.nextheader": "Next Header",
    "ayiya.identity": "Identity",
    "ayiya.signature": "Signature",
}
"""Our field for each of tshark's."""

INSIDE = {4: bytes.fromhex(IPV4), 41: bytes.fromhex(OCTETS["ipv6"]), 59: b""}
HEADERS = list(product(range(8), ((0, 0), (4, 1), (5, 2)), range(8), INSIDE))
"""Two to the power of how many octets of identity, the signature and its hash, operation, next header."""

ECHO_REQUEST_AND_FORWARD = 3
HIDDEN = frozenset({"ethertype", "data"})
NAMES = {"eth": "ethernet", "ip": "ipv4"}


def payload(power: int, signed: tuple[int, int], operation: int, following: int) -> bytes:
    units, method = signed
    first = bytes([power << 4 | 1, units << 4 | method, 1 << 4 | operation, following])
    return (
        first + bytes.fromhex("4af64bfd") + b"\x11" * (1 << power) + b"\x22" * (units * 4) + INSIDE[following]
    )


def tshark(path: Path) -> list[dict[str, str]]:
    """What tshark says of each frame."""
    names = ("frame.protocols", *FIELDS)
    wanted = [argument for name in names for argument in ("-e", name)]
    run = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", *wanted], capture_output=True, text=True, check=True
    )
    lines = [line.replace("<MISSING>", "").split("\t") for line in run.stdout.splitlines()]
    return [dict(zip(names, line, strict=True)) for line in lines]


def stacks(path: Path) -> list[list[str]]:
    """The headers of each row, by frame."""
    found: list[list[str]] = [[] for _ in HEADERS]
    for batch in netanatomy.open(path).packets(columns=["frame_number", "protocols"]):
        numbers, protocols = (batch[name].to_pylist() for name in ("frame_number", "protocols"))
        for number, stack in zip(numbers, protocols, strict=True):
            found[number - 1].append(stack)
    return found


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_says_the_same(tmp_path: Path) -> None:
    frames = [ethernet(ipv4(udp(payload(*each), 50_000, 5072), protocol=17)) for each in HEADERS]
    path = write_capture(tmp_path / "ayiya.pcapng", frames)
    theirs, ours = tshark(path), stacks(path)
    assert len(theirs) == len(HEADERS)
    for header, said, rows in zip(HEADERS, theirs, ours, strict=True):
        *_, operation, following = header
        stack = ":".join(
            NAMES.get(name, name) for name in said["frame.protocols"].split(":") if name not in HIDDEN
        )
        if operation == ECHO_REQUEST_AND_FORWARD and following in (4, 41):
            # The draft has the packet forwarded as well; tshark opens operation 1 only.
            assert stack == "ethernet:ipv4:udp:ayiya"
            stack += {4: ":ipv4:udp", 41: ":ipv6:udp"}[following]
        assert rows == (["ethernet:ipv4:udp:ayiya", stack] if stack.count(":") > 3 else [stack])
        reading = {field.name: field.value for field in read("ayiya", payload(*header)).fields}
        for theirs_name, name in FIELDS.items():
            value = reading.get(name, b"")
            told = value.hex() if isinstance(value, bytes) else f"0x{value:02x}"
            assert said[theirs_name] == told
