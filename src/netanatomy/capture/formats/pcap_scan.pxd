cimport cython

cdef extern from *:
    """
    /* Compilers make one instruction of either, or two. */
    static inline unsigned int netanatomy_record_word(const unsigned char *at, int big_endian) {
        if (big_endian)
            return (unsigned int)at[0] << 24 | (unsigned int)at[1] << 16 | (unsigned int)at[2] << 8 | at[3];
        return (unsigned int)at[3] << 24 | (unsigned int)at[2] << 16 | (unsigned int)at[1] << 8 | at[0];
    }
    """
    unsigned int netanatomy_record_word(const unsigned char *at, int big_endian) noexcept nogil

# Whoever asks has seen that the octets are there. (As a decorator, here it would not be heeded.)
cdef inline unsigned int word(const unsigned char[::1] octets, Py_ssize_t at, bint big_endian) noexcept nogil:
    with cython.boundscheck(False):
        return netanatomy_record_word(&octets[at], big_endian)

cpdef tuple scan(
    const unsigned char[::1] octets,
    Py_ssize_t position,
    Py_ssize_t end,
    bint big_endian,
    Py_ssize_t header_length,
    Py_ssize_t padding,
    long long nanoseconds_per_unit,
    unsigned int swapped_below,
    unsigned int maximum,
    long long[::1] time,
    long long[::1] offset,
    unsigned int[::1] captured,
    unsigned int[::1] original,
)
