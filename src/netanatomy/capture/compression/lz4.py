"""LZ4 (the LZ4 frame format 1.6.4), with any number of frames one behind the other.

Frames are walked block by block here, and each block is decompressed by itself: so the octets
brought forth at once are bounded (a block is at most 4 MiB) and everything before damage comes out.
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.capture.compression import Compression, Exactly
from netanatomy.capture.source import Source
from netanatomy.capture.stream import CompressionError

MAGIC = b"\x04\x22\x4d\x18"
"""Magic number of a frame (frame format, "General structure")."""

SKIPPABLE = b"\x2a\x4d\x18"
"""The upper three octets of the magic number of a skippable frame."""

BLOCK_SIZES = {4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024}
"""Block Maximum Size by its code in the BD byte."""

SKIP_PIECE = 64 * 1024
"""Octets of a skippable frame that are read at once."""


def _expand(source: Source) -> Iterator[bytes]:
    octets = Exactly(source, "lz4")
    while magic := octets.at_most(4):
        if len(magic) == 4 and magic[1:] == SKIPPABLE and 0x50 <= magic[0] <= 0x5F:
            left = int.from_bytes(octets.octets(4), "little")
            while left:
                left -= len(octets.octets(min(left, SKIP_PIECE)))
        elif magic == MAGIC:
            yield from _frame(octets)
        elif MAGIC.startswith(magic):
            raise CompressionError("the lz4 stream is cut off", truncated=True)
        else:
            raise CompressionError("octets behind the lz4 frame are no lz4 frame", truncated=False)


def _frame(octets: Exactly) -> Iterator[bytes]:
    """The content of one frame whose magic was read."""
    import lz4.frame

    frame = lz4.frame.LZ4FrameDecompressor()
    flags, block_descriptor = descriptor = octets.octets(2)
    # FLG: block checksum, content size, content checksum, dictionary id ("Frame Descriptor").
    header = octets.octets((8 if flags & 0x08 else 0) + (4 if flags & 0x01 else 0) + 1)
    maximum = BLOCK_SIZES.get(block_descriptor >> 4 & 7, 0)
    try:
        yield frame.decompress(MAGIC + descriptor + header)
        while True:
            size = octets.octets(4)
            # The highest bit says that the block is not compressed; 0 is the EndMark ("Data Blocks").
            length = int.from_bytes(size, "little") & 0x7FFF_FFFF
            if length > maximum:
                raise CompressionError(
                    f"the lz4 stream is damaged: a block of {length} octets", truncated=False
                )
            if not length:
                yield frame.decompress(size + octets.octets(4 if flags & 0x04 else 0))
                return
            yield frame.decompress(size + octets.octets(length + (4 if flags & 0x10 else 0)))
    except RuntimeError as error:
        # The library has no error of its own: it raises RuntimeError for a damaged frame.
        raise CompressionError(f"the lz4 stream is damaged: {error}", truncated=False) from error


COMPRESSION = Compression("lz4", lambda head: head.startswith(MAGIC), _expand)
