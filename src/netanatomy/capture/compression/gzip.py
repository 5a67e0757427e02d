"""gzip (RFC 1952), with any number of members one behind the other."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from netanatomy.capture.compression import INPUT_PIECE, Compression
from netanatomy.capture.source import Source
from netanatomy.capture.stream import CompressionError

MAGIC = b"\x1f\x8b\x08"
"""ID1, ID2 and CM = 8, deflate (RFC 1952 section 2.3.1)."""

WINDOW_BITS = 16 + zlib.MAX_WBITS
"""A gzip wrapper around the largest window, 32 KiB."""

OUTPUT_PIECE = 256 * 1024
"""Octets that are brought forth at once, however well they were compressed."""


def _expand(source: Source) -> Iterator[bytes]:
    member = zlib.decompressobj(WINDOW_BITS)
    begun = False
    octets = source.read(INPUT_PIECE)
    while octets:
        if member.eof:
            member = zlib.decompressobj(WINDOW_BITS)
            begun = False
        if not begun:
            # Tapes and some writers fill up with zeros behind a member; so does gzip ignore them.
            octets = octets.lstrip(b"\0")
        if octets:
            begun = True
            before = member.copy()
            try:
                piece = member.decompress(octets, OUTPUT_PIECE)
            except zlib.error as error:
                yield from _before_damage(before, octets)
                raise CompressionError(f"the gzip stream is damaged: {error}", truncated=False) from error
            yield piece
            octets = member.unused_data if member.eof else member.unconsumed_tail
        if not octets:
            octets = source.read(INPUT_PIECE)
    while begun and not member.eof:
        # The input is used up, but output may have been held back.
        piece = member.decompress(member.unconsumed_tail, OUTPUT_PIECE)
        if not piece:
            raise CompressionError("the gzip stream is cut off", truncated=True)
        yield piece


def _before_damage(member: zlib._Decompress, octets: bytes) -> Iterator[bytes]:
    """What can be had of a piece of input in which an error lies: all before the octet that errs."""
    for index in range(len(octets)):
        try:
            piece = member.decompress(octets[index : index + 1])
        except zlib.error:
            return
        if piece:
            yield piece


COMPRESSION = Compression("gzip", lambda head: head.startswith(MAGIC), _expand)
