"""Which port of a datagram tells what is inside."""

from __future__ import annotations

import struct

import pytest

from tests.decode.agreement import Frame, disagreements
from tests.decode.test_packets import table

VXLAN = bytes.fromhex("08000000 00002a00") + bytes(12) + b"\x88\xb5" + bytes(46)


def datagram(source: int, destination: int) -> Frame:
    udp = struct.pack("!HHHH", source, destination, 8 + len(VXLAN), 0) + VXLAN
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    return Frame(header + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + udp, 228)


def test_of_two_system_ports_either_may_name_the_service() -> None:
    message = bytes(16) + b"\x01\x10\x02\0" + bytes(4) + (28).to_bytes(4, "big")
    udp = struct.pack("!HHHH", 244, 500, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    frame = Frame(header + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + udp, 228)
    rows, _ = table([frame])
    assert rows["protocols"].to_pylist() == ["ipv4:udp:ike"]
    assert not disagreements([frame])


@pytest.mark.parametrize(
    ("source", "destination", "tunnelled"),
    [
        (50_000, 4789, True),
        (4789, 50_000, True),
        (2000, 4789, True),
        # A resolver's client may take any port, a tunnel's among them (found in generated DNS traffic).
        (4789, 53, False),
        (53, 4789, False),
        (1023, 4789, False),
        (1024, 4789, True),
    ],
)
def test_a_system_port_names_the_service(source: int, destination: int, tunnelled: bool) -> None:
    frame = datagram(source, destination)
    rows, _ = table([frame])
    assert (rows.num_rows > 1) == tunnelled
    assert not disagreements([frame])
