"""Zstandard (RFC 8878), with any number of frames one behind the other.

Frames are walked block by block here, and each block is decompressed by itself: so the octets
brought forth at once are bounded (a block is at most 128 KiB), everything before damage comes out,
and a file that is cut off is seen to be.
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.capture.compression import Compression, Exactly
from netanatomy.capture.source import Source
from netanatomy.capture.stream import CompressionError

MAGIC = b"\x28\xb5\x2f\xfd"
"""Magic_Number of a frame (RFC 8878 section 3.1.1)."""

SKIPPABLE = b"\x2a\x4d\x18"
"""The upper three octets of the Magic_Number of a skippable frame (section 3.1.2)."""

MAXIMUM_WINDOW = 128 * 1024 * 1024
"""Octets of window that a frame may ask for: what `zstd -d` allows unless told otherwise; bounds a
header that asks for 3.75 TiB (section 3.1.1.1.2)."""

SKIP_PIECE = 64 * 1024
"""Octets of a skippable frame that are read at once."""


def _expand(source: Source) -> Iterator[bytes]:
    octets = Exactly(source, "zstd")
    while magic := octets.at_most(4):
        if len(magic) == 4 and magic[1:] == SKIPPABLE and 0x50 <= magic[0] <= 0x5F:
            left = int.from_bytes(octets.octets(4), "little")
            while left:
                left -= len(octets.octets(min(left, SKIP_PIECE)))
        elif magic == MAGIC:
            yield from _frame(octets)
        elif MAGIC.startswith(magic):
            raise CompressionError("the zstd stream is cut off", truncated=True)
        else:
            raise CompressionError("octets behind the zstd frame are no zstd frame", truncated=False)


def _frame(octets: Exactly) -> Iterator[bytes]:
    """The content of one frame whose magic was read."""
    import zstandard

    frame = zstandard.ZstdDecompressor(max_window_size=MAXIMUM_WINDOW).decompressobj()
    descriptor = octets.octets(1)
    # Frame_Header_Descriptor (section 3.1.1.1.1).
    single_segment = descriptor[0] >> 5 & 1
    content_size = (1 if single_segment else 0, 2, 4, 8)[descriptor[0] >> 6]
    dictionary = (0, 1, 2, 4)[descriptor[0] & 3]
    checksum = descriptor[0] >> 2 & 1
    header = octets.octets((0 if single_segment else 1) + dictionary + content_size)
    try:
        yield frame.decompress(MAGIC + descriptor + header)
        last = 0
        while not last:
            # Block_Header (section 3.1.1.2): Last_Block, Block_Type, Block_Size.
            block = octets.octets(3)
            number = int.from_bytes(block, "little")
            last = number & 1
            is_run = number >> 1 & 3 == 1
            yield frame.decompress(block + octets.octets(1 if is_run else number >> 3))
        if checksum:
            yield frame.decompress(octets.octets(4))
    except zstandard.ZstdError as error:
        raise CompressionError(f"the zstd stream is damaged: {error}", truncated=False) from error


COMPRESSION = Compression("zstd", lambda head: head.startswith(MAGIC), _expand)
