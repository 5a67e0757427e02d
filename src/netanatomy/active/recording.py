"""Records the frames of one's own probe while it runs, so that `show` opens the very handshake."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable
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
BUFFER = 8 << 20  # octets that the system holds while this process does something else
LINGER = 0.15  # seconds for the last segments of a connection that was closed
LOOK_UP = 0.1  # seconds after which the recorder looks whether it is to stop


@frozen
class _Frame:
    time: int
    interface: str
    link_type: int
    octets: bytes


class Recording:
    """All frames of the machine while it is open; those of the probe are written at its end.

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
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self._socket.settimeout(LOOK_UP)
        self._frames: list[_Frame] = []
        self._octets = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._record, name="netanatomy-recording", daemon=True)
        self.dropped = 0

    def __enter__(self) -> Recording:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time.sleep(LINGER)
        self._over.set()
        self._thread.join()
        self._socket.close()

    def write(self, file: BinaryIO, addresses: Iterable[str], ports: Iterable[int]) -> int:
        """Write the frames to or from these addresses and ports as pcapng.

        Returns:
            How many they are.
        """
        packed = [ip_address(text.partition("%")[0]).packed for text in addresses]
        wanted, chosen = set(packed), set(ports)
        writer = PcapngWriter(file, application="netanatomy probe")
        interfaces: dict[tuple[str, int], int] = {}
        written = 0
        for frame in sorted(self._frames, key=lambda each: each.time):
            # Looking for the octets is cheap, and nearly always enough to say no.
            if not any(octets in frame.octets for octets in packed) or not _between(frame, wanted, chosen):
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


def _time(ancillary: Iterable[tuple[int, int, bytes]]) -> int:
    """When the system took the frame, ns since 1970; now, where it does not say."""
    for level, kind, octets in ancillary:
        if level == socket.SOL_SOCKET and kind == TIMESTAMPS and len(octets) >= TIMESPEC.size:
            seconds, nanoseconds = TIMESPEC.unpack_from(octets)
            return int(seconds) * 10**9 + int(nanoseconds)
    return time.time_ns()


def _between(frame: _Frame, addresses: set[bytes], ports: set[int]) -> bool:
    """Whether a frame goes to or comes from one of the addresses at one of the ports."""
    from netanatomy.decode.anatomy import dissect

    anatomy = dissect(frame.octets, frame.link_type)
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
