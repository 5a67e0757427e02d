"""What the system tells of its end of a TCP connection: TCP_INFO (Linux, tcp(7))."""

from __future__ import annotations

import socket
import struct
import sys

from netanatomy.active.probe.target import endpoint
from netanatomy.schema.probe import TcpFacts

# struct tcp_info, include/uapi/linux/tcp.h: eight octets, then numbers of 32 bits. It only ever grows.
OCTETS = struct.Struct("=8B24I")
TIMESTAMPS, SACK, WINDOW_SCALING, ECN, ECN_SEEN, FAST_OPEN = 1, 2, 4, 8, 16, 32
OPTIONS = {
    TIMESTAMPS: "timestamps",
    SACK: "SACK",
    WINDOW_SCALING: "window scaling",
    ECN: "ECN",
    FAST_OPEN: "fast open",
}
MICROSECOND = 1000  # nanoseconds


def tcp_facts(sock: socket.socket) -> TcpFacts:
    """Both ends of a connection, and what the system tells of it beyond that."""
    local, remote = sock.getsockname(), sock.getpeername()
    ends = endpoint(local[0], local[1]), endpoint(remote[0], remote[1])
    if sys.platform != "linux":
        return TcpFacts(*ends)
    octets = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, OCTETS.size)
    if len(octets) < OCTETS.size:
        return TcpFacts(*ends)
    values = OCTETS.unpack(octets)
    agreed, scales = values[5], values[6]
    numbers = values[8:]
    scaling = bool(agreed & WINDOW_SCALING)
    return TcpFacts(
        *ends,
        round_trip=numbers[15] * MICROSECOND,
        round_trip_variation=numbers[16] * MICROSECOND,
        send_mss=numbers[2],
        advertised_mss=numbers[19],
        path_mtu=numbers[13],
        options=tuple(name for bit, name in OPTIONS.items() if agreed & bit),
        # Two bit fields share an octet: the first has the low bits where octets are written little end first.
        send_window_scale=_first(scales) if scaling else None,
        receive_window_scale=_second(scales) if scaling else None,
        retransmissions=numbers[23],
    )


def _first(octet: int) -> int:
    return octet & 15 if sys.byteorder == "little" else octet >> 4


def _second(octet: int) -> int:
    return octet >> 4 if sys.byteorder == "little" else octet & 15
