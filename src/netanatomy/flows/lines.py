"""Whole lines of words, copied, cleared and compared at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:  # compiled, these are inline: see lines.pxd

    def words_of(lines: memoryview) -> int:
        """How many words a line has."""
        return lines.shape[1] if lines.shape else 0

    def copy_line(source: memoryview, line: int, target: memoryview, place: int) -> int:
        """Copy line `line` of `source` over line `place` of `target`."""
        words = words_of(source)
        if words != words_of(target):
            return lines_differ()
        for word in range(words):
            target[place, word] = source[line, word]
        return 0

    def clear_line(target: memoryview, place: int) -> int:
        """Make every word of a line zero."""
        for word in range(words_of(target)):
            target[place, word] = 0
        return 0

    LINES_AT_ONCE = 64  # whose words are turned together: so many stay in the nearest cache

    def or_differences(lines: memoryview, begin: int, end: int, bits: memoryview) -> int:
        """Into `bits`, for each word, the bits in which any of some lines is not as the very first."""
        if words_of(lines) != len(bits) or begin < 0 or end > len(lines):
            return lines_differ()
        for line in range(begin, end):
            for word in range(len(bits)):
                bits[word] |= lines[line, word] ^ lines[0, word]
        return 0


# The numbers of the words and the room for the columns are looked at once, before all of it.
@cython.boundscheck(False)
def turn_words(lines: LongsView, numbers: LongsView, columns: LongsView, bits: LongsView) -> cython.int:
    """Some words of all lines as columns, and of all words whether they are the same in every line.

    Args:
        lines: shape (rows, words).
        numbers: which words to turn.
        columns: shape (words, rows, or more); those of `numbers` are written.
        bits: of each word the bits in which any line is not as the first; to begin with, zeros.
    """
    begin: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    line: cython.Py_ssize_t
    place: cython.Py_ssize_t
    number: cython.Py_ssize_t
    rows: cython.Py_ssize_t = len(lines)
    words: cython.Py_ssize_t = words_of(lines)
    if len(columns) != words or words_of(columns) < rows:
        return lines_differ()
    for place in range(len(numbers)):
        if numbers[place] < 0 or numbers[place] >= words:
            return lines_differ()
    with cython.nogil:
        while begin < rows:
            end = begin + LINES_AT_ONCE
            if end > rows:
                end = rows
            or_differences(lines, begin, end, bits)
            for place in range(len(numbers)):
                number = numbers[place]
                for line in range(begin, end):
                    columns[number, line] = lines[line, number]
            begin = end
    return 0


def lines_differ() -> cython.int:
    """Refuse to copy between lines of different length; only our own mistake leads here."""
    with cython.gil:
        raise IndexError("lines of different length")
