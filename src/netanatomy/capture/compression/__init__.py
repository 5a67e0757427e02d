"""Compressed captures: one module a compression, found by itself, recognised by its magic.

A module here that has a `COMPRESSION` is a compression; there is no list to edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from netanatomy.capture.source import Source
from netanatomy.capture.stream import CompressionError
from netanatomy.schema.frozen import frozen

MAGIC_LENGTH = 8
"""Octets by which any compression is recognised."""

INPUT_PIECE = 64 * 1024
"""Compressed octets that are read at once."""


@frozen
class Compression:
    """A compression.

    Attributes:
        name: as the information about a capture shows it.
        recognises: whether a file beginning with these octets is compressed so.
        expand: the octets in pieces of bounded size. Raises `CompressionError` where the stream is
            cut off or damaged, after everything before that place was yielded.
    """

    name: str
    recognises: Callable[[bytes], bool]
    expand: Callable[[Source], Iterator[bytes]]


@cache
def compressions() -> tuple[Compression, ...]:
    """All compressions, by name."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [module.COMPRESSION for module in modules if hasattr(module, "COMPRESSION")]
    return tuple(sorted(found, key=lambda each: each.name))


class Expansion:
    """The octets of a compressed source, to be read into buffers."""

    def __init__(self, source: Source, compression: Compression) -> None:
        self._source = source
        self._pieces = compression.expand(source)
        self._piece = memoryview(b"")
        self._error: CompressionError | None = None

    @property
    def octets_read(self) -> int:
        """Compressed octets read so far."""
        return self._source.octets_read

    def read_into(self, view: memoryview) -> int:
        """Fill `view`; 0 at the end only."""
        filled = 0
        while filled < len(view) and self._error is None:
            if not self._piece:
                try:
                    piece = next(self._pieces, None)
                except CompressionError as error:
                    self._error = error
                    break
                if piece is None:
                    break
                self._piece = memoryview(piece)
            count = min(len(self._piece), len(view) - filled)
            view[filled : filled + count] = self._piece[:count]
            self._piece = self._piece[count:]
            filled += count
        if not filled and self._error is not None:
            raise self._error
        return filled


class Exactly:
    """Reads a compressed source by exact counts, for compressions that are walked block by block."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name

    def octets(self, count: int) -> bytes:
        """Exactly `count` octets; a `CompressionError` where the source ends before."""
        piece = self.at_most(count)
        if len(piece) < count:
            raise CompressionError(f"the {self._name} stream is cut off", truncated=True)
        return piece

    def at_most(self, count: int) -> bytes:
        """`count` octets, or fewer at the end."""
        piece = self._source.read(count)
        if len(piece) < count:
            pieces = [piece]
            missing = count - len(piece)
            while missing:
                more = self._source.read(missing)
                if not more:
                    break
                pieces.append(more)
                missing -= len(more)
            piece = b"".join(pieces)
        return piece
