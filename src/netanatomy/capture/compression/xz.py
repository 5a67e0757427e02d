"""xz (the .xz file format 1.2.1), with any number of streams one behind the other."""

from __future__ import annotations

import lzma
from collections.abc import Iterator

from netanatomy.capture.compression import INPUT_PIECE, Compression
from netanatomy.capture.source import Source
from netanatomy.capture.stream import CompressionError

MAGIC = b"\xfd7zXZ\0"
"""Header magic octets (.xz file format section 2.1.1.1)."""

MEMORY_LIMIT = 192 * 1024 * 1024
"""Octets of memory that a stream may ask for: `xz -9` needs 65 MiB, `-9` with a dictionary of
128 MiB still fits; bounds a header that asks for 1.5 GiB."""

OUTPUT_PIECE = 4 * 1024
"""Octets that are brought forth at once. Those of the piece in which damage lies are lost, so it
is small."""


def _expand(source: Source) -> Iterator[bytes]:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT)
    begun = False
    octets = source.read(INPUT_PIECE)
    while octets or (begun and not stream.eof and not stream.needs_input):
        if stream.eof:
            # Stream padding is zeros, in multiples of four (section 2.2).
            octets = octets.lstrip(b"\0")
            if octets:
                stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT)
                begun = False
        if octets or begun:
            begun = True
            if not stream.eof:
                try:
                    piece = stream.decompress(octets, OUTPUT_PIECE)
                except lzma.LZMAError as error:
                    raise CompressionError(f"the xz stream is damaged: {error}", truncated=False) from error
                yield piece
                octets = stream.unused_data if stream.eof else b""
        if not octets and (stream.eof or stream.needs_input):
            octets = source.read(INPUT_PIECE)
    if begun and not stream.eof:
        raise CompressionError("the xz stream is cut off", truncated=True)


COMPRESSION = Compression("xz", lambda head: head.startswith(MAGIC), _expand)
