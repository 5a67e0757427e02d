# The C side of ended_words.py: see there.

from netanatomy.flows.lines cimport lines_differ, words_of

cpdef enum:
    ROWS_AT_ONCE = 32
    LETTERS_OF_RECORD = 8
    LETTERS = 120

cpdef int place_words(
    const long long[:, ::1] lines,
    const long long[::1] places,
    const long long[::1] numbers,
    long long[:, ::1] columns,
) except -1

cpdef Py_ssize_t write_histories(
    const long long[::1] first_letters,
    const long long[::1] lengths,
    const long long[:, ::1] details,
    const long long[::1] places,
    int[::1] offsets,
    unsigned char[::1] texts,
) except -1
