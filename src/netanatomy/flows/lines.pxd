# The C side of lines.py: see there.

cdef extern from *:
    """
    #include <string.h>
    #if defined(__GNUC__) || defined(__clang__)
    #define netanatomy_expect(place) __builtin_prefetch(place)
    #else
    #define netanatomy_expect(place) ((void)(place))
    #endif
    static inline void netanatomy_copy(void *target, const void *source, Py_ssize_t octets) {
        memcpy(target, source, (size_t)octets);
    }
    static inline void netanatomy_clear(void *target, Py_ssize_t octets) {
        memset(target, 0, (size_t)octets);
    }
    /* Into `bits`, whose memory is no other's, every bit in which a word of any line is not as in `first`;
       four lines at a time, and eight lines ahead of what memory fetches by itself only up to the next page. */
    static inline void netanatomy_differences(
        const long long *first, const long long *line, Py_ssize_t count, Py_ssize_t words,
        long long *__restrict bits)
    {
        for (; count >= 4; count -= 4, line += 4 * words) {
            for (Py_ssize_t ahead = 0; ahead < 4 * words; ahead += 8)
                netanatomy_expect(line + 8 * words + ahead);
            for (Py_ssize_t word = 0; word < words; word++)
                bits[word] |= (line[word] ^ first[word]) | (line[words + word] ^ first[word])
                    | (line[2 * words + word] ^ first[word]) | (line[3 * words + word] ^ first[word]);
        }
        for (; count > 0; count--, line += words)
            for (Py_ssize_t word = 0; word < words; word++)
                bits[word] |= line[word] ^ first[word];
    }
    """
    void netanatomy_copy(void *target, const void *source, Py_ssize_t octets) noexcept nogil
    void netanatomy_clear(void *target, Py_ssize_t octets) noexcept nogil
    void netanatomy_differences(
        const long long *first, const long long *line, Py_ssize_t count, Py_ssize_t words, long long *bits
    ) noexcept nogil

cpdef enum:
    LINES_AT_ONCE = 64

cdef int lines_differ() except -1 nogil
cpdef int turn_words(
    const long long[:, ::1] lines,
    const long long[::1] numbers,
    long long[:, ::1] columns,
    long long[::1] bits,
) except -1

cdef inline Py_ssize_t words_of(const long long[:, ::1] lines) noexcept nogil:
    return lines.shape[1]

cdef inline int or_differences(
    const long long[:, ::1] lines, Py_ssize_t begin, Py_ssize_t end, long long[::1] bits
) except -1 nogil:
    if lines.shape[1] != bits.shape[0] or lines.shape[1] == 0:
        return lines_differ()
    if begin < 0 or end > lines.shape[0]:
        return lines_differ()
    if begin < end:
        netanatomy_differences(
            &lines[0, 0], &lines[begin, 0], end - begin,
            lines.shape[1], &bits[0]
        )
    return 0

cdef inline int copy_line(
    long long[:, ::1] source, Py_ssize_t line, long long[:, ::1] target, Py_ssize_t place
) except -1 nogil:
    if source.shape[1] != target.shape[1]:
        return lines_differ()
    netanatomy_copy(&target[place, 0], &source[line, 0], source.shape[1] * 8)
    return 0

cdef inline int clear_line(long long[:, ::1] target, Py_ssize_t place) except -1 nogil:
    netanatomy_clear(&target[place, 0], target.shape[1] * 8)
    return 0
