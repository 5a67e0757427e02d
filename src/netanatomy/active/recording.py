"""Records the frames of one's own probe while it runs, so that `show` opens the very handshake."""

from __future__ import annotations

import ctypes
import socket
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv6Address, ip_address
from types import TracebackType
from typing import BinaryIO

from netanatomy.capture.write import PcapngWriter
from netanatomy.errors import NetanatomyError
from netanatomy.layers.anatomy import Anatomy
from netanatomy.layers.link.link_types import link_type_name
from netanatomy.schema.frozen import frozen

ALL_PROTOCOLS = 0x0003  # ETH_P_ALL, linux/if_ether.h
TIMESTAMPS = 35  # SO_TIMESTAMPNS, asm-generic/socket.h
TIMESPEC = struct.Struct("@ll")
ROOM = socket.CMSG_SPACE(TIMESPEC.size)  # octets, for the time that comes with a frame
ETHERNET, LOOPBACK = 1, 772  # ARPHRD_, linux/if_arp.h
OUTGOING = 4  # PACKET_OUTGOING, linux/if_packet.h
LINK_ETHERNET, LINK_RAW = 1, 101  # LINKTYPE_, https://www.tcpdump.org/linktypes.html
LONGEST_FRAME = 262_144  # octets; what segmentation offload makes is shorter
MAXIMUM_FRAMES = 200_000
"""Frames kept. Bounds a probe on a machine through which much else flows; the rest is counted as dropped."""
MAXIMUM_OCTETS = 256 << 20
"""Octets kept: the same."""
RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE, asm-generic/socket.h
ATTACH_FILTER = 26  # SO_ATTACH_FILTER, asm-generic/socket.h
PACKET_LEVEL, PACKET_STATISTICS = 263, 6  # SOL_PACKET, linux/socket.h; linux/if_packet.h
STATISTICS = struct.Struct("@II")  # tpacket_stats: what came, and what of it found no room
BUFFER = 64 << 20  # octets that the system holds while this process does something else
HEADERS = 512  # octets; a frame's addresses and ports are in them, behind any tags and options
LINGER = 0.15  # seconds for the last segments of a connection that was closed
LOOK_UP = 0.1  # seconds after which the recorder looks whether it is to stop


# Classic BPF (linux/filter.h): none of what goes out by loopback, for it comes in as well. What the system
# need not keep leaves room for the rest.
INSTRUCTION = struct.Struct("@HBBI")
LOAD_WORD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
ANCILLARY = 0xFFFF_F000  # SKF_AD_OFF
NOT_TWICE = (
    (LOAD_WORD, 0, 0, ANCILLARY + 4),  # SKF_AD_PKTTYPE
    (EQUAL, 0, 2, OUTGOING),
    (LOAD_WORD, 0, 0, ANCILLARY + 28),  # SKF_AD_HATYPE
    (EQUAL, 1, 0, LOOPBACK),
    (RETURN, 0, 0, LONGEST_FRAME),
    (RETURN, 0, 0, 0),
)


@frozen
class _Frame:
    time: int
    interface: str
    link_type: int
    octets: bytes


