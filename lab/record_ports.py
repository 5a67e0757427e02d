"""Write down every frame that comes in at the named interfaces (python3 record_ports.py FILE INTERFACE…).

One packet socket for all ports, so that the frames have one order and the recording begins at once; dumpcap,
with a ring and a filter for each port, takes a second until the last one is there. Runs in the switch's
namespace until SIGINT or SIGTERM, and imports nothing but the standard library.
"""

from __future__ import annotations

import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

RECORD = struct.Struct("<IQI")  # number of the interface, ns since 1970, octets; then the octets
FRAMES_LOST = 0xFFFFFFFF  # in place of an interface: the second number is the count; ends the file
MAGIC = b"ports\0\0\1"

# linux/if_ether.h, linux/if_packet.h, asm-generic/socket.h
ETH_P_ALL = 3
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 6, 8, 23
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid
TIMESPEC = struct.Struct("ll")
PACKET_OUTGOING = 4
BUFFER_OCTETS = 128 << 20  # tens of thousands of frames, should this program not be scheduled for a while
LONGEST_FRAME = 65_600
POLL_SECONDS = 0.1


def records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Interface (its number), time in ns, and octets of each record of such a file, the closing one too."""
    offset = len(MAGIC)
    while offset < len(data):
        interface, when, length = RECORD.unpack_from(data, offset)
        offset += RECORD.size
        yield interface, when, data[offset : offset + length]
        offset += length


def main(file: Path, names: list[str]) -> None:
    """Record until told to stop; what arrived by then is written as well."""
    stopped: list[int] = []

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.append(time.time_ns())

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    numbers = {name: number for number, name in enumerate(names)}
    every = socket.htons(ETH_P_ALL)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, every) as ports, file.open("wb") as out:
        ports.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_OCTETS)
        ports.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ports.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        ports.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        ports.settimeout(POLL_SECONDS)
        for name in names:
            _promiscuous(ports, name)
        out.write(MAGIC)
        out.flush()
        while True:
            try:
                octets, ancillary, _, sender = ports.recvmsg(LONGEST_FRAME, 256)
            except TimeoutError:
                if stopped:
                    break
                continue
            number = numbers.get(sender[0])
            if number is None or sender[2] == PACKET_OUTGOING:
                continue  # the switch's own interface, or what came before the options were set
            when = 0
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = TIMESPEC.unpack(data)
                    when = seconds * 1_000_000_000 + nanoseconds
                elif level == SOL_PACKET and kind == PACKET_AUXDATA:
                    octets = _with_tag(octets, data)
            if stopped and when > stopped[0]:
                break  # traffic that never pauses must not keep it from its end
            if when:
                out.write(RECORD.pack(number, when, len(octets)) + octets)
        _, lost = struct.unpack("II", ports.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        out.write(RECORD.pack(FRAMES_LOST, lost, 0))


def _with_tag(octets: bytes, data: bytes) -> bytes:
    """The frame with the VLAN tag that the kernel took out of it (802.1Q: at octet 12)."""
    status, _, _, _, _, tag, protocol = AUXDATA.unpack_from(data)
    if not status & TP_STATUS_VLAN_VALID:
        return octets
    protocol = protocol if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
    return octets[:12] + struct.pack(">HH", protocol, tag) + octets[12:]


def _promiscuous(ports: socket.socket, name: str) -> None:
    """Take frames for other hardware addresses too (PACKET_MR_PROMISC)."""
    request = struct.pack("IHH8s", socket.if_nametoindex(name), 1, 0, b"")
    ports.setsockopt(SOL_PACKET, 1, request)  # PACKET_ADD_MEMBERSHIP


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
