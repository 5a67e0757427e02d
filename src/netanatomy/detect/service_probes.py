"""What service scanners say first, octet for octet."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import NONE, Places, Rows

PSH = 8  # RFC 9293 section 3.1
HEAD = 36
"""Octets of a payload that are compared."""
LONGEST = 512
"""Octets of a payload from which on none is an opening."""


@frozen
class Opening:
    """How a probe begins.

    Attributes:
        protocol: which it speaks.
        length: octets of the whole payload.
        begin: its first octets.
        mark: whether only a scanner sends it.
    """

    protocol: str
    length: int
    begin: bytes
    mark: bool = False


OPENINGS = (
    Opening("lines", 4, b"\r\n\r\n"),
    Opening("HTTP", 18, b"GET / HTTP/1.0\r\n\r\n"),
    Opening("HTTP", 22, b"OPTIONS / HTTP/1.0\r\n\r\n"),
    Opening("HTTP", 53, b"GET /nice%20ports", mark=True),
    Opening("HTTP", 103, b"GET / HTTP/1.0\r\nUser-Agent: masscan/", mark=True),
    Opening("RTSP", 22, b"OPTIONS / RTSP/1.0\r\n\r\n"),
    Opening("SIP", 220, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 221, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 222, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("SIP", 223, b"OPTIONS sip:nm SIP/2.0\r\n", mark=True),
    Opening("RPC", 44, bytes.fromhex("80000028")),
    Opening("DNS", 32, bytes.fromhex("001e00060100")),
    Opening("DNS", 14, bytes.fromhex("000c00001000")),
    Opening("SMTP", 6, b"EHLO\r\n"),
    Opening("SMTP", 14, b"EHLO masscan\r\n", mark=True),
    Opening("FTP", 10, b"AUTH TLS\r\n"),
    Opening("SSH", 20, b"SSH-1.5-NmapNSE_1.0\n", mark=True),
    Opening("SSH", 27, b"SSH-1.5-Nmap-SSH1-Hostkey\r\n", mark=True),
    Opening("SSH", 27, b"SSH-2.0-Nmap-SSH2-Hostkey\r\n", mark=True),
    Opening("help", 6, b"HELP\r\n"),
    Opening("TLS", 88, bytes.fromhex("160300005301"), mark=True),
    Opening("TLS", 110, bytes.fromhex("160300006901"), mark=True),
    Opening("TLS", 372, bytes.fromhex("160302016f0100016b03025248c51a23f73a4edfe2b482"), mark=True),
    Opening("RDP", 42, bytes.fromhex("0300002a25e00000000000") + b"Cookie: mstshash=nmap", mark=True),
    Opening("RDP", 11, bytes.fromhex("0300000b06e0")),
    Opening("Kerberos", 117, bytes.fromhex("000000716a81")),
    Opening("SMB", 168, bytes.fromhex("000000a4ff534d42")),
    Opening("X11", 12, bytes.fromhex("6c000b0000000000")),
    Opening("LPD", 9, b"\x01default\n"),
    Opening("LDAP", 51, bytes.fromhex("30840000002d")),
    Opening("LDAP", 14, bytes.fromhex("300c020101600702")),
    Opening("Java RMI", 7, b"JRMI\x00\x02K"),
    Opening("LANDesk", 17, b"TNMP\x04"),
)
"""First octets that service scanners send; most are ordinary openings of their protocols."""


def _lengths() -> NDArray[np.bool_]:
    wanted = np.zeros(LONGEST + 1, np.bool_)
    wanted[[opening.length for opening in OPENINGS]] = True
    wanted.flags.writeable = False
    return wanted


WANTED = _lengths()
"""(LONGEST + 1,) whether any opening has this length."""
BY_LENGTH = MappingProxyType(
    {
        each.length: tuple(place for place, other in enumerate(OPENINGS) if other.length == each.length)
        for each in OPENINGS
    }
)
"""Places of openings by their length."""


def openings(packets: Rows) -> tuple[Places, NDArray[np.int64]]:
    """The packets whose payload is one of OPENINGS, and which one it is of each."""
    # Captures may be cut: what the frames had more than was kept is payload.
    length = packets.numbers("payload_length") + packets.numbers("original_length")
    length -= packets.numbers("captured_length")
    rows = np.flatnonzero(WANTED.take(length, mode="clip"))
    rows = rows[packets.numbers("tcp_flags")[rows] & PSH != 0]
    if not len(rows):
        return NONE, NONE
    heads, lengths = packets.payload_heads(rows, HEAD), length[rows]
    which = np.full(len(rows), -1, np.int64)
    for number in np.flatnonzero(np.bincount(lengths)).tolist():
        for index in BY_LENGTH[number]:
            begin = np.frombuffer(OPENINGS[index].begin[:HEAD], np.uint8)
            which[(lengths == number) & (heads[:, : len(begin)] == begin).all(axis=1)] = index
    there = which >= 0
    return rows[there], which[there]
