"""Copies a pcapng file block by block, with comments put into the blocks of some packets.

Everything else stays as it is, octet by octet: sections with their byte order, interfaces, options, names,
secrets, statistics, custom blocks, and blocks that nobody knows.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO

from netanatomy.capture import compression
from netanatomy.capture.formats.pcapng import (
    BYTE_ORDER_MAGIC,
    MAXIMUM_BLOCK_LENGTH,
    PACKET_HEADER_LENGTH,
    SECTION_HEADER,
    SECTION_HEADER_LENGTH,
)
from netanatomy.capture.formats.pcapng_blocks import INTERFACE_DESCRIPTION
from netanatomy.capture.source import Source
from netanatomy.capture.stream import OctetStream

# Block types (draft-ietf-opsawg-pcapng, section 11.1).
OBSOLETE_PACKET = 2
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6

PACKETS = frozenset({OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET})
SIMPLE_HEADER_LENGTH = 12
"""Octets before the frame in a simple packet block (section 4.4)."""

SMALLEST_BLOCK = 12
COMMENT = 1
"""opt_comment (section 3.5)."""

UNKNOWN_LENGTH = b"\xff" * 8
"""Of a section (section 4.1): with comments in it, it is longer than it was."""


class PcapngCopy:
    """A pcapng file, compressed or not, on its way into another file.

    Args:
        path: of the file.
        target: where the copy goes, not compressed.

    Raises:
        CaptureError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str], target: BinaryIO) -> None:
        self._target = target
        self._source = Source(path)
        head = self._source.head(compression.MAGIC_LENGTH)
        packed = next((each for each in compression.compressions() if each.recognises(head)), None)
        reader = self._source if packed is None else compression.Expansion(self._source, packed)
        self._stream = OctetStream(reader, compressed=packed is not None)
        self._order = "<"
        self._snap_length: int | None = None  # of the section's first interface

    def frames(self, count: int, comments: Mapping[int, str]) -> None:
        """Copy as far as the next `count` frames; those of some of them, by index from 0, get a comment."""
        self._stream.fruit()
        copied = 0
        while copied < count and (block := self._block()) is not None:
            kind = self._number(block, 0)
            if kind in PACKETS:
                if copied in comments:
                    if kind == SIMPLE_PACKET:
                        block = self._enhanced(block)
                    block = commented(block, self._order, comments[copied])
                copied += 1
            self._target.write(block)

    def finish(self) -> None:
        """Copy what stands behind the last frame, as far as it is whole."""
        while (block := self._block()) is not None and self._number(block, 0) not in PACKETS:
            self._target.write(block)

    def close(self) -> None:
        """Close the file that is read."""
        self._source.close()

    def __enter__(self) -> PcapngCopy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _block(self) -> bytes | None:
        """The next block; None at the end, and where it is damaged."""
        stream = self._stream
        if not stream.available(SMALLEST_BLOCK):
            return None
        head = stream.octets[stream.position : stream.position + SMALLEST_BLOCK].tobytes()
        if self._number(head, 0) == SECTION_HEADER:  # the same in both byte orders
            self._order = "<" if head[8:12] == BYTE_ORDER_MAGIC.to_bytes(4, "little") else ">"
            self._snap_length = None
        # A writer may forget to count the padding; readers round up.
        length = self._number(head, 4) + 3 & ~3
        if not SMALLEST_BLOCK <= length <= MAXIMUM_BLOCK_LENGTH or not stream.available(length):
            return None
        block = stream.octets[stream.position : stream.position + length].tobytes()
        stream.position += length
        kind = self._number(block, 0)
        if kind == SECTION_HEADER and length >= SECTION_HEADER_LENGTH:
            return block[:16] + UNKNOWN_LENGTH + block[24:]
        if kind == INTERFACE_DESCRIPTION and self._snap_length is None and length >= 20:
            self._snap_length = self._number(block, 12)
        return block

    def _enhanced(self, block: bytes) -> bytes:
        """A simple packet block, which has no room for a comment, as an enhanced one; its time is 0."""
        original = self._number(block, 8)
        captured = min(original, self._snap_length or original)
        body = block[SIMPLE_HEADER_LENGTH : SIMPLE_HEADER_LENGTH + (captured + 3 & ~3)]
        header = struct.pack(self._order + "IIIII", 0, 0, 0, captured, original)
        return _block_of(ENHANCED_PACKET, header + body, self._order)

    def _number(self, octets: bytes, at: int) -> int:
        return int.from_bytes(octets[at : at + 4], "little" if self._order == "<" else "big")


def commented(block: bytes, order: str, comment: str) -> bytes:
    r"""An enhanced or obsolete packet block with a comment behind the options that it has.

    Args:
        block: the whole block.
        order: its byte order, `<` or `>`.
        comment: the comment, of less than 65,536 octets.

    >>> bare = struct.pack("<IIIIIIII", 6, 32, 0, 0, 0, 0, 0, 32)
    >>> commented(bare, "<", "hi")[28:-4]
    b'\x01\x00\x02\x00hi\x00\x00\x00\x00\x00\x00'
    """
    kind, captured = (struct.unpack_from(order + "I", block, at)[0] for at in (0, 20))
    stop = len(block) - 4
    at = _end_of_options(block, order, PACKET_HEADER_LENGTH + (captured + 3 & ~3), stop)
    text = comment.encode()
    option = struct.pack(order + "HH", COMMENT, len(text)) + text + bytes(-len(text) % 4)
    # opt_endofopt, which is all zero in either byte order, is needed where nothing stands behind.
    return _block_of(kind, block[8:at] + option + (block[at:stop] or bytes(4)), order)


def _end_of_options(block: bytes, order: str, at: int, stop: int) -> int:
    """Where the options end, be it by opt_endofopt, by the block, or by one that overruns the block."""
    while at + 4 <= stop:
        code, length = struct.unpack_from(order + "HH", block, at)
        if code == 0 or at + 4 + length > stop:
            break
        at += 4 + (length + 3 & ~3)
    return min(at, stop)


def _block_of(kind: int, body: bytes, order: str) -> bytes:
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length
