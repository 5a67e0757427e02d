"""Numbers and vectors, as the presentation language of TLS has them (RFC 8446 section 3)."""

from __future__ import annotations

from netanatomy.errors import MalformedError, TruncatedError

LAYER = "tls"


class Reader:
    """Takes fields off the front, and no octet more than there is."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._place = 0

    @property
    def left(self) -> int:
        """Octets not yet taken."""
        return len(self._octets) - self._place

    def take(self, length: int) -> bytes:
        """So many octets.

        Raises:
            TruncatedError: there are fewer.
        """
        if length > self.left:
            raise TruncatedError(LAYER, self._place, length, self.left)
        self._place += length
        return self._octets[self._place - length : self._place]

    def take_all(self) -> bytes:
        """Whatever is left."""
        return self.take(self.left)

    def number(self, length: int) -> int:
        """An unsigned number of so many octets."""
        return int.from_bytes(self.take(length), "big")

    def vector(self, prefix: int) -> Reader:
        """What a length of `prefix` octets stands before."""
        return Reader(self.take(self.number(prefix)))

    def numbers(self, length: int) -> tuple[int, ...]:
        """All that is left, as numbers of so many octets.

        Raises:
            TruncatedError: the last is cut short.
        """
        found = []
        while self.left:
            found.append(self.number(length))
        return tuple(found)

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            MalformedError: something is.
        """
        if self.left:
            raise MalformedError(f"{self.left} octets behind the last field", LAYER, self._place)


def vector(octets: bytes, prefix: int) -> bytes:
    r"""Octets with their length before them.

    >>> vector(b"abc", 2)
    b'\x00\x03abc'
    """
    return len(octets).to_bytes(prefix, "big") + octets
