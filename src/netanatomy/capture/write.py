"""Writes captures: pcapng and pcap, with nanoseconds.

>>> import io
>>> file = io.BytesIO()
>>> writer = PcapngWriter(file, application="an example")
>>> ethernet = writer.interface(link_type=1, name="eth0")
>>> writer.frame(1_700_000_000_123_456_789, bytes(60), ethernet, comment="all zero")
>>> len(file.getvalue())
196
"""

from __future__ import annotations

import struct
from typing import BinaryIO

NANOSECONDS = 9
"""if_tsresol: the time stamps' unit is 10^-9 s (draft-ietf-opsawg-pcapng section 4.2)."""

SNAP_LENGTH = 262_144
"""Octets of a frame at most, as libpcap writes it."""


class PcapWriter:
    """A pcap file: one link type, no comments."""

    def __init__(self, file: BinaryIO, link_type: int, snap_length: int = SNAP_LENGTH) -> None:
        self._file = file
        # Magic number of nanosecond files, version 2.4, two reserved fields, snap length, link type.
        file.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, snap_length, link_type))

    def frame(self, time: int, octets: bytes, original_length: int | None = None) -> None:
        """Write a frame; `time` is nanoseconds since 1970 UTC."""
        seconds, nanoseconds = divmod(time, 1_000_000_000)
        original = len(octets) if original_length is None else original_length
        self._file.write(struct.pack("<IIII", seconds, nanoseconds, len(octets), original) + octets)


class PcapngWriter:
    """A pcapng file of one section."""

    def __init__(
        self, file: BinaryIO, *, hardware: str = "", operating_system: str = "", application: str = ""
    ) -> None:
        self._file = file
        self._interfaces = 0
        # Byte-order magic, version 1.0, a section of unknown length.
        options = _text(2, hardware) + _text(3, operating_system) + _text(4, application)
        self._block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _ended(options))

    def interface(
        self,
        link_type: int,
        *,
        name: str = "",
        description: str = "",
        snap_length: int = SNAP_LENGTH,
        filter: str = "",  # noqa: A002 - the word that users look for
        comment: str = "",
    ) -> int:
        """Describe an interface; its number, to be given with its frames."""
        options = _text(1, comment) + _text(2, name) + _text(3, description)
        options += _option(9, bytes([NANOSECONDS]))
        # Its first octet says that a filter as libpcap reads it follows.
        options += _option(11, b"\0" + filter.encode()) if filter else b""
        self._block(1, struct.pack("<HHI", link_type, 0, snap_length) + _ended(options))
        self._interfaces += 1
        return self._interfaces - 1

    def frame(
        self,
        time: int,
        octets: bytes,
        interface: int = 0,
        original_length: int | None = None,
        comment: str = "",
        flags: int = 0,
    ) -> None:
        """Write a frame; `time` is nanoseconds since 1970 UTC, `flags` as `FrameBatch` has them."""
        original = len(octets) if original_length is None else original_length
        # Before 1970 the number is negative: it is written as 64 bits all the same, as others do.
        high, low = time >> 32 & 0xFFFF_FFFF, time & 0xFFFF_FFFF
        header = struct.pack("<IIIII", interface, high, low, len(octets), original)
        self._block(6, header + _padded(octets) + _ended(_text(1, comment) + _flags(flags)))

    def secrets(self, kind: int, octets: bytes) -> None:
        """Write keys for the frames behind; `kind` is a secrets type (section 4.7)."""
        self._block(10, struct.pack("<II", kind, len(octets)) + _padded(octets))

    def _block(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _text(code: int, value: str) -> bytes:
    return _option(code, value.encode()) if value else b""


def _flags(flags: int) -> bytes:
    return _option(2, struct.pack("<I", flags)) if flags else b""


def _ended(options: bytes) -> bytes:
    """The options with opt_endofopt behind them; nothing where there are none."""
    return options + bytes(4) if options else b""
