cdef inline unsigned int word(const unsigned char[::1] octets, Py_ssize_t at, bint big_endian) except? 0xFFFFFFFF nogil

cdef inline unsigned int short(const unsigned char[::1] octets, Py_ssize_t at, bint big_endian) except? 0xFFFFFFFF nogil

cdef long long nanoseconds(
    unsigned long long high,
    unsigned long long low,
    long long clock,
    unsigned long long factor,
    long long offset,
    long long[::1] counters,
) except? -1 nogil

cpdef tuple scan(
    const unsigned char[::1] octets,
    Py_ssize_t position,
    Py_ssize_t end,
    bint big_endian,
    unsigned int maximum_block,
    long long[::1] table,
    Py_ssize_t rows,
    long long[::1] time,
    long long[::1] offset,
    unsigned int[::1] captured,
    unsigned int[::1] original,
    unsigned short[::1] link_type,
    unsigned int[::1] interface,
    unsigned int[::1] flags,
    long long[::1] commented,
    long long[::1] counters,
)
