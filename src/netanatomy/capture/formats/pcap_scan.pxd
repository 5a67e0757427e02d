cdef inline unsigned int word(const unsigned char[::1] octets, Py_ssize_t at, bint big_endian) noexcept nogil

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