class Recording:
    """All frames of the machine while it is open; those of the probe are written at its end.

    Attributes:
        dropped: frames that there was no room for here.
        lost: frames that the system had no room for before they were fetched.

    Raises:
        NetanatomyError: the system does not let this user record, or has no packet sockets.
    """

    def __init__(self) -> None:
        if not hasattr(socket, "AF_PACKET"):
            raise NetanatomyError("--capture needs the packet sockets of Linux")
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        except PermissionError:
            raise NetanatomyError("--capture needs the right to record (root, or CAP_NET_RAW)") from None
        _make_room(self._socket)
        _attach(self._socket, NOT_TWICE)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self._socket.settimeout(LOOK_UP)
        self._frames: list[_Frame] = []
        self._octets = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._record, name="netanatomy-recording", daemon=True)
        self.dropped = 0
        self.lost = 0

    def __enter__(self) -> Recording:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time.sleep(LINGER)
        self._over.set()
        self._thread.join()
        statistics = self._socket.getsockopt(PACKET_LEVEL, PACKET_STATISTICS, STATISTICS.size)
        self.lost = STATISTICS.unpack(statistics)[1]
        self._socket.close()

    def write(self, file: BinaryIO, addresses: Iterable[str], ports: Iterable[int]) -> int:
        """Write the frames to or from these addresses and ports as pcapng.

        Returns:
            How many they are.
        """
        packed = [ip_address(text.partition("%")[0]).packed for text in addresses]
        wanted, chosen = set(packed), set(ports)
        numbers = [port.to_bytes(2, "big") for port in chosen]
        writer = PcapngWriter(file, application="netanatomy probe")
        interfaces: dict[tuple[str, int], int] = {}
        written = 0
        for frame in _in_time(self._frames):
            # Looking for the octets is cheap, and nearly always enough to say no.
            head = frame.octets[:HEADERS]
            if not any(octets in head for octets in packed) or not any(octets in head for octets in numbers):
                continue
            if not _between(head, frame.link_type, wanted, chosen):
                continue
            key = frame.interface, frame.link_type
            if key not in interfaces:
                interfaces[key] = writer.interface(
                    frame.link_type, name=frame.interface, description=link_type_name(frame.link_type)
                )
            writer.frame(frame.time, frame.octets, interfaces[key])
            written += 1
        return written

    def _record(self) -> None:
        while not self._over.is_set():
            try:
                octets, ancillary, _, address = self._socket.recvmsg(LONGEST_FRAME, ROOM)
            except TimeoutError:
                continue
            interface, _, direction, hardware = address[:4]
            if hardware == LOOPBACK and direction == OUTGOING:
                continue  # it comes in as well
            if len(self._frames) >= MAXIMUM_FRAMES or self._octets + len(octets) > MAXIMUM_OCTETS:
                self.dropped += 1
                continue
            link_type = LINK_ETHERNET if hardware in (ETHERNET, LOOPBACK) else LINK_RAW
            self._octets += len(octets)
            self._frames.append(_Frame(_time(ancillary), interface, link_type, octets))


def _make_room(recorder: socket.socket) -> None:
    """Have the system hold much, for a machine may send gigabytes within the second over loopback."""
    try:
        recorder.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, BUFFER)
    except PermissionError:  # needs CAP_NET_ADMIN; without it, as much as everybody may have
        recorder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)


def _attach(recorder: socket.socket, instructions: Sequence[tuple[int, int, int, int]]) -> None:
    """Have the system leave out what a program in classic BPF says."""
    program = ctypes.create_string_buffer(b"".join(INSTRUCTION.pack(*each) for each in instructions))
    described = struct.pack("@HP", len(instructions), ctypes.addressof(program))
    recorder.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, described)


def _in_time(frames: Sequence[_Frame]) -> list[_Frame]:
    """The frames as they came, none later than the next.

    Until the system has begun to note times, a frame's is the one at which it was fetched: too late.
    """
    found: list[_Frame] = []
    latest = frames[-1].time if frames else 0
    for frame in reversed(frames):
        latest = min(latest, frame.time)
        found.append(replace(frame, time=latest) if latest < frame.time else frame)
    return found[::-1]


def _time(ancillary: Iterable[tuple[int, int, bytes]]) -> int:
    """When the system took the frame, ns since 1970; now, where it does not say."""
    for level, kind, octets in ancillary:
        if level == socket.SOL_SOCKET and kind == TIMESTAMPS and len(octets) >= TIMESPEC.size:
            seconds, nanoseconds = TIMESPEC.unpack_from(octets)
            return int(seconds) * 10**9 + int(nanoseconds)
    return time.time_ns()


def _between(head: bytes, link_type: int, addresses: set[bytes], ports: set[int]) -> bool:
    """Whether a frame goes to or comes from one of the addresses at one of the ports."""
    from netanatomy.decode.anatomy import dissect

    anatomy = dissect(head, link_type)
    for direction in ("source", "destination"):
        address, port = _value(anatomy, f"ip_{direction}"), _value(anatomy, f"{direction}_port")
        if port in ports and isinstance(address, bytes) and _plain(address) in addresses:
            return True
    return False


def _plain(address: bytes) -> bytes:
    mapped = IPv6Address(address).ipv4_mapped if len(address) == 16 else None
    return mapped.packed if mapped is not None else address


def _value(anatomy: Anatomy, column: str) -> int | bytes | str | None:
    """The value of the outermost field that a column holds."""
    for header in anatomy.headers:
        for field in header.fields:
            if field.column == column and not header.quoted:
                return field.value
    return None
