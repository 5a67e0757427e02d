"""Words of records and details of ended connections, turned from lines into columns; and histories as text.

Each row of the connection table has a record; where its detail is tells `places`, and that it has none a
negative number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, RowsView

if not cython.compiled:  # compiled, these are inline: see ended_words.pxd
    from netanatomy.flows.lines import lines_differ, words_of

    ROWS_AT_ONCE = 32  # whose words are turned together: so many stay in the nearest cache
    LETTERS_OF_RECORD = 8
    LETTERS = 120  # of the history that are kept, in LETTERS // 8 - 1 words of the detail


# Every number of a word and every place is looked at before it is read, and the room for the columns at once.
@cython.boundscheck(False)
def place_words(lines: LongsView, places: LongsView, numbers: LongsView, columns: LongsView) -> cython.int:
    """Some words of lines as columns, with zeros in the rows that have no line.

    Args:
        lines: shape (lines, words).
        places: of every row its line, or a negative number.
        numbers: which words to turn.
        columns: shape (words, rows, or more); those of `numbers` are written.
    """
    begin: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    row: cython.Py_ssize_t
    place: cython.Py_ssize_t
    number: cython.Py_ssize_t
    first: cython.Py_ssize_t
    one: cython.Py_ssize_t
    found: cython.Py_ssize_t
    in_order: cython.bint
    rows: cython.Py_ssize_t = len(places)
    count: cython.Py_ssize_t = len(lines)
    words: cython.Py_ssize_t = words_of(lines)
    if len(columns) != words or words_of(columns) < rows:
        return lines_differ()
    for one in range(len(numbers)):
        if numbers[one] < 0 or numbers[one] >= words:
            return lines_differ()
    with cython.nogil:
        while begin < rows:
            end = begin + ROWS_AT_ONCE
            if end > rows:
                end = rows
            found = 0
            first = places[begin]
            in_order = True
            for row in range(begin, end):
                place = places[row]
                if place >= count:
                    return lines_differ()
                found += place >= 0
                in_order &= place == first + row - begin
            if found == 0:
                for one in range(len(numbers)):
                    number = numbers[one]
                    for row in range(begin, end):
                        columns[number, row] = 0
            elif found == end - begin and in_order:
                for one in range(len(numbers)):
                    number = numbers[one]
                    for row in range(begin, end):
                        columns[number, row] = lines[first + row - begin, number]
            else:
                for one in range(len(numbers)):
                    number = numbers[one]
                    for row in range(begin, end):
                        columns[number, row] = 0
                for row in range(begin, end):
                    place = places[row]
                    if place >= 0:
                        for one in range(len(numbers)):
                            number = numbers[one]
                            columns[number, row] = lines[place, number]
            begin = end
    return 0


# What is read is looked at before it, row by row; so is the room, for eight letters more than are kept.
@cython.boundscheck(False)
def write_histories(
    first_letters: LongsView,
    lengths: LongsView,
    details: LongsView,
    places: LongsView,
    offsets: RowsView,
    texts: OctetsView,
) -> cython.Py_ssize_t:
    """Write the history of every row as text, and where each begins; how many letters these are.

    Args:
        first_letters: of every row the first eight, one an octet, the first in the lowest.
        lengths: how many letters every row has.
        details: shape (details, words): the letters from the ninth on are in the first words.
        places: of every row its detail, or a negative number.
        offsets: room for one number more than rows.
        texts: room for all letters, and for eight more.
    """
    row: cython.Py_ssize_t
    word: cython.Py_ssize_t
    place: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    letter: cython.int
    length: cython.longlong
    letters: cython.longlong
    rows: cython.Py_ssize_t = len(lengths)
    room: cython.Py_ssize_t = len(texts)
    if len(first_letters) < rows or len(places) < rows or len(offsets) <= rows:
        return lines_differ()
    if words_of(details) < LETTERS // 8:
        return lines_differ()
    with cython.nogil:
        for row in range(rows):
            offsets[row] = at
            length = lengths[row]
            if length < 0 or length > LETTERS or at + length + 8 > room:
                return lines_differ()
            end = at + length
            letters = first_letters[row]
            for letter in range(8):
                texts[at + letter] = (letters >> 8 * letter) & 0xFF
            if length > LETTERS_OF_RECORD:
                place = places[row]
                if place >= len(details):
                    return lines_differ()
                word = 0
                at += 8
                while at < end:
                    letters = details[place, word] if place >= 0 else 0
                    for letter in range(8):
                        texts[at + letter] = (letters >> 8 * letter) & 0xFF
                    word += 1
                    at += 8
            at = end
        offsets[rows] = at
    return at
