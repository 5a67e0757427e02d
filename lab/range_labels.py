"""Which frames of a capture an attacker sent: known by the switch port through which they came in.

The range records what comes in at every port of its switch, so each frame is there once and with its port. A
forged MAC or IP source changes nothing about that. Where the attacker is beyond the router, what it sent on
its own segment is found again, packet by packet, among what the router handed on.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.capture import ENHANCED_PACKET, IF_TSRESOL, INTERFACE_DESCRIPTION, SECTION_HEADER
from lab.namespaces import Host, LabError, stop, wait_for
from lab.record_ports import FRAMES_LOST, records

ETHERNET = 1  # LINKTYPE_ETHERNET
SNAP_OCTETS = 65535
FLUSH_SECONDS = 0.3  # what was sent last is on its way
SHB_USERAPPL, OPT_COMMENT, IF_NAME = 4, 1, 2  # draft-ietf-opsawg-pcapng, sections 3.5, 4.1 and 4.2

# What a host's kernel says by itself while a tool runs on it: address resolution (ARP; neighbour and router
# discovery, RFC 4861 section 4) and multicast listener reports (RFC 3810, behind a hop-by-hop header).
HOUSEKEEPING = (
    "arp or (ip6 and ip6[6] == 58 and ip6[40] >= 133 and ip6[40] <= 137) or (ip6 and ip6[6] == 0) or igmp"
)


@dataclass(frozen=True)
class Frame:
    """A frame as it came in at a port of the switch."""

    when: int  # ns since 1970
    port: str
    octets: bytes
    length: int  # on the wire


class PortRecorder:
    """Records what comes in at ports of one host; see record_ports.py."""

    def __init__(self, host: Host, ports: Sequence[str]) -> None:
        self._ports = list(ports)
        self._file = host.folder / "ports"
        program = Path(__file__).with_name("record_ports.py")
        self._process = host.start(sys.executable, str(program), str(self._file), *self._ports)
        wait_for("the recording to begin", lambda: self._file.exists() and self._file.stat().st_size > 0)

    def finish(self) -> list[Frame]:
        """Stop, and give the frames in order of time."""
        time.sleep(FLUSH_SECONDS)
        stop(self._process)
        frames: list[Frame] = []
        lost = -1
        for interface, when, octets in records(self._file.read_bytes()):
            if interface == FRAMES_LOST:
                lost = when
            else:
                frames.append(Frame(when, self._ports[interface], octets, len(octets)))
        if lost:
            raise LabError(f"the capture lost {lost} frames: the computer was too busy, run it again")
        # Two processors may hand over two frames in another order than they stamped them.
        return sorted(frames, key=lambda frame: frame.when)


def matching(frames: Sequence[Frame], expression: str, folder: Path, link_type: int = ETHERNET) -> set[int]:
    """Indices of the frames that the pcap filter takes, as tcpdump judges; an empty filter takes all."""
    if not expression or not frames:
        return set(range(len(frames)))
    # The index travels as the time stamp's seconds, which is all that tcpdump hands through unchanged.
    given, taken = folder / "filter-in.pcap", folder / "filter-out.pcap"
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAP_OCTETS, link_type)]
    for index, frame in enumerate(frames):
        parts += [struct.pack("<IIII", index, 0, len(frame.octets), frame.length), frame.octets]
    given.write_bytes(b"".join(parts))
    done = subprocess.run(
        ["tcpdump", "-r", str(given), "-w", str(taken), expression],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"tcpdump did not take the filter {expression!r}: {done.stderr.strip()[-200:]}")
    indices: set[int] = set()
    data, offset = taken.read_bytes(), 24
    while offset < len(data):
        index, _, captured, _ = struct.unpack_from("<IIII", data, offset)
        indices.add(index)
        offset += 16 + captured
    return indices


def packet_key(octets: bytes) -> bytes:
    """What of a frame stays the same through a router: the packet without hop limit and header checksum."""
    packet = octets[14:]
    kind = octets[12:14]
    if kind == b"\x08\x00" and len(packet) >= 20:
        total = int.from_bytes(packet[2:4], "big")  # what follows is padding of short frames
        packet = packet[: max(total, 20)]
        return packet[:8] + packet[9:10] + packet[12:]
    if kind == b"\x86\xdd" and len(packet) >= 40:
        packet = packet[: 40 + int.from_bytes(packet[4:6], "big")]
        return packet[:7] + packet[8:]
    return b""


def across_the_router(sent: Iterable[Frame], seen: Sequence[tuple[int, Frame]]) -> list[int]:
    """Numbers of those `seen` (number, frame) that the router made from `sent`, each taken once, in order."""
    waiting: defaultdict[bytes, deque[tuple[int, Frame]]] = defaultdict(deque)
    for number, frame in seen:
        waiting[packet_key(frame.octets)].append((number, frame))
    found: list[int] = []
    for frame in sent:
        key = packet_key(frame.octets)
        queue = waiting.get(key) if key else None
        while queue and queue[0][1].when < frame.when:
            queue.popleft()  # an equal packet from before: somebody else's
        if queue:
            found.append(queue.popleft()[0])
    return sorted(found)


def as_ranges(numbers: Iterable[int]) -> str:
    """Frame numbers as text.

    >>> as_ranges([1, 2, 3, 7, 9, 10])
    '1-3,7,9-10'
    """
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def pcapng(frames: Sequence[Frame], snap_octets: int, comment: str, link_type: int = ETHERNET) -> bytes:
    """The frames as one capture from one point, each cut to `snap_octets`, times in nanoseconds."""
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    section += _option(OPT_COMMENT, comment.encode()) + _option(SHB_USERAPPL, b"netanatomy's laboratory")
    interface = struct.pack("<HHI", link_type, 0, snap_octets)
    interface += _option(IF_NAME, b"span") + _option(IF_TSRESOL, b"\x09")
    parts = [_block(SECTION_HEADER, section + bytes(4)), _block(INTERFACE_DESCRIPTION, interface + bytes(4))]
    for frame in frames:
        octets = frame.octets[:snap_octets]
        header = struct.pack(
            "<IIIII", 0, frame.when >> 32, frame.when & 0xFFFFFFFF, len(octets), frame.length
        )
        parts.append(_block(ENHANCED_PACKET, header + octets + bytes(-len(octets) % 4)))
    return b"".join(parts)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length
