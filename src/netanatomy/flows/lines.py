"""Whole lines of words, copied and cleared at once."""

from __future__ import annotations

import cython

if not cython.compiled:  # compiled, these are inline: see lines.pxd

    def copy_line(source: memoryview, line: int, target: memoryview, place: int) -> int:
        """Copy line `line` of `source` over line `place` of `target`."""
        words = source.shape[1] if source.shape else 0
        if not target.shape or words != target.shape[1]:
            return lines_differ()
        for word in range(words):
            target[place, word] = source[line, word]
        return 0

    def clear_line(target: memoryview, place: int) -> int:
        """Make every word of a line zero."""
        for word in range(target.shape[1] if target.shape else 0):
            target[place, word] = 0
        return 0


def lines_differ() -> cython.int:
    """Refuse to copy between lines of different length; only our own mistake leads here."""
    with cython.gil:
        raise IndexError("lines of different length")
